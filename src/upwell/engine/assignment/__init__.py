"""Assignment: who should do what under a budget, how good that plan is, and what more money would buy.

Maximises expected weighted gap closure. Shared limits (budgets, seats, fairness floors) are priced by Lagrangian
relaxation, each person's bundle is an exact knapsack; the relaxation's value is a certified upper bound (Fisher 1981,
Management Science 27:1). Small problems whose gap stays open are handed to HiGHS. See ``docs/methods/assignment.md``.
"""

from upwell.engine.assignment.contracts import ALL, CANDIDATES, Fairness, Key, Limits, Method
from upwell.engine.assignment.planning import AssignmentResult, solve
from upwell.engine.assignment.pricing import FRONTIER, SMALL

__all__ = [
    "ALL",
    "CANDIDATES",
    "FRONTIER",
    "SMALL",
    "AssignmentResult",
    "Fairness",
    "Key",
    "Limits",
    "Method",
    "solve",
]
