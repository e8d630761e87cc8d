"""The search for prices that make the upper bound low, and the plans found on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.knapsack import Flags, Floats, Ints, Prices, Problem, bundle_values, filled, priced

HALVINGS = 40
STEPS = 120


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan that keeps every limit (None if none was found), its value, a certified bound and the prices."""

    chosen: Flags | None
    value: float
    bound: float
    prices: Prices


def solve(problem: Problem, steps: int = STEPS) -> Solved:
    """Prices by bisection where only money is shared, refined by a subgradient where seats or floors are."""
    found = _bisected(problem)
    if (len(problem.seats) == 0 and not problem.floor.any()) or not len(problem.value):
        return found
    return _refined(problem, found, steps)


def _zero(problem: Problem) -> Prices:
    return Prices(np.zeros(len(problem.budgets)), np.zeros(len(problem.seats)), np.zeros(len(problem.floor)))


def _bisected(problem: Problem) -> Solved:
    """Each budget's own price by halving: money spent falls as its price rises."""
    prices = _zero(problem)
    first = priced(problem, prices)
    best_bound, best_prices = first.bound, prices
    chosen, value = _repaired(problem, first.chosen, prices)
    spent = np.bincount(problem.pot, weights=problem.cost * first.chosen, minlength=len(problem.budgets))
    if (spent <= problem.budgets + 1e-9).all():
        return Solved(chosen, value, best_bound, prices)
    costly = problem.cost > 0
    low = np.zeros(len(problem.budgets))
    high = np.zeros(len(problem.budgets))
    np.maximum.at(high, problem.pot[costly], problem.value[costly] / problem.cost[costly])
    high = np.where(spent > problem.budgets + 1e-9, 1.01 * high, 0.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        trial = Prices(middle, prices.seat, prices.served)
        answer = priced(problem, trial)
        if answer.bound < best_bound:
            best_bound, best_prices = answer.bound, trial
        spent = np.bincount(problem.pot, weights=problem.cost * answer.chosen, minlength=len(problem.budgets))
        over = spent > problem.budgets + 1e-9
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    wishes: list[Flags] = []
    for price in (high, low):
        trial = Prices(price, prices.seat, prices.served)
        answer = priced(problem, trial)
        wishes.append(answer.chosen)
        if answer.bound < best_bound:
            best_bound, best_prices = answer.bound, trial
    for wish in (_mixed(problem, *wishes), *wishes):
        plan, worth = _repaired(problem, wish, trial)
        if plan is not None and (chosen is None or worth > value):
            chosen, value = plan, worth
    return Solved(chosen, value, best_bound, best_prices)


def _mixed(problem: Problem, frugal: Flags, rich: Flags) -> Flags:
    """The frugal bundles, with as many people as the money allows moved to their rich one.

    Just above and just below the right price a person's two bundles are worth the same net of it, so whoever is moved,
    only the money left over at the end is lost.
    """
    person = problem.person
    move = np.bincount(person, weights=problem.cost * (rich.astype(float) - frugal), minlength=problem.people)
    differs = np.bincount(person, weights=frugal != rich, minlength=problem.people) > 0
    spent = np.bincount(problem.pot, weights=problem.cost * frugal, minlength=len(problem.budgets))
    taken = np.zeros(problem.people, dtype=np.bool_)
    several = np.zeros(problem.people, dtype=np.bool_)
    own = problem.pot[problem.start[:-1]]
    several[person[problem.pot != own[person]]] = True
    for p in np.flatnonzero(differs & ~several)[np.argsort(-move[differs & ~several], kind="stable")]:
        if spent[own[p]] + move[p] <= problem.budgets[own[p]] + 1e-9:
            spent[own[p]] += move[p]
            taken[p] = True
    return np.where(taken[person], rich, frugal)


def _refined(problem: Problem, begin: Solved, steps: int) -> Solved:
    prices = begin.prices
    chosen, value, bound, kept = begin.chosen, begin.value, begin.bound, begin.prices
    person = problem.person
    booked = problem.session >= 0
    scale = float(problem.cost.mean()) or 1.0
    finite = np.isfinite(problem.budgets)
    pace, stale = 1.0, 0
    for step in range(steps):
        answer = priced(problem, prices)
        if answer.bound < bound - 1e-12:
            bound, kept, stale = answer.bound, prices, 0
        else:
            stale += 1
            if stale >= 6:
                pace, stale = pace / 2, 0
        if step % 5 == 0 or step > steps - 10:
            plan, worth = _repaired(problem, answer.chosen, prices)
            if plan is not None and (chosen is None or worth > value):
                chosen, value = plan, worth
        spent = np.bincount(problem.pot, weights=problem.cost * answer.chosen, minlength=len(problem.budgets))
        over_money = np.where(finite, (spent - np.where(finite, problem.budgets, 0)) / scale, 0.0)
        over_seats = _seated(problem, answer.chosen, booked) - problem.seats
        served = np.bincount(person, weights=answer.chosen, minlength=problem.people) > 0
        short = problem.floor - np.bincount(problem.unit, weights=served, minlength=len(problem.floor))
        length = float((over_money**2).sum() + (over_seats**2).sum() + (short**2).sum())
        if length < 1e-12:
            break
        aim = value if chosen is not None else 0.9 * bound
        size = pace * max(answer.bound - aim, 1e-9 * (1 + abs(bound))) / length
        prices = Prices(
            np.maximum(0.0, prices.money + size * over_money / scale),
            np.maximum(0.0, prices.seat + size * over_seats),
            np.maximum(0.0, prices.served + size * short),
        )
    return Solved(chosen, value, bound, kept)


def _seated(problem: Problem, chosen: Flags, booked: Flags) -> Floats:
    taken = booked & chosen
    return np.bincount(problem.session[taken], minlength=len(problem.seats)).astype(np.float64)


def _repaired(problem: Problem, wish: Flags, prices: Prices) -> tuple[Flags | None, float]:
    """A plan that keeps every limit, close to the wish: duties, then the floor, then the wish, then what still fits."""
    chosen = problem.forced.copy()
    spent = np.bincount(problem.pot, weights=problem.cost * chosen, minlength=len(problem.budgets)).astype(np.float64)
    seated = _seated(problem, chosen, problem.session >= 0)
    net = problem.value - problem.cost * prices.money[problem.pot]
    booked = problem.session >= 0
    net[booked] -= prices.seat[problem.session[booked]]
    rate = net / (problem.cost + 1e-3 * (float(problem.cost.mean()) + 1e-9))
    best_first = np.argsort(-rate, kind="stable")
    if problem.floor.any() and not _serve(problem, chosen, spent, seated, rate):
        return None, -np.inf
    wished = best_first[wish[best_first]]
    for _ in range(3 if problem.needs.any() else 1):
        filled(problem, chosen, wished, spent, seated)
    for _ in range(2 if problem.needs.any() else 1):
        filled(problem, chosen, best_first, spent, seated)
    return chosen, float(bundle_values(problem, chosen).sum())


def _serve(problem: Problem, chosen: Flags, spent: Floats, seated: Floats, rate: Floats) -> bool:
    """Give one thing each to enough people of every unit; dearer things only when cheaper ones do not do."""
    person = problem.person
    for order in (np.argsort(-rate, kind="stable"), np.argsort(problem.cost, kind="stable")):
        trial, money, places = chosen.copy(), spent.copy(), seated.copy()
        count = np.bincount(person, weights=trial, minlength=problem.people)
        served = np.bincount(problem.unit, weights=count > 0, minlength=len(problem.floor))
        for i in order:
            one: Ints = np.array([i])
            p = person[i]
            if count[p] == 0 and served[problem.unit[p]] < problem.floor[problem.unit[p]]:
                filled(problem, trial, one, money, places)
                if trial[i]:
                    count[p] += 1
                    served[problem.unit[p]] += 1
        if (served >= problem.floor).all():
            chosen[:], spent[:], seated[:] = trial, money, places
            return True
    return False
