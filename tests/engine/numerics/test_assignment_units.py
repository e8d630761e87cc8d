"""A plan and its bound do not depend on the units of values and money."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.engine.numerics.test_knapsack import drawn

from upwell.engine.assignment import pricing
from upwell.engine.assignment.contracts import Method
from upwell.engine.numerics.assignment_units import Units, ordinary
from upwell.engine.numerics.knapsack import Problem


def limited() -> Problem:
    problem = drawn(3, people=40, items=5)
    return replace(problem, budgets=np.array([90.0, 60.0]), seats=np.array([3.0]))


@pytest.mark.parametrize("method", ["decomposition", "auto"])
@pytest.mark.parametrize(("value", "money"), [(2.0**-34, 1.0), (2.0**-60, 2.0**-40), (2.0**80, 2.0**900)])
def test_other_units_give_the_same_plan_and_the_same_bound(method: Method, value: float, money: float) -> None:
    problem = limited()
    other = replace(problem, value=problem.value * value, cost=problem.cost * money, budgets=problem.budgets * money)
    one, same = pricing.solved(problem, method), pricing.solved(other, method)
    assert one.chosen is not None
    assert same.chosen is not None
    assert one.value > 0
    assert (same.value / value, same.bound / value) == pytest.approx((one.value, one.bound), rel=1e-3)
    assert same.bound >= same.value
    assert other.cost[same.chosen & (other.pot == 0)].sum() <= other.budgets[0] * (1 + 1e-9)
    assert same.prices.money * money / value == pytest.approx(one.prices.money, rel=0.2, abs=0.02)
    assert same.prices.seat / value == pytest.approx(one.prices.seat, rel=0.2, abs=0.02)


@pytest.mark.parametrize("budget", [1e308, math.inf])
@pytest.mark.parametrize("hours", [0.0, 5.0])
def test_a_budget_beyond_all_costs_is_no_limit(budget: float, hours: float) -> None:
    problem = replace(limited(), hours_limit=np.full(40, hours))
    most = replace(problem, budgets=np.full(2, budget))
    found = pricing.solved(most, "auto")
    enough = pricing.solved(replace(problem, budgets=np.full(2, problem.cost.sum())), "auto")
    assert found.value == pytest.approx(enough.value)
    assert found.bound == pytest.approx(enough.bound)
    assert (found.value > 0) == (hours > 0)


def test_ordinary_units_stay() -> None:
    problem = limited()
    assert ordinary(problem) == (problem, Units(1.0, 1.0))


def test_a_budget_too_large_for_the_unit_of_the_costs_is_endless() -> None:
    problem = limited()
    plain, units = ordinary(replace(problem, cost=problem.cost * 1e-300, budgets=np.array([1e308, 1e-299])))
    assert units.money > 1e290
    assert plain.budgets[0] == math.inf
    assert plain.budgets[1] / plain.cost.max() == pytest.approx(10 / problem.cost.max())
