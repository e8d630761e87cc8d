"""Circles of persons around an actor, as conditions on any table that leads to a person.

All of them are computed from today's closures (`Chain`, `UnitChain`, `Seat`) and the actor's mandates.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from upwell.foundation.people.models import Chain, Person, Seat

NOBODY = Q(pk__in=())


class Scope(enum.StrEnum):
    """How far a grant reaches."""

    SELF = "self"
    PARTIES = "parties"
    COUNTERPARTS = "counterparts"
    REPORTS = "reports"
    CHAIN = "chain"
    UNIT = "unit"
    POPULATION = "population"
    EVERYONE = "everyone"


IN_WORDS: dict[Scope, str] = {
    Scope.SELF: "oneself",
    Scope.PARTIES: "what one is a party to",
    Scope.COUNTERPARTS: "what one does for or with somebody, oneself included where one is both",
    Scope.REPORTS: "one's direct reports",
    Scope.CHAIN: "everyone who reports to one, directly or not",
    Scope.UNIT: "the unit of the mandate and all below it",
    Scope.POPULATION: "everyone employed today",
    Scope.EVERYONE: "everyone, candidates and leavers included",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a scope is measured from: the actor's person, and the units of the mandate (None: every unit)."""

    person: Person | None
    units: tuple[int, ...] | None = ()


def within(scope: Scope, reach: Reach, subject: str, parties: Sequence[str] = ()) -> Q:
    """The condition that the person at lookup path `subject` (``"self"`` for persons themselves) lies in the scope."""
    path = "pk" if subject == "self" else subject
    if scope is Scope.EVERYONE or (scope is Scope.UNIT and reach.units is None):
        return Q()
    if scope is Scope.POPULATION:
        return Q(**{f"{path}__in": Seat.objects.values("person")})
    if scope is Scope.UNIT:
        seats = Seat.objects.filter(unit__chain_up__ancestor__in=reach.units or ())
        return Q(**{f"{path}__in": seats.values("person")})
    if reach.person is None:
        return NOBODY
    if scope is Scope.SELF:
        return Q(**{path: reach.person.pk})
    if scope in {Scope.PARTIES, Scope.COUNTERPARTS}:
        condition = Q(**{path: reach.person.pk}) if scope is Scope.PARTIES else NOBODY
        for party in parties:
            condition |= Q(**{party: reach.person.pk})
        return condition
    links = Chain.objects.filter(manager=reach.person, depth__gte=1)
    if scope is Scope.REPORTS:
        links = links.filter(depth=1)
    return Q(**{f"{path}__in": links.values("person")})


def unit_within(scope: Scope, reach: Reach) -> Q:
    """The condition that a unit lies in the scope; a manager's circle is the own unit and all below it."""
    if scope in {Scope.EVERYONE, Scope.POPULATION} or (scope is Scope.UNIT and reach.units is None):
        return Q()
    if scope is Scope.UNIT:
        return Q(chain_up__ancestor__in=reach.units or ())
    if reach.person is None:
        return NOBODY
    own = Seat.objects.filter(person=reach.person).values("unit")
    if scope in {Scope.SELF, Scope.PARTIES, Scope.COUNTERPARTS}:
        return Q(pk__in=own)
    return Q(chain_up__ancestor__in=own)
