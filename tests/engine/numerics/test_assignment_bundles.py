"""Plans put together from bundles: the best of all plans when all bundles are offered, and never worse than before."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tests.engine.numerics.test_knapsack import drawn, worth

from upwell.engine.numerics.assignment_bundles import different, put_together, recombined
from upwell.engine.numerics.assignment_plans import duties_alone, plan, value_of
from upwell.engine.numerics.assignment_prices import search
from upwell.engine.numerics.assignment_search import solve
from upwell.engine.numerics.knapsack import Flags, Problem, used


def limited(seed: int, people: int = 3, items: int = 3) -> Problem:
    """Two budgets, a third across both, one seat, a floor, and a duty of the second person."""
    problem = drawn(seed, people, items)
    first = int(problem.start[1])
    return replace(
        problem,
        second=np.where(problem.slot == 0, 2, -1).astype(np.int32),
        budgets=np.array([9.0, 6.0, 8.0]) * people / 3,
        hours_limit=problem.hours_limit + 5,
        unit=(np.arange(people) % 2).astype(np.int32),
        floor=np.array([1.0, 1.0]),
        forced=(problem.person == 1) & (problem.item == problem.item[first]),
    )


def bundles_of(problem: Problem, p: int) -> list[list[int]]:
    """Everything one person may do, their duty in it."""
    mine = range(int(problem.start[p]), int(problem.start[p + 1]))
    due = {int(problem.item[r]) for r in mine if problem.forced[r]}
    choices = ([r for r, bit in zip(mine, bits, strict=True) if bit] for bits in product((0, 1), repeat=len(mine)))
    return [rows for rows in choices if due <= {int(problem.item[r]) for r in rows} and worth(problem, rows) >= 0]


def as_plan(problem: Problem, rows: list[int]) -> Flags:
    chosen = np.zeros(len(problem.value), dtype=np.bool_)
    chosen[rows] = True
    return chosen


def is_kept(problem: Problem, chosen: Flags) -> bool:
    use = used(problem, chosen)
    return bool(
        (use.money <= problem.budgets + 1e-9).all()
        and (use.seats <= problem.seats).all()
        and (use.served >= problem.floor).all()
    )


def best_of_all(problem: Problem) -> float:
    """The worth of the best of all plans; minus infinity if there is none."""
    best = -np.inf
    for parts in product(*(bundles_of(problem, p) for p in range(problem.people))):
        chosen = as_plan(problem, [r for part in parts for r in part])
        if is_kept(problem, chosen):
            best = max(best, sum(worth(problem, part) for part in parts))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_from_all_bundles_the_best_of_all_plans_is_put_together(seed: int) -> None:
    problem = limited(seed)
    offered = [as_plan(problem, rows) for p in range(problem.people) for rows in bundles_of(problem, p)]
    bundles = different(problem, offered)
    taken = put_together(problem, bundles)
    best = best_of_all(problem)
    if taken is None:
        assert best == -np.inf
        return
    rows = bundles.rows[np.repeat(taken, np.diff(bundles.start))]
    chosen = as_plan(problem, rows.tolist())
    assert is_kept(problem, chosen)
    assert value_of(problem, chosen) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_lies_above_the_best_of_all_plans_and_the_plan_below(seed: int) -> None:
    problem = limited(seed)
    best = best_of_all(problem)
    found = solve(problem)
    assert found.bound >= best - 1e-9
    if found.chosen is not None:
        assert is_kept(problem, found.chosen)
        assert found.value <= best + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_put_together_anew_keeps_every_limit_and_is_worth_no_less(seed: int) -> None:
    problem = limited(seed, people=60, items=5)
    problem = replace(problem, seats=np.array([4.0]), floor=np.array([5.0, 6.0]))
    dual = search(problem)
    before = plan(problem, dual, duties_alone(problem)[0])
    assert before is not None
    after = recombined(problem, dual, before)
    assert is_kept(problem, after)
    assert after[problem.forced].any()
    assert np.bincount(problem.person[after & problem.forced], minlength=2)[1] == 1
    for p in range(problem.people):
        mine = np.flatnonzero(after & (problem.person == p)).tolist()
        assert not mine or worth(problem, mine) > 0
    assert value_of(problem, after) > value_of(problem, before)
    assert (recombined(problem, dual, before) == after).all()


def test_without_any_bundle_the_plan_stays() -> None:
    problem = drawn(0)
    problem = replace(problem, budgets=np.zeros(2), cost=problem.cost + 1)
    nothing = np.zeros(len(problem.value), dtype=np.bool_)
    dual = replace(search(problem), wish=nothing)
    assert not recombined(problem, dual, nothing, rounds=0).any()
