"""Who should do what under a budget: the plan, what it could at most be worth, and what more money would buy.

Maximises expected weighted gap closure. Shared limits (budgets, seats, service floor) are priced by Lagrangian
relaxation, each person's bundle is an exact knapsack; the relaxation's value is a certified upper bound (Fisher 1981,
Management Science 27:1). Small problems whose gap stays open are handed to HiGHS.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.frames import Column, Contract, accept
from upwell.engine.numerics.assignment_exact import solve_exactly
from upwell.engine.numerics.assignment_prices import Solved
from upwell.engine.numerics.assignment_prices import solve as solve_by_prices
from upwell.engine.numerics.knapsack import MOST_PER_PERSON, Flags, Floats, Ints, Problem, bundle_values

Key = str | int
Method = Literal["auto", "decomposition", "exact"]

CANDIDATES: Final = Contract(
    "candidates",
    (
        Column("person", "key"),
        Column("intervention", "key"),
        Column("value", "real", "expected weighted gap closure", low=0.0),
        Column("cost", "real", "money", low=0.0),
        Column("hours", "real", "hours", low=0.0),
        Column("unit", "key", required=False),
        Column("session", "key", nullable=True, required=False),
        Column("overlap", "key", nullable=True, required=False),
    ),
    unique=("person", "intervention"),
)
SMALL: Final = 3000
"""Candidates up to which an open gap is closed by HiGHS."""
FRONTIER: Final = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """A plan that keeps every limit, and how good it is.

    plan: person, intervention, value (what it adds), cost, hours. `bound` is the most any plan could be worth; `gap` is
    (bound - value) / bound. `shadow_price` is value per unit of money at the margin of each budget (key `all` for one
    budget). frontier: share, budget, value, bound. dropped: rows of the plan that a plan with 10 % less would not have.
    """

    plan: pa.Table
    value: float
    bound: float
    gap: float
    spent: float
    shadow_price: Mapping[Key, float]
    frontier: pa.Table
    dropped: pa.Table
    diagnostics: Mapping[str, float | int | str]
    assumptions: tuple[str, ...]


def solve(
    candidates: object,
    *,
    budget: float | Mapping[Key, float],
    seats: Mapping[Key, int] | None = None,
    hours_per_person: float | None = None,
    prerequisites: Mapping[Key, Sequence[Key]] | None = None,
    held: Collection[tuple[Key, Key]] = (),
    duties: Collection[tuple[Key, Key]] = (),
    fairness_floor: float | None = None,
    overlap_discount: float = 0.5,
    method: Method = "auto",
    frontier: bool = True,
) -> AssignmentResult:
    """Choose rows of `candidates` (person, intervention, value, cost, hours [, unit, session, overlap]).

    Args:
        budget: one amount, or one per unit (then `unit` is needed and every unit needs an amount).
        seats: places per session; a session that is not named has no limit.
        hours_per_person: most hours one person may be given.
        prerequisites: interventions that must be taken with, or have been `held` before, an intervention.
        duties: (person, intervention) pairs that must be in the plan.
        fairness_floor: least share of each unit's listed people who get something, 0 to 1.
        overlap_discount: the k-th intervention of one person in the same `overlap` group counts `discount ** k`.

    Raises:
        FrameError: a candidate breaks the contract.
        ParameterError: a limit out of range, more than 62 candidates for one person, or a duty that is no candidate.
        NotEstimableError: duties or floor cannot be met within the limits.
    """
    table = accept(candidates, CANDIDATES)
    _check(table, budget, hours_per_person, fairness_floor, overlap_discount)
    order, problem, pots = _problem(
        table, budget, seats or {}, hours_per_person, prerequisites or {}, frozenset(held), overlap_discount
    )
    problem = _with_duties(table, order, problem, frozenset(duties))
    if fairness_floor:
        members = np.bincount(problem.unit, minlength=len(problem.floor))
        problem = replace(problem, floor=np.ceil(fairness_floor * members - 1e-9))
    solved = _solved(problem, method)
    if solved.chosen is None:
        raise NotEstimableError("No plan meets the fairness floor within the budget, seats and hours given.")
    plan = _plan(table, order, problem, solved.chosen)
    spent = float(problem.cost[solved.chosen].sum())
    curve, less = _frontier(problem, solved, method) if frontier else (_no_frontier(), None)
    dropped = plan.slice(0, 0)
    if less is not None:
        rows = np.flatnonzero(solved.chosen)
        dropped = plan.filter(pa.array(~less[rows]))
    bound = max(solved.bound, solved.value)
    return AssignmentResult(
        plan=plan,
        value=solved.value,
        bound=bound,
        gap=(bound - solved.value) / bound if bound > 0 else 0.0,
        spent=spent,
        shadow_price={pot: float(price) for pot, price in zip(pots, solved.prices.money, strict=True)},
        frontier=curve,
        dropped=dropped,
        diagnostics={"candidates": table.num_rows, "people": problem.people, "chosen": plan.num_rows},
        assumptions=(
            "The value of an intervention for one person does not depend on what others get.",
            f"Each further intervention in one overlap group counts {overlap_discount:g} of the one before.",
        ),
    )


def _check(
    table: pa.Table,
    budget: float | Mapping[Key, float],
    hours: float | None,
    floor: float | None,
    discount: float,
) -> None:
    amounts = list(budget.values()) if isinstance(budget, Mapping) else [budget]
    if any(math.isnan(a) or a < 0 for a in amounts):
        raise ParameterError("A budget must be zero or more.")
    if isinstance(budget, Mapping):
        if "unit" not in table.column_names:
            raise ParameterError("A budget per unit needs the column 'unit' in the candidates.")
        missing = sorted({str(u) for u in set(table["unit"].to_pylist()) - set(budget)})
        if missing:
            raise ParameterError(f"The unit '{missing[0]}' has candidates but no budget.")
    if hours is not None and not hours >= 0:
        raise ParameterError("The hours per person must be zero or more.")
    if floor is not None and not 0 <= floor <= 1:
        raise ParameterError("The fairness floor is a share between 0 and 1.")
    if not 0 <= discount <= 1:
        raise ParameterError("The overlap discount lies between 0 and 1.")


def _coded(values: list[Key | None]) -> tuple[Ints, list[Key]]:
    names: dict[Key, int] = {}
    codes = [-1 if v is None else names.setdefault(v, len(names)) for v in values]
    return np.array(codes, dtype=np.int64), list(names)


def _problem(
    table: pa.Table,
    budget: float | Mapping[Key, float],
    seats: Mapping[Key, int],
    hours_per_person: float | None,
    prerequisites: Mapping[Key, Sequence[Key]],
    held: frozenset[tuple[Key, Key]],
    discount: float,
) -> tuple[Ints, Problem, list[Key]]:
    rows = table.num_rows
    person, people = _coded(table["person"].to_pylist())
    value = np.asarray(table["value"].to_numpy(), dtype=np.float64)
    order: Ints = np.lexsort((np.arange(rows), -value, person)).astype(np.int64)
    start = np.searchsorted(person[order], np.arange(len(people) + 1))
    if rows and int(np.diff(start).max()) > MOST_PER_PERSON:
        raise ParameterError(f"No person may have more than {MOST_PER_PERSON} candidates; narrow the list first.")
    units = np.zeros(rows, dtype=np.int64)
    unit_names: list[Key] = [ALL]
    if "unit" in table.column_names:
        units, unit_names = _coded(table["unit"].to_pylist())
    if isinstance(budget, Mapping):
        pot, pots = units[order], unit_names
        budgets = np.array([float(budget[name]) for name in unit_names])
    else:
        pot, pots = np.zeros(rows, dtype=np.int64), list[Key]([ALL])
        budgets = np.array([float(budget)])
    session, places = _sessions(table, seats)
    alike, needs, possible = _bits(table, order, start, prerequisites, held)
    first = order[start[:-1]] if rows else np.zeros(0, dtype=np.int64)
    problem = Problem(
        start=start,
        value=np.where(possible, value[order], 0.0),
        cost=np.asarray(table["cost"].to_numpy(), dtype=np.float64)[order],
        hours=np.where(possible, np.asarray(table["hours"].to_numpy(), dtype=np.float64)[order], np.inf),
        pot=pot,
        session=session[order],
        unit=units[first],
        alike=alike,
        needs=needs,
        forced=np.zeros(rows, dtype=np.bool_),
        budgets=budgets,
        seats=places,
        floor=np.zeros(len(unit_names)),
        hours_limit=1e15 if hours_per_person is None else float(hours_per_person),
        discount=float(discount),
    )
    return order, problem, pots


def _sessions(table: pa.Table, seats: Mapping[Key, int]) -> tuple[Ints, Floats]:
    if "session" not in table.column_names or not seats:
        return np.full(table.num_rows, -1, dtype=np.int64), np.zeros(0)
    code = {name: i for i, name in enumerate(seats)}
    session = np.array([code.get(s, -1) for s in table["session"].to_pylist()], dtype=np.int64)
    return session, np.array([float(s) for s in seats.values()])


def _bits(
    table: pa.Table,
    order: Ints,
    start: Ints,
    prerequisites: Mapping[Key, Sequence[Key]],
    held: frozenset[tuple[Key, Key]],
) -> tuple[Ints, Ints, Flags]:
    """Overlap and prerequisite bit sets; a candidate whose prerequisite nobody offers its person is impossible."""
    rows = table.num_rows
    place = np.arange(rows) - np.repeat(start[:-1], np.diff(start))
    alike = np.left_shift(np.int64(1), place)
    needs = np.zeros(rows, dtype=np.int64)
    possible = np.ones(rows, dtype=np.bool_)
    if "overlap" in table.column_names:
        group, _ = _coded(table["overlap"].to_pylist())
        person = np.repeat(np.arange(len(start) - 1), np.diff(start))
        named = np.flatnonzero(group[order] >= 0)
        pair = person[named] * (int(group.max(initial=0)) + 1) + group[order][named]
        _, inverse = np.unique(pair, return_inverse=True)
        union = np.zeros(len(named), dtype=np.int64)
        np.bitwise_or.at(union, inverse, alike[named])
        alike = alike.copy()
        alike[named] = union[inverse]
    if prerequisites:
        persons, names = table["person"].to_pylist(), table["intervention"].to_pylist()
        for p in range(len(start) - 1):
            at = {names[order[i]]: i - start[p] for i in range(start[p], start[p + 1])}
            for name, j in at.items():
                for other in prerequisites.get(name, ()):
                    if (persons[order[start[p]]], other) in held:
                        continue
                    if other in at:
                        needs[start[p] + j] |= np.int64(1) << at[other]
                    else:
                        possible[start[p] + j] = False
    return alike, needs, possible


def _with_duties(table: pa.Table, order: Ints, problem: Problem, duties: frozenset[tuple[Key, Key]]) -> Problem:
    if not duties:
        return problem
    pairs = list(zip(table["person"].to_pylist(), table["intervention"].to_pylist(), strict=True))
    unknown = duties - set(pairs)
    if unknown:
        who, what = sorted(unknown, key=str)[0]
        raise ParameterError(f"The duty '{what}' of '{who}' is not among the candidates.")
    forced = np.array([pairs[i] in duties for i in order], dtype=np.bool_)
    person = problem.person
    while True:
        asked = [
            problem.start[person[i]] + bit
            for i in np.flatnonzero(forced)
            for bit in range(MOST_PER_PERSON)
            if (int(problem.needs[i]) >> bit) & 1
        ]
        if forced[asked].all():
            break
        forced[asked] = True
    hours = np.bincount(person, weights=np.where(forced, problem.hours, 0), minlength=problem.people)
    spent = np.bincount(problem.pot, weights=problem.cost * forced, minlength=len(problem.budgets))
    taken = forced & (problem.session >= 0)
    seated = np.bincount(problem.session[taken], minlength=len(problem.seats))
    for broken, limit in (
        ((hours > problem.hours_limit + 1e-9).any(), "hours per person"),
        ((spent > problem.budgets + 1e-9).any(), "budget"),
        ((seated > problem.seats).any(), "seats"),
    ):
        if broken:
            raise NotEstimableError(f"The duties alone, with their prerequisites, exceed the {limit}.")
    return replace(problem, forced=forced)


def _solved(problem: Problem, method: Method) -> Solved:
    solved = solve_by_prices(problem)
    is_open = solved.chosen is None or solved.bound - solved.value > 1e-9 * (1 + abs(solved.bound))
    if method == "decomposition" or not (method == "exact" or (len(problem.value) <= SMALL and is_open)):
        return solved
    finite = replace(problem, hours=np.where(np.isfinite(problem.hours), problem.hours, 1e12))
    if problem.hours_limit >= 1e12:
        finite = replace(finite, hours_limit=1e11)
    chosen, bound = solve_exactly(finite)
    bound = min(bound, solved.bound)
    if chosen is None or not _kept(problem, chosen):
        return replace(solved, bound=bound)
    value = float(bundle_values(problem, chosen).sum())
    if solved.chosen is not None and solved.value >= value:
        return replace(solved, bound=bound)
    return Solved(chosen, value, bound, solved.prices)


def _kept(problem: Problem, chosen: Flags) -> bool:
    hours = np.bincount(problem.person[chosen], weights=problem.hours[chosen], minlength=problem.people)
    spent = np.bincount(problem.pot, weights=problem.cost * chosen, minlength=len(problem.budgets))
    return bool((hours <= problem.hours_limit + 1e-9).all() and (spent <= problem.budgets + 1e-6).all())


def _plan(table: pa.Table, order: Ints, problem: Problem, chosen: Flags) -> pa.Table:
    rows = np.flatnonzero(chosen)
    picked = table.take(pa.array(order[rows]))
    person = problem.person
    added = np.empty(len(rows))
    for place, i in enumerate(rows):
        earlier = chosen[problem.start[person[i]] : i]
        bits = np.flatnonzero(earlier)
        same = sum(1 for b in bits if (int(problem.alike[i]) >> int(b)) & 1)
        added[place] = problem.value[i] * problem.discount**same
    names = ("person", "intervention", "cost", "hours")
    columns = {name: picked[name] for name in names}
    columns["value"] = pa.chunked_array([pa.array(added)])
    return pa.table({name: columns[name] for name in ("person", "intervention", "value", "cost", "hours")})


def _no_frontier() -> pa.Table:
    return pa.table({name: pa.array([], pa.float64()) for name in ("share", "budget", "value", "bound")})


def _frontier(problem: Problem, solved: Solved, method: Method) -> tuple[pa.Table, Flags | None]:
    finite = np.isfinite(problem.budgets)
    if not finite.any():
        return _no_frontier(), None
    duty = np.bincount(problem.pot, weights=problem.cost * problem.forced, minlength=len(problem.budgets))
    rows: list[tuple[float, float, float, float]] = []
    less: Flags | None = None
    for share in FRONTIER:
        budgets = problem.budgets * share
        if share == 1.0:
            answer = solved
        elif (budgets < duty - 1e-9).any():
            continue
        else:
            answer = _solved(replace(problem, budgets=budgets), "decomposition" if method == "auto" else method)
        if answer.chosen is None:
            continue
        if share == 0.9:
            less = answer.chosen
        rows.append((share, float(budgets[finite].sum()), answer.value, max(answer.bound, answer.value)))
    names = ("share", "budget", "value", "bound")
    return pa.table({name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}), less
