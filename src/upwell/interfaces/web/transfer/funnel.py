"""From done to used: how much of what was learned is used, and what stands in the way."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.transfer import queries
from upwell.domain.transfer.frames import FEWEST, ShownFunnel, protected
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb


@dataclass(frozen=True)
class Bar:
    """One stage of the funnel; `share` is of what was done, from 0 to 1; `times` None where withheld."""

    label: str
    times: int | None
    people: int | None
    share: float | None
    why: str


@door(Permission.UNIT_GAPS_VIEW)
def transfer(request: Request) -> HttpResponse:
    """The funnel over the people the actor is answerable for, with small groups withheld."""
    people = gate.visible(request.actor, Permission.UNIT_GAPS_VIEW, Person.objects.all())
    found = protected(queries.funnel(people))
    bars = _bars(found)
    shares = {bar.label: bar.share for bar in bars}
    context = {
        "bars": bars,
        "too_few": found.too_few,
        "used": shares[_labels()["used"]] if bars else None,
        "obstacles": found.obstacles,
        "withheld": found.n_obstacles_withheld,
        "fewest": FEWEST,
        "crumbs": [Crumb(_("Transfer"))],
    }
    return render(request, "transfer/funnel.html", context)


def _bars(found: ShownFunnel) -> list[Bar]:
    done = found.stages[0].times if found.stages else None
    return [
        Bar(
            _labels()[row.key],
            row.times,
            row.people,
            row.times / done if row.times is not None and done else None,
            row.why,
        )
        for row in found.stages
    ]


def _labels() -> dict[str, str]:
    return {
        "done": _("Done"),
        "committed": _("Committed to a use"),
        "used": _("Used on the job"),
        "seen": _("Use seen by somebody else"),
    }
