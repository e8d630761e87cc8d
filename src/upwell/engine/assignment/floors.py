"""Fairness floors by need: every unit closes at least a share of what its people could gain without any limit.

The floor on a unit's value gets a price: its people's values count 1 + price times. For any prices, the bound of the
tilted problem less prices times floors is a bound on every plan that keeps the floors (weak duality, as for money), so
nothing but the values changes for the solver. The prices follow the sign of what is missing, as those of money do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from upwell.engine.assignment import pricing
from upwell.engine.assignment.contracts import Method
from upwell.engine.numerics.assignment_exact import solve_exactly
from upwell.engine.numerics.assignment_search import Solved
from upwell.engine.numerics.knapsack import Flags, Floats, Prices, Problem, bundle_values, kept

ROUNDS: Final = 24
FEWER_ROUNDS: Final = 8
STEEPEST: Final = 100.0
"""The most that a floor may be worth, as a multiple of the value it asks for."""
ROOM: Final = 0.03
"""The part of a floor by which the prices aim above it, since bundles are not divisible."""
CLOSE: Final = 1e-9


def needs(problem: Problem) -> Floats:
    """By unit, what its people would gain if money, seats and hours were no limit: every item once, at its best."""
    if not len(problem.value):
        return np.zeros(len(problem.floor))
    order = np.lexsort((-problem.value, problem.item, problem.person))
    person, item = problem.person[order], problem.item[order]
    first = np.append(True, (np.diff(person) != 0) | (np.diff(item) != 0))
    everything = np.zeros(len(problem.value), dtype=np.bool_)
    everything[order[first]] = True
    return gained(problem, everything)


def gained(problem: Problem, chosen: Flags) -> Floats:
    """By unit, the value of a plan."""
    mine = bundle_values(problem, chosen)[0]
    return np.bincount(problem.unit, weights=mine, minlength=len(problem.floor)).astype(np.float64)


def solved(problem: Problem, least: Floats, method: Method, begin: Prices | None = None) -> Solved:
    """The best plan found in which every unit gains its least; the prices of the floors are those of `served`."""
    found = _by_prices(problem, least, begin)
    is_open = found.chosen is None or found.bound - found.value > CLOSE * (1 + abs(found.bound))
    if method == "decomposition" or not (method == "exact" or (len(problem.value) <= pricing.SMALL and is_open)):
        return found
    possible = pricing.fitting(problem)
    part, bound = solve_exactly(kept(problem, possible), least=least)
    bound = min(bound, found.bound)
    if part is None:
        return replace(found, bound=bound)
    chosen = np.zeros(len(possible), dtype=np.bool_)
    chosen[possible] = part
    value = float(gained(problem, chosen).sum())
    better = found.chosen is None or value > found.value
    if better and pricing.keeps_all(problem, chosen) and _is_met(problem, chosen, least):
        return Solved(chosen, value, bound, found.prices)
    return replace(found, bound=bound)


def _is_met(problem: Problem, chosen: Flags, least: Floats) -> bool:
    return bool((gained(problem, chosen) >= least * (1 - CLOSE) - CLOSE).all())


def _by_prices(problem: Problem, least: Floats, begin: Prices | None) -> Solved:
    """Tilt the values until every floor is met, and no further than the bound asks for."""
    tilt = np.zeros(len(least)) if begin is None else begin.served.copy()
    step, sign = np.full(len(least), 0.3), np.zeros(len(least))
    best: Solved | None = None
    bound, prices = np.inf, begin
    for _ in range(ROUNDS if begin is None else FEWER_ROUNDS):
        tilted = replace(problem, value=problem.value * (1 + tilt)[problem.unit[problem.person]])
        found = pricing.solved(tilted, "decomposition", prices)
        prices = replace(found.prices, served=np.zeros(len(least)))
        if found.chosen is None:
            break
        bound = min(bound, found.bound - float(tilt @ least))
        got = gained(problem, found.chosen)
        if _is_met(problem, found.chosen, least) and (best is None or got.sum() > best.value):
            best = Solved(found.chosen, float(got.sum()), bound, replace(prices, served=tilt))
        missing = np.where((got < least) | (tilt > 0), np.sign(least * (1 + ROOM) - got), 0.0)
        if not missing.any():
            break
        step = np.where(missing * sign < 0, step * 0.5, np.where(missing * sign > 0, step * 1.6, step))
        sign = missing
        tilt = np.clip(tilt + step * missing, 0.0, STEEPEST)
    if best is None:
        return Solved(None, 0.0, float(bound), found.prices)
    return replace(best, bound=float(bound))


def unreachable(problem: Problem, least: Floats) -> tuple[int, float] | None:
    """A unit whose floor could not be met if all that is shared were its own, and the most it could gain."""
    for unit in np.flatnonzero(least > 0).tolist():
        own = kept(problem, problem.unit[problem.person] == unit)
        most = pricing.solved(replace(own, forced=np.zeros(len(own.value), dtype=np.bool_)), "auto").bound
        if most < least[unit] * (1 - CLOSE):
            return unit, most
    return None
