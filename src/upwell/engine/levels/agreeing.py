"""How far raters agree, as a step: ratings in, Krippendorff's alpha and six intraclass correlations out."""

from dataclasses import astuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import NotEstimableError
from upwell.engine.frames import Column, Contract, Result, accept, table_of
from upwell.engine.numerics.agreement import (
    METRICS,
    Interval,
    alpha_interval,
    alpha_of_counts,
    incomplete_intervals,
    intraclass,
    intraclass_incomplete,
    intraclass_intervals,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
VIEWS = Contract(
    "ratings",
    (
        Column("person", "key"),
        Column("rater", "key", nullable=True),
        Column("category", "real", "category or score"),
        Column("capability", "key", required=False),
        Column("rated_on", "month", required=False),
    ),
)
AGREEMENT = pa.schema(
    [
        ("statistic", pa.string()),
        ("value", pa.float64()),
        ("lo95", pa.float64()),
        ("hi95", pa.float64()),
        ("interval", pa.string()),
        ("n_units", pa.int64()),
        ("n_raters", pa.int64()),
        ("n_ratings", pa.int64()),
        ("reason", pa.string()),
    ]
)
COEFFICIENTS = ("icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k")
MOST_VALUES = 60
DEAREST = 400_000
"""Ratings times raters up to which intervals of incomplete intraclass correlations are drawn, about ten seconds."""


def agreement(ratings: object, *, seed: int, draws: int = 1000) -> Result:
    """Alpha (nominal, ordinal, interval, ratio) and six intraclass correlations over person x capability.

    Args:
        ratings: frame with `person`, `rater`, `category` and, where there are, `capability` and `rated_on`. Where a
            rater rated the same twice, the later rating counts (of the same day, the higher). Rows without a rater
            (null) are left out: a test agrees with nobody.
        seed: of the draws behind the intervals that have no formula.
        draws: how many.

    Returns:
        `estimates`: statistic (`alpha_ordinal`, `icc1`, ...), value, lo95, hi95, how the interval came about (F or
        bootstrap over units), n_units and n_raters it rests on, reason where there is no value.

    Raises:
        FrameError: the ratings break their contract.

    Sources: Krippendorff 2004; Shrout and Fleiss 1979; Searle, Casella and McCulloch 1992. See
    `docs/methods/agreement.md`.
    """
    views = accept(ratings, VIEWS)
    unit, rater, value = _latest(views.filter(pc.is_valid(views["rater"])))
    rows = [_alpha(unit, rater, value, f"alpha_{metric}", seed, draws) for metric in METRICS]
    rows += _intraclass(unit, rater, value, seed, draws)
    columns = {name: [row.get(name) for row in rows] for name in AGREEMENT.names}
    counts = {"units": int(unit.max(initial=-1)) + 1, "raters": int(rater.max(initial=-1)) + 1, "ratings": len(value)}
    return Result(
        table_of(columns, AGREEMENT),
        counts,
        ("Ratings of different units are independent.", "Raters judged without knowing each other's ratings."),
    )


def _alpha(unit: Ints, rater: Ints, value: Floats, name: str, seed: int, draws: int) -> dict[str, object]:
    metric = next(m for m in METRICS if name.endswith(m))
    values, code = np.unique(value, return_inverse=True)
    row: dict[str, object] = {"statistic": name}
    if len(values) > MOST_VALUES:
        return row | {"reason": f"More than {MOST_VALUES} different values."}
    if metric == "ratio" and len(values) and values[0] < 0:
        return row | {"reason": "Ratios need values from zero up."}
    counts = np.zeros((int(unit.max(initial=-1)) + 1, len(values)))
    np.add.at(counts, (unit, code), 1.0)
    row |= _base(unit, rater, counts.sum(axis=1) >= 2)
    try:
        found = alpha_of_counts(values, counts, metric)
        interval = alpha_interval(values, counts, metric, seed=seed, draws=draws)
    except NotEstimableError as reason:
        return row | {"reason": str(reason)}
    return row | {"value": found, "lo95": interval.lo, "hi95": interval.hi, "interval": "bootstrap over units"}


def _intraclass(unit: Ints, rater: Ints, value: Floats, seed: int, draws: int) -> list[dict[str, object]]:
    n, r = int(unit.max(initial=-1)) + 1, int(rater.max(initial=-1)) + 1
    base = _base(unit, rater, np.ones(n, dtype=bool))
    how = "F" if len(value) == n * r else "bootstrap over units"
    wide = np.empty((n, r)) if how == "F" else np.empty((0, 0))
    if how == "F":
        wide[unit, rater] = value
    try:
        found = intraclass(wide) if how == "F" else intraclass_incomplete(unit, rater, value)
    except NotEstimableError as refusal:
        return [{"statistic": name, "reason": str(refusal)} | base for name in COEFFICIENTS]
    intervals: tuple[Interval, ...] | None = None
    reason = None
    try:
        if how == "F":
            intervals = intraclass_intervals(wide)
        elif len(value) * r <= DEAREST:
            intervals = incomplete_intervals(unit, rater, value, seed=seed, draws=min(draws, 300))
        else:
            reason = f"No interval where ratings times raters exceed {DEAREST:,}."
    except NotEstimableError as refusal:
        reason = str(refusal)
    rows = []
    for at, name in enumerate(COEFFICIENTS):
        row = base | {"statistic": name, "value": astuple(found)[at], "reason": reason}
        if intervals:
            row |= {"lo95": intervals[at].lo, "hi95": intervals[at].hi, "interval": how}
        rows.append(row)
    return rows


def _base(unit: Ints, rater: Ints, counted: NDArray[np.bool_]) -> dict[str, object]:
    rows = counted[unit]
    return {"n_units": int(counted.sum()), "n_raters": len(np.unique(rater[rows])), "n_ratings": int(rows.sum())}


def _latest(table: pa.Table) -> tuple[Ints, Ints, Floats]:
    """Unit, rater and value of the rating that counts."""
    unit = _codes(table["person"])
    if "capability" in table.column_names:
        other = _codes(table["capability"])
        _, unit = np.unique(unit * (int(other.max(initial=0)) + 1) + other, return_inverse=True)
    rater, value = _codes(table["rater"]), table["category"].to_numpy()
    when = _codes(table["rated_on"]) if "rated_on" in table.column_names else np.zeros(len(value), dtype=np.int64)
    order = np.lexsort((value, when, rater, unit))
    unit, rater, value = unit[order], rater[order], value[order]
    last = np.ones(len(value), dtype=bool)
    last[:-1] = (unit[1:] != unit[:-1]) | (rater[1:] != rater[:-1])
    return unit[last], rater[last], value[last]


def _codes(values: pa.ChunkedArray) -> Ints:
    encoded = values.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[encoded.indices.to_numpy(zero_copy_only=False)])
