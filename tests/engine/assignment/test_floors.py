"""Fairness floors, by people and by need: met, priced and bounded, or refused with the unit that cannot be served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.assignment.cases import Case, broken, brute, drawn, need_of, worth

from upwell.engine import assignment
from upwell.engine.errors import NotEstimableError, ParameterError


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    money=st.integers(4, 30),
    floor=st.sampled_from([0.1, 0.3, 0.5, 0.8]),
    periods=st.integers(1, 2),
    of=st.sampled_from(["people", "need"]),
)
def test_a_floor_is_met_by_the_best_plan_that_meets_it_or_named(
    seed: int, money: int, floor: float, periods: int, of: str
) -> None:
    case = Case(drawn(seed, 4, 3 if periods == 1 else 1, periods=periods), float(money), floor=floor, floor_of=of)
    best = brute(case)
    if best is None:
        with pytest.raises(NotEstimableError, match="fairness floor"):
            case.solve()
        return
    found = case.solve()
    assert broken(case, case.chosen(found)) == []
    assert found.value == pytest.approx(best)
    assert found.bound >= found.value - 1e-9


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), floor=st.sampled_from([0.05, 0.15, 0.25]))
def test_by_prices_alone_a_floor_on_need_is_met_under_a_bound_that_holds(seed: int, floor: float) -> None:
    case = Case(drawn(seed, 24, 3, units=3), 60.0, hours=7.0, floor=floor, floor_of="need")
    try:
        found = case.solve(method="decomposition")
    except NotEstimableError:
        return
    assert broken(case, case.chosen(found)) == []
    assert found.bound >= case.solve(method="exact").value - 1e-9


def unequal(floor: float, of: str) -> Case:
    """Three units of which the last gains a third of what the others gain for the same money."""
    rows = [r | {"value": r["value"] * (0.3 if r["unit"] == "u2" else 1.0)} for r in drawn(3, 150, 4, units=3)]
    return Case(rows, 0.3 * sum(r["cost"] for r in rows), hours=9.0, floor=floor, floor_of=of)


def test_a_floor_on_need_costs_the_whole_little_and_gives_the_least_served_its_share() -> None:
    free, fair = unequal(0.0, "people"), unequal(0.35, "need")
    without, found = (case.solve(method="decomposition") for case in (free, fair))
    rows = [r for r in fair.chosen(found) if r["unit"] == "u2"]
    before = [r for r in free.chosen(without) if r["unit"] == "u2"]
    need = need_of(fair.rows, "u2")
    assert worth(before) < 0.3 * need
    assert worth(rows) >= 0.35 * need
    assert 0.9 * without.value < found.value < without.value
    assert found.gap < 0.01
    assert found.limits is not None
    floors = {r["name"]: r for r in found.limits.to_pylist() if r["kind"] == "floor"}
    assert floors["u2"]["used"] == pytest.approx(worth(rows))
    assert floors["u2"]["amount"] == pytest.approx(0.35 * need)
    assert floors["u2"]["price"] > 0
    assert floors["u0"]["price"] == 0


def test_no_floor_and_a_floor_that_all_meet_anyway_give_the_same_plan() -> None:
    free = unequal(0.0, "people").solve(method="decomposition")
    slack = unequal(0.01, "need").solve(method="decomposition")
    assert slack.plan.equals(free.plan)
    assert slack.bound == pytest.approx(free.bound)


def test_along_the_frontier_the_floor_is_kept() -> None:
    case = replace(unequal(0.35, "need"), rows=unequal(0.35, "need").rows[:240], budget=300.0)
    found = case.solve(method="decomposition", frontier=True)
    shares = found.frontier["share"].to_pylist()
    assert 1.0 in shares
    assert 0.25 not in shares, "so little money cannot meet the floor"
    assert (np.diff(found.frontier["value"].to_numpy()) >= 0).all()


@pytest.mark.parametrize("of", ["people", "need"])
def test_a_unit_that_cannot_be_served_is_named(of: str) -> None:
    rows = [r | {"cost": 50.0 if r["unit"] == "u1" else 1.0} for r in drawn(3, 10, 2)]
    with pytest.raises(NotEstimableError, match=r"cannot be met: it asks for .* unit 'u1'"):
        Case(rows, 40.0, floor=0.3, floor_of=of).solve()


def test_a_floor_is_a_share_of_people_or_of_need_and_each_person_is_in_one_unit() -> None:
    case = Case(drawn(3, 4, 2), 40.0, floor=0.3)
    with pytest.raises(ParameterError, match="a share of 'people' or of 'need'"):
        case.solve(fairness_of="money")
    torn = Case([r | {"unit": r["intervention"]} for r in case.rows], 40.0)
    torn.solve()
    with pytest.raises(ParameterError, match="The person 'p0' is in more than one unit"):
        torn.solve(fairness_floor=0.3)


def test_without_units_the_floor_is_one_for_all() -> None:
    case = Case(drawn(3, 10, 2), 40.0)
    table: Any = case.table.drop_columns(["unit"])
    for of in ("people", "need"):
        found = assignment.solve(table, budget=40, fairness_floor=0.5, fairness_of=of, frontier=False)
        assert isinstance(found.plan, pa.Table)
        assert found.limits is not None
        floor = next(r for r in found.limits.to_pylist() if r["kind"] == "floor")
        assert floor["used"] >= floor["amount"] > 0
