"""Prerequisites and duties: what a candidate requires, and what must be in the plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from upwell.engine.assignment.contracts import Key
from upwell.engine.assignment.laying import Laid
from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.numerics.assignment_plans import alone_possible, duties_alone
from upwell.engine.numerics.knapsack import Problem, used


def with_needs(laid: Laid, prerequisites: Mapping[Key, Sequence[Key]], held: Collection[tuple[Key, Key]]) -> Problem:
    """What each candidate requires and its person does not hold."""
    problem = laid.problem
    names = {name: i for i, name in enumerate(laid.items.to_pylist())}
    asked = {names[name]: others for name, others in prerequisites.items() if name in names and others}
    if not asked:
        return problem
    absent = len(names)
    done = set(held)
    people = laid.people.to_pylist() if done else []
    rows: list[int] = []
    need: list[int] = []
    for code, others in asked.items():
        at = np.flatnonzero(problem.item == code)
        for other in others:
            for row in at:
                if not done or (people[problem.person[row]], other) not in done:
                    rows.append(int(row))
                    need.append(names.get(other, absent))
    order = np.argsort(np.array(rows, dtype=np.int64), kind="stable")
    counts = np.bincount(np.array(rows, dtype=np.int64), minlength=len(problem.value))
    return replace(
        problem, need=np.array(need, dtype=np.int32)[order], need_start=np.append(0, np.cumsum(counts)).astype(np.int64)
    )


def with_duties(laid: Laid, duties: frozenset[tuple[Key, Key]]) -> Problem:
    """The problem with its duties marked.

    Raises:
        ParameterError: a duty that is no candidate.
        NotEstimableError: the duties alone do not fit.
    """
    problem = laid.problem
    if not duties:
        return problem
    forced = np.zeros(len(problem.value), dtype=np.bool_)
    people = {name: i for i, name in enumerate(laid.people.to_pylist())}
    items = {name: i for i, name in enumerate(laid.items.to_pylist())}
    for who, what in sorted(duties, key=str):
        p, code = people.get(who, -1), items.get(what, -1)
        rows = slice(problem.start[p], problem.start[p + 1]) if 0 <= p < problem.people else slice(0, 0)
        hit = problem.item[rows] == code
        if not hit.any():
            raise ParameterError(f"The duty '{what}' of '{who}' is not among the candidates.")
        forced[rows] |= hit
    problem = replace(problem, forced=forced)
    _check_duties(problem, laid)
    return problem


def _check_duties(problem: Problem, laid: Laid) -> None:
    chosen, stuck = duties_alone(problem)
    if not len(stuck):
        return
    p = int(stuck[0])
    mine = np.flatnonzero(problem.forced[problem.start[p] : problem.start[p + 1]]) + problem.start[p]
    names = sorted({str(laid.items[int(problem.item[i])].as_py()) for i in mine})
    plenty = replace(problem, budgets=np.full_like(problem.budgets, np.inf), seats=np.full_like(problem.seats, 1e9))
    if alone_possible(plenty, p):
        use = used(problem, chosen)
        left = problem.budgets - use.money
        full = {int(s) for s in problem.session[mine] if s >= 0 and use.seats[s] >= problem.seats[s]}
        pots = (problem.pot[mine], problem.second[mine])
        short = any((problem.cost[mine] > np.append(left, np.inf)[pot]).any() for pot in pots)
        reason = "the seats" if full else "the budget" if short else ""
        why = f"exceed {reason or 'the budget or the seats'}"
    else:
        why = "exceed the hours per person, or require what this person neither holds nor can be given"
    who = laid.people[p].as_py()
    raise NotEstimableError(
        f"The duties alone, with their prerequisites, {why}: no room for {', '.join(names)} of '{who}'"
        f"{f' and the duties of {len(stuck) - 1} more people' if len(stuck) > 1 else ''}."
    )
