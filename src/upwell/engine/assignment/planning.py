"""Who should do what under a budget: the plan, what it could at most be worth, and what more money would buy."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from upwell.engine.assignment import floors, pricing
from upwell.engine.assignment.checking import check
from upwell.engine.assignment.contracts import ALL, CANDIDATES, Fairness, Key, Limits, Method
from upwell.engine.assignment.duties import with_duties, with_needs
from upwell.engine.assignment.laying import ELSEWHERE, Laid, lay_out
from upwell.engine.errors import NotEstimableError
from upwell.engine.frames import accept
from upwell.engine.numerics.assignment_search import Solved
from upwell.engine.numerics.knapsack import Flags, Floats, Problem, bundle_values, used


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """A plan that keeps every limit, and how good it is.

    plan: person, intervention, value (what it adds), cost, hours [, period]. `bound` is the most any plan could be
    worth; `gap` is (bound - value) / bound. `shadow_price` is value per unit of money at the margin of each budget (key
    `all` for one budget, else the unit). frontier: share, budget, value, bound. dropped: rows of the plan that a plan
    with 10 % less would not have. limits: kind (budget, unit, period, unit and period, seats, floor), name, amount,
    used, price (value per unit of money, per seat, per person or value the floor asks for). `words` says what the next
    money buys and what a cut of 10 % costs.
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
    limits: pa.Table | None = None


def solve(
    candidates: object,
    *,
    budget: float | Mapping[Key, float],
    seats: Mapping[Key, int] | None = None,
    hours_per_person: float | Mapping[Key, float] | None = None,
    prerequisites: Mapping[Key, Sequence[Key]] | None = None,
    held: Collection[tuple[Key, Key]] = (),
    duties: Collection[tuple[Key, Key]] = (),
    fairness_floor: float | None = None,
    overlap_discount: float = 0.5,
    period_budget: Mapping[Key, float] | None = None,
    method: Method = "auto",
    frontier: bool = True,
    unit_budget: Mapping[Key, float] | None = None,
    cell_budget: Mapping[tuple[Key, Key], float] | None = None,
    fairness_of: Fairness = "people",
) -> AssignmentResult:
    """Choose rows of `candidates` (person, intervention, value, cost, hours [, unit, session, overlap, period]).

    With periods a row is one intervention in one period; a person gets an intervention at most once.

    Args:
        budget: one amount (`math.inf`: no limit), or one per unit (then `unit` is needed and every unit needs one).
        seats: places per session; a session that is not named has no limit.
        hours_per_person: most hours one person may be given (in each period); one number, or one for each person.
        prerequisites: interventions that must be taken with or before an intervention, or have been `held` already.
        duties: (person, intervention) pairs that must be in the plan.
        fairness_floor: least share, 0 to 1, that each unit gets of what `fairness_of` says.
        overlap_discount: the k-th intervention of one person in the same `overlap` group counts `discount ** k`.
        period_budget: most money in each period named, beside `budget`.
        unit_budget: most money in each unit named, beside one amount in `budget`.
        cell_budget: most money in each (unit, period) named, beside `budget`.
        fairness_of: `people`: the unit's listed people who get something; `need`: what its people would gain if money,
            seats and hours were no limit.

    Raises:
        FrameError: a candidate breaks the contract.
        ParameterError: a limit out of range, a duty that is no candidate, budgets of more than two kinds that can all
            bind, or a limit for a unit, period, session or intervention that no candidate names (a required
            intervention may also be one that somebody holds).
        NotEstimableError: duties or floor cannot be met within the limits.
    """
    table = accept(candidates, CANDIDATES)
    limits = Limits(
        budget, unit_budget or {}, period_budget or {}, cell_budget or {}, seats or {}, hours_per_person,
        prerequisites or {}, held, frozenset(duties), fairness_floor or 0.0, fairness_of, overlap_discount,
    )  # fmt: skip
    check(table, limits, method)
    laid = lay_out(table, limits)
    laid = replace(laid, problem=with_needs(laid, limits.prerequisites, limits.held))
    problem = with_duties(laid, limits.duties)
    solver: pricing.Solver = pricing.solved
    least = np.zeros(len(problem.floor))
    if limits.floor and limits.floor_of == "need":
        least = limits.floor * floors.needs(problem)
        solver = _with_least(least)
    elif limits.floor:
        members = np.bincount(problem.unit, minlength=len(problem.floor))
        problem = replace(problem, floor=np.ceil(limits.floor * members - 1e-9))
    solved = solver(problem, method, None)
    if solved.chosen is None:
        raise NotEstimableError(_why_none(problem, laid, least))
    curve = pricing.frontier(problem, solved, method, laid.first, solver) if frontier else None
    return _result(table, limits, laid, problem, solved if curve is None else curve.now, curve, least)


def _result(
    table: pa.Table,
    limits: Limits,
    laid: Laid,
    problem: Problem,
    solved: Solved,
    curve: pricing.Curve | None,
    least: Floats,
) -> AssignmentResult:
    chosen = np.zeros(len(problem.value), dtype=np.bool_) if solved.chosen is None else solved.chosen
    plan = _plan(table, laid, problem, chosen)
    dropped, drawn = plan.slice(0, 0), pricing.no_frontier()
    if curve is not None:
        drawn = curve.table
        dropped = dropped if curve.less is None else plan.filter(pa.array(~curve.less[np.flatnonzero(chosen)]))
    bound = max(solved.bound, solved.value)
    return AssignmentResult(
        plan=plan,
        value=solved.value,
        bound=bound,
        gap=(bound - solved.value) / bound if bound > 0 else 0.0,
        spent=float(problem.cost[chosen].sum()),
        shadow_price=_shadow_prices(laid, solved),
        frontier=drawn,
        dropped=dropped,
        diagnostics={"candidates": table.num_rows, "people": problem.people, "chosen": plan.num_rows},
        assumptions=(
            "The value of an intervention for one person does not depend on what others get.",
            f"Each further intervention in one overlap group counts {limits.discount:g} of the one before.",
        ),
        words=_words(problem, solved, laid, drawn, dropped.num_rows),
        limits=_limits(problem, solved, chosen, laid, least),
    )


def _with_least(least: Floats) -> pricing.Solver:
    return lambda problem, method, begin: floors.solved(problem, least, method, begin)


def _why_none(problem: Problem, laid: Laid, least: Floats) -> str:
    if least.any():
        found = floors.unreachable(problem, least)
        if found is None:
            return "No plan was found that meets the fairness floor within the budget, seats and hours given."
        which, most = found
        return (
            f"The fairness floor cannot be met: it asks for a value of {least[which]:,.4g} in unit "
            f"'{laid.units[which].as_py()}', whose people could gain at most {most:,.4g} within the limits."
        )
    if not problem.floor.any():
        return "No plan with all duties was found within the budget, seats and hours given."
    possible = pricing.fitting(problem)
    reached = pricing.reached(problem, possible)
    for unit in np.flatnonzero(reached < problem.floor):
        return (
            f"The fairness floor cannot be met: it asks for {problem.floor[unit]:.0f} people of unit "
            f"'{laid.units[int(unit)].as_py()}', and only {reached[unit]:.0f} have a candidate that fits."
        )
    return "No plan meets the fairness floor within the budget, seats and hours given."


def _plan(table: pa.Table, laid: Laid, problem: Problem, chosen: Flags) -> pa.Table:
    at = np.flatnonzero(chosen)
    picked = table.take(pa.array(laid.rows[at]))
    added = bundle_values(problem, chosen)[1][at]
    columns = {name: picked[name] for name in ("person", "intervention", "cost", "hours")}
    columns["value"] = pa.chunked_array([pa.array(added)])
    names = ["person", "intervention", "value", "cost", "hours"]
    if "period" in table.column_names:
        columns["period"] = picked["period"]
        names.append("period")
    return pa.table({name: columns[name] for name in names})


def _shadow_prices(laid: Laid, solved: Solved) -> dict[Key, float]:
    """Price of every budget for all or for one unit; those of periods are in the table of limits."""
    prices = {
        names[0]: float(price)
        for (kind, names), price in zip(laid.pots, solved.prices.money, strict=True)
        if kind in ("budget", "unit") and names != (ELSEWHERE,)
    }
    return prices or {ALL: 0.0}


def _limits(problem: Problem, solved: Solved, chosen: Flags, laid: Laid, least: Floats) -> pa.Table:
    """Every limit that is shared: what there is, what the plan uses, what one more would add."""
    use = used(problem, chosen)
    rows: list[tuple[str, str, float, float, float]] = []
    for (kind, names), amount, spent, price in zip(
        laid.pots, problem.budgets, use.money, solved.prices.money, strict=True
    ):
        if math.isfinite(amount):
            rows.append((kind, ", ".join(map(str, names)), amount, spent, price))
    rows += [
        ("seats", str(name), places, booked, price)
        for name, places, booked, price in zip(laid.sessions, problem.seats, use.seats, solved.prices.seat, strict=True)
    ]
    rows += [
        ("floor", str(laid.units[unit].as_py()), problem.floor[unit], use.served[unit], solved.prices.served[unit])
        for unit in np.flatnonzero(problem.floor > 0).tolist()
    ]
    got = floors.gained(problem, chosen) if least.any() else least
    rows += [
        ("floor", str(laid.units[unit].as_py()), least[unit], got[unit], solved.prices.served[unit])
        for unit in np.flatnonzero(least > 0).tolist()
    ]
    schema = {"kind": pa.string(), "name": pa.string(), **dict.fromkeys(("amount", "used", "price"), pa.float64())}
    return pa.table({name: pa.array([row[i] for row in rows], schema[name]) for i, name in enumerate(schema)})


def _words(problem: Problem, solved: Solved, laid: Laid, curve: pa.Table, dropped: int) -> tuple[str, ...]:
    """What the next money of each budget buys at the margin, and what a cut costs."""
    out = []
    possible = pricing.fitting(problem)
    for pot, (price, amount) in enumerate(zip(solved.prices.money, problem.budgets, strict=True)):
        if not math.isfinite(amount):
            continue
        name = f"budget '{', '.join(map(str, laid.pots[pot][1]))}'"
        mine = ((problem.pot == pot) | (problem.second == pot)) & (problem.cost > 0)
        step = _next_amount(float(amount))
        if price > 0:
            shown = f"{step:,.0f}" if step >= 1 else f"{step:g}"
            out.append(f"The next {shown} in {name} buy about {price * step:,.3g} of weighted gap closure.")
        elif (mine & (problem.cost > amount)).any() and not (mine & possible).any():
            least = float(problem.cost[mine & (problem.cost > amount)].min())
            out.append(f"Nothing that costs money fits in {name}; the cheapest candidate costs {least:,.2f}.")
        else:
            out.append(
                f"More money in {name} buys nothing: all of value that fits is bought, or something else is short."
            )
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
