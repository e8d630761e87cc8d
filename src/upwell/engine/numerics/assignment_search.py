"""From prices to a plan: search, plan, polish, improve, recombine; the order in which the parts are used."""

from __future__ import annotations

from dataclasses import dataclass

from upwell.engine.numerics.assignment_bundles import recombined
from upwell.engine.numerics.assignment_plans import duties_alone, improved, plan, value_of
from upwell.engine.numerics.assignment_prices import polished, search
from upwell.engine.numerics.knapsack import Flags, Prices, Problem

MIDDLING = 20_000
"""People up to whom a plan is improved; with more the gap is small without."""
FEW = 2_000
"""People up to whom the prices are polished, and a plan with a wide gap is put together anew."""
PAINS = 24_000
"""People times rounds of improving: small plans have the larger gaps, and their rounds cost little."""
ENOUGH = 1e-4
"""Certified gap, as a part of the bound, below which a plan is not improved further."""
WIDE = 3e-4
"""Certified gap, as a part of the bound, above which the plan of few people is put together anew from its bundles."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan that keeps every limit (None if none was found), its value, a certified bound and the prices."""

    chosen: Flags | None
    value: float
    bound: float
    prices: Prices


def solve(problem: Problem, begin: Prices | None = None) -> Solved:
    """A plan and a bound; `begin` are prices of a similar problem, and then less is spent on improving."""
    dual = search(problem, begin, rounds=90 if begin is None else 20)
    duties, stuck = duties_alone(problem)
    if len(stuck):
        return Solved(None, 0.0, dual.bound, dual.prices)
    chosen = plan(problem, dual, duties)
    if chosen is None:
        return Solved(None, 0.0, dual.bound, dual.prices)
    if begin is None and problem.people <= FEW:
        dual = polished(problem, dual, value_of(problem, chosen), rounds=40)
        again = plan(problem, dual, duties)
        if again is not None and value_of(problem, again) > value_of(problem, chosen):
            chosen = again
    if begin is None and problem.people <= MIDDLING:
        chosen = improved(problem, dual, chosen, rounds=min(max(PAINS // max(problem.people, 1), 6), 80), enough=ENOUGH)
    if begin is None and problem.people <= FEW and dual.bound - value_of(problem, chosen) > WIDE * abs(dual.bound):
        chosen = recombined(problem, dual, chosen)
    return Solved(chosen, value_of(problem, chosen), dual.bound, dual.prices)
