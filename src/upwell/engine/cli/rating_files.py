"""`upwell levels`: a ratings file in; levels or logits, severities, agreement and the fit out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION, levels
from upwell.engine.cli import answers, charts, reading
from upwell.engine.cli.manifest import file_digest
from upwell.engine.cli.outputs import Finished
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Column, Contract
from upwell.engine.scales import LatentScale

MODELS: Final = ("ep", "mfrm")
DEFAULT_SOURCE: Final = "assessor"
SOLE: Final = "all"
LEARNED: Final = "learned"
LARGEST_GUESSED: Final = 10
FEWEST_RATED: Final = 5
MOST_DRAWN: Final = 30
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
    categories: tuple[int, int] | None = None
    cuts: tuple[float, ...] | str | None = None
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
    rated = _with_defaults(table, asked, notes)
    rated, scale = _on_scale(rated, asked, notes)
    as_of = asked.as_of or pc.max(rated["rated_on"]).as_py()
    parameters = levels.LevelParameters(learn_cuts=("common",)) if asked.cuts == LEARNED else None
    result = levels.estimate(rated, as_of=as_of, scale=scale, parameters=parameters)
    raters = result.raters.add_column(3, "se", result.raters["sd"])
    fit = {"model": "ep", "metric": "level", "deviance": None} | dict(result.fit)
    if as_of == NO_DAY:
        fit |= {"half_life": None, "words": [w for w in fit["words"] if "half of its information" not in w]}
    agreed = levels.agreement(table, seed=asked.seed).estimates
    estimates = result.estimates if as_of != NO_DAY else _without_days(result.estimates)
    tables = {"levels": estimates, "raters": raters}
    answer = _answer(asked, table, tables, agreed, fit, notes, dict(result.diagnostics))
    answer["run"]["as_of"] = str(as_of) if as_of != NO_DAY else None
    provisional = int(pc.sum(result.estimates["provisional"]).as_py() or 0)
    when = "" if as_of == NO_DAY else f" as of {as_of}"
    lines = (
        f"{result.estimates.num_rows:,} levels of {answer['run']['input']['persons']:,} persons{when}; "
        f"{provisional:,} are provisional (fewer than two raters, and no test).",
        *_spoken(raters, "levels"),
        *_agreed(agreed),
    )
    return Finished(answer, tables | {"agreement": agreed}, _chart(raters, "levels"), (*lines, *notes))


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
    odd = pc.invert(pc.equal(values, pc.floor(values)))
    if pc.any(odd).as_py():
        row = int(pc.index(odd, True).as_py())
        raise FrameError(
            f"The column 'category' is {values[row].as_py()} in row {row + 1}; categories are whole numbers."
        )
    if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values)).as_py():
        raise FrameError("The column 'category' holds an infinite number; categories are whole numbers.")
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


def _on_scale(table: pa.Table, asked: Request, notes: list[str]) -> tuple[pa.Table, LatentScale | None]:
    """Categories counted from 1, and their cut points where they are not the five levels."""
    span = pc.min_max(table["category"]).as_py()
    given = asked.cuts if isinstance(asked.cuts, tuple) else None
    if asked.categories is None and given is not None and span["min"] >= 1 and span["max"] <= len(given) + 1:
        return table, LatentScale("published cuts", given)
    if asked.categories is None and "scale" not in table.column_names and _is_plain_range(table["category"], span):
        seen = f"from {span['min']} to {span['max']}"
        notes.append(f"The categories run {seen}; that was taken for the whole scale (--categories).")
        asked = replace(asked, categories=(span["min"], span["max"]))
    if asked.categories is None:
        if "scale" not in table.column_names and not (span["min"] >= 1 and span["max"] <= 5):
            raise FrameError(
                f"The categories run from {span['min']} to {span['max']}, not 1 to 5; say --categories "
                f"{span['min']}-{span['max']}, or use --model mfrm, which takes any."
            )
        return table, None
    low, high = asked.categories
    if span["min"] < low or span["max"] > high:
        raise FrameError(f"The categories run from {span['min']} to {span['max']}, outside {low} to {high}.")
    if given is not None and len(given) != high - low:
        raise ParameterError(f"The categories {low} to {high} need {high - low} cuts, not {len(given)}.")
    if given is None:
        notes.append(f"The categories {low} to {high} were laid evenly over the levels 1 to 5.")
    at = table.schema.get_field_index("category")
    moved = pc.subtract(table["category"], low - 1)
    name = f"{low} to {high}"
    scale = LatentScale.even(name, high - low + 1) if given is None else LatentScale(name, given)
    return table.set_column(at, "category", moved), scale


def _is_plain_range(values: pa.ChunkedArray, span: dict[str, int]) -> bool:
    """Whether categories other than 1 to 5 start at 0 or 1, end by 10, and are all in use."""
    low, high = span["min"], span["max"]
    if (low >= 1 and high <= 5) or low not in (0, 1) or high > LARGEST_GUESSED or high == low:
        return False
    return int(pc.count_distinct(values).as_py()) == high - low + 1


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


def categories_of(text: str) -> tuple[int, int]:
    """`0-3` as a pair.

    Raises:
        ParameterError: not two whole numbers, the first below the second.
    """
    low, _, high = text.partition("-")
    if not (low.isdigit() and high.isdigit() and int(low) < int(high) <= int(low) + 50):
        raise ParameterError(f"'{text}' is no range of categories; write --categories 0-3.")
    return int(low), int(high)


def cuts_of(text: str | None) -> tuple[float, ...] | str | None:
    """Published cut points divided by commas, or `learned`.

    Raises:
        ParameterError: neither.
    """
    if text is None or text == LEARNED:
        return text
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"'{text}' is no list of cuts; write --cuts 1.5,2.5,3.5,4.5 or --cuts learned.") from None
