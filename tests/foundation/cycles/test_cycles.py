"""Cycles: the check before launch, and the way from draft to closed."""

import datetime as dt

import pytest
from tests.cast import NOON, Cast
from tests.factories import CycleFactory, UnitFactory
from tests.factories.moments import IN_A_MONTH, TODAY

from upwell.foundation.cycles.choices import CycleKind, CycleState
from upwell.foundation.cycles.operations import NotReadyError, WrongStateError, close_cycle, draft, open_cycle
from upwell.foundation.cycles.queries import checks, open_on, population

pytestmark = pytest.mark.django_db


def test_a_cycle_asks_the_unit_and_all_below_it(cast: Cast) -> None:
    keys = population(CycleFactory(unit=cast.engineering)).values_list("person__key", flat=True)
    assert set(keys) == {"ada", "boris", "chen"}


def test_the_check_counts_who_has_no_manager_and_no_sign_in(cast: Cast) -> None:
    cast.ada.account.is_active = False
    cast.ada.account.save()
    found = {check.name: check for check in checks(CycleFactory(unit=cast.engineering), on=TODAY)}
    assert found["people"].words == "3 people are asked."
    assert found["managers"].words == "1 of 3 have no manager to write a review."
    assert found["accounts"].words == "1 of 3 cannot sign in."
    assert not found["managers"].blocks


def test_a_cycle_of_nobody_cannot_open(cast: Cast) -> None:
    with pytest.raises(NotReadyError, match="0 people are asked"):
        open_cycle(cycle=CycleFactory(unit=UnitFactory()), actor=None, at=NOON)


def test_the_same_people_are_not_asked_twice_at_once(cast: Cast) -> None:
    first = CycleFactory(name="Spring", unit=cast.company)
    open_cycle(cycle=first, actor=None, at=NOON)
    second = CycleFactory(unit=cast.engineering)
    with pytest.raises(NotReadyError, match="Spring"):
        open_cycle(cycle=second, actor=None, at=NOON)
    close_cycle(cycle=first, actor=None, at=NOON)
    assert open_cycle(cycle=second, actor=None, at=NOON).state == CycleState.OPEN


def test_a_cycle_goes_one_way(cast: Cast) -> None:
    cycle = draft(
        key="h1",
        name="First half",
        kind=CycleKind.ANNUAL,
        unit=None,
        opens_on=TODAY,
        due_on=IN_A_MONTH,
        actor=None,
        at=NOON,
    )
    with pytest.raises(WrongStateError):
        close_cycle(cycle=cycle, actor=None, at=NOON)
    opened = open_cycle(cycle=cycle, actor=None, at=NOON)
    assert list(open_on(TODAY)) == [opened]
    assert not open_on(TODAY - dt.timedelta(days=1))
    with pytest.raises(WrongStateError):
        open_cycle(cycle=cycle, actor=None, at=NOON)
