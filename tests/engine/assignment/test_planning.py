"""The plan keeps every limit, equals brute force where that is possible, and its bound is a bound."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.engine import assignment
from upwell.engine.errors import FrameError, NotEstimableError, ParameterError

Row = dict[str, Any]


def rows_of(rng: np.random.Generator, people: int, each: int, units: int = 2) -> list[Row]:
    return [
        {
            "person": f"p{p}",
            "intervention": f"i{k}",
            "value": float(np.round(rng.uniform(0.1, 3), 3)),
            "cost": float(rng.integers(1, 10)),
            "hours": float(rng.integers(1, 6)),
            "unit": f"u{p % units}",
            "session": "small" if k == 0 else None,
            "overlap": "same" if k in (0, 1) else None,
        }
        for p in range(people)
        for k in range(each)
    ]


def worth(rows: list[Row], discount: float) -> float:
    total, seen = 0.0, {}
    for row in sorted(rows, key=lambda r: -r["value"]):
        key = (row["person"], row["overlap"] or row["intervention"])
        total += row["value"] * discount ** seen.get(key, 0)
        seen[key] = seen.get(key, 0) + 1
    return total


def breaks(
    rows: list[Row],
    budget: dict[str, float],
    hours: float,
    seats: int,
    needs: dict[str, str],
    floor: float,
    all_rows: list[Row],
) -> bool:
    for unit, amount in budget.items():
        if sum(r["cost"] for r in rows if r["unit"] == unit) > amount + 1e-9:
            return True
        members = {r["person"] for r in all_rows if r["unit"] == unit}
        if len({r["person"] for r in rows if r["unit"] == unit}) < floor * len(members) - 1e-9:
            return True
    for person in {r["person"] for r in rows}:
        mine = [r for r in rows if r["person"] == person]
        if sum(r["hours"] for r in mine) > hours + 1e-9:
            return True
        names = {r["intervention"] for r in mine}
        if any(later in names and first not in names for later, first in needs.items()):
            return True
    return sum(r["session"] == "small" for r in rows) > seats


def brute(rows: list[Row], **limits: Any) -> float:
    best = -1.0
    for bits in product((False, True), repeat=len(rows)):
        chosen = [r for r, b in zip(rows, bits, strict=True) if b]
        if not breaks(chosen, all_rows=rows, **limits):
            best = max(best, worth(chosen, 0.5))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_a_tiny_plan_equals_the_best_of_all_plans(seed: int) -> None:
    rows = rows_of(np.random.default_rng(seed), people=4, each=3)
    limits: dict[str, Any] = {
        "budget": {"u0": 14.0, "u1": 11.0}, "hours": 7.0, "seats": 2, "needs": {"i2": "i1"}, "floor": 0.5,
    }  # fmt: skip
    best = brute(rows, **limits)
    if best < 0:
        pytest.skip("this draw has no plan at all")
    found = assignment.solve(
        pa.Table.from_pylist(rows), budget=limits["budget"], seats={"small": 2}, hours_per_person=7.0,
        prerequisites={"i2": ["i1"]}, fairness_floor=0.5,
    )  # fmt: skip
    assert found.value == pytest.approx(best)
    assert found.bound >= found.value - 1e-9


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    people=st.integers(1, 12),
    each=st.integers(1, 5),
    money=st.floats(0, 60),
    hours=st.floats(0, 12),
    seats=st.integers(0, 5),
    method=st.sampled_from(["auto", "decomposition"]),
)
def test_no_limit_is_ever_broken(
    seed: int, people: int, each: int, money: float, hours: float, seats: int, method: Any
) -> None:
    rows = rows_of(np.random.default_rng(seed), people, each)
    budget = dict.fromkeys(sorted({r["unit"] for r in rows}), money)
    found = assignment.solve(
        pa.Table.from_pylist(rows, schema=pa.schema(
            {"person": pa.string(), "intervention": pa.string(), "value": pa.float64(), "cost": pa.float64(),
             "hours": pa.float64(), "unit": pa.string(), "session": pa.string(), "overlap": pa.string()})),
        budget=budget, seats={"small": seats}, hours_per_person=hours,
        prerequisites={"i2": ["i1"]} if each > 2 else None, method=method, frontier=False,
    )  # fmt: skip
    keys = {(r["person"], r["intervention"]) for r in found.plan.to_pylist()}
    chosen = [r for r in rows if (r["person"], r["intervention"]) in keys]
    needs = {"i2": "i1"} if each > 1 else {}
    assert not breaks(chosen, budget, hours, seats, needs, 0.0, rows)
    assert found.value == pytest.approx(worth(chosen, 0.5))
    assert found.value <= found.bound + 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_the_decomposition_comes_within_a_tenth_of_a_percent_of_the_exact_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rows_of(rng, people=150, each=6)
    frame = pa.Table.from_pylist(rows)
    total = 0.3 * sum(r["cost"] for r in rows)
    quick = assignment.solve(frame, budget=total, hours_per_person=10, method="decomposition", frontier=False)
    exact = assignment.solve(frame, budget=total, hours_per_person=10, method="exact", frontier=False)
    assert quick.bound >= exact.value - 1e-6
    assert quick.value >= 0.999 * exact.bound


def test_it_beats_taking_the_best_ratio_first_when_prices_and_hours_compete() -> None:
    rng = np.random.default_rng(7)
    rows = rows_of(rng, people=150, each=8)
    budget = 0.25 * sum(r["cost"] for r in rows)
    left, hours, greedy = budget, {}, []
    for row in sorted(rows, key=lambda r: -r["value"]):
        if row["cost"] <= left and hours.get(row["person"], 0) + row["hours"] <= 8:
            left -= row["cost"]
            hours[row["person"]] = hours.get(row["person"], 0) + row["hours"]
            greedy.append(row)
    found = assignment.solve(pa.Table.from_pylist(rows), budget=budget, hours_per_person=8, frontier=False)
    assert found.value >= 1.05 * worth(greedy, 0.5)


def test_duties_are_in_the_plan_with_what_they_require() -> None:
    rows = rows_of(np.random.default_rng(1), people=5, each=3)
    found = assignment.solve(
        pa.Table.from_pylist(rows), budget=60, prerequisites={"i2": ["i1"]}, duties={("p0", "i2"), ("p3", "i0")}
    )
    keys = {(r["person"], r["intervention"]) for r in found.plan.to_pylist()}
    assert {("p0", "i2"), ("p0", "i1"), ("p3", "i0")} <= keys


def test_more_money_never_buys_less_and_a_cut_names_what_drops() -> None:
    rows = rows_of(np.random.default_rng(2), people=40, each=4)
    found = assignment.solve(pa.Table.from_pylist(rows), budget=200, hours_per_person=9)
    values = found.frontier["value"].to_numpy()
    assert (np.diff(values) >= 0).all()
    assert (found.frontier["bound"].to_numpy() >= values - 1e-9).all()
    assert found.shadow_price["all"] > 0
    assert found.dropped.num_rows > 0


def test_a_floor_that_money_cannot_meet_is_refused_in_words() -> None:
    rows = rows_of(np.random.default_rng(3), people=10, each=2)
    with pytest.raises(NotEstimableError, match="fairness floor"):
        assignment.solve(pa.Table.from_pylist(rows), budget=3, fairness_floor=1.0)


def test_bad_input_is_refused_in_words() -> None:
    rows = rows_of(np.random.default_rng(3), people=2, each=2)
    frame = pa.Table.from_pylist(rows)
    with pytest.raises(ParameterError, match="zero or more"):
        assignment.solve(frame, budget=-1)
    with pytest.raises(ParameterError, match="no budget"):
        assignment.solve(frame, budget={"u0": 4})
    with pytest.raises(ParameterError, match="not among the candidates"):
        assignment.solve(frame, budget=9, duties={("p0", "nothing")})
    with pytest.raises(NotEstimableError, match="duties alone"):
        assignment.solve(frame, budget=0, duties={("p0", "i0")})
    with pytest.raises(FrameError, match="no column 'cost'"):
        assignment.solve(frame.drop_columns(["cost"]), budget=9)


def test_limits_for_names_no_candidate_has_are_refused_together() -> None:
    frame = pa.Table.from_pylist(rows_of(np.random.default_rng(3), people=2, each=3))
    with pytest.raises(ParameterError, match="unit 'u9', session 'smal', intervention 'i7', intervention 'ii'"):
        assignment.solve(
            frame, budget={"u0": 9, "u1": 9, "u9": 9}, seats={"smal": 1}, prerequisites={"i7": ["i1"], "i2": ["ii"]}
        )
    timed = frame.append_column("period", pa.array(["june"] * frame.num_rows))
    with pytest.raises(ParameterError, match="period 'may'"):
        assignment.solve(timed, budget=9, period_budget={"may": 3})
    assignment.solve(frame, budget=9, prerequisites={"i2": ["before"]}, held=[("p0", "before")], frontier=False)


def test_the_exact_solver_gives_the_same_plan_again() -> None:
    rows = rows_of(np.random.default_rng(4), people=30, each=5)
    frame = pa.Table.from_pylist(rows)
    first, again = (
        assignment.solve(
            frame, budget=0.3 * sum(r["cost"] for r in rows), seats={"small": 4}, hours_per_person=7,
            prerequisites={"i2": ["i1"]}, method="exact", frontier=False,
        )
        for _ in range(2)
    )  # fmt: skip
    assert first.plan.equals(again.plan)
    assert first.bound == again.bound
    assert first.gap <= 0.001


def test_hours_and_money_count_in_each_of_several_periods_and_a_prerequisite_comes_no_later() -> None:
    rng = np.random.default_rng(5)
    rows = [
        {"person": p, "intervention": i, "period": t, "value": float(rng.uniform(1, 3)), "cost": 4.0, "hours": 5.0}
        for p in range(30)
        for i in range(4)
        for t in range(3)
    ]
    found = assignment.solve(
        pa.Table.from_pylist(rows), budget=250, period_budget={0: 60.0}, hours_per_person=6,
        prerequisites={1: [0]}, held=[(7, 0)], frontier=False,
    ).plan.to_pylist()  # fmt: skip
    taken = {(r["person"], r["intervention"]): r["period"] for r in found}
    assert len(taken) == len(found)
    assert len({(r["person"], r["period"]) for r in found}) == len(found)
    assert sum(r["cost"] for r in found if r["period"] == 0) <= 60
    assert sum(r["cost"] for r in found) <= 250
    for (person, item), period in taken.items():
        if item == 1 and person != 7:
            assert taken[person, 0] <= period


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = rows_of(np.random.default_rng(11), people=40, each=4)
    frame = pa.Table.from_pylist(rows)
    mixed = frame.take(pa.array(np.random.default_rng(0).permutation(len(rows))))
    plans = [
        assignment.solve(f, budget=90, seats={"small": 9}, hours_per_person=8, method="decomposition", frontier=False)
        for f in (frame, mixed)
    ]
    assert plans[0].plan.equals(plans[1].plan)
    assert plans[0].bound == plans[1].bound


def test_duties_that_cannot_be_met_are_named_with_what_is_short() -> None:
    rows = rows_of(np.random.default_rng(1), people=5, each=3)
    frame = pa.Table.from_pylist(rows)
    with pytest.raises(NotEstimableError, match="no room for i2 of 'p0'"):
        assignment.solve(frame, budget=60, hours_per_person=0.5, duties={("p0", "i2")})
    with pytest.raises(NotEstimableError, match="the seats: no room for i0 of 'p1'"):
        assignment.solve(frame, budget=60, seats={"small": 0}, duties={("p1", "i0")})


def test_what_the_next_money_buys_is_said_in_words() -> None:
    rows = rows_of(np.random.default_rng(2), people=40, each=4)
    words = assignment.solve(pa.Table.from_pylist(rows), budget=200).words
    assert words[0].startswith("The next 10 in budget 'all' buy about")
    assert words[-1].startswith("With 10 % less money")
