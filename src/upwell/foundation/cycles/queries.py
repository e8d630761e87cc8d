"""Cycles, who is in them, and what should be right before one is opened."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from upwell.foundation.cycles.choices import CycleState
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.models import Seat


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at before launch. A blocking check that is not `well` keeps the cycle shut."""

    name: str
    well: bool
    words: str
    blocks: bool = False


def population(cycle: Cycle) -> QuerySet[Seat]:
    """The seats of those a cycle asks: the unit and all below it, or everyone."""
    if cycle.unit is None:
        return Seat.objects.all()
    return Seat.objects.filter(unit__chain_up__ancestor=cycle.unit)


def open_on(day: dt.date) -> QuerySet[Cycle]:
    """The cycles that run on a day."""
    return Cycle.objects.filter(state=CycleState.OPEN, opens_on__lte=day)


def checks(cycle: Cycle, *, on: dt.date) -> list[Check]:
    """The pre-launch check of a cycle as of a day."""
    seats = population(cycle)
    people = seats.count()
    leaderless = seats.filter(manager=None).count()
    unreachable = seats.filter(Q(person__account=None) | Q(person__account__is_active=False)).count()
    rivals = _rivals(cycle)
    return [
        Check("people", people > 0, f"{people} people are asked.", blocks=True),
        Check("deadline", cycle.due_on > on, f"It is due on {cycle.due_on:%d %b %Y}.", blocks=True),
        Check(
            "overlap",
            not rivals,
            f"Open for the same people already: {', '.join(rivals)}." if rivals else "No other cycle asks the same.",
            blocks=True,
        ),
        Check("managers", leaderless == 0, f"{leaderless} of {people} have no manager to write a review."),
        Check("accounts", unreachable == 0, f"{unreachable} of {people} cannot sign in."),
    ]


def _rivals(cycle: Cycle) -> list[str]:
    """Open cycles of the same kind that share days and people."""
    rivals = Cycle.objects.filter(
        state=CycleState.OPEN, kind=cycle.kind, opens_on__lt=cycle.due_on, due_on__gt=cycle.opens_on
    ).exclude(pk=cycle.pk)
    if cycle.unit is not None:
        same = Q(unit=None) | Q(unit__chain_up__ancestor=cycle.unit) | Q(unit__chain_down__unit=cycle.unit)
        rivals = rivals.filter(same)
    return list(rivals.distinct().order_by("name").values_list("name", flat=True))
