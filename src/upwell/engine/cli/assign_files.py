"""`upwell assign`: candidates and limits from files, the plan with its bound, and the frontier as a chart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION, assignment
from upwell.engine.assignment import ALL, AssignmentResult, Fairness, Key
from upwell.engine.cli import answers, assign_limits, charts, reading
from upwell.engine.cli.outputs import Finished
from upwell.engine.errors import ParameterError
from upwell.engine.frames import accept

MOST_LINES: Final = 6
"""Sentences printed on what more money buys; all of them are in the JSON."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: the candidates, and a number or a file for every limit."""

    path: Path
    budget: float | None = None
    budgets: tuple[Path, ...] = ()
    seats: Path | None = None
    prerequisites: Path | None = None
    held: Path | None = None
    duties: Path | None = None
    hours: float | None = None
    person_hours: Path | None = None
    floor: float | None = None
    floor_of: Fairness = "people"
    discount: float = 0.5
    how: reading.Reading = field(default_factory=reading.Reading)


def run(asked: Request) -> Finished:
    """The plan for a candidates file.

    Raises:
        FrameError, ParameterError, NotEstimableError: one sentence for the person who supplied the files.
    """
    if asked.budget is None and not asked.budgets:
        raise ParameterError(
            "Say what may be spent: --budget MONEY, or --budgets FILE with amounts per unit or period."
        )
    if asked.hours is not None and asked.person_hours is not None:
        raise ParameterError("--hours and --person-hours both say how many hours there are; give one of them.")
    candidates, is_numbered = _numbered(
        accept(reading.load(asked.path, assignment.CANDIDATES, asked.how), assignment.CANDIDATES)
    )
    most = asked.how.most_gb
    money = assign_limits.money(asked.budgets, asked.budget, candidates, most_gb=most, is_numbered=is_numbered)
    hours: Any = asked.hours if asked.person_hours is None else assign_limits.hours(asked.person_hours, most)
    result = assignment.solve(
        candidates,
        **money,
        seats=assign_limits.seats(asked.seats, most),
        hours_per_person=hours,
        prerequisites=assign_limits.prerequisites(asked.prerequisites, most),
        held=assign_limits.pairs(asked.held, assign_limits.HELD, most),
        duties=assign_limits.pairs(asked.duties, assign_limits.DUTIES, most),
        fairness_floor=asked.floor,
        fairness_of=asked.floor_of,
        overlap_discount=asked.discount,
    )
    tables = {"plan": result.plan, "frontier": result.frontier, "dropped": result.dropped, "limits": _table(result)}
    return Finished(
        _answer(asked, candidates, result), tables, _chart(candidates, result), _lines(candidates, result),
        chart_name="frontier",
    )  # fmt: skip


def _numbered(candidates: pa.Table) -> tuple[pa.Table, bool]:
    """Periods that are all whole numbers as numbers, so that 2 comes before 10."""
    if "period" not in candidates.column_names or pa.types.is_integer(candidates["period"].type):
        return candidates, "period" in candidates.column_names
    names = pc.unique(candidates["period"])
    if not len(names) or not pc.all(pc.match_substring_regex(names, r"^-?\d{1,18}$")).as_py():
        return candidates, False
    at = candidates.schema.get_field_index("period")
    return candidates.set_column(at, "period", candidates["period"].cast(pa.int64())), True


def _table(result: AssignmentResult) -> pa.Table:
    return result.limits if result.limits is not None else pa.table({})


def _answer(asked: Request, candidates: pa.Table, result: AssignmentResult) -> Mapping[str, Any]:
    files = ("seats", "prerequisites", "held", "duties", "person_hours")
    return {
        "value": result.value,
        "bound": result.bound,
        "gap": result.gap,
        "spent": result.spent,
        "shadow_price": dict(result.shadow_price),
        "frontier": result.frontier,
        "limits": answers.rows(_table(result)),
        "plan": answers.rows(result.plan),
        "dropped": answers.rows(result.dropped),
        "words": result.words,
        "assumptions": result.assumptions,
        "run": {
            "engine": VERSION,
            "budget": asked.budget,
            "budgets": [path.name for path in asked.budgets],
            "hours": asked.hours,
            "fairness_floor": asked.floor,
            "fairness_of": asked.floor_of,
            "overlap_discount": asked.discount,
            **{name: None if (path := getattr(asked, name)) is None else path.name for name in files},
            "input": {"rows": candidates.num_rows},
        },
    }


def _now(curve: pa.Table) -> dict[str, float] | None:
    """The row of the frontier at the budget that was given."""
    return next((row for row in curve.to_pylist() if row["share"] == 1.0), None)


def _lines(candidates: pa.Table, result: AssignmentResult) -> tuple[str, ...]:
    now = _now(result.frontier)
    of = f" of {now['budget']:,.2f}" if now is not None and now["budget"] > 0 else ""
    lines = [f"{result.plan.num_rows:,} of {candidates.num_rows:,} candidates for {result.spent:,.2f}{of}."]
    if result.bound <= 0:
        lines.append("No candidate of any value fits within the limits.")
    else:
        lines.append(
            f"Value {result.value:,.4g}; no plan can be worth more than {result.bound:,.4g} ({result.gap:.3%} apart)."
        )
    shown = [*result.words[:MOST_LINES], *result.words[-1:]] if len(result.words) > MOST_LINES else result.words
    return (*lines, *shown)


def _chart(candidates: pa.Table, result: AssignmentResult) -> str | None:
    """Value by budget with the bound, and what the next money buys; none where no budget is a limit."""
    curve, now = result.frontier, _now(result.frontier)
    if now is None or not now["budget"] > 0:
        return None
    title = (
        f"{result.spent:,.0f} of {now['budget']:,.0f} buys {result.plan.num_rows:,} of {candidates.num_rows:,} "
        "candidates. The line touches the frontier: what the next money buys. Grey: what no plan can exceed."
    )
    prices: Mapping[Key, float] = result.shadow_price
    slope = prices[ALL] if set(prices) == {ALL} and math.isfinite(prices[ALL]) else None
    budgets, values = curve["budget"].to_pylist(), curve["value"].to_pylist()
    return charts.frontier(budgets, values, now["budget"], title, bounds=curve["bound"].to_pylist(), slope=slope)
