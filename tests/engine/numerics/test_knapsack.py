"""One person's best bundle equals the best of all bundles, compiled or not, and any prices certify a bound."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.engine.numerics import knapsack
from upwell.engine.numerics.knapsack import Flags, Floats, Prices, Problem, bundle_values, penalties, priced

DISCOUNT = 0.5


def drawn(seed: int, people: int = 3, items: int = 4) -> Problem:
    """Items in one or two periods, overlap, hours, and now and then a prerequisite."""
    rng = np.random.default_rng(seed)
    cells = [(p, i, t) for p in range(people) for i in range(items) for t in range(1 + int(rng.integers(2)))]
    person, item, slot = (np.array(column, dtype=np.int32) for column in zip(*cells, strict=True))
    rows = len(cells)
    needs = (item > 0) & (rng.random(rows) < 0.2)
    return Problem(
        start=np.searchsorted(person, np.arange(people + 1)).astype(np.int64),
        value=rng.uniform(0.1, 3, rows),
        cost=rng.integers(1, 9, rows).astype(float),
        hours=rng.integers(1, 6, rows).astype(float),
        pot=(person % 2).astype(np.int32),
        second=np.full(rows, -1, dtype=np.int32),
        session=np.where(item == 0, 0, -1).astype(np.int32),
        item=item,
        slot=slot,
        group=np.where(item < 2, 0, -1).astype(np.int32),
        forced=np.zeros(rows, dtype=np.bool_),
        need_start=np.append(0, np.cumsum(needs)).astype(np.int64),
        need=(item[needs] - 1).astype(np.int32),
        unit=np.zeros(people, dtype=np.int32),
        hours_limit=rng.integers(0, 12, people).astype(float),
        budgets=np.array([9.0, 6.0]),
        seats=np.array([1.0]),
        floor=np.zeros(1),
        discount=DISCOUNT,
    )


def prices_of(seed: int) -> Prices:
    rng = np.random.default_rng(seed)
    return Prices(rng.uniform(0, 0.4, 2), rng.uniform(0, 1, 1), rng.uniform(0, 0.5, 1))


def worth(problem: Problem, rows: list[int]) -> float:
    """Value of one person's rows with overlap, or minus infinity where they may not go together."""
    items = [int(problem.item[r]) for r in rows]
    if len(set(items)) < len(items):
        return -np.inf
    for slot in {int(problem.slot[r]) for r in rows}:
        hours = sum(problem.hours[r] for r in rows if problem.slot[r] == slot)
        if hours > problem.hours_limit[problem.person[rows[0]]] + 1e-9:
            return -np.inf
    for r in rows:
        for need in problem.need[problem.need_start[r] : problem.need_start[r + 1]]:
            if not any(problem.item[o] == need and problem.slot[o] <= problem.slot[r] for o in rows):
                return -np.inf
    total, seen = 0.0, 0
    for r in sorted(rows, key=lambda r: -problem.value[r]):
        grouped = problem.group[r] >= 0
        total += problem.value[r] * (DISCOUNT**seen if grouped else 1.0)
        seen += int(grouped)
    return total


def best_of_all(problem: Problem, p: int, penalty: Floats, bonus: float) -> float:
    mine = range(int(problem.start[p]), int(problem.start[p + 1]))
    best = 0.0
    for bits in product((False, True), repeat=len(mine)):
        rows = [r for r, bit in zip(mine, bits, strict=True) if bit]
        if rows:
            best = max(best, worth(problem, rows) - sum(penalty[r] for r in rows) + bonus)
    return best


def net(problem: Problem, chosen: Flags, penalty: Floats, bonus: float) -> Floats:
    something = np.bincount(problem.person[chosen], minlength=problem.people) > 0
    paid = np.bincount(problem.person[chosen], weights=penalty[chosen], minlength=problem.people)
    return bundle_values(problem, chosen)[0] - paid + something * bonus


@pytest.mark.parametrize("with_compiler", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_each_bundle_is_the_best_of_all(seed: int, with_compiler: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knapsack, "compiled", lambda: with_compiler)
    problem, prices = drawn(seed), prices_of(seed)
    found = priced(problem, prices)
    penalty, bonus = penalties(problem, prices), float(prices.served[0])
    expected = [best_of_all(problem, p, penalty, bonus) for p in range(problem.people)]
    assert net(problem, found.chosen, penalty, bonus) == pytest.approx(expected)
    shared = float(prices.money @ problem.budgets + prices.seat @ problem.seats)
    assert found.bound == pytest.approx(sum(expected) + shared)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), prices=st.integers(0, 10**6))
def test_without_a_compiler_the_bound_is_the_same(seed: int, prices: int) -> None:
    problem = drawn(seed, people=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knapsack, "compiled", lambda: False)
        plain = priced(problem, prices_of(prices))
    assert plain.bound == pytest.approx(priced(problem, prices_of(prices)).bound)
