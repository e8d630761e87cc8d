"""The best plan that can be put together from bundles met on the way.

Prices alone leave small plans with a gap: one seat or one remainder of a budget is a large part of them. Here every
person has a few good bundles, the best at prices close to the final ones and at values a little off, and HiGHS chooses
at most one of each person's under the shared limits (the restricted master of Dantzig and Wolfe 1960, Operations
Research 8:1, with whole bundles). Hours, prerequisites, duties and overlap hold inside every bundle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from upwell.engine.numerics.assignment_prices import Dual
from upwell.engine.numerics.knapsack import Flags, Floats, Ints, Prices, Problem, bundle_values, priced, used

ROUNDS: Final = 20
"""How often everybody's best bundle is asked for, each time at other prices and values."""
NODES: Final = 20
"""Nodes of the search of HiGHS: a number of them and not a clock, so that a replay gives the same plan."""
PRICES_OFF: Final = 0.06
VALUES_OFF: Final = 0.25
"""Up to which part prices and values are changed."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """Different bundles: whose, what each is worth, and its rows one bundle after the other from `start` on."""

    person: Ints
    value: Floats
    start: Ints
    rows: Ints


def recombined(problem: Problem, dual: Dual, chosen: Flags, *, rounds: int = ROUNDS, seed: int = 0) -> Flags:
    """A plan worth at least as much as `chosen`, which must keep every limit."""
    bundles = _met(problem, dual, chosen, rounds=rounds, seed=seed)
    taken = put_together(problem, bundles)
    if taken is None:
        return chosen
    trial = np.zeros(len(problem.value), dtype=np.bool_)
    sizes = np.diff(bundles.start)
    trial[bundles.rows[np.repeat(taken, sizes)]] = True
    better = bundle_values(problem, trial)[0].sum() > bundle_values(problem, chosen)[0].sum()
    return trial if better and _keeps_shared(problem, trial) else chosen


def _met(problem: Problem, dual: Dual, chosen: Flags, *, rounds: int, seed: int) -> Bundles:
    rng = np.random.default_rng(seed)
    plans = [chosen, dual.wish]
    for turn in range(rounds):
        off = (turn + 1) / rounds
        money = dual.prices.money * np.exp(PRICES_OFF * off * rng.normal(size=len(dual.prices.money)))
        seat = dual.prices.seat * np.exp(PRICES_OFF * off * rng.normal(size=len(dual.prices.seat)))
        value = problem.value * (1 + VALUES_OFF * off * (rng.random(len(problem.value)) - 0.5))
        plans.append(priced(replace(problem, value=value), Prices(money, seat, dual.prices.served)).chosen)
    return different(problem, plans)


def different(problem: Problem, plans: list[Flags]) -> Bundles:
    """Every bundle of these plans once, in the order they were met."""
    met: dict[bytes, tuple[int, float, Ints]] = {}
    for plan in plans:
        worth = bundle_values(problem, plan)[0]
        rows = np.flatnonzero(plan)
        ends = np.searchsorted(rows, problem.start)
        for person in np.flatnonzero(np.diff(ends)).tolist():
            mine = rows[ends[person] : ends[person + 1]]
            met.setdefault(mine.tobytes(), (person, float(worth[person]), mine))
    found = list(met.values())
    sizes = [len(rows) for _, _, rows in found]
    return Bundles(
        np.array([person for person, _, _ in found], dtype=np.int64),
        np.array([value for _, value, _ in found], dtype=np.float64),
        np.append(0, np.cumsum(sizes)).astype(np.int64),
        np.concatenate([rows for _, _, rows in found]) if found else np.zeros(0, dtype=np.int64),
    )


def put_together(problem: Problem, bundles: Bundles) -> Flags | None:
    """Which bundles to take so that the plan keeps all shared limits and is worth most; None if HiGHS finds no plan."""
    if not len(bundles.value):
        return None
    import highspy  # large, and needed by small problems alone

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_max_nodes", NODES)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 1e-5)
    solver.passModel(_model(problem, bundles, highspy))
    solver.run()
    if solver.getInfo().primal_solution_status != 2:
        return None
    taken: Flags = np.array(solver.getSolution().col_value) > 0.5
    return taken


def _model(problem: Problem, bundles: Bundles, highspy: Any) -> Any:
    entries, least, most = _limits(problem, bundles)
    row, column, amount = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    key, inverse = np.unique(column * np.int64(len(most)) + row, return_inverse=True)
    count = len(bundles.value)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, len(most)
    model.col_cost_ = bundles.value / (bundles.value.max() or 1.0)
    model.col_lower_, model.col_upper_ = np.zeros(count), np.ones(count)
    model.row_lower_, model.row_upper_ = least, most
    model.integrality_ = [highspy.HighsVarType.kInteger] * count
    model.sense_ = highspy.ObjSense.kMaximize
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(key, np.arange(count + 1) * np.int64(len(most))).astype(np.int32)
    model.a_matrix_.index_ = (key % len(most)).astype(np.int32)
    model.a_matrix_.value_ = np.bincount(inverse, weights=amount)
    return model


def _limits(problem: Problem, bundles: Bundles) -> tuple[list[tuple[Ints, Ints, Floats]], Floats, Floats]:
    """Rows: each person once (exactly, with a duty), budgets as parts of their dearest candidate, seats, floors."""
    people, pots, sessions = problem.people, len(problem.budgets), len(problem.seats)
    columns, at = np.arange(len(bundles.value)), np.repeat(np.arange(len(bundles.value)), np.diff(bundles.start))
    served = people + pots + sessions
    entries = [
        (bundles.person, columns, np.ones(len(columns))),
        (problem.unit[bundles.person] + np.int64(served), columns, np.ones(len(columns))),
    ]
    unit = np.ones(pots)
    for codes in (problem.pot, problem.second):
        named = codes >= 0
        np.maximum.at(unit, codes[named], problem.cost[named])
    for codes, amounts, first in (
        (problem.pot, problem.cost / unit[problem.pot], people),
        (problem.second, problem.cost / np.append(unit, 1.0)[problem.second], people),
        (problem.session, np.ones(len(problem.value)), people + pots),
    ):
        code = codes[bundles.rows]
        named = code >= 0
        entries.append((code[named] + np.int64(first), at[named], amounts[bundles.rows][named]))
    due = np.zeros(people)
    due[problem.person[problem.forced]] = 1.0
    least = np.concatenate((due, np.full(pots + sessions, -np.inf), problem.floor))
    most = np.concatenate((np.ones(people), problem.budgets / unit, problem.seats, np.full(len(problem.floor), np.inf)))
    return entries, least, most


def _keeps_shared(problem: Problem, chosen: Flags) -> bool:
    use = used(problem, chosen)
    return bool(
        (use.money <= problem.budgets * (1 + 1e-12) + 1e-9).all()
        and (use.seats <= problem.seats).all()
        and (use.served >= problem.floor).all()
    )
