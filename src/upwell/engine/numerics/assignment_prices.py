"""The search for prices that make the upper bound low.

The bound is convex in the prices and, with many people, nearly smooth, so each price follows the sign of its own
excess demand with a step that grows while the sign stays and halves when it turns (Rprop: Riedmiller and Braun 1993,
IEEE ICNN), then small subgradient steps (Held, Wolfe and Crowder 1974, Math. Programming 6) finish. Large problems
find their first prices on a part of the people with the same part of every limit, and settle them on more people, then
on all, by the secant of each price's own excess demand: demand falls as its price rises, and other prices matter less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.knapsack import Flags, Floats, Ints, Prices, Problem, kept, no_prices, priced, used

SAMPLE = 4_000
"""People on whom the first prices are found when there are more than four times as many."""
MORE = 6
"""How many times as many people settle the prices next."""
BUMP = 0.04
"""Part by which prices are raised to see how demand answers."""
EVEN = 1e-3
"""Excess demand, as a part of the limit, at which prices are settled."""


@dataclass(frozen=True, slots=True)
class Dual:
    """The best prices found, the bound they certify, the bundles wished at them, and how long it took."""

    prices: Prices
    bound: float
    wish: Flags
    rounds: int
    cuts: int


def search(problem: Problem, begin: Prices | None = None, *, rounds: int = 90) -> Dual:
    """Prices with a low bound; `begin` is where a similar problem ended."""
    if problem.people > 4 * SAMPLE and begin is None:
        part = _part(problem, SAMPLE)
        found = _descend(part, _ratios(part), rounds=rounds // 2, reach=0.3)
        answers = _answers(part, found)
        people = SAMPLE * MORE
        while people * 2 < problem.people:
            found = _settled(_part(problem, people), found.prices, answers, rounds=3)
            people *= MORE
        return _settled(problem, found.prices, answers, rounds=5)
    if begin is None:
        return _descend(problem, _ratios(problem), rounds=rounds, reach=0.3)
    return _descend(problem, begin, rounds=rounds, reach=0.1)


def _descend(problem: Problem, begin: Prices, *, rounds: int, reach: float) -> Dual:
    theta = _joined(begin)
    limited, scale = _scales(problem)
    theta = np.where(limited, theta, 0.0)
    step = np.maximum(theta * reach, 0.3 * reach * scale)
    sign = np.zeros(len(theta))
    best: Dual | None = None
    wish: Flags | None = None
    stale = 0
    for turn in range(rounds):
        prices = _split(problem, theta)
        answer = priced(problem, prices, wish)
        wish = answer.chosen
        if best is None or answer.bound < best.bound:
            gained = np.inf if best is None else best.bound - answer.bound
            stale = 0 if gained > 2e-6 * abs(answer.bound) else stale + 1
            best = Dual(prices, answer.bound, answer.chosen, turn + 1, answer.cuts)
        else:
            stale += 1
        excess = np.where(limited, _excess(problem, answer.chosen), 0.0)
        if not ((excess > 0) | ((excess < 0) & (theta > 0))).any() or stale >= 14:
            break
        turned = np.sign(excess)
        step = np.where(turned * sign < 0, step * 0.5, np.where(turned * sign > 0, step * 1.25, step))
        sign = turned
        theta = np.maximum(0.0, theta + step * turned)
    if best is None:
        answer = priced(problem, begin)
        return Dual(begin, answer.bound, answer.chosen, 1, answer.cuts)
    return best


def _answers(problem: Problem, found: Dual) -> Floats:
    """Elasticity of demand for money, seats and service: the part by which it falls as all prices rise by a part."""
    theta = _joined(found.prices)
    raised = priced(problem, _split(problem, theta * (1 + BUMP)), found.wish)
    less = _demand(problem, found.wish) - _demand(problem, raised.chosen)
    sizes = [len(problem.budgets), len(problem.seats), len(problem.floor)]
    dear = np.split(theta > 0, np.cumsum(sizes)[:-1])
    falls = [
        float(np.abs(drop[up]).sum() / max(limit[up].sum(), 1e-12)) / BUMP
        for drop, limit, up in zip(np.split(less, np.cumsum(sizes)[:-1]), _limits(problem), dear, strict=True)
    ]
    return np.repeat(np.maximum(falls, 0.05), sizes)


def _settled(problem: Problem, begin: Prices, answers: Floats, *, rounds: int) -> Dual:
    """Move each price by the secant of its excess demand until demand is even with what there is."""
    limited, scale = _scales(problem)
    theta = np.where(limited, _joined(begin), 0.0)
    limits = np.where(limited, np.maximum(np.concatenate(_limits(problem)), 1e-12), 1.0)
    expected = answers * limits / np.where(theta > 0, theta, np.maximum(scale, 1e-300))
    slope = expected
    best: Dual | None = None
    wish: Flags | None = None
    past = np.zeros(len(theta))
    moved = np.zeros(len(theta))
    for turn in range(rounds):
        prices = _split(problem, theta)
        answer = priced(problem, prices, wish)
        wish = answer.chosen
        if best is None or answer.bound < best.bound:
            best = Dual(prices, answer.bound, wish, turn + 1, answer.cuts)
        excess = np.where(limited, _excess(problem, wish), 0.0)
        open_ = (excess > EVEN * limits) | ((excess < -EVEN * limits) & (theta > 0))
        if not open_.any():
            break
        seen = np.divide(past - excess, moved, out=slope.copy(), where=moved != 0)
        slope = np.clip(seen, expected / 4, expected * 4)
        reach = 0.25 * np.maximum(theta, 0.1 * scale)
        moved = np.maximum(np.clip(excess / slope, -reach, reach), -theta)
        past = excess
        theta = theta + moved
    if best is None:
        raise ValueError("Prices settle in one round at least.")
    return best


def polished(problem: Problem, found: Dual, value: float, *, rounds: int = 60) -> Dual:
    """Subgradient steps towards `value`, the worth of a plan that is known."""
    limited, scale = _scales(problem)
    theta = _joined(found.prices)
    best = found
    pace, stale, wish = 0.5, 0, found.wish
    for turn in range(rounds):
        prices = _split(problem, theta)
        answer = priced(problem, prices, wish)
        wish = answer.chosen
        if answer.bound < best.bound - 1e-12:
            best = Dual(prices, answer.bound, answer.chosen, found.rounds + turn + 1, answer.cuts)
            stale = 0
        else:
            stale += 1
            if stale >= 5:
                pace, stale, theta = pace / 2, 0, _joined(best.prices)
                continue
        excess = np.where(limited, _excess(problem, answer.chosen), 0.0) * scale
        excess[(theta <= 0) & (excess < 0)] = 0.0
        length = float(excess @ excess)
        if length < 1e-18 or best.bound - value < 1e-9 * (1 + abs(value)):
            break
        size = pace * max(answer.bound - value, 1e-9) / length
        theta = np.maximum(0.0, theta + size * excess * scale)
    return best


def _joined(prices: Prices) -> Floats:
    return np.concatenate((prices.money, prices.seat, prices.served))


def _split(problem: Problem, theta: Floats) -> Prices:
    ends = np.cumsum([len(problem.budgets), len(problem.seats)])
    return Prices(*np.split(theta, ends))


def _excess(problem: Problem, chosen: Flags) -> Floats:
    """Demand beyond what there is, in its own unit; for a floor, what is missing."""
    use = used(problem, chosen)
    finite = np.isfinite(problem.budgets)
    over = np.where(finite, use.money - np.where(finite, problem.budgets, 0), 0)
    return np.concatenate((over, use.seats - problem.seats, problem.floor - use.served))


def _demand(problem: Problem, chosen: Flags) -> Floats:
    use = used(problem, chosen)
    return np.concatenate((use.money, use.seats, use.served))


def _limits(problem: Problem) -> tuple[Floats, Floats, Floats]:
    return np.where(np.isfinite(problem.budgets), problem.budgets, 0.0), problem.seats, problem.floor


def _scales(problem: Problem) -> tuple[Flags, Floats]:
    """Which prices may be above 0, and the size a price typically has."""
    worth = float(problem.value.mean()) if len(problem.value) else 0.0
    cost = float(problem.cost.mean()) if len(problem.cost) else 0.0
    seats = np.ones(len(problem.seats), dtype=np.bool_)
    limited = np.concatenate((np.isfinite(problem.budgets), seats, problem.floor > 0))
    sizes = [worth / cost if cost > 0 else 0.0, worth, 0.3 * worth]
    lengths = [len(problem.budgets), len(problem.seats), len(problem.floor)]
    return limited, np.repeat(sizes, lengths)


def _ratios(problem: Problem) -> Prices:
    """First prices of money: where the best ratios of value to cost have used each budget up."""
    prices = no_prices(problem)
    if not len(problem.value):
        return prices
    ratio = problem.value / np.maximum(problem.cost, 1e-12)
    order = np.lexsort((-ratio, problem.pot))
    spent = np.cumsum(problem.cost[order])
    pots = problem.pot[order]
    first = np.searchsorted(pots, np.arange(len(problem.budgets)))
    before = np.append(0.0, spent)[first]
    within = spent - before[pots] <= problem.budgets[pots]
    price = np.zeros(len(problem.budgets))
    np.maximum.at(price, pots[~within], ratio[order][~within])
    return replace(prices, money=np.where(np.isfinite(problem.budgets), price, 0.0))


def _part(problem: Problem, people: int) -> Problem:
    """Evenly spread people, with the same part of every limit as they have of what could use it."""
    at: Ints = np.unique(np.linspace(0, problem.people - 1, people).astype(np.int64))
    keep = np.zeros(problem.people, dtype=np.bool_)
    keep[at] = True
    rows = np.flatnonzero(keep[problem.person])
    sizes = np.diff(problem.start)[at]

    def share(codes: NDArray[np.int32] | NDArray[np.int64], mass: Floats, length: int) -> Floats:
        named = codes >= 0
        whole = np.bincount(codes[named], weights=mass[named], minlength=length)
        part = codes[rows]
        half = np.bincount(part[part >= 0], weights=mass[rows][part >= 0], minlength=length)
        shares: Floats = np.divide(half, whole, out=np.ones(length), where=whole > 0)
        return shares

    money = share(problem.pot, problem.cost, len(problem.budgets))
    second = share(problem.second, problem.cost, len(problem.budgets))
    has_second = np.bincount(problem.second[problem.second >= 0], minlength=len(problem.budgets)) > 0
    ones = np.ones(len(problem.value))
    units = np.bincount(problem.unit[at], minlength=len(problem.floor))
    members = np.maximum(np.bincount(problem.unit, minlength=len(problem.floor)), 1)
    return replace(
        kept(problem, keep[problem.person]),
        start=np.append(0, np.cumsum(sizes)),
        unit=problem.unit[at],
        hours_limit=problem.hours_limit[at],
        budgets=problem.budgets * np.where(has_second, second, money),
        seats=problem.seats * share(problem.session, ones, len(problem.seats)),
        floor=problem.floor * units / members,
    )
