"""From a frame of results to a wide matrix, with every defect named in one sentence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.errors import FrameError, NotEstimableError
from upwell.engine.frames import Column, Contract, accept
from upwell.engine.numerics.impact_moments import Floats, Ints

CONTRACT = Contract(
    "panel",
    (
        Column("unit", "key"),
        Column("period", "month", "month"),
        Column("outcome", "real"),
        Column("first_treated", "month", "month", nullable=True),
        Column("cluster", "key", required=False),
        Column("stratum", "key", required=False),
        Column("assigned_by", "key", nullable=True, required=False),
    ),
)
"""One row per unit and period; ``first_treated`` is empty for units never treated."""


@dataclass(frozen=True, slots=True)
class Panel:
    """N units x T periods. ``cohort`` is the index of the first treated period, T for never within the panel."""

    periods: tuple[int, ...]
    outcome: Floats
    cohort: Ints
    stratum: Ints
    cluster: Ints | None
    strata: tuple[str, ...]
    treated_later: int
    assigners: int | None


def read(frame: object) -> Panel:
    """Check and pivot a panel; unsorted and unbalanced input is fine.

    Dates count as months (the day is ignored). Units whose first treatment lies after the last period count as
    untreated.

    Raises:
        FrameError: missing column, wrong type, empty or non-finite result, repeated unit and period, a unit with two
            different first treatments, a negative one.
        NotEstimableError: one period only, a constant outcome, or no untreated unit at any time.
    """
    table = accept(_months_as_integers(frame), CONTRACT)
    if not table.num_rows:
        raise NotEstimableError("The panel has no rows.")
    unit, keys = _codes(table.column("unit"))
    month = _months(table.column("period"))
    labels, when = np.unique(month, return_inverse=True)
    _check_types(table)
    outcome = _pivot(table, unit, when, len(keys), len(labels), keys)
    first = _first_treated(table, unit, len(keys), keys, labels)
    cohort = np.searchsorted(labels, first).astype(np.int64)
    stratum, strata = _constant(table, "stratum", unit, len(keys), keys)
    cluster, _ = _constant(table, "cluster", unit, len(keys), keys)
    if len(labels) < 2:
        raise NotEstimableError("The panel has one period only; an effect needs results before and after.")
    if np.nanmax(outcome) == np.nanmin(outcome):
        raise NotEstimableError("The outcome is the same in every row, so nothing can be learned from it.")
    assigners = None
    if "assigned_by" in table.column_names:
        assigners = int(pc.count_distinct(table.column("assigned_by")).as_py())
    later = int(((first > labels[-1]) & (first < _NEVER)).sum())
    return Panel(
        tuple(int(v) for v in labels),
        outcome,
        cohort,
        np.zeros(len(keys), dtype=np.int64) if stratum is None else stratum,
        cluster,
        strata,
        later,
        assigners,
    )


_NEVER = np.iinfo(np.int64).max


def _months_as_integers(frame: object) -> object:
    """Let whole-numbered float columns pass as months: readers make them so where cells are blank."""
    try:
        table = frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError):
        return frame
    for name in ("period", "first_treated"):
        for index in table.schema.get_all_field_indices(name):
            values = table.column(index)
            if pa.types.is_floating(values.type):
                blank = pc.or_kleene(pc.is_nan(values), pc.equal(values, float("inf")))
                values = pc.if_else(blank, pa.scalar(None, values.type), values)
                if not pc.all(pc.equal(values, pc.floor(values))).as_py() and values.null_count < len(values):
                    raise FrameError(f"The column '{name}' of the panel frame holds a fraction of a month.")
                table = table.set_column(index, name, values.cast(pa.int64()))
            elif pa.types.is_null(values.type) or values.null_count == len(values):
                kind = table.schema.field("period").type if "period" in table.schema.names else pa.int64()
                table = table.set_column(index, name, pa.nulls(len(values), kind))
    return table


def _check_types(table: pa.Table) -> None:
    kinds = {pa.types.is_date(table.schema.field(n).type) for n in ("period", "first_treated")}
    if len(kinds) > 1:
        raise FrameError("The panel frame gives 'period' and 'first_treated' in different forms (date, number).")


def _months(values: pa.ChunkedArray) -> Ints:
    if pa.types.is_date(values.type):
        years = pc.multiply(pc.year(values), 12)
        values = pc.subtract(pc.add(years, pc.month(values)), 1)
    return np.asarray(values.to_numpy(), dtype=np.int64)


def _codes(values: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """Codes that follow the sorted keys, so that row order leaves no trace."""
    encoded = values.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[encoded.indices.to_numpy(zero_copy_only=False)], encoded.dictionary.take(pa.array(order))


def _pivot(table: pa.Table, unit: Ints, when: Ints, n: int, width: int, keys: pa.Array) -> Floats:
    cell = unit * width + when
    counts = np.bincount(cell, minlength=n * width)
    if counts.max() > 1:
        worst = int(np.argmax(counts > 1))
        raise FrameError(
            f"The panel frame has {counts[worst]} rows for unit {keys[worst // width].as_py()} in one period; "
            "only one is allowed."
        )
    wide = np.full(n * width, np.nan)
    wide[cell] = table.column("outcome").to_numpy()
    return wide.reshape(n, width)


def _first_treated(table: pa.Table, unit: Ints, n: int, keys: pa.Array, labels: Ints) -> Ints:
    column = table.column("first_treated")
    known = np.asarray(pc.is_valid(column).to_numpy(), dtype=bool)
    starts = np.full(len(unit), _NEVER, dtype=np.int64)
    if known.any():
        starts[known] = _months(column.drop_null())
    if (starts < 0).any():
        raise FrameError("The column 'first_treated' of the panel frame is negative; leave it empty for never.")
    if labels[0] > 0 and (starts == 0).any():
        raise FrameError("The column 'first_treated' of the panel frame is 0; leave it empty for never treated.")
    first = np.empty(n, dtype=np.int64)
    first[unit] = starts
    _check_constant(first[unit] == starts, unit, keys, "first_treated")
    return first


def _constant(table: pa.Table, name: str, unit: Ints, n: int, keys: pa.Array) -> tuple[Ints | None, tuple[str, ...]]:
    if name not in table.column_names:
        return None, ()
    codes, names = _codes(table.column(name))
    own = np.empty(n, dtype=np.int64)
    own[unit] = codes
    _check_constant(own[unit] == codes, unit, keys, name)
    return own, tuple(str(v) for v in names.to_pylist())


def _check_constant(same: Any, unit: Ints, keys: pa.Array, name: str) -> None:
    if not same.all():
        key = keys[int(unit[int(np.argmin(same))])].as_py()
        raise FrameError(f"The panel frame has more than one '{name}' for unit {key}; a unit has one.")
