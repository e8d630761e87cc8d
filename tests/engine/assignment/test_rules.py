"""Rules that hold for every plan, whatever the limits: tried on problems drawn at random."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.assignment.cases import DISCOUNT, Case, Row, broken, brute, drawn

from upwell.engine import assignment
from upwell.engine.errors import NotEstimableError


@st.composite
def cases(draw: st.DrawFn, people: int = 3, most_rows: int = 12) -> Case:
    """Problems with two kinds of budget, seats, hours, prerequisites, duties and a floor, some without a plan."""
    periods = draw(st.integers(1, 2))
    many = draw(st.integers(1, people))
    items = draw(st.integers(1, max(1, min(4, most_rows // (many * periods)))))
    rows = drawn(draw(st.integers(0, 10**6)), many, items, periods=periods)
    units, times = sorted({r["unit"] for r in rows}), [f"t{t}" for t in range(periods)]
    amount = st.integers(0, 40).map(float)
    kinds: list[dict[str, Any]] = [
        {"budget": draw(amount)},
        {"budget": dict.fromkeys(units, draw(amount)), "period_budget": {times[-1]: draw(amount)}},
        {"budget": draw(amount), "unit_budget": {units[0]: draw(amount)}},
        {"budget": math.inf, "period_budget": {times[0]: draw(amount)}, "cell_budget": {(units[0], times[-1]): 5.0}},
    ]
    persons = [f"p{p}" for p in range(many)]
    duty = st.tuples(st.sampled_from(persons), st.sampled_from([f"i{i}" for i in range(items)]))
    return Case(
        rows,
        **draw(st.sampled_from(kinds)),
        seats={"small": draw(st.integers(0, 3))},
        hours=draw(st.sampled_from([None, 6.0, {p: float(4 + i) for i, p in enumerate(persons)}])),
        needs={"i1": ["i0"]} if items > 1 and draw(st.booleans()) else {},
        held=frozenset({("p0", "i0")}) if draw(st.booleans()) else frozenset(),
        duties=frozenset(draw(st.sets(duty, max_size=2))),
        floor=draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
    )


@settings(max_examples=50, deadline=None)
@given(case=cases())
def test_a_plan_keeps_every_limit_and_is_the_best_or_there_is_none(case: Case) -> None:
    best = brute(case)
    if best is None:
        with pytest.raises(NotEstimableError, match=r"fairness floor|duties"):
            case.solve()
        return
    found = case.solve()
    assert broken(case, case.chosen(found)) == []
    assert found.value == pytest.approx(best)
    assert found.bound >= found.value - 1e-9


@settings(max_examples=20, deadline=None)
@given(case=cases(people=12, most_rows=60), method=st.sampled_from(["decomposition", "exact"]))
def test_either_method_keeps_every_limit(case: Case, method: Any) -> None:
    try:
        found = case.solve(method=method)
    except NotEstimableError:
        return
    assert broken(case, case.chosen(found)) == []
    assert found.bound >= found.value - 1e-9


def renamed(case: Case, seed: int) -> Case:
    """The same problem with people, items, units and sessions called otherwise, and its rows in another order."""
    rng = np.random.default_rng(seed)

    def names(column: str) -> dict[Any, Any]:
        old = sorted({r[column] for r in case.rows} - {None})
        return {None: None} | {name: f"x{place}" for name, place in zip(old, rng.permutation(len(old)), strict=True)}

    who, what, where, when = names("person"), names("intervention"), names("unit"), names("session")
    rows = [
        r | {"person": who[r["person"]], "intervention": what[r["intervention"]], "unit": where[r["unit"]],
             "session": when[r["session"]]}
        for r in case.rows
    ]  # fmt: skip
    mixed = [rows[i] for i in rng.permutation(len(rows))]
    budget = case.budget
    return replace(
        case,
        rows=mixed,
        budget={where[u]: a for u, a in budget.items()} if isinstance(budget, dict) else budget,
        unit_budget={where[u]: a for u, a in case.unit_budget.items()},
        cell_budget={(where[u], t): a for (u, t), a in case.cell_budget.items()},
        seats={when[s]: n for s, n in case.seats.items()},
        hours={who[p]: h for p, h in case.hours.items()} if isinstance(case.hours, dict) else case.hours,
        needs={what[i]: [what[o] for o in others] for i, others in case.needs.items()},
        held=frozenset((who[p], what[i]) for p, i in case.held),
        duties=frozenset((who[p], what[i]) for p, i in case.duties),
    )


def outcome(case: Case) -> float | None:
    try:
        return case.solve().value
    except NotEstimableError:
        return None


@settings(max_examples=25, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_other_names_and_another_order_change_nothing(case: Case, seed: int) -> None:
    assert outcome(renamed(case, seed)) == pytest.approx(outcome(case))


def times_money(case: Case, factor: float) -> Case:
    """The same problem with all money in another unit."""
    budget = case.budget
    return replace(
        case,
        rows=[r | {"cost": r["cost"] * factor} for r in case.rows],
        budget={u: a * factor for u, a in budget.items()} if isinstance(budget, dict) else budget * factor,
        unit_budget={u: a * factor for u, a in case.unit_budget.items()},
        period_budget={t: a * factor for t, a in case.period_budget.items()},
        cell_budget={c: a * factor for c, a in case.cell_budget.items()},
    )


@pytest.mark.parametrize("factor", [1 / 128, 1024.0])
@pytest.mark.parametrize("method", ["auto", "decomposition"])
def test_another_unit_of_money_changes_the_unit_of_the_prices_alone(factor: float, method: str) -> None:
    case = Case(drawn(5, 40, 4, periods=2), 150.0, period_budget={"t0": 60.0}, hours=7.0, seats={"small": 9})
    one, other = (c.solve(method=method, frontier=True) for c in (case, times_money(case, factor)))
    assert other.plan.select(["person", "intervention", "period"]).equals(
        one.plan.select(["person", "intervention", "period"])
    )
    assert (other.value, other.bound) == pytest.approx((one.value, one.bound))
    assert other.spent == pytest.approx(one.spent * factor)
    assert other.shadow_price["all"] * factor == pytest.approx(one.shadow_price["all"])
    assert other.frontier["value"].to_pylist() == pytest.approx(one.frontier["value"].to_pylist())
    assert [b / factor for b in other.frontier["budget"].to_pylist()] == pytest.approx(
        one.frontier["budget"].to_pylist()
    )


def test_another_unit_of_value_changes_the_unit_of_the_answer_alone() -> None:
    case = Case(drawn(6, 40, 4), 90.0, hours=7.0)
    larger = replace(case, rows=[r | {"value": r["value"] * 512} for r in case.rows])
    one, other = case.solve(), larger.solve()
    assert other.plan.drop_columns(["value"]).equals(one.plan.drop_columns(["value"]))
    assert (other.value, other.bound) == pytest.approx((one.value * 512, one.bound * 512))


@settings(max_examples=15, deadline=None)
@given(case=cases(), more=st.floats(0, 30))
def test_more_of_anything_never_makes_the_plan_worse(case: Case, more: float) -> None:
    richer = times_money(case, 1.0)
    budget = case.budget
    richer = replace(
        richer,
        budget={u: a + more for u, a in budget.items()} if isinstance(budget, dict) else budget + more,
        seats={s: n + 1 for s, n in case.seats.items()},
    )
    before, after = outcome(case), outcome(richer)
    if before is not None:
        assert after is not None
        assert after >= before - 1e-9


@pytest.mark.parametrize("method", ["auto", "decomposition"])
@pytest.mark.parametrize("seed", range(3))
def test_along_the_frontier_neither_value_nor_bound_ever_falls(seed: int, method: str) -> None:
    case = Case(drawn(seed, 40, 4), 80.0, hours=7.0, seats={"small": 6}, floor=0.2)
    found = case.solve(method=method, frontier=True)
    value, bound = (found.frontier[name].to_numpy() for name in ("value", "bound"))
    assert len(value) >= 6
    assert (np.diff(value) >= 0).all()
    assert (np.diff(bound) >= 0).all()
    assert (bound >= value - 1e-9).all()
    now = next(row for row in found.frontier.to_pylist() if row["share"] == 1)
    assert (now["value"], now["bound"]) == (found.value, found.bound)


def pair(values: list[float], overlap: str | None) -> pa.Table:
    rows: list[Row] = [
        {"person": "p", "intervention": f"i{i}", "value": v, "cost": 1.0, "hours": 1.0, "overlap": overlap}
        for i, v in enumerate(values)
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("person", pa.string()), ("intervention", pa.string()), ("value", pa.float64()), ("cost", pa.float64()),
        ("hours", pa.float64()), ("overlap", pa.string())]))  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.floats(0.1, 5), min_size=2, max_size=6), discount=st.floats(0.05, 0.95))
def test_items_on_the_same_gap_add_ever_less(values: list[float], discount: float) -> None:
    def total(money: int, overlap: str | None) -> float:
        return assignment.solve(pair(values, overlap), budget=money, overlap_discount=discount, frontier=False).value

    by_money = [total(n, "gap") for n in range(len(values) + 1)]
    added = np.diff(by_money)
    assert (added > 0).all()
    assert (np.diff(added) <= 1e-9).all(), "each further item adds no more than the one before"
    assert by_money[-1] < total(len(values), None), "two on one gap are worth less than their sum"
    assert by_money[-1] == pytest.approx(sum(v * discount**k for k, v in enumerate(sorted(values, reverse=True))))


def test_the_plan_states_what_each_item_adds() -> None:
    case = Case(drawn(8, 20, 4), 70.0)
    found = case.solve()
    assert DISCOUNT == 0.5
    assert sum(found.plan["value"].to_pylist()) == pytest.approx(found.value)
