"""Seats and closures: who manages whom today."""

import datetime as dt

import pytest
from tests.cast import NOON, Cast
from tests.factories import (
    OccupancyFactory,
    PersonFactory,
    PositionFactory,
    PositionPlacementFactory,
    ReportingLineFactory,
    UnitFactory,
    UnitPlacementFactory,
)
from tests.factories.moments import LONG_AGO, TODAY

from upwell.foundation.people.models import Chain, Occupancy, Person, Position, Seat, Unit, UnitChain
from upwell.foundation.people.operations import Rebuilt, hire, leave, move, rebuild_chains, set_reporting_line

pytestmark = pytest.mark.django_db


def post(title: str, unit: Unit, under: Position | None = None, *people: str) -> Position:
    position: Position = PositionFactory(key=title, title=title)
    PositionPlacementFactory(position=position, unit=unit)
    if under is not None:
        ReportingLineFactory(position=position, manager=under)
    for name in people:
        OccupancyFactory(person=PersonFactory(key=name, name=name), position=position)
    return position


@pytest.fixture
def unit() -> Unit:
    made: Unit = UnitFactory(name="House")
    UnitPlacementFactory(unit=made)
    return made


def rebuild() -> Rebuilt:
    return rebuild_chains(on=TODAY, actor=None, at=NOON)


def manager_of(key: str) -> str | None:
    seat = Seat.objects.select_related("manager").get(person__key=key)
    return seat.manager.key if seat.manager else None


def test_a_vacant_post_is_skipped_on_the_way_to_the_manager(unit: Unit) -> None:
    top = post("top", unit, None, "zoe")
    vacant = post("vacant", unit, post("also vacant", unit, top))
    post("bottom", unit, vacant, "yan")
    rebuild()
    assert manager_of("yan") == "zoe"
    assert Chain.objects.get(manager__key="zoe", person__key="yan").depth == 1


def test_of_two_in_a_shared_post_the_longer_serving_manages(unit: Unit) -> None:
    top = post("top", unit, None, "old hand")
    OccupancyFactory(person=PersonFactory(key="newcomer"), position=top, valid_from=dt.date(2026, 1, 1))
    post("bottom", unit, top, "yan")
    rebuild()
    assert manager_of("yan") == "old hand"


def test_a_circle_of_lines_is_named_and_opens_nobody_to_anybody(unit: Unit) -> None:
    first, second, third = (
        post("first", unit, None, "a"),
        post("second", unit, None, "b"),
        post("third", unit, None, "c"),
    )
    for low, high in ((first, second), (second, third), (third, first)):
        ReportingLineFactory(position=low, manager=high)
    post("tail", unit, third, "d")
    result = rebuild()
    assert result.circles == ("position first (first)", "position second (second)", "position third (third)")
    assert [manager_of(key) for key in "abcd"] == [None, None, None, "c"]
    assert not Chain.objects.filter(person__key="a", depth__gte=1).exists()


def test_a_circle_of_units_is_named_and_cut(unit: Unit) -> None:
    other: Unit = UnitFactory(name="Other", key="other")
    inner: Unit = UnitFactory(name="Inner", key="inner")
    UnitPlacementFactory(unit=other, parent=inner)
    UnitPlacementFactory(unit=inner, parent=other)
    assert rebuild().circles == ("unit Inner (inner)", "unit Other (other)")
    assert UnitChain.objects.filter(unit=inner).count() == 1


def test_depth_counts_the_managers_in_between(cast: Cast) -> None:
    depths = dict(Chain.objects.filter(person=cast.ada.person).values_list("manager__key", "depth"))
    assert depths == {"ada": 0, "boris": 1, "chen": 2}


def test_a_line_that_ended_no_longer_counts_and_one_to_come_does_not_count_yet(cast: Cast) -> None:
    engineer = Position.objects.get(key="engineer")
    tomorrow = TODAY + dt.timedelta(days=1)
    set_reporting_line(position=engineer, manager=None, on=tomorrow, actor=None, at=NOON)
    assert manager_of("ada") == "boris"
    rebuild_chains(on=tomorrow, actor=None, at=NOON)
    assert manager_of("ada") is None


def test_who_moves_has_the_manager_of_the_new_post_and_keeps_the_history(cast: Cast) -> None:
    seller = Position.objects.get(key="seller")
    move(person=cast.ada.person, position=seller, on=TODAY, actor=None, at=NOON)
    assert Seat.objects.get(person=cast.ada.person).unit == cast.sales
    held = Occupancy.objects.filter(person=cast.ada.person).order_by("valid_from")
    assert [(row.valid_from, row.valid_to) for row in held] == [(LONG_AGO, TODAY), (TODAY, None)]


def test_who_leaves_loses_seat_reports_and_account(cast: Cast) -> None:
    leave(person=cast.boris.person, on=TODAY, actor=None, at=NOON)
    cast.boris.account.refresh_from_db()
    assert not cast.boris.account.is_active
    assert manager_of("ada") == "chen"
    assert not Seat.objects.filter(person=cast.boris.person).exists()


def test_a_candidate_who_is_hired_stays_the_same_person(cast: Cast) -> None:
    candidate = PersonFactory(key="jo", kind="candidate", hired_on=None)
    position = PositionFactory()
    PositionPlacementFactory(position=position, unit=cast.engineering)
    hired = hire(key="jo", name="Jo Åkesson", email="", position=position, on=TODAY, actor=None, at=NOON)
    assert hired.pk == candidate.pk
    assert Person.objects.get(key="jo").sort_name == "akesson jo"
