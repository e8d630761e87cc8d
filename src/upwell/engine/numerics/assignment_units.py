"""Values and money in ordinary units, so that tolerances mean the same whatever the units of the candidates are.

The searches compare with small absolute tolerances (1e-12 to 1e-9). Values of 1e-10 would be lost in them, and the
bound with them; amounts of 1e300 would overflow. Factors are powers of two, which change no digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from upwell.engine.numerics.assignment_search import Solved
from upwell.engine.numerics.knapsack import Floats, Prices, Problem

LEAST: Final = 1e-3
MOST: Final = 1e9
"""Values and costs stay as they are where their median lies between these."""
FARTHEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Units:
    """What values and money were multiplied by."""

    value: float
    money: float

    def prices(self, prices: Prices) -> Prices:
        """Prices of the problem as it was given, for the problem in ordinary units."""
        money = prices.money * self.value / self.money
        return Prices(money, prices.seat * self.value, prices.served * self.value)

    def back(self, found: Solved) -> Solved:
        """What was found in ordinary units, in the units of the problem as it was given."""
        given = Prices(
            found.prices.money / self.value * self.money,
            found.prices.seat / self.value,
            found.prices.served / self.value,
        )
        return replace(found, value=found.value / self.value, bound=found.bound / self.value, prices=given)


def ordinary(problem: Problem) -> tuple[Problem, Units]:
    """The problem in units in which its values and costs are of ordinary size.

    A budget too large for that unit is no limit.
    """
    units = Units(_factor(problem.value), _factor(problem.cost))
    if units == Units(1.0, 1.0):
        return problem, units
    with np.errstate(over="ignore"):
        budgets = problem.budgets * units.money
    plain = replace(problem, value=problem.value * units.value, cost=problem.cost * units.money, budgets=budgets)
    return plain, units


def _factor(amounts: Floats) -> float:
    some = amounts[amounts > 0]
    middle = float(np.median(some)) if len(some) else 1.0
    if LEAST <= middle <= MOST:
        return 1.0
    return 2.0 ** min(max(-math.frexp(middle)[1], -FARTHEST), FARTHEST)
