"""The same assignment problem as a mixed-integer programme for HiGHS: exact for small problems, oracle in tests."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from upwell.engine.numerics.knapsack import ENDLESS, Flags, Floats, Problem

NODES: Final = 500
"""Nodes of the search of HiGHS. A clock would let the answer depend on the machine; a replay must give the same."""


def solve_exactly(
    problem: Problem, *, nodes: int = NODES, least: Floats | None = None
) -> tuple[Flags | None, float]:
    """The plan HiGHS finds and its proven upper bound; None if it finds none within so many nodes.

    Overlap is linear in rank variables: candidate j taken as the r-th of its group counts value * discount ** r, and
    each rank of a group is used once. `least`: the value that the people of each unit must gain.
    """
    import highspy  # large, and needed by small problems alone

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_max_nodes", nodes)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("mip_rel_gap", 1e-9)
    solver.setOptionValue("threads", 1)
    rows = len(problem.value)
    take = [solver.addVariable(lb=float(f), ub=1.0, type=highspy.HighsVarType.kInteger) for f in np.zeros(rows)]
    gains: list[Any] = []
    by_unit: list[list[Any]] = [[] for _ in problem.floor]
    for p in range(problem.people):
        a, b = int(problem.start[p]), int(problem.start[p + 1])
        mine = _overlap(solver, problem, take, a, b)
        gains += mine
        by_unit[int(problem.unit[p])] += mine
        _personal(solver, problem, take, p)
    for pot, budget in enumerate(problem.budgets):
        members = np.flatnonzero((problem.pot == pot) | (problem.second == pot))
        if np.isfinite(budget) and len(members):
            solver.addConstr(sum(float(problem.cost[j]) * take[j] for j in members) <= float(budget))
    for session, seats in enumerate(problem.seats):
        members = np.flatnonzero(problem.session == session)
        if len(members):
            solver.addConstr(sum(1.0 * take[j] for j in members) <= float(seats))
    _floors(solver, problem, take)
    for parts, amount in zip(by_unit, np.zeros(len(by_unit)) if least is None else least, strict=True):
        if amount > 0 and not parts:
            return None, float("inf")
        if amount > 0:
            solver.addConstr(sum(parts) >= float(amount))
    if not rows:
        return np.zeros(0, dtype=np.bool_), 0.0
    solver.maximize(sum(gains))
    info = solver.getInfo()
    if info.primal_solution_status != 2:
        return None, float("inf")
    solution = np.array(solver.getSolution().col_value)[:rows]
    return solution > 0.5, float(info.mip_dual_bound)


def _personal(solver: Any, problem: Problem, take: list[Any], p: int) -> None:
    """One person's hours in each period, each item once, duties, prerequisites."""
    mine = range(int(problem.start[p]), int(problem.start[p + 1]))
    if problem.hours_limit[p] < ENDLESS:
        for slot in sorted({int(problem.slot[j]) for j in mine}):
            hours = sum(float(problem.hours[j]) * take[j] for j in mine if problem.slot[j] == slot)
            solver.addConstr(hours <= float(problem.hours_limit[p]))
    for item in sorted({int(problem.item[j]) for j in mine}):
        options = [j for j in mine if problem.item[j] == item]
        times = sum(1.0 * take[j] for j in options)
        if problem.forced[options[0]]:
            solver.addConstr(times == 1.0)
        elif len(options) > 1:
            solver.addConstr(times <= 1.0)
    for j in mine:
        for need in problem.need[problem.need_start[j] : problem.need_start[j + 1]]:
            before = [i for i in mine if problem.item[i] == need and problem.slot[i] <= problem.slot[j]]
            if before:
                solver.addConstr(take[j] <= sum(1.0 * take[i] for i in before))
            else:
                solver.addConstr(1.0 * take[j] <= 0.0)


def _overlap(solver: Any, problem: Problem, take: list[Any], a: int, b: int) -> list[Any]:
    out: list[Any] = []
    seen: set[int] = set()
    for j in range(a, b):
        group = int(problem.group[j])
        if group in seen:
            continue
        members = [j] if group < 0 else [i for i in range(a, b) if problem.group[i] == group]
        if group >= 0:
            seen.add(group)
        if len(members) == 1:
            out.append(float(problem.value[j]) * take[j])
            continue
        ranked = {(m, r): solver.addVariable(lb=0.0, ub=1.0) for m in members for r in range(len(members))}
        for m in members:
            total = sum(ranked[m, r] for r in range(len(members)))
            solver.addConstr(total == take[m])
            out += [float(problem.value[m]) * problem.discount**r * ranked[m, r] for r in range(len(members))]
        for r in range(len(members)):
            solver.addConstr(sum(ranked[m, r] for m in members) <= 1.0)
    return out


def _floors(solver: Any, problem: Problem, take: list[Any]) -> None:
    for unit, floor in enumerate(problem.floor):
        if floor <= 0:
            continue
        served = []
        for p in np.flatnonzero(problem.unit == unit):
            a, b = int(problem.start[p]), int(problem.start[p + 1])
            if b > a:
                one = solver.addVariable(lb=0.0, ub=1.0)
                solver.addConstr(one <= sum(take[a:b]))
                served.append(one)
        solver.addConstr(sum(served) >= float(floor))
