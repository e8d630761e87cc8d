"""From a problem to a plan by one of the two methods, and the same at other amounts of money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from upwell.engine.assignment.contracts import Method
from upwell.engine.numerics.assignment_exact import solve_exactly
from upwell.engine.numerics.assignment_plans import duties_alone
from upwell.engine.numerics.assignment_search import Solved
from upwell.engine.numerics.assignment_search import solve as solve_by_prices
from upwell.engine.numerics.assignment_units import ordinary
from upwell.engine.numerics.knapsack import Flags, Floats, Prices, Problem, bundle_values, kept, no_prices, used

SMALL: Final = 3000
"""Candidates up to which an open gap is closed by HiGHS."""
FRONTIER: Final = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)
"""The parts of every budget at which the frontier is drawn."""


def fitting(problem: Problem) -> Flags:
    """Candidates that fit when nobody else takes anything; leaving the others out makes the bound tighter."""
    possible: Flags = problem.hours <= problem.hours_limit[problem.person] + 1e-9
    for pot in (problem.pot, problem.second):
        most = np.append(problem.budgets, np.inf)[pot]
        possible &= problem.cost <= most * (1 + 1e-12) + 1e-9
    possible &= np.append(problem.seats, np.inf)[problem.session] >= 1
    return possible | problem.forced


def reached(problem: Problem, rows: Flags) -> Floats:
    """People of each unit who have any of these candidates."""
    could = np.bincount(problem.person[rows], minlength=problem.people) > 0
    return np.bincount(problem.unit[could], minlength=len(problem.floor)).astype(np.float64)


def solved(problem: Problem, method: Method, begin: Prices | None = None) -> Solved:
    """The plan by prices; where that leaves a gap and the problem is small, or `exact` is asked for, by HiGHS."""
    plain, units = ordinary(problem)
    return units.back(_of_fitting(plain, method, None if begin is None else units.prices(begin)))


def _of_fitting(problem: Problem, method: Method, begin: Prices | None) -> Solved:
    possible = fitting(problem)
    if (reached(problem, possible) < problem.floor).any():
        return Solved(None, 0.0, 0.0, no_prices(problem))
    if possible.all():
        return _solved(problem, method, begin)
    found = _solved(kept(problem, possible), method, begin)
    if found.chosen is None:
        return found
    chosen = np.zeros(len(possible), dtype=np.bool_)
    chosen[possible] = found.chosen
    return replace(found, chosen=chosen)


def _solved(problem: Problem, method: Method, begin: Prices | None) -> Solved:
    found = solve_by_prices(problem, begin)
    is_open = found.chosen is None or found.bound - found.value > 1e-9 * (1 + abs(found.bound))
    if method == "decomposition" or not (method == "exact" or (len(problem.value) <= SMALL and is_open)):
        return found
    chosen, bound = solve_exactly(problem)
    bound = min(bound, found.bound)
    if chosen is None or not keeps_all(problem, chosen):
        return replace(found, bound=bound)
    value = float(bundle_values(problem, chosen)[0].sum())
    if found.chosen is not None and found.value >= value:
        return replace(found, bound=bound)
    return Solved(chosen, value, bound, found.prices)


def keeps_all(problem: Problem, chosen: Flags) -> bool:
    """Whether a plan keeps hours, budgets, seats and the floor."""
    slots = int(problem.slot.max(initial=0)) + 1
    key = problem.person[chosen].astype(np.int64) * slots + problem.slot[chosen]
    hours = np.bincount(key, weights=problem.hours[chosen], minlength=problem.people * slots).reshape(-1, slots)
    use = used(problem, chosen)
    return bool(
        (hours <= problem.hours_limit[:, None] + 1e-9).all()
        and (use.money <= problem.budgets * (1 + 1e-12) + 1e-9).all()
        and (use.seats <= problem.seats).all()
        and (use.served >= problem.floor).all()
    )


def no_frontier() -> pa.Table:
    """A frontier without rows."""
    return pa.table({name: pa.array([], pa.float64()) for name in ("share", "budget", "value", "bound")})


Solver = Callable[[Problem, Method, Prices | None], Solved]


@dataclass(frozen=True, slots=True)
class Curve:
    """The frontier, the plan with 10 % less, and the plan at the present budget, which the others may have mended."""

    table: pa.Table
    less: Flags | None
    now: Solved


def frontier(problem: Problem, found: Solved, method: Method, first: int, solver: Solver = solved) -> Curve:
    """Value and bound where every budget is a part or a multiple of itself; neither falls as money grows.

    A plan for less money is one for more, and a bound for more money is one for less. `budget` adds up the `first`
    budgets, which are of one kind, so that no money counts twice.
    """
    finite = np.isfinite(problem.budgets)
    if not finite.any():
        return Curve(no_frontier(), None, found)
    duty = used(problem, duties_alone(problem)[0]).money
    shares: list[float] = []
    answers: list[Solved] = []
    for share in FRONTIER:
        budgets = problem.budgets * share
        if share == 1.0:
            answer = found
        elif (budgets < duty - 1e-9).any():
            continue
        else:
            quick: Method = "decomposition" if method == "auto" else method
            answer = solver(replace(problem, budgets=budgets), quick, found.prices)
        if answers and (answer.chosen is None or answer.value < answers[-1].value):
            answer = replace(answer, chosen=answers[-1].chosen, value=answers[-1].value)
        if answer.chosen is not None:
            shares.append(share)
            answers.append(answer)
    bounds = np.array([max(answer.bound, answer.value) for answer in answers])
    bounds = np.minimum.accumulate(bounds[::-1])[::-1]
    money = float(problem.budgets[:first][finite[:first]].sum())
    table = pa.table(
        {
            "share": np.array(shares),
            "budget": np.array(shares) * money,
            "value": np.array([answer.value for answer in answers]),
            "bound": bounds,
        }
    )
    by_share = dict(zip(shares, answers, strict=True))
    now = replace(by_share[1.0], bound=float(bounds[shares.index(1.0)]))
    return Curve(table, by_share[0.9].chosen if 0.9 in by_share else None, now)
