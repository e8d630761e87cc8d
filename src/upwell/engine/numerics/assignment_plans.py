"""A plan that keeps every limit, made from good prices: each person in turn takes the best bundle of what is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from upwell.engine.numerics.assignment_prices import Dual
from upwell.engine.numerics.knapsack import (
    Flags,
    Floats,
    Ints,
    Prices,
    Problem,
    bundle_values,
    no_prices,
    penalties,
    reassigned,
    used,
)

DISCOUNTS = (0.95, 0.8, 0.5, 0.0)
"""Parts of the prices at which what is left over is offered, one after the other."""
FEWER_DISCOUNTS = (0.7, 0.0)
MANY = 20_000
EVERY = 8
"""With many people what is left is offered to those turned down and to one in so many of the others."""
CLOSE = 1e-9


def duties_alone(problem: Problem) -> tuple[Flags, Ints]:
    """The thriftiest bundles that hold every duty, and the people whose duties found no room."""
    chosen = np.zeros(len(problem.value), dtype=np.bool_)
    people = np.unique(problem.person[problem.forced])
    if len(people):
        needed = np.zeros(problem.people, dtype=np.bool_)
        needed[people] = True
        options = np.bincount(problem.person[problem.forced], minlength=problem.people)[people]
        order = people[np.argsort(options, kind="stable")].astype(np.int64)
        reassigned(
            problem, order, no_prices(problem), chosen, needed=needed,
            penalty=_use_of_all(problem), weight=np.zeros(problem.people),
        )  # fmt: skip
        has = np.bincount(problem.person[chosen], minlength=problem.people) > 0
        people = people[~has[people]]
    return chosen, people.astype(np.int64)


def alone_possible(problem: Problem, person: int) -> bool:
    """Whether this person's duties fit when nobody else takes anything."""
    chosen = np.zeros(len(problem.value), dtype=np.bool_)
    needed = np.zeros(problem.people, dtype=np.bool_)
    needed[person] = True
    reassigned(
        problem, np.array([person]), no_prices(problem), chosen, needed=needed,
        penalty=_use_of_all(problem), weight=np.zeros(problem.people),
    )  # fmt: skip
    return bool(chosen.any())


def plan(problem: Problem, dual: Dual, begin: Flags) -> Flags | None:
    """A plan close to the wishes at these prices, with `begin` (the duties) in it; None if a floor stays unmet."""
    chosen = begin.copy()
    if problem.floor.any() and not _serve(problem, dual.prices, chosen):
        return None
    worth = problem.value - penalties(problem, dual.prices)
    eager = np.bincount(problem.person, weights=np.where(dual.wish, worth, 0.0), minlength=problem.people)
    order = np.argsort(-eager, kind="stable").astype(np.int64)
    if problem.people <= MANY or chosen.any():
        reassigned(problem, order, dual.prices, chosen)
        return fill(problem, dual.prices, chosen)
    granted = _granted(problem, dual.wish, order)
    chosen[:] = dual.wish & granted[problem.person]
    turned_down = order[~granted[order]]
    reassigned(problem, turned_down, dual.prices, chosen)
    return fill(problem, dual.prices, chosen, among=_spread(problem, turned_down))


def _granted(problem: Problem, wish: Flags, order: Ints) -> Flags:
    """Whose wish can be met in full when all are asked in this order, counting also what those before cannot get."""
    place = np.empty(problem.people, dtype=np.int64)
    place[order] = np.arange(problem.people)
    rows = np.flatnonzero(wish)
    rows = rows[np.argsort(place[problem.person[rows]], kind="stable")]
    granted = np.ones(problem.people, dtype=np.bool_)
    ones = np.ones(len(rows))
    for codes, amounts, limits in (
        (problem.pot, problem.cost[rows], problem.budgets),
        (problem.second, problem.cost[rows], problem.budgets),
        (problem.session, ones, problem.seats),
    ):
        code = codes[rows]
        by_code = np.argsort(code, kind="stable")
        by_code = by_code[code[by_code] >= 0]
        if not len(by_code):
            continue
        code = code[by_code]
        so_far = np.cumsum(amounts[by_code])
        first = np.searchsorted(code, code)
        within = so_far - np.append(0.0, so_far)[first] <= limits[code]
        granted[problem.person[rows[by_code[~within]]]] = False
    return granted


def _spread(problem: Problem, people: Ints) -> Ints:
    """These people and every so many of the others: whom what is left is offered to."""
    return np.union1d(people, np.arange(0, problem.people, EVERY))


def fill(problem: Problem, prices: Prices, chosen: Flags, among: Ints | None = None) -> Flags:
    """Offer what is left at ever lower prices, to whom it is worth most first; `chosen` changes in place."""
    everyone: Ints = np.arange(problem.people, dtype=np.int64) if among is None else among
    for part in DISCOUNTS if problem.people <= MANY else FEWER_DISCOUNTS:
        cheap = _times(prices, part)
        gains = reassigned(problem, everyone, cheap, chosen, apply=False)
        order = np.flatnonzero(gains > CLOSE)
        if len(order):
            reassigned(problem, order[np.argsort(-gains[order], kind="stable")], cheap, chosen)
    return chosen


def improved(problem: Problem, dual: Dual, chosen: Flags, *, rounds: int, enough: float, seed: int = 0) -> Flags:
    """Let some people give back what they hold at slightly higher prices, fill again, keep what is better.

    It ends when the plan is within the part `enough` of the bound.
    """
    rng = np.random.default_rng(seed)
    best, value = chosen, value_of(problem, chosen)
    for turn in range(rounds):
        if dual.bound - value < CLOSE + enough * abs(dual.bound):
            break
        trial = best.copy()
        part = 1.0 + 0.08 * rng.random()
        group = rng.permutation(problem.people)[: max(20, problem.people // (2 + turn % 9))]
        reassigned(problem, group.astype(np.int64), _times(dual.prices, part), trial)
        trial = fill(problem, dual.prices, trial)
        worth = value_of(problem, trial)
        if worth > value + CLOSE:
            best, value = trial, worth
    return best


def value_of(problem: Problem, chosen: Flags) -> float:
    """Value of a plan."""
    return float(bundle_values(problem, chosen)[0].sum())


def _times(prices: Prices, part: float) -> Prices:
    return replace(prices, money=prices.money * part, seat=prices.seat * part)


def _use_of_all(problem: Problem) -> Floats:
    """A candidate's use of shared things, each as a part of what there is of it."""
    finite = np.isfinite(problem.budgets)
    per_money = np.where(finite, 1.0 / np.maximum(np.where(finite, problem.budgets, 1.0), 1e-9), 0.0)
    scale = float(per_money.max(initial=0.0)) or 1.0
    return penalties(
        problem,
        replace(no_prices(problem), money=per_money / scale, seat=1.0 / np.maximum(problem.seats, 0.5)),
    ) + 1e-6 * (1 + problem.hours)


def _serve(problem: Problem, prices: Prices, chosen: Flags) -> bool:
    """Give something to enough people of every unit: what is best at the prices, else what is thriftiest."""
    at_prices = penalties(problem, prices)
    for penalty, weight in (
        (at_prices, np.ones(problem.people)),
        (_use_of_all(problem), np.full(problem.people, 1e-9)),
    ):
        trial = chosen.copy()
        net = np.full(problem.people, -np.inf)
        np.maximum.at(net, problem.person, weight[problem.person] * problem.value - penalty)
        tried = np.bincount(problem.person[trial], minlength=problem.people) > 0
        order = np.lexsort((-net, problem.unit))
        while True:
            missing = problem.floor - used(problem, trial).served
            if (missing <= 0).all():
                chosen[:] = trial
                return True
            waiting = order[~tried[order]]
            units = problem.unit[waiting]
            place = np.arange(len(waiting)) - np.searchsorted(units, units)
            now = waiting[place < missing[units]]
            if not len(now):
                break
            needed = np.zeros(problem.people, dtype=np.bool_)
            needed[now] = True
            tried[now] = True
            reassigned(problem, now.astype(np.int64), prices, trial, needed=needed, penalty=penalty, weight=weight)
    return False
