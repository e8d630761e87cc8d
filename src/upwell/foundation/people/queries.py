"""Who is where: lists as of a day, a person's history, a unit and what lies below it."""

import datetime as dt
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from upwell.foundation.people.models import Mandate, Occupancy, Person, PositionPlacement, Seat, Unit, UnitChain
from upwell.lib.periods import valid_on


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in a position, as a list shows it."""

    uuid: UUID
    key: str
    name: str
    position: str
    unit: str
    unit_uuid: UUID
    since: dt.date


@dataclass(frozen=True, slots=True)
class Held:
    """A position held, and when; `until` is the first day without it."""

    position: str
    unit: str
    since: dt.date
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class SeatCard:
    """Where a person sits today, and under whom."""

    position: str
    unit: str
    unit_uuid: UUID
    since: dt.date
    manager: str
    manager_uuid: UUID | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit with how many people sit in it and below it today."""

    uuid: UUID
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class MandateRow:
    """What an account is entrusted with."""

    uuid: UUID
    label: str
    unit: str
    since: dt.date


def fold(text: str) -> str:
    """Text without accents or case, single-spaced: how names are compared."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(mark for mark in plain if not unicodedata.combining(mark)).casefold().split())


def matching(persons: QuerySet[Person], text: str) -> QuerySet[Person]:
    """The persons of whose name each word of `text` begins a word, or whose key begins with it."""
    if not text.strip():
        return persons
    by_name = Q()
    for word in fold(text).split():
        by_name &= Q(sort_name__startswith=word) | Q(sort_name__contains=f" {word}")
    return persons.filter(by_name | Q(key__istartswith=text.strip()))


def found(persons: QuerySet[Person], text: str, *, limit: int = 10) -> list[PersonRow]:
    """The first few seated persons that match, for a palette."""
    seats = Seat.objects.filter(person__in=matching(persons, text)).order_by("person__sort_name", "person")
    fields = ("person__uuid", "person__key", "person__name", "position__title", "unit__name", "unit__uuid", "since")
    return [PersonRow(*row) for row in seats.values_list(*fields)[:limit]]


def seated(persons: QuerySet[Person], *, on: dt.date, unit: Unit | None = None) -> QuerySet[Occupancy]:
    """Who of `persons` held a position on a day, with its place then; a unit stands for itself and all below it now."""
    held = Occupancy.objects.filter(
        valid_on(on), valid_on(on, "position__placements__"), person__in=persons, **_below(unit)
    )
    return held.order_by("person__sort_name", "person")


def rows(held: QuerySet[Occupancy], *, start: int, limit: int) -> list[PersonRow]:
    """A stretch of `seated`."""
    fields = (
        "person__uuid",
        "person__key",
        "person__name",
        "position__title",
        "position__placements__unit__name",
        "position__placements__unit__uuid",
        "valid_from",
    )
    return [PersonRow(*row) for row in held.values_list(*fields)[start : start + limit]]


def seat_of(person: Person) -> SeatCard | None:
    """Where a person sits today, or None."""
    row = Seat.objects.filter(person=person).select_related("position", "unit", "manager").first()
    if row is None:
        return None
    manager = row.manager
    return SeatCard(
        row.position.title,
        row.unit.name,
        row.unit.uuid,
        row.since,
        manager.name if manager else "",
        manager.uuid if manager else None,
    )


def history(person: Person) -> list[Held]:
    """Every position a person held, newest first, each with the unit it stood in when it was taken up."""
    places = PositionPlacement.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=OuterRef("valid_from")), position=OuterRef("position")
    )
    first = places.order_by("valid_from").values("unit__name")[:1]
    held = Occupancy.objects.filter(person=person).annotate(unit_name=Subquery(first)).order_by("-valid_from")
    fields = ("position__title", "unit_name", "valid_from", "valid_to")
    return [Held(title, name or "", since, until) for title, name, since, until in held.values_list(*fields)]


def reports(person: Person, *, limit: int = 30) -> list[PersonRow]:
    """Those whose manager a person is today."""
    seats = Seat.objects.filter(manager=person).order_by("person__sort_name", "person")
    fields = ("person__uuid", "person__key", "person__name", "position__title", "unit__name", "unit__uuid", "since")
    return [PersonRow(*row) for row in seats.values_list(*fields)[:limit]]


def around(person: Person, *, limit: int = 40) -> list[PersonRow]:
    """Who works closest to a person: manager, those they manage, those with the same manager, by name."""
    own = Seat.objects.filter(person=person, manager__isnull=False)
    near = Q(manager=person) | Q(person__in=own.values("manager")) | Q(manager__in=own.values("manager"))
    seats = Seat.objects.filter(near).exclude(person=person).order_by("person__sort_name", "person")
    fields = ("person__uuid", "person__key", "person__name", "position__title", "unit__name", "unit__uuid", "since")
    return [PersonRow(*row) for row in seats.values_list(*fields)[:limit]]


def mandates(person: Person, *, on: dt.date) -> list[MandateRow]:
    """What the account of a person is entrusted with on a day."""
    held = Mandate.objects.filter(account=person.account_id).as_of(on) if person.account_id else Mandate.objects.none()
    return [
        MandateRow(row.uuid, str(row.get_kind_display()), row.unit.name if row.unit else "", row.valid_from)
        for row in held.select_related("unit").order_by("kind")
    ]


def path_of(unit: Unit) -> list[UnitRow]:
    """The units above a unit, the root first, and the unit itself; head counts are left out."""
    links = UnitChain.objects.filter(unit=unit).order_by("-depth")
    return [UnitRow(uuid, name, 0) for uuid, name in links.values_list("ancestor__uuid", "ancestor__name")]


def units_below(unit: Unit | None, *, limit: int = 200) -> list[UnitRow]:
    """The units directly below a unit (None: the roots) with their head counts."""
    roots = UnitChain.objects.values("unit").annotate(above=Count("pk")).filter(above=1).values("unit")
    below = UnitChain.objects.filter(ancestor=unit, depth=1).values("unit")
    units = Unit.objects.filter(pk__in=roots if unit is None else below)
    seats = Seat.objects.filter(unit__chain_up__ancestor=OuterRef("pk")).order_by()
    heads = seats.values("unit__chain_up__ancestor").annotate(n=Count("pk")).values("n")
    counted = units.annotate(heads=Coalesce(Subquery(heads), 0)).order_by("name", "pk")
    return [UnitRow(*row) for row in counted.values_list("uuid", "name", "heads")[:limit]]


def upper_units(*, limit: int = 100) -> list[UnitRow]:
    """The roots and the units directly below them, for a filter; head counts are left out."""
    upper = Unit.objects.annotate(above=Count("chain_up")).filter(above__gte=1, above__lte=2)
    return [
        UnitRow(uuid, name, 0) for uuid, name in upper.order_by("above", "name").values_list("uuid", "name")[:limit]
    ]


def _below(unit: Unit | None) -> dict[str, object]:
    if unit is None:
        return {}
    return {"position__placements__unit__in": UnitChain.objects.filter(ancestor=unit).values("unit")}
