"""Refusals of limits, in one sentence each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.assignment.contracts import Fairness, Key, Limits, Method
from upwell.engine.errors import ParameterError


def check(table: pa.Table, limits: Limits, method: Method) -> None:
    """Refuse limits out of range, of columns that are absent, or for names no candidate has.

    Raises:
        ParameterError: one sentence.
    """
    _check_range(limits)
    if method not in get_args(Method):
        raise ParameterError(f"The method is one of {', '.join(get_args(Method))}; '{method}' is none of them.")
    if limits.floor_of not in get_args(Fairness):
        raise ParameterError("The fairness floor is a share of 'people' or of 'need'.")
    _check_columns(table, limits)
    if table.num_rows:
        _check_names(table, limits)


def _check_range(limits: Limits) -> None:
    amounts = [
        *(limits.budget.values() if isinstance(limits.budget, Mapping) else [limits.budget]),
        *limits.unit_budget.values(),
        *limits.period_budget.values(),
        *limits.cell_budget.values(),
    ]
    if any(math.isnan(a) or a < 0 for a in amounts):
        raise ParameterError("A budget must be zero or more.")
    if any(places < 0 for places in limits.seats.values()):
        raise ParameterError("The seats of a session must be zero or more.")
    hours = limits.hours.values() if isinstance(limits.hours, Mapping) else [limits.hours or 0.0]
    if any(not most >= 0 for most in hours):
        raise ParameterError("The hours per person must be zero or more.")
    if not 0 <= limits.floor <= 1:
        raise ParameterError("The fairness floor is a share between 0 and 1.")
    if not 0 <= limits.discount <= 1:
        raise ParameterError("The overlap discount lies between 0 and 1.")


def _check_columns(table: pa.Table, limits: Limits) -> None:
    if isinstance(limits.budget, Mapping) and limits.unit_budget:
        raise ParameterError("The budgets per unit are given twice, as 'budget' and as 'unit_budget'.")
    asked = (
        ("A budget per unit", "unit", bool(limits.per_unit) or isinstance(limits.budget, Mapping)),
        ("A budget per period", "period", bool(limits.period_budget)),
        ("A budget per unit and period", "unit", bool(limits.cell_budget)),
        ("A budget per unit and period", "period", bool(limits.cell_budget)),
        ("The seats of sessions", "session", bool(limits.seats)),
    )
    for what, column, is_asked in asked:
        if is_asked and column not in table.column_names:
            verb = "need" if what.startswith("The seats") else "needs"
            raise ParameterError(f"{what} {verb} the column '{column}' in the candidates.")
    if isinstance(limits.budget, Mapping):
        units = pc.unique(table["unit"]).to_pylist()
        missing = sorted({str(unit) for unit in units if unit not in limits.budget})
        if missing:
            raise ParameterError(f"The unit '{missing[0]}' has candidates but no budget.")
    if isinstance(limits.hours, Mapping):
        hours = limits.hours
        without = sorted({str(who) for who in pc.unique(table["person"]).to_pylist() if who not in hours})
        if without:
            more = f", and so have {len(without) - 1} more" if len(without) > 1 else ""
            raise ParameterError(f"The person '{without[0]}' has candidates but no hours{more}.")
    if limits.floor and "unit" in table.column_names:
        _check_one_unit_each(table)


def _check_one_unit_each(table: pa.Table) -> None:
    """A floor counts each person in one unit; somebody in two would have to be counted by guess."""
    units = table.group_by("person").aggregate([("unit", "count_distinct")])
    torn = units.filter(pc.greater(units["unit_count_distinct"], 1))
    if torn.num_rows:
        who = sorted(torn["person"].to_pylist(), key=str)[0]
        raise ParameterError(f"The person '{who}' is in more than one unit, so a fairness floor cannot count them.")


def _check_names(table: pa.Table, limits: Limits) -> None:
    """Refuse names the candidates do not have: a misspelt limit would otherwise not hold, and nobody would know."""

    def known(column: str) -> set[Key]:
        return set(pc.unique(table[column]).to_pylist()) if column in table.column_names else set()

    items, units, periods = known("intervention"), known("unit"), known("period")
    required = {other for others in limits.prerequisites.values() for other in others}
    cells = list(limits.cell_budget)
    unknown = {
        "unit": (set(limits.per_unit) | {unit for unit, _ in cells}) - units,
        "period": (set(limits.period_budget) | {period for _, period in cells}) - periods,
        "session": set(limits.seats) - known("session"),
        "intervention": (set(limits.prerequisites) - items) | (required - items - {item for _, item in limits.held}),
    }
    named = [f"{kind} '{name}'" for kind, names in unknown.items() for name in sorted(names, key=str)]
    if named:
        more = f" and {len(named) - 10} more" if len(named) > 10 else ""
        raise ParameterError(f"The limits name what is not among the candidates: {', '.join(named[:10])}{more}.")
