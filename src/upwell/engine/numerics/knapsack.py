"""Choosing bundles for many people under shared limits: exact knapsack per person, prices for what is shared.

Prices (Lagrange multipliers) on money, seats and service floors decouple the people; each person's best bundle is then
found exactly by depth-first search with a bound. Every set of prices gives an upper bound on what any plan can be
worth (weak duality; Fisher 1981, Management Science 27:1), so the gap that is reported is certified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_PER_PERSON = 62
NODE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Candidates sorted by person, most valuable first within a person.

    `start` has one more entry than there are people. `pot` is the budget a candidate draws on, `session` its session
    (-1: none), `unit` the unit of a person. `alike` and `needs` are bit sets over the candidates of the same person:
    those of one overlap group (itself included) and those that must be taken too. A candidate whose `forced` is set is
    in every plan. `floor` is the least number of people to be served in each unit.
    """

    start: Ints
    value: Floats
    cost: Floats
    hours: Floats
    pot: Ints
    session: Ints
    unit: Ints
    alike: Ints
    needs: Ints
    forced: Flags
    budgets: Floats
    seats: Floats
    floor: Floats
    hours_limit: float
    discount: float

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.start) - 1

    @property
    def person(self) -> Ints:
        """Person of each candidate."""
        return np.repeat(np.arange(self.people), np.diff(self.start))


@dataclass(frozen=True, slots=True)
class Prices:
    """Value per unit of money in each budget, per seat in each session, per person served in each unit."""

    money: Floats
    seat: Floats
    served: Floats


@dataclass(frozen=True, slots=True)
class Priced:
    """The best bundles at given prices and the upper bound they certify."""

    chosen: Flags
    bound: float


def priced(problem: Problem, prices: Prices) -> Priced:
    """Each person's best bundle when shared things cost their price."""
    penalty = problem.cost * prices.money[problem.pot]
    booked = problem.session >= 0
    penalty[booked] += prices.seat[problem.session[booked]]
    bonus = prices.served[problem.unit]
    chosen = np.zeros(len(problem.value), dtype=np.bool_)
    best = np.zeros(problem.people)
    _kernel("best_bundles")(
        problem.start,
        problem.value,
        penalty,
        problem.hours,
        problem.alike,
        problem.needs,
        problem.forced,
        bonus,
        problem.hours_limit,
        problem.discount,
        NODE_LIMIT,
        chosen,
        best,
    )
    finite = np.isfinite(problem.budgets)
    shared = float(prices.money[finite] @ problem.budgets[finite] + prices.seat @ problem.seats)
    return Priced(chosen, float(best.sum()) + shared - float(prices.served @ problem.floor))


def bundle_values(problem: Problem, chosen: Flags) -> Floats:
    """Value of what each person gets, overlap counted."""
    out = np.zeros(problem.people)
    _kernel("values_of")(problem.start, problem.value, problem.alike, problem.discount, chosen, out)
    return out


def filled(problem: Problem, chosen: Flags, order: Ints, spent: Floats, seated: Floats) -> None:
    """Add candidates in this order wherever every limit still holds; `chosen`, `spent`, `seated` change in place."""
    _kernel("fill")(
        problem.start,
        problem.person,
        problem.value,
        problem.cost,
        problem.hours,
        problem.pot,
        problem.session,
        problem.alike,
        problem.needs,
        problem.budgets,
        problem.seats,
        problem.hours_limit,
        problem.discount,
        order,
        chosen,
        spent,
        seated,
    )


@lru_cache(maxsize=8)
def _kernel(name: str) -> Callable[..., None]:
    plain: dict[str, Callable[..., None]] = {"best_bundles": best_bundles, "values_of": values_of, "fill": fill}
    try:
        from numba import njit  # slow to import, and only large plans need it
    except ImportError:
        return plain[name]
    compiled: Callable[..., None] = njit(cache=True, nogil=True)(plain[name])
    return compiled


def best_bundles(
    start: Ints,
    value: Floats,
    penalty: Floats,
    hours: Floats,
    alike: Ints,
    needs: Ints,
    forced: Flags,
    bonus: Floats,
    hours_limit: float,
    discount: float,
    node_limit: int,
    chosen: Flags,
    best: Floats,
) -> None:
    """Depth-first search per person; a node's bound is its worth plus every positive net value still ahead."""
    todo_at = np.zeros(140, dtype=np.int64)
    todo_mask = np.zeros(140, dtype=np.int64)
    todo_hours = np.zeros(140)
    todo_worth = np.zeros(140)
    ahead = np.zeros(64)
    for p in range(len(start) - 1):
        a = start[p]
        k = start[p + 1] - a
        wanted = np.int64(0)
        ahead[k] = 0.0
        for j in range(k - 1, -1, -1):
            net = value[a + j] - penalty[a + j]
            ahead[j] = ahead[j + 1] + (net if net > 0.0 else 0.0)
            wanted |= needs[a + j]
        top = -np.inf
        top_mask = np.int64(0)
        depth = 1
        todo_at[0], todo_mask[0], todo_hours[0], todo_worth[0] = 0, 0, 0.0, 0.0
        nodes = 0
        while depth > 0:
            depth -= 1
            at, mask = todo_at[depth], todo_mask[depth]
            used, worth = todo_hours[depth], todo_worth[depth]
            if worth + ahead[at] + bonus[p] <= top + 1e-12:
                continue
            nodes += 1
            if nodes > node_limit:
                break
            if at == k:
                met = True
                for j in range(k):
                    if (mask >> j) & 1 and needs[a + j] & ~mask:
                        met = False
                        break
                total = worth + (bonus[p] if mask != 0 else 0.0)
                if met and total > top:
                    top = total
                    top_mask = mask
                continue
            j = a + at
            if not forced[j]:
                todo_at[depth] = at + 1
                todo_mask[depth] = mask
                todo_hours[depth] = used
                todo_worth[depth] = worth
                depth += 1
            useful = value[j] > penalty[j] or forced[j] or bonus[p] > 0.0 or (wanted >> at) & 1
            if useful and used + hours[j] <= hours_limit + 1e-9:
                same = mask & alike[j]
                factor = 1.0
                while same:
                    same &= same - 1
                    factor *= discount
                todo_at[depth] = at + 1
                todo_mask[depth] = mask | (np.int64(1) << at)
                todo_hours[depth] = used + hours[j]
                todo_worth[depth] = worth + factor * value[j] - penalty[j]
                depth += 1
        for j in range(k):
            chosen[a + j] = (top_mask >> j) & 1
        best[p] = ahead[0] + bonus[p] if nodes > node_limit else top


def values_of(start: Ints, value: Floats, alike: Ints, discount: float, chosen: Flags, out: Floats) -> None:
    """Value of each person's chosen bundle: the k-th of an overlap group counts discount ** k."""
    for p in range(len(start) - 1):
        mask = np.int64(0)
        total = 0.0
        for j in range(start[p + 1] - start[p]):
            if chosen[start[p] + j]:
                same = mask & alike[start[p] + j]
                factor = 1.0
                while same:
                    same &= same - 1
                    factor *= discount
                total += factor * value[start[p] + j]
                mask |= np.int64(1) << j
        out[p] = total


def fill(
    start: Ints,
    person: Ints,
    value: Floats,
    cost: Floats,
    hours: Floats,
    pot: Ints,
    session: Ints,
    alike: Ints,
    needs: Ints,
    budgets: Floats,
    seats: Floats,
    hours_limit: float,
    discount: float,
    order: Ints,
    chosen: Flags,
    spent: Floats,
    seated: Floats,
) -> None:
    """Greedy insertion in the given order where money, seats, hours and prerequisites allow and value is gained."""
    for i in order:
        if chosen[i]:
            continue
        if spent[pot[i]] + cost[i] > budgets[pot[i]] + 1e-9:
            continue
        if session[i] >= 0 and seated[session[i]] + 1.0 > seats[session[i]]:
            continue
        a = start[person[i]]
        k = start[person[i] + 1] - a
        used = hours[i]
        mask = np.int64(0)
        for j in range(k):
            if chosen[a + j]:
                used += hours[a + j]
                mask |= np.int64(1) << j
        if used > hours_limit + 1e-9 or needs[i] & ~mask:
            continue
        gained = 0.0
        for with_it in range(2):
            seen = np.int64(0)
            total = 0.0
            for j in range(k):
                if chosen[a + j] or (with_it == 1 and a + j == i):
                    same = seen & alike[a + j]
                    factor = 1.0
                    while same:
                        same &= same - 1
                        factor *= discount
                    total += factor * value[a + j]
                    seen |= np.int64(1) << j
            gained = total - gained
        if gained <= 0.0:
            continue
        chosen[i] = True
        spent[pot[i]] += cost[i]
        if session[i] >= 0:
            seated[session[i]] += 1.0
