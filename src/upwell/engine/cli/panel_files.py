"""`upwell impact`: a panel file in; every estimator, the bracket and the verdict out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION, impact
from upwell.engine.cli import answers, calendar, charts, panel_beside, panel_returns, reading
from upwell.engine.cli.manifest import file_digest
from upwell.engine.cli.outputs import Finished
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Column, Contract
from upwell.engine.impact.wording import SPACINGS

ESTIMATORS: Final = (
    "cs_simple",
    "cs_dynamic",
    "cs_group",
    "cs_calendar",
    "cs_event",
    "bjs",
    "bjs_event",
    "sun_abraham",
    "twfe",
    "bacon",
    "efficient_simple",
    "efficient_cohort",
    "efficient_calendar",
    "sequential_trial",
    "detrended",
)
"""Names in the JSON: a public contract. Further ones may follow them."""
NUMBERS: Final = ("estimate", "se", "lo95", "hi95")


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed; `options` go to `impact.evaluate` as they are."""

    path: Path
    options: Mapping[str, Any]
    treated: str | None = None
    drop_missing: bool = False
    synthetic: bool = False
    how: reading.Reading = field(default_factory=reading.Reading)
    took: str | None = None
    others: Path | None = None
    worth: panel_returns.Worth = field(default_factory=panel_returns.Worth)


def contract_of(*, flags: bool = False, takes: bool = False) -> Contract:
    """Columns of a panel file; with `flags`, `treated` (0 or 1) in place of `first_treated`; `takes` adds `took`."""
    treated = Column("treated", "real") if flags else Column("first_treated", "month", nullable=True)
    return Contract(
        "panel",
        (
            Column("unit", "key"),
            Column("period", "month"),
            Column("outcome", "real"),
            treated,
            Column("cluster", "key", required=False),
            Column("stratum", "key", required=False),
            Column("assigned_by", "key", nullable=True, required=False),
            Column("weight", "real", low=0.0, required=False),
            *((Column("took", "real"),) if takes else ()),
        ),
    )


def run(asked: Request) -> Finished:
    """Read, evaluate and put into words.

    Raises:
        FrameError, ParameterError, NotEstimableError: one sentence for the person who supplied the file.
    """
    names = dict(asked.how.names)
    if asked.treated is not None:
        names["treated"] = asked.treated
    if asked.took is not None:
        names["took"] = asked.took
    how = reading.Reading(names, asked.how.most_gb, keeps_integers=True)
    contract = contract_of(flags=asked.treated is not None, takes=asked.took is not None)
    raw = _flagged(reading.load(asked.path, contract, how))
    notes: list[str] = []
    table = _complete(raw, asked.drop_missing, notes)
    if asked.treated is not None:
        raw = calendar.from_flags(raw)
        table = raw.filter(pc.is_valid(raw["outcome"]))
    panel, periods = calendar.lay_out(table)
    notes += periods.notes
    spacing = periods.step if periods.step in SPACINGS else "period"
    result = impact.evaluate(panel, **asked.options, spacing=spacing)
    notes += result.diagnostics.get("notes", [])
    weighted = _weighted(panel) if "weight" in panel.column_names else None
    single = _synthetic(panel, asked, "sdid") if asked.synthetic else None
    answer = _answer(result, asked, notes, periods, panel)
    lines = _lines(result, periods, notes)
    if weighted is not None:
        answer["estimators"]["twfe_weighted"] = answers.plain(_numbers(weighted.effect))
        lines = (
            *lines,
            f"Weighted two-way fixed effects: {weighted.effect.estimate:.5g}, se {weighted.effect.se:.4g}.",
        )
    tables = {"estimates": result.estimates, "event_study": result.event_study}
    if single is not None:
        kept = {"placebo_p": single.placebo_p, "placebos": single.placebos, "words": single.words}
        shown = {"units": single.units, "periods": single.periods, "course": single.course}
        beside = {method: _numbers(_synthetic(panel, asked, method).effect) for method in ("sc", "did")}
        answer["synthetic_did"] = answers.plain({**(_numbers(single.effect) or {}), **kept, **shown, "beside": beside})
        tables |= {f"synthetic_{name}": table for name, table in shown.items()}
        lines = (*lines, f"Synthetic difference in differences: {single.words}")
    for name, found in _beside(asked, raw, panel).items():
        answer[name] = answers.plain(found)
        tables[name] = found.estimates
        plainly = "Without the results from before: " if name.endswith(panel_beside.UNADJUSTED) else ""
        lines = (*lines, plainly + found.words)
    money = panel_returns.of(result, asked.worth, asked.options["seed"])
    if money is not None:
        answer["return"] = answers.plain(money)
        lines = (*lines, panel_returns.words(money))
    return Finished(answer, tables, _chart(result, periods.step), lines)


def _flagged(table: pa.Table) -> pa.Table:
    """Columns of 0 and 1 that Parquet holds as false and true, as numbers."""
    for name in ("treated", "took"):
        at = table.schema.get_field_index(name)
        if at >= 0 and pa.types.is_boolean(table.schema.field(at).type):
            table = table.set_column(at, name, table[name].cast(pa.float64()))
    return table


def _synthetic(panel: pa.Table, asked: Request, method: Any) -> impact.SyntheticResult:
    """One team or region against weighted others: `sdid`, and beside it synthetic control and plain differences."""
    return impact.synthetic_did(panel, seed=asked.options["seed"], method=method)


def _beside(asked: Request, raw: pa.Table, panel: pa.Table) -> dict[str, Any]:
    """Offer, attrition and other programmes, as far as they apply, by the name of their key."""
    found: dict[str, Any] = {}
    smallest = asked.options["min_group"]
    if asked.options["mechanism"] == "lottery":
        found = panel_beside.of_offer(panel_beside.offers(raw), takes=asked.took is not None, min_group=smallest)
    elif asked.took is not None:
        raise ParameterError("--took compares those offered with the others, which needs --mechanism lottery.")
    if asked.others is not None:
        most = asked.how.most_gb
        found["concurrent"] = panel_beside.others(asked.others, raw, panel, most, smallest)
    return {name: one for name, one in found.items() if one is not None}


def _weighted(panel: pa.Table) -> impact.TwoWayResult:
    """The usual regression with the file's weights; the other estimators take every unit as one."""
    if panel["weight"].null_count:
        row = int(pc.index(pc.is_null(panel["weight"]), True).as_py()) + 1
        raise FrameError(f"The column 'weight' is empty in row {row}.")
    return impact.two_way(panel)


def _complete(table: pa.Table, drop: bool, notes: list[str]) -> pa.Table:
    """Rows with a result; others are refused, or left out where that was asked for."""
    values = table["outcome"]
    if pa.types.is_floating(values.type):
        endless = pc.fill_null(pc.is_inf(values), False)
        if pc.any(endless).as_py():
            row = int(pc.index(endless, True).as_py()) + 1
            raise FrameError(f"The column 'outcome' is infinite in row {row}; mend or leave out the row.")
    if not values.null_count:
        return table
    row = int(pc.index(pc.is_null(values), True).as_py()) + 1
    if not drop:
        more = f" and {values.null_count - 1} more" if values.null_count > 1 else ""
        raise FrameError(
            f"The column 'outcome' is empty or NaN in row {row}{more}; pass --drop-missing to leave such rows out."
        )
    notes.append(f"{values.null_count:,} rows without a result were left out.")
    kept = table.filter(pc.is_valid(values))
    if not kept.num_rows:
        raise FrameError("The column 'outcome' is empty in every row.")
    return kept


def _answer(
    result: impact.EffectResult,
    asked: Request,
    notes: list[str],
    periods: calendar.Calendar,
    panel: pa.Table,
) -> dict[str, Any]:
    names = (*ESTIMATORS, *(n for n in result.estimators if n not in ESTIMATORS))
    found = {name: _numbers(result.estimators.get(name)) for name in names}
    reasons = {n: result.reasons.get(n, "It does not apply to this panel.") for n in names if found[n] is None}
    bracket = None if result.bracket is None else {"lo": result.bracket.lo, "hi": result.bracket.hi}
    answer: dict[str, Any] = {
        "estimators": found,
        "bracket": bracket or {"lo": None, "hi": None},
        "event_study": result.event_study,
        "pretrend": result.pretrend,
        "sensitivity": result.sensitivity,
        "mde": result.mde,
        "verdict": {"code": result.verdict.code, "words": result.verdict.words},
        "reasons": reasons,
        "parts": {name: one.parts for name, one in result.estimators.items() if one is not None and one.parts},
        "headline": _numbers(result.headline),
        "q_value": result.q_value,
        "assumptions": result.assumptions,
        "diagnostics": result.diagnostics,
        "run": {
            "engine": VERSION,
            **asked.options,
            "input": {
                "rows": panel.num_rows,
                "units": pc.count_distinct(panel["unit"]).as_py(),
                "period": {
                    "step": periods.step,
                    "first": periods.first,
                    "last": periods.last,
                    "count": periods.periods,
                },
                "sha256": file_digest(asked.path),
            },
            "notes": notes,
        },
    }
    plain: dict[str, Any] = answers.plain(answer)
    return plain


def _numbers(one: impact.Estimate | None) -> dict[str, float] | None:
    if one is None or not np.isfinite(one.estimate):
        return None
    return {name: getattr(one, name) for name in (*NUMBERS, "p_value")}


def _lines(result: impact.EffectResult, periods: calendar.Calendar, notes: list[str]) -> tuple[str, ...]:
    counts = result.diagnostics
    rows = [
        f"  {name:<20} {one.estimate:>12.5g}  se {one.se:.4g}  95 % {one.lo95:.5g} to {one.hi95:.5g}"
        for name, one in result.estimators.items()
        if one is not None
    ]
    bracket = result.bracket
    always = counts["always_treated"]
    apart = f"{always:,} more treated from the first period on and left out; " if always else ""
    return (
        f"Verdict {result.verdict.code}: {result.verdict.words}",
        f"{counts['treated']:,} treated, {counts['controls']:,} to compare with; {apart}{counts['periods']} periods "
        f"({periods.step}: {periods.first} to {periods.last}).",
        *((f"Bracket: {bracket.lo:.5g} to {bracket.hi:.5g}.",) if bracket else ()),
        *rows,
        *(f"  {', '.join(names)}: {why}" for why, names in _left_out(result).items() if rows),
        *notes,
    )


def _left_out(result: impact.EffectResult) -> dict[str, list[str]]:
    """Names of the estimators of the contract that are missing, by reason."""
    found: dict[str, list[str]] = {}
    for name in ESTIMATORS:
        if result.estimators[name] is None:
            found.setdefault(result.reasons.get(name, "it does not apply to this panel"), []).append(name)
    return found


def _chart(result: impact.EffectResult, step: str) -> str | None:
    rows = [
        row
        for row in result.event_study.sort_by("relative_period").to_pylist()
        if all(row[k] is not None and np.isfinite(row[k]) for k in ("estimate", "lo", "hi"))
    ]
    if not rows:
        return None
    columns = [[row[name] for row in rows] for name in ("relative_period", "estimate", "lo", "hi")]
    plural = f"{step}s" if step.isalpha() else f"x {step}"
    return charts.events(columns[0], columns[1], columns[2], columns[3], result.verdict.words, plural)
