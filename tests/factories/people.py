"""Persons, units, positions, lines and mandates. Closures are not made here: call `rebuild_chains`, or use the cast."""

import factory
from factory.django import DjangoModelFactory
from tests.factories import moments

from upwell.foundation.people.choices import MandateKind
from upwell.foundation.people.models import (
    Establishment,
    Mandate,
    Occupancy,
    Person,
    Position,
    PositionPlacement,
    ReportingLine,
    Seat,
    Unit,
    UnitPlacement,
)
from upwell.foundation.people.operations import folded


class PersonFactory(DjangoModelFactory[Person]):
    """Somebody employed, without a seat or an account."""

    class Meta:
        model = Person

    key = factory.Sequence(lambda n: f"P{n:05d}")
    name = factory.Sequence(lambda n: f"Person {n:05d}")
    sort_name = factory.LazyAttribute(lambda row: folded(row.name))
    hired_on = moments.LONG_AGO


class UnitFactory(DjangoModelFactory[Unit]):
    """A unit that stands nowhere yet."""

    class Meta:
        model = Unit

    key = factory.Sequence(lambda n: f"unit-{n}")
    name = factory.Sequence(lambda n: f"Unit {n}")


class UnitPlacementFactory(DjangoModelFactory[UnitPlacement]):
    """A root unit."""

    class Meta:
        model = UnitPlacement

    unit = factory.SubFactory(UnitFactory)
    valid_from = moments.LONG_AGO


class PositionFactory(DjangoModelFactory[Position]):
    """A vacant post."""

    class Meta:
        model = Position

    key = factory.Sequence(lambda n: f"position-{n}")
    title = factory.Sequence(lambda n: f"Position {n}")


class PositionPlacementFactory(DjangoModelFactory[PositionPlacement]):
    """A post in a unit."""

    class Meta:
        model = PositionPlacement

    position = factory.SubFactory(PositionFactory)
    unit = factory.SubFactory(UnitFactory)
    valid_from = moments.LONG_AGO


class ReportingLineFactory(DjangoModelFactory[ReportingLine]):
    """A post under another."""

    class Meta:
        model = ReportingLine

    position = factory.SubFactory(PositionFactory)
    manager = factory.SubFactory(PositionFactory)
    valid_from = moments.LONG_AGO


class OccupancyFactory(DjangoModelFactory[Occupancy]):
    """Somebody in a post."""

    class Meta:
        model = Occupancy

    person = factory.SubFactory(PersonFactory)
    position = factory.SubFactory(PositionFactory)
    valid_from = moments.LONG_AGO


class EstablishmentFactory(DjangoModelFactory[Establishment]):
    """Posts known by number."""

    class Meta:
        model = Establishment

    key = factory.Sequence(lambda n: f"{n:064d}")
    unit = factory.SubFactory(UnitFactory)
    title = "Clerk"
    valid_from = moments.LONG_AGO


class SeatFactory(DjangoModelFactory[Seat]):
    """A seat put down by hand, for tests that need no lines."""

    class Meta:
        model = Seat

    person = factory.SubFactory(PersonFactory)
    position = factory.SubFactory(PositionFactory)
    unit = factory.SubFactory(UnitFactory)
    since = moments.LONG_AGO


class MandateFactory(DjangoModelFactory[Mandate]):
    """An HR partner for everyone."""

    class Meta:
        model = Mandate

    account = factory.SubFactory("tests.factories.foundation.AccountFactory")
    kind = MandateKind.HR_PARTNER
