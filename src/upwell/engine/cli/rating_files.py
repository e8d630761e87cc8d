"""`upwell levels`: a ratings file in; levels or logits, severities, agreement and the fit out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION, levels
from upwell.engine.cli import answers, charts, rating_scales, reading
from upwell.engine.cli.manifest import file_digest
from upwell.engine.cli.outputs import Finished
from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract

MODELS: Final = ("ep", "mfrm")
DEFAULT_SOURCE: Final = "assessor"
SOLE: Final = "all"
FEWEST_RATED: Final = 5
MOST_DRAWN: Final = 30
FARTHEST: Final = 1_000_000
"""Beyond this a category is a slip of the keyboard or another column."""
NO_DAY: Final = date(2000, 1, 1)
"""Stands for the day of every rating where the file has none; ages are then all nought."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed."""

    path: Path
    model: str = "ep"
    as_of: date | None = None
    facets: tuple[str, ...] = ()
    grid: str = "converged"
    steps: str = "common"
    categories: rating_scales.Ranges = field(default_factory=dict)
    cuts: rating_scales.Cuts = None
    source: str | None = None
    seed: int = 1
    how: reading.Reading = field(default_factory=reading.Reading)


def contract_of(facets: tuple[str, ...] = ()) -> Contract:
    """Columns of a ratings file; only person, rater and category must be there."""
    return Contract(
        "ratings",
        (
            Column("person", "key"),
            Column("capability", "key", required=False),
            Column("rater", "key"),
            Column("source", "text", required=False),
            Column("category", "integer", "category"),
            Column("rated_on", "date", required=False),
            Column("scale", "text", nullable=True, required=False),
            *(Column(name, "key") for name in facets),
        ),
    )


def run(asked: Request) -> Finished:
    """Read, estimate and put into words.

    Raises:
        FrameError, ParameterError, NotEstimableError: one sentence for the person who supplied the file.
    """
    table = reading.load(asked.path, contract_of(asked.facets), asked.how)
    table = _until(_whole(table), asked.as_of)
    return _classical(table, asked) if asked.model == "mfrm" else _propagated(table, asked)


def _classical(table: pa.Table, asked: Request) -> Finished:
    grid: Any = asked.grid if asked.grid == "converged" else int(asked.grid)
    steps: Any = asked.steps
    result = levels.mfrm(table, facets=asked.facets, grid=grid, steps=steps)
    fit = dict(result.fit) | {"facet_levels": result.facets.to_pylist(), "step_errors": result.steps.to_pylist()}
    notes = list(result.assumptions[3:])
    agreed = levels.agreement(table, seed=asked.seed).estimates
    tables = {"levels": result.estimates, "raters": result.raters, "facets": result.facets, "steps": result.steps}
    answer = _answer(asked, table, tables, agreed, fit, notes, dict(result.diagnostics))
    lines = (
        f"Many-facet Rasch model ({fit['formula']}): {answer['run']['input']['persons']:,} persons, "
        f"{result.raters.num_rows:,} raters; deviance {fit['deviance']:,.2f}, {fit['parameters']} parameters.",
        f"Persons: mean {fit['mean']:.3f}, variance {fit['variance']:.3f} logits; "
        f"EAP reliability {fit['eap_reliability']:.3f}.",
        *_spoken(result.raters, "logits"),
        *_agreed(agreed),
    )
    return Finished(answer, tables | {"agreement": agreed}, _chart(result.raters, "logits"), (*lines, *notes))


def _propagated(table: pa.Table, asked: Request) -> Finished:
    notes: list[str] = []
    dated = "rated_on" in table.column_names
    rated = _with_defaults(table, asked, notes)
    categories, cuts = asked.categories, asked.cuts
    if not categories and cuts is None and "scale" not in rated.column_names:
        categories, cuts = rating_scales.beside(asked.path, notes)
    scaled = rating_scales.on_scales(rated, categories, cuts, notes)
    as_of = asked.as_of or pc.max(rated["rated_on"]).as_py()
    learned = tuple(scaled.scales) if asked.cuts == rating_scales.LEARNED else ()
    parameters = levels.LevelParameters(learn_cuts=learned)
    result = levels.estimate(scaled.table, as_of=as_of, scales=scaled.scales, parameters=parameters)
    notes += _remarks(result)
    raters = result.raters.add_column(3, "se", result.raters["sd"])
    fit = {"model": "ep", "metric": "level", "deviance": None} | dict(result.fit)
    if not dated:
        fit |= {"half_life": None, "variances": fit["variances"] | {"drift_per_month": None}}
    agreed = levels.agreement(table, seed=asked.seed).estimates
    estimates = result.estimates if dated else _without_days(result.estimates)
    tables = {"levels": estimates, "raters": raters}
    answer = _answer(asked, table, tables, agreed, fit, notes, dict(result.diagnostics))
    answer["run"]["as_of"] = str(as_of) if dated else None
    answer["run"]["categories"] = {name: list(span) for name, span in scaled.ranges.items()}
    provisional = int(pc.sum(result.estimates["provisional"]).as_py() or 0)
    when = f" as of {as_of}" if dated else ""
    lines = (
        f"{result.estimates.num_rows:,} levels of {answer['run']['input']['persons']:,} persons{when}; "
        f"{provisional:,} are provisional (fewer than two raters, and no test).",
        *_spoken(raters, "levels"),
        *_agreed(agreed),
    )
    return Finished(answer, tables | {"agreement": agreed}, _chart(raters, "levels"), (*lines, *notes))


def _remarks(result: levels.LevelsResult) -> list[str]:
    found = list(result.diagnostics["notes"])
    if result.diagnostics["components"] > 1:
        found.append(result.diagnostics["connectedness"])
    repeats = result.diagnostics["exact_repeats"]
    if repeats:
        found.append(
            f"{repeats:,} rows repeat another row in every column that is read and were left out, as the same rating "
            "entered twice; where they are ratings of different things, name the column that tells them apart "
            "(--columns capability=...)."
        )
    return found


def _without_days(estimates: pa.Table) -> pa.Table:
    at = estimates.schema.get_field_index("last_rated_on")
    field = estimates.schema.field(at)
    return estimates.set_column(at, field, pa.nulls(estimates.num_rows, field.type))


def _until(table: pa.Table, as_of: date | None) -> pa.Table:
    """The ratings given up to a day; all of them where the file has no days."""
    if as_of is None or "rated_on" not in table.column_names:
        return table
    table = table.filter(pc.fill_null(pc.less_equal(table["rated_on"], pa.scalar(as_of)), False))
    if not table.num_rows:
        raise FrameError(f"There is no rating up to {as_of}.")
    return table


def _whole(table: pa.Table) -> pa.Table:
    """Categories as whole numbers; a blank or a fraction is named with its row."""
    values = table["category"]
    if values.null_count:
        row = int(pc.index(pc.is_null(values), True).as_py()) + 1
        raise FrameError(f"The column 'category' is empty in row {row}; leave out ratings that were not given.")
    absurd = pc.greater(pc.abs(values.cast(pa.float64(), safe=False)), FARTHEST)
    if pc.any(absurd).as_py():
        row = int(pc.index(absurd, True).as_py())
        raise FrameError(
            f"The column 'category' is {values[row].as_py():g} in row {row + 1}; "
            f"categories lie between -{FARTHEST:,} and {FARTHEST:,}."
        )
    odd = pc.invert(pc.equal(values, pc.floor(values)))
    if pc.any(odd).as_py():
        row = int(pc.index(odd, True).as_py())
        raise FrameError(
            f"The column 'category' is {values[row].as_py()} in row {row + 1}; categories are whole numbers. "
            "Write half points as wholes (1, 1.5, 2 as 2, 3, 4)."
        )
    at = table.schema.get_field_index("category")
    return table.set_column(at, "category", values.cast(pa.int64()))


def _with_defaults(table: pa.Table, asked: Request, notes: list[str]) -> pa.Table:
    rows = table.num_rows
    if "capability" not in table.column_names:
        table = table.append_column("capability", pa.array([SOLE] * rows, pa.string()))
    if asked.source is not None or "source" not in table.column_names:
        source = asked.source or DEFAULT_SOURCE
        if "source" in table.column_names:
            table = table.drop(["source"])
        else:
            notes.append(
                f"The file has no column 'source'; every rating was taken to come from the source {source} (--source)."
            )
        table = table.append_column("source", pa.array([source] * rows, pa.string()))
    else:
        low = pc.utf8_lower(pc.utf8_trim_whitespace(table["source"]))
        table = table.set_column(table.schema.get_field_index("source"), "source", low)
    if "rated_on" not in table.column_names:
        notes.append("The file has no column 'rated_on'; all ratings count as equally recent.")
        table = table.append_column("rated_on", pa.array([asked.as_of or NO_DAY] * rows, pa.date32()))
    return table


def _answer(
    asked: Request,
    table: pa.Table,
    tables: dict[str, pa.Table],
    agreed: pa.Table,
    fit: dict[str, Any],
    notes: list[str],
    diagnostics: dict[str, Any],
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "raters": answers.rows(tables["raters"]),
        "fit": fit,
        "agreement": {row["statistic"]: row for row in agreed.to_pylist()},
        "diagnostics": diagnostics,
        "run": {
            "engine": VERSION,
            "model": asked.model,
            "seed": asked.seed,
            "facets": list(asked.facets),
            "grid": asked.grid if asked.model == "mfrm" else None,
            "input": {
                "rows": table.num_rows,
                "persons": pc.count_distinct(table["person"]).as_py(),
                "raters": pc.count_distinct(table["rater"]).as_py(),
                "sha256": file_digest(asked.path),
            },
            "notes": notes,
        },
    }
    shown = answers.rows(tables["levels"])
    if shown is not None:
        answer["levels"] = shown
    else:
        notes.append(f"{tables['levels'].num_rows:,} levels are too many to print; name a place with --out.")
    return answer


def _speakable(raters: pa.Table) -> list[dict[str, Any]]:
    """Raters of at least five persons; nobody is named lenient or severe from fewer."""
    return [row for row in raters.to_pylist() if row["n_persons"] >= FEWEST_RATED]


def _spoken(raters: pa.Table, unit: str) -> tuple[str, ...]:
    order = _speakable(raters.sort_by("severity"))
    if len(order) < 2:
        return ()
    kind, harsh = order[0], order[-1]
    return (
        f"Most lenient rater: {kind['rater']} ({kind['severity']:+.2f} {unit}); "
        f"most severe: {harsh['rater']} ({harsh['severity']:+.2f}).",
    )


def _agreed(table: pa.Table) -> tuple[str, ...]:
    row = next(r for r in table.to_pylist() if r["statistic"] == "alpha_ordinal")
    if row["value"] is None:
        return (f"Agreement cannot be stated: {row['reason']}",)
    return (f"Agreement: Krippendorff's alpha (ordinal) {row['value']:.3f} ({row['lo95']:.3f} to {row['hi95']:.3f}).",)


def _chart(raters: pa.Table, unit: str) -> str | None:
    rows = [r for r in _speakable(raters) if all(np.isfinite(r[k]) for k in ("severity", "lo95", "hi95"))]
    if not rows:
        return None
    rows = sorted(sorted(rows, key=lambda r: -abs(r["severity"]))[:MOST_DRAWN], key=lambda r: -r["severity"])
    shown = [
        charts.Interval(str(r["rater"]), r["severity"], r["lo95"], r["hi95"], None, f"{r['severity']:+.2f}")
        for r in rows
    ]
    return charts.rows_on_one_scale(shown, f"Severity of {len(shown)} raters in {unit}, with 95 % intervals")
