"""Whose map is shown: one's own reports, those of a lead below, or a unit; always within what the actor may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.access.policy import Role
from upwell.domain.gaps.queries import team as queries
from upwell.foundation.people.models import Person, Seat, Unit

Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Some people and how to ask for them again: `field` and `value` of the address."""

    people: QuerySet[Person]
    name: str
    field: str
    value: str
    own: bool = False
    unit: Unit | None = None


def scope_of(actor: gate.Actor, asked: Mapping[str, str]) -> Scope | None:
    """The scope an address asks for, or the actor's first; None where nobody is anybody's to see.

    Raises:
        gate.Unknown: the lead or the unit asked for lies outside what the actor may see.
    """
    people = gate.visible(actor, Permission.TEAM_VIEW, Person.objects.all())
    if asked.get("unit"):
        return _unit(people, asked["unit"])
    if asked.get("team") and not _is_own(actor, asked["team"]):
        return _lead(people, asked["team"])
    if actor.has(Role.MANAGER) and actor.person is not None:
        mine = people.filter(seat__manager=actor.person)
        return Scope(mine, _("My team"), "team", str(actor.person.uuid), own=True)
    reach = actor.reach(Role.HR_PARTNER).units
    roots = Unit.objects.annotate(above=Count("chain_up")).filter(above=1)
    unit = (Unit.objects.filter(pk__in=reach) if reach else roots).first()
    return _unit(people, str(unit.uuid)) if unit else None


def options(actor: gate.Actor, scope: Scope) -> list[Option]:
    """What else the actor can choose in the same way: leads below them, or units of their mandate."""
    if scope.field == "team" and actor.person is not None:
        leads = queries.leads_below(actor.person)
        mine = (str(actor.person.uuid), _("My direct reports"))
        return [mine, *((str(uuid), f"{name} ({n})") for uuid, name, n in leads)] if leads else []
    if not actor.has(Role.HR_PARTNER):
        return []
    units = [(str(uuid), name) for uuid, name in queries.units_within(actor.reach(Role.HR_PARTNER).units)]
    if scope.unit is not None and scope.value not in dict(units):
        units.append((scope.value, scope.name))
    return units


def _is_own(actor: gate.Actor, text: str) -> bool:
    return actor.person is not None and text == str(actor.person.uuid)


def _unit(people: QuerySet[Person], text: str) -> Scope:
    unit = Unit.objects.filter(uuid=_uuid(text)).first()
    if unit is None:
        raise gate.Unknown(Permission.TEAM_VIEW)
    inside = people.filter(pk__in=Seat.objects.filter(unit__chain_up__ancestor=unit).values("person"))
    return Scope(inside, unit.name, "unit", str(unit.uuid), unit=unit)


def _lead(people: QuerySet[Person], text: str) -> Scope:
    lead = Person.objects.filter(uuid=_uuid(text)).first()
    if lead is None:
        raise gate.Unknown(Permission.TEAM_VIEW)
    named = _("Reports of %(name)s") % {"name": lead.name}
    return Scope(people.filter(seat__manager=lead), named, "team", str(lead.uuid))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise gate.Unknown(Permission.TEAM_VIEW) from error
