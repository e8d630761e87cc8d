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
import pyarrow.compute as pc

from upwell.engine.errors import FrameError, NotEstimableError, ParameterError
from upwell.engine.frames import Column, Contract, accept
from upwell.engine.numerics.assignment_exact import solve_exactly
from upwell.engine.numerics.assignment_plans import alone_possible, duties_alone
from upwell.engine.numerics.assignment_search import Solved
from upwell.engine.numerics.assignment_search import solve as solve_by_prices
from upwell.engine.numerics.knapsack import ENDLESS, Flags, Ints, Prices, Problem, Shorts, bundle_values, kept, used

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
        Column("period", "key", required=False),
    ),
)
"""One row per person, intervention and, where given, period; periods are in the order of their keys."""
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
    `words` says what the next money buys and what a cut of 10 % costs.
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
    words: tuple[str, ...] = ()


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
    period_budget: Mapping[Key, float] | None = None,
    method: Method = "auto",
    frontier: bool = True,
) -> AssignmentResult:
    """Choose rows of `candidates` (person, intervention, value, cost, hours [, unit, session, overlap, period]).

    With periods a row is one intervention in one period; a person gets an intervention at most once.

    Args:
        budget: one amount, or one per unit (then `unit` is needed and every unit needs an amount).
        seats: places per session; a session that is not named has no limit.
        hours_per_person: most hours one person may be given (in each period).
        prerequisites: interventions that must be taken with or before an intervention, or have been `held` already.
        duties: (person, intervention) pairs that must be in the plan.
        fairness_floor: least share of each unit's listed people who get something, 0 to 1.
        overlap_discount: the k-th intervention of one person in the same `overlap` group counts `discount ** k`.
        period_budget: most money in each period named, beside `budget`.

    Raises:
        FrameError: a candidate breaks the contract.
        ParameterError: a limit out of range, a duty that is no candidate, or a limit for a unit, period, session or
            intervention that no candidate names (a required intervention may also be one that somebody holds).
        NotEstimableError: duties or floor cannot be met within the limits.
    """
    table = accept(candidates, CANDIDATES)
    _check(table, budget, period_budget, seats, hours_per_person, fairness_floor, overlap_discount)
    _check_names(table, budget, period_budget or {}, seats or {}, prerequisites or {}, held)
    laid = _laid_out(table, budget, period_budget or {}, seats or {}, hours_per_person, overlap_discount)
    problem = _with_needs(laid, prerequisites or {}, held)
    problem, rows = _with_duties(replace(laid, problem=problem), frozenset(duties))
    if fairness_floor:
        members = np.bincount(problem.unit, minlength=len(problem.floor))
        problem = replace(problem, floor=np.ceil(fairness_floor * members - 1e-9))
    solved = _solved(problem, method)
    if solved.chosen is None:
        raise NotEstimableError(_why_none(problem))
    plan = _plan(table, rows, problem, solved.chosen)
    curve, less = _frontier(problem, solved, method) if frontier else (_no_frontier(), None)
    dropped = plan.slice(0, 0)
    if less is not None:
        dropped = plan.filter(pa.array(~less[np.flatnonzero(solved.chosen)]))
    bound = max(solved.bound, solved.value)
    return AssignmentResult(
        plan=plan,
        value=solved.value,
        bound=bound,
        gap=(bound - solved.value) / bound if bound > 0 else 0.0,
        spent=float(problem.cost[solved.chosen].sum()),
        shadow_price={pot: float(price) for pot, price in zip(laid.pots, solved.prices.money, strict=False)},
        frontier=curve,
        dropped=dropped,
        diagnostics={"candidates": table.num_rows, "people": problem.people, "chosen": plan.num_rows},
        assumptions=(
            "The value of an intervention for one person does not depend on what others get.",
            f"Each further intervention in one overlap group counts {overlap_discount:g} of the one before.",
        ),
        words=_words(problem, solved, laid.pots, curve, dropped.num_rows),
    )


def _check(
    table: pa.Table,
    budget: float | Mapping[Key, float],
    period_budget: Mapping[Key, float] | None,
    seats: Mapping[Key, int] | None,
    hours: float | None,
    floor: float | None,
    discount: float,
) -> None:
    amounts = list(budget.values()) if isinstance(budget, Mapping) else [budget]
    if any(math.isnan(a) or a < 0 for a in (*amounts, *(period_budget or {}).values())):
        raise ParameterError("A budget must be zero or more.")
    if isinstance(budget, Mapping):
        if "unit" not in table.column_names:
            raise ParameterError("A budget per unit needs the column 'unit' in the candidates.")
        missing = sorted({str(u) for u in pc.unique(table["unit"]).to_pylist() if u not in budget})
        if missing:
            raise ParameterError(f"The unit '{missing[0]}' has candidates but no budget.")
    if period_budget and "period" not in table.column_names:
        raise ParameterError("A budget per period needs the column 'period' in the candidates.")
    if any(places < 0 for places in (seats or {}).values()):
        raise ParameterError("The seats of a session must be zero or more.")
    if hours is not None and not hours >= 0:
        raise ParameterError("The hours per person must be zero or more.")
    if floor is not None and not 0 <= floor <= 1:
        raise ParameterError("The fairness floor is a share between 0 and 1.")
    if not 0 <= discount <= 1:
        raise ParameterError("The overlap discount lies between 0 and 1.")


def _check_names(
    table: pa.Table,
    budget: float | Mapping[Key, float],
    period_budget: Mapping[Key, float],
    seats: Mapping[Key, int],
    prerequisites: Mapping[Key, Sequence[Key]],
    held: Collection[tuple[Key, Key]],
) -> None:
    """Refuse names the candidates do not have: a misspelt limit would otherwise not hold, and nobody would know."""
    if not table.num_rows:
        return

    def known(column: str) -> set[Key]:
        return set(pc.unique(table[column]).to_pylist()) if column in table.column_names else set()

    items = known("intervention")
    required = {other for others in prerequisites.values() for other in others}
    unknown = {
        "unit": set(budget) - known("unit") if isinstance(budget, Mapping) else set(),
        "period": set(period_budget) - known("period"),
        "session": set(seats) - known("session"),
        "intervention": (set(prerequisites) - items) | (required - items - {item for _, item in held}),
    }
    named = [f"{kind} '{name}'" for kind, names in unknown.items() for name in sorted(names, key=str)]
    if named:
        raise ParameterError(f"The limits name what is not among the candidates: {', '.join(named)}.")


@dataclass(frozen=True)
class _Laid:
    """The problem, the row of the table behind each of its candidates, and the names of its codes."""

    problem: Problem
    rows: Ints
    people: pa.Array
    items: pa.Array
    pots: list[Key]


def _coded(column: pa.ChunkedArray) -> tuple[Shorts, pa.Array]:
    """Codes in the order of the keys (-1 for none) and the keys, so that the order of rows changes nothing."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    rank[-1] = -1
    indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return rank[indices], encoded.dictionary.take(order)


def _column(table: pa.Table, name: str, otherwise: int) -> tuple[Shorts, pa.Array]:
    if name in table.column_names and table.num_rows:
        return _coded(table[name])
    return np.full(table.num_rows, otherwise, dtype=np.int32), pa.array([ALL])


def _laid_out(
    table: pa.Table,
    budget: float | Mapping[Key, float],
    period_budget: Mapping[Key, float],
    seats: Mapping[Key, int],
    hours: float | None,
    discount: float,
) -> _Laid:
    person, people = _column(table, "person", 0)
    item, items = _column(table, "intervention", 0)
    slot, periods = _column(table, "period", 0)
    unit, units = _column(table, "unit", 0)
    group, _ = _column(table, "overlap", -1)
    total = len(people) if table.num_rows else 0
    key = (person.astype(np.int64) * len(items) + item) * len(periods) + slot
    order: Ints = np.argsort(key, kind="stable").astype(np.int64)
    twice = np.flatnonzero(np.diff(key[order]) == 0)
    if len(twice):
        row = table.slice(int(order[twice[0]]), 1).to_pylist()[0]
        raise FrameError(
            f"The candidates frame has two rows for person {row['person']}, intervention {row['intervention']}."
        )
    if isinstance(budget, Mapping):
        pot, pots = unit[order], units.to_pylist()
        budgets = [float(budget[name]) for name in pots] if table.num_rows else []
    else:
        pot, pots, budgets = np.zeros(table.num_rows, dtype=np.int32), [ALL], [float(budget)]
    named = [name for name in periods.to_pylist() if name in period_budget]
    place = np.array([len(budgets) + named.index(n) if n in named else -1 for n in periods.to_pylist()], dtype=np.int32)
    session = np.full(table.num_rows, -1, dtype=np.int32)
    if "session" in table.column_names and seats and table.num_rows:
        codes, names = _coded(table["session"])
        known = {name: i for i, name in enumerate(seats)}
        session = np.array([*(known.get(n, -1) for n in names.to_pylist()), -1], dtype=np.int32)[codes]
    start = np.searchsorted(person[order], np.arange(total + 1))
    problem = Problem(
        start=start.astype(np.int64),
        value=np.asarray(table["value"].to_numpy(), dtype=np.float64)[order],
        cost=np.asarray(table["cost"].to_numpy(), dtype=np.float64)[order],
        hours=np.asarray(table["hours"].to_numpy(), dtype=np.float64)[order],
        pot=pot,
        second=place[slot[order]],
        session=session[order],
        item=item[order],
        slot=slot[order],
        group=group[order],
        forced=np.zeros(table.num_rows, dtype=np.bool_),
        need_start=np.zeros(table.num_rows + 1, dtype=np.int64),
        need=np.zeros(0, dtype=np.int32),
        unit=unit[order][start[:-1]],
        hours_limit=np.full(total, ENDLESS if hours is None else float(hours)),
        budgets=np.array(budgets + [float(period_budget[n]) for n in named]),
        seats=np.array([float(s) for s in seats.values()]),
        floor=np.zeros(len(units)),
        discount=float(discount),
    )
    return _Laid(problem, order, people, items, pots)


def _with_needs(laid: _Laid, prerequisites: Mapping[Key, Sequence[Key]], held: Collection[tuple[Key, Key]]) -> Problem:
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


def _with_duties(laid: _Laid, duties: frozenset[tuple[Key, Key]]) -> tuple[Problem, Ints]:
    """Mark the duties, and leave out what can never be chosen, which makes the bound tighter."""
    problem = laid.problem
    forced = np.zeros(len(problem.value), dtype=np.bool_)
    if duties:
        people = {name: i for i, name in enumerate(laid.people.to_pylist())}
        items = {name: i for i, name in enumerate(laid.items.to_pylist())}
        for who, what in sorted(duties, key=str):
            p, code = people.get(who, -1), items.get(what, -1)
            rows = slice(problem.start[p], problem.start[p + 1]) if p >= 0 else slice(0, 0)
            hit = problem.item[rows] == code
            if not hit.any():
                raise ParameterError(f"The duty '{what}' of '{who}' is not among the candidates.")
            forced[rows] |= hit
    problem = replace(problem, forced=forced)
    possible = problem.hours <= problem.hours_limit[problem.person] + 1e-9
    possible &= problem.cost <= problem.budgets[problem.pot] * (1 + 1e-12) + 1e-9
    possible |= forced
    if duties:
        _check_duties(problem, laid)
    return (problem, laid.rows) if possible.all() else (kept(problem, possible), laid.rows[possible])


def _check_duties(problem: Problem, laid: _Laid) -> None:
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
        reason = "the seats" if full else "the budget" if (problem.cost[mine] > left[problem.pot[mine]]).any() else ""
        why = f"exceed {reason or 'the budget or the seats'}"
    else:
        why = "exceed the hours per person, or require what this person neither holds nor can be given"
    who = laid.people[p].as_py()
    raise NotEstimableError(
        f"The duties alone, with their prerequisites, {why}: no room for {', '.join(names)} of '{who}'"
        f"{f' and the duties of {len(stuck) - 1} more people' if len(stuck) > 1 else ''}."
    )


def _why_none(problem: Problem) -> str:
    if problem.floor.any():
        return "No plan meets the fairness floor within the budget, seats and hours given."
    return "No plan with all duties was found within the budget, seats and hours given."


def _solved(problem: Problem, method: Method, begin: Prices | None = None) -> Solved:
    solved = solve_by_prices(problem, begin)
    is_open = solved.chosen is None or solved.bound - solved.value > 1e-9 * (1 + abs(solved.bound))
    if method == "decomposition" or not (method == "exact" or (len(problem.value) <= SMALL and is_open)):
        return solved
    chosen, bound = solve_exactly(problem)
    bound = min(bound, solved.bound)
    if chosen is None or not _kept(problem, chosen):
        return replace(solved, bound=bound)
    value = float(bundle_values(problem, chosen)[0].sum())
    if solved.chosen is not None and solved.value >= value:
        return replace(solved, bound=bound)
    return Solved(chosen, value, bound, solved.prices)


def _kept(problem: Problem, chosen: Flags) -> bool:
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


def _plan(table: pa.Table, rows: Ints, problem: Problem, chosen: Flags) -> pa.Table:
    at = np.flatnonzero(chosen)
    picked = table.take(pa.array(rows[at]))
    added = bundle_values(problem, chosen)[1][at]
    columns = {name: picked[name] for name in ("person", "intervention", "cost", "hours")}
    columns["value"] = pa.chunked_array([pa.array(added)])
    names = ["person", "intervention", "value", "cost", "hours"]
    if "period" in table.column_names:
        columns["period"] = picked["period"]
        names.append("period")
    return pa.table({name: columns[name] for name in names})


def _words(problem: Problem, solved: Solved, pots: list[Key], curve: pa.Table, dropped: int) -> tuple[str, ...]:
    """What the next money of each budget buys at the margin, and what a cut costs."""
    out = []
    for pot, price, amount in zip(pots, solved.prices.money, problem.budgets, strict=False):
        if not math.isfinite(amount):
            continue
        step = _next_amount(float(amount))
        if price > 0:
            out.append(f"The next {step:,.0f} in budget '{pot}' buy about {price * step:,.3g} of weighted gap closure.")
        else:
            out.append(f"More money in budget '{pot}' buys nothing: something else is short.")
    cut = [row for row in curve.to_pylist() if row["share"] == 0.9]
    if cut and solved.value > 0:
        loss = max(0.0, 1 - cut[0]["value"] / solved.value)
        out.append(f"With 10 % less money {dropped} actions drop and {loss:.1%} of the closure is lost.")
    return tuple(out)


def _next_amount(budget: float) -> float:
    """About a twentieth of a budget, as 1, 2 or 5 times a power of ten; 1 for a budget of nothing."""
    aim = budget / 20
    if aim <= 0:
        return 1.0
    ten = 10.0 ** math.floor(math.log10(aim))
    return max(step * ten for step in (1, 2, 5) if step * ten <= aim)


def _no_frontier() -> pa.Table:
    return pa.table({name: pa.array([], pa.float64()) for name in ("share", "budget", "value", "bound")})


def _frontier(problem: Problem, solved: Solved, method: Method) -> tuple[pa.Table, Flags | None]:
    finite = np.isfinite(problem.budgets)
    if not finite.any():
        return _no_frontier(), None
    duty = used(problem, duties_alone(problem)[0]).money
    rows: list[tuple[float, float, float, float]] = []
    less: Flags | None = None
    for share in FRONTIER:
        budgets = problem.budgets * share
        if share == 1.0:
            answer = solved
        elif (budgets < duty - 1e-9).any():
            continue
        else:
            answer = _solved(
                replace(problem, budgets=budgets), "decomposition" if method == "auto" else method, solved.prices
            )
        if answer.chosen is None:
            continue
        if share == 0.9:
            less = answer.chosen
        rows.append((share, float(budgets[finite].sum()), answer.value, max(answer.bound, answer.value)))
    names = ("share", "budget", "value", "bound")
    return pa.table({name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}), less
