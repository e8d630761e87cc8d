"""Choosing bundles for many people under shared limits: exact knapsack per person, prices for what is shared.

Prices (Lagrange multipliers) on money, seats and fairness floors decouple the people; each person's best bundle is then
found exactly by branch and bound. Every set of prices gives an upper bound on what any plan can be worth (weak
duality; Fisher 1981, Management Science 27:1), so the gap that is reported is certified.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from upwell.engine.numerics.assignment_kernels import Rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Flags = NDArray[np.bool_]

NODE_LIMIT = 3000
"""Nodes of one person's search; beyond them the bundle is good and its bound valid, but looser."""
MOST_PER_PERSON = 62
"""Candidates per person that a caller with many to choose from does best to send; more are allowed, and slower."""
ENDLESS = 1e15
"""Stands for no limit on hours."""


@dataclass(frozen=True)
class Problem:
    """Candidates sorted by person, then item, then period.

    `start` has one more entry than there are people. Row by row: `pot` is the budget it draws on, `second` another one
    it draws on too (-1: none), `session` its session (-1: none), `item` what it is (each at most once per person),
    `slot` its period, `group` the overlap group within its person (-1: none: the k-th best of a group counts
    `discount` ** k). `forced`: this item is a duty, in one of its periods. `need[need_start[i]:need_start[i + 1]]` are
    the items that row i requires in the same or an earlier period. By person: `unit`, `hours_limit` in each period. By
    unit: `floor`, the least number of people served.
    """

    start: Ints
    value: Floats
    cost: Floats
    hours: Floats
    pot: Shorts
    second: Shorts
    session: Shorts
    item: Shorts
    slot: Shorts
    group: Shorts
    forced: Flags
    need_start: Ints
    need: Shorts
    unit: Shorts
    hours_limit: Floats
    budgets: Floats
    seats: Floats
    floor: Floats
    discount: float
    node_limit: int = NODE_LIMIT

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.start) - 1

    @cached_property
    def person(self) -> Shorts:
        """Person of each candidate."""
        return np.repeat(np.arange(self.people, dtype=np.int32), np.diff(self.start))

    @cached_property
    def rows(self) -> Rows:
        """The candidates as the loops read them."""
        return _kernels().Rows(  # type: ignore[no-any-return]
            self.start, self.value, self.cost, self.hours, self.pot, self.second, self.session, self.item, self.slot,
            self.group, self.forced, self.need_start, self.need, self.hours_limit, self.discount, self.node_limit,
        )  # fmt: skip

    @cached_property
    def desk(self) -> object:
        """Room for one search."""
        most = int(np.diff(self.start).max(initial=0))
        return _kernels().desk(most, int(self.slot.max(initial=0)) + 1)


@dataclass(frozen=True, slots=True)
class Prices:
    """Value per unit of money in each budget, per seat in each session, per person served in each unit."""

    money: Floats
    seat: Floats
    served: Floats


@dataclass(frozen=True, slots=True)
class Priced:
    """The best bundles at given prices, the upper bound they certify, and searches that were cut short."""

    chosen: Flags
    bound: float
    cuts: int


@dataclass(frozen=True, slots=True)
class Use:
    """What a plan takes of everything shared, and the people served in each unit."""

    money: Floats
    seats: Floats
    served: Floats


def no_prices(problem: Problem) -> Prices:
    """Everything for nothing."""
    return Prices(np.zeros(len(problem.budgets)), np.zeros(len(problem.seats)), np.zeros(len(problem.floor)))


def penalties(problem: Problem, prices: Prices) -> Floats:
    """What each candidate costs at these prices, in value."""
    per_money = prices.money[problem.pot]
    if (problem.second >= 0).any():
        per_money += np.append(prices.money, 0.0)[problem.second]
    out: Floats = problem.cost * per_money
    if len(prices.seat):
        out += np.append(prices.seat, 0.0)[problem.session]
    return out


def priced(problem: Problem, prices: Prices, before: Flags | None = None) -> Priced:
    """Each person's best bundle when shared things cost their price; `before`: those at other prices, to begin with."""
    penalty, weight = penalties(problem, prices), np.ones(problem.people)
    bonus = prices.served[problem.unit]
    chosen = np.zeros(len(problem.value), dtype=np.bool_) if before is None else before.copy()
    best = np.zeros(problem.people)
    hard = np.arange(problem.people) if compiled() else _easy_people(problem, penalty, weight, bonus, chosen, best)
    cuts = _kernels().best_bundles(problem.rows, problem.desk, hard, penalty, weight, bonus, chosen, best)
    finite = np.isfinite(problem.budgets)
    shared = float(prices.money[finite] @ problem.budgets[finite] + prices.seat @ problem.seats)
    return Priced(chosen, float(best.sum()) + shared - float(prices.served @ problem.floor), int(cuts))


def reassigned(
    problem: Problem,
    order: Ints,
    prices: Prices,
    chosen: Flags,
    *,
    needed: Flags | None = None,
    penalty: Floats | None = None,
    weight: Floats | None = None,
    apply: bool = True,
) -> Floats:
    """Give each person in this order the best bundle what is left allows; `chosen` changes in place.

    The gain of each person at these prices. Limits that hold before hold after. People in `needed` get something.
    """
    use = used(problem, chosen)
    money = np.where(np.isfinite(problem.budgets), problem.budgets * (1 + 1e-12) + 1e-9 - use.money, np.inf)
    seats = problem.seats - use.seats
    surplus = np.round(use.served - problem.floor).astype(np.int64)
    gains = np.zeros(problem.people)
    _kernels().reassign(
        problem.rows, problem.desk, order,
        penalties(problem, prices) if penalty is None else penalty,
        np.ones(problem.people) if weight is None else weight,
        np.zeros(problem.people, dtype=np.bool_) if needed is None else needed,
        problem.unit, surplus, apply, chosen, money, seats, gains,
    )  # fmt: skip
    return gains


def used(problem: Problem, chosen: Flags) -> Use:
    """What a plan takes and gives."""
    at = np.flatnonzero(chosen)
    pots, units = len(problem.budgets), len(problem.floor)
    money: Floats = np.bincount(problem.pot[at], weights=problem.cost[at], minlength=pots).astype(np.float64)
    second = at[problem.second[at] >= 0]
    money += np.bincount(problem.second[second], weights=problem.cost[second], minlength=pots)
    booked = problem.session[at]
    seats = np.bincount(booked[booked >= 0], minlength=len(problem.seats)).astype(np.float64)
    something = np.bincount(problem.person[at], minlength=problem.people) > 0
    served = np.bincount(problem.unit[something], minlength=units).astype(np.float64)
    return Use(money, seats, served)


def bundle_values(problem: Problem, chosen: Flags) -> tuple[Floats, Floats]:
    """Value of what each person gets, overlap counted; and what each chosen row adds to it."""
    out, added = np.zeros(problem.people), np.zeros(len(problem.value))
    _kernels().values_of(problem.rows, problem.desk, chosen, out, added)
    return out, added


def kept(problem: Problem, rows: Flags) -> Problem:
    """The problem with these candidates alone; people without any stay."""
    taken = {
        name: getattr(problem, name)[rows]
        for name in ("value", "cost", "hours", "pot", "second", "session", "item", "slot", "group", "forced")
    }
    needs = np.diff(problem.need_start)
    return replace(
        problem,
        **taken,
        start=np.append(0, np.cumsum(np.bincount(problem.person[rows], minlength=problem.people))).astype(np.int64),
        need_start=np.append(0, np.cumsum(needs[rows])).astype(np.int64),
        need=problem.need[np.repeat(rows, needs)],
    )


def compiled() -> bool:
    """Whether the loops run compiled."""
    return importlib.util.find_spec("numba") is not None


def _kernels() -> ModuleType:
    from upwell.engine.numerics import assignment_kernels  # brings the compiler along, which only plans need

    return assignment_kernels


def _easy_people(
    problem: Problem, penalty: Floats, weight: Floats, bonus: Floats, chosen: Flags, best: Floats
) -> Ints:
    """Without a compiler: whose best options of all items fit together, in numpy; the others are returned."""
    rows = len(problem.value)
    if not rows:
        return np.arange(problem.people)
    person = problem.person
    net = weight[person] * problem.value - penalty
    first = np.append(True, (person[1:] != person[:-1]) | (problem.item[1:] != problem.item[:-1]))
    block = np.cumsum(first) - 1
    top = np.maximum.reduceat(net, np.flatnonzero(first))
    is_top = np.flatnonzero(net == top[block])
    wish = np.zeros(rows, dtype=np.bool_)
    wish[is_top[np.append(True, block[is_top][1:] != block[is_top][:-1])]] = True
    wish &= (net > 0) | problem.forced
    at = np.flatnonzero(wish)
    hard = np.zeros(problem.people, dtype=np.bool_)
    slots = int(problem.slot.max()) + 1
    busy = np.bincount(person[at] * np.int64(slots) + problem.slot[at], problem.hours[at], problem.people * slots)
    hard |= (busy.reshape(-1, slots) > problem.hours_limit[:, None] + 1e-9).any(axis=1)
    asked = at[np.diff(problem.need_start)[at] > 0]
    hard[person[asked]] = True
    named = at[problem.group[at] >= 0]
    pair = person[named] * np.int64(int(problem.group.max(initial=0)) + 1) + problem.group[named]
    _, inverse, times = np.unique(pair, return_inverse=True, return_counts=True)
    hard[person[named[times[inverse] > 1]]] = True
    something = np.bincount(person[at], minlength=problem.people) > 0
    hard |= ~something & (bonus > 0)
    chosen[at] = ~hard[person[at]]
    best[:] = np.bincount(person[at], weights=net[at], minlength=problem.people) + np.where(something, bonus, 0.0)
    return np.flatnonzero(hard)
