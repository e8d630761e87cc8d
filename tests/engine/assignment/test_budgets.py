"""Budgets for all, per unit, per period and per unit and period: kept, priced, and equal to brute force."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from tests.engine.assignment.cases import SCHEMA, Case, broken, brute, drawn

from upwell.engine import assignment
from upwell.engine.errors import ParameterError

KINDS: dict[str, dict[str, Any]] = {
    "period": {"budget": math.inf, "period_budget": {"t0": 5.0, "t1": 9.0}},
    "one period": {"budget": math.inf, "period_budget": {"t1": 3.0}},
    "unit and period": {"budget": {"u0": 8.0, "u1": 9.0}, "period_budget": {"t0": 7.0}},
    "all and unit": {"budget": 14.0, "unit_budget": {"u1": 4.0}},
    "cells": {"budget": math.inf, "cell_budget": {("u0", "t0"): 4.0, ("u1", "t1"): 6.0}},
    "all and cells": {"budget": 15.0, "cell_budget": {("u0", "t0"): 4.0, ("u1", "t0"): 3.0}},
    "period and cells": {"budget": math.inf, "period_budget": {"t0": 6.0}, "cell_budget": {("u0", "t0"): 4.0}},
    "loose total": {"budget": 17.0, "unit_budget": {"u0": 8.0, "u1": 9.0}, "period_budget": {"t0": 7.0}},
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_under_every_kind_of_budget_equals_the_best_of_all(kind: str, seed: int) -> None:
    case = Case(drawn(seed, people=3, items=2, periods=2), **KINDS[kind])
    found = case.solve()
    assert broken(case, case.chosen(found)) == []
    assert found.value == pytest.approx(brute(case))
    assert found.bound >= found.value - 1e-9


def test_three_kinds_of_budget_that_all_bind_are_refused() -> None:
    case = Case(drawn(0, 4, 2, periods=2), 9.0, {"u0": 8.0, "u1": 9.0}, {"t0": 7.0})
    with pytest.raises(ParameterError, match=r"at most two kinds .* for all and per unit and per period"):
        case.solve()


def test_each_limit_is_listed_with_its_amount_use_and_price() -> None:
    case = Case(drawn(1, 30, 3, periods=2), 120.0, period_budget={"t0": 40.0}, seats={"small": 4}, hours=8.0, floor=0.5)
    found = case.solve()
    assert found.limits is not None
    rows = {(r["kind"], r["name"]): r for r in found.limits.to_pylist()}
    assert list(rows) == [("budget", "all"), ("period", "t0"), ("seats", "small"), ("floor", "u0"), ("floor", "u1")]
    assert rows["budget", "all"]["used"] == pytest.approx(found.spent)
    assert rows["period", "t0"]["used"] <= 40
    assert all(r["used"] <= r["amount"] for r in rows.values() if r["kind"] != "floor")
    assert all(r["used"] >= r["amount"] for r in rows.values() if r["kind"] == "floor")
    assert rows["budget", "all"]["price"] == found.shadow_price["all"]


def test_the_frontier_counts_no_money_twice() -> None:
    case = Case(drawn(1, 20, 3, periods=2), 100.0, period_budget={"t0": 40.0})
    rows = case.solve(frontier=True).frontier.to_pylist()
    assert [row["budget"] for row in rows] == [100.0 * row["share"] for row in rows]


def test_more_money_than_now_may_buy_what_now_is_too_dear() -> None:
    rows = [
        {"person": "p", "intervention": "dear", "value": 5.0, "cost": 12.0, "hours": 1.0},
        {"person": "p", "intervention": "cheap", "value": 1.0, "cost": 8.0, "hours": 1.0},
    ]
    found = assignment.solve(pa.Table.from_pylist(rows), budget=10)
    curve = {row["share"]: row for row in found.frontier.to_pylist()}
    assert curve[1.0]["value"] == pytest.approx(1.0)
    assert curve[1.25]["value"] == pytest.approx(5.0)
    assert curve[1.25]["bound"] >= 5.0


def test_hours_may_be_given_for_each_person() -> None:
    case = Case(drawn(3, 3, 3), math.inf, hours={"p0": 0.0, "p1": 4.0, "p2": 9.0})
    found = case.solve()
    assert found.value == pytest.approx(brute(case))
    assert "p0" not in found.plan["person"].to_pylist()
    with pytest.raises(ParameterError, match="The person 'p2' has candidates but no hours"):
        assignment.solve(case.table, budget=1, hours_per_person={"p0": 1, "p1": 2})


def test_a_budget_too_small_for_anything_says_so() -> None:
    found = assignment.solve(Case(drawn(3, 3, 3), 0).table, budget=0)
    assert found.plan.num_rows == 0
    assert found.words[0].startswith("Nothing that costs money fits in budget 'all'; the cheapest candidate costs ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unit_budget": {"u9": 1.0}}, "unit 'u9'"),
        ({"cell_budget": {("u9", "t9"): 1.0}}, "unit 'u9', period 't9'"),
        ({"unit_budget": {"u0": -1.0}}, "zero or more"),
        ({"cell_budget": {("u0", "t0"): math.nan}}, "zero or more"),
        ({"budget": {"u0": 1.0, "u1": 1.0}, "unit_budget": {"u0": 1.0}}, "given twice"),
        ({"hours_per_person": {"p0": -1.0}}, "hours per person must be zero or more"),
        ({"method": "guess"}, "The method is one of auto, decomposition, exact"),
    ],
)
def test_impossible_limits_are_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        Case(drawn(0, 4, 2), 9.0).solve(**options)


@pytest.mark.parametrize(("column", "options"), [
    ("unit", {"unit_budget": {"u0": 1.0}}),
    ("period", {"cell_budget": {("u0", "t0"): 1.0}}),
    ("session", {"seats": {"small": 1}}),
])  # fmt: skip
def test_a_limit_on_a_column_that_is_absent_is_refused(column: str, options: dict[str, Any]) -> None:
    case = Case(drawn(0, 4, 2), 9.0)
    with pytest.raises(ParameterError, match=f"the column '{column}' in the candidates"):
        case.solve(case.table.drop_columns([column]), **options)


def test_no_candidates_give_an_empty_plan() -> None:
    found = assignment.solve(pa.table({f.name: pa.array([], f.type) for f in SCHEMA}), budget=5)
    assert (found.plan.num_rows, found.value, found.bound, found.gap) == (0, 0, 0, 0)


def test_a_small_budget_is_followed_by_a_small_step() -> None:
    words = assignment.solve(Case(drawn(3, 20, 3), 10).table, budget=10).words
    assert words[0].startswith("The next 0.5 in budget 'all' buy about ")
