"""From a frame of results to a wide matrix, with every defect named in one sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError, NotEstimableError
from upwell.engine.frames import Column, Contract, accept, coded
from upwell.engine.numerics.impact_moments import Floats, Ints

LARGEST = 1e100
"""Results beyond this overflow when their squares are summed."""
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
    """N units x T periods. ``cohort`` is the index of the first treated period, T for never within the panel.

    ``position`` counts periods on the calendar in the panel's own step (months, years, ...), so that a missing period
    leaves a gap.
    """

    periods: tuple[int, ...]
    position: Ints
    outcome: Floats
    cohort: Ints
    stratum: Ints
    cluster: Ints | None
    strata: tuple[str, ...]
    treated_later: int
    zero_is_never: int
    assigners: int | None


def read(frame: object) -> Panel:
    """Check and pivot a panel; unsorted and unbalanced input is fine.

    Dates count as months (the day is ignored). Units whose first treatment lies after the last period count as
    untreated, as do those whose first treatment is 0 where the periods begin above 0.

    Raises:
        FrameError: missing column, wrong type, empty or non-finite result, repeated unit and period, a unit with two
            different first treatments, a negative one.
        NotEstimableError: one period only, a constant outcome, or no untreated unit at any time.
    """
    table = accept(_months_as_integers(frame), CONTRACT)
    if not table.num_rows:
        raise NotEstimableError("The panel has no rows.")
    _check_types(table)
    units, labels = _coder(table.column("unit")), _labels(table)
    outcome, first = _pivot(table, units, labels)
    zeros = 0
    if labels[0] > 0:
        zeros = int((first == 0).sum())
        first[first == 0] = NEVER
    stratum, strata = _constant(table, "stratum", units)
    cluster, _ = _constant(table, "cluster", units)
    if len(labels) < 2:
        raise NotEstimableError("The panel has one period only; an effect needs results before and after.")
    if max(abs(float(np.nanmax(outcome))), abs(float(np.nanmin(outcome)))) > LARGEST:
        raise FrameError(f"The outcome goes beyond {LARGEST:g} in size, too large to square; give it in a larger unit.")
    if np.nanmax(outcome) == np.nanmin(outcome):
        raise NotEstimableError("The outcome is the same in every row, so nothing can be learned from it.")
    assigners = None
    if "assigned_by" in table.column_names:
        assigners = int(pc.count_distinct(table.column("assigned_by")).as_py())
    return Panel(
        tuple(int(v) for v in labels),
        _positions(labels),
        outcome,
        np.searchsorted(labels, first).astype(np.int64),
        np.zeros(units.size, dtype=np.int64) if stratum is None else stratum,
        cluster,
        strata,
        int(((first > labels[-1]) & (first < NEVER)).sum()),
        zeros,
        assigners,
    )


NEVER = np.iinfo(np.int64).max
_UNSET = np.iinfo(np.int64).min
_BATCH = 1 << 18
_CLOSE = 1 << 16


@dataclass(frozen=True, slots=True)
class _Coder:
    """Codes of a column's keys in ascending order, worked out batch by batch.

    Integers that lie close together go through ``rank`` (from ``low`` on); other keys are coded once in ``whole``.
    """

    keys: pa.Array
    low: int
    rank: NDArray[np.int32] | None
    whole: Ints | None

    @property
    def size(self) -> int:
        return len(self.keys)

    def codes(self, values: pa.Array, start: int) -> Ints:
        if self.rank is not None:
            return np.asarray(self.rank[values.to_numpy() - self.low], dtype=np.int64)
        assert self.whole is not None
        return self.whole[start : start + len(values)]


def _coder(values: pa.ChunkedArray) -> _Coder:
    if pa.types.is_integer(values.type):
        ends = pc.min_max(values)
        low, span = ends["min"].as_py(), ends["max"].as_py() - ends["min"].as_py() + 1
        if span <= 4 * len(values) + _CLOSE:
            present = np.zeros(span, dtype=bool)
            for chunk in values.chunks:
                present[chunk.to_numpy() - low] = True
            rank = np.cumsum(present, dtype=np.int32) - np.int32(1)
            return _Coder(pa.array(np.flatnonzero(present) + low), low, rank, None)
    codes, keys = coded(values)
    return _Coder(keys, 0, None, codes)


def _batches(table: pa.Table) -> Iterator[tuple[int, pa.RecordBatch]]:
    start = 0
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield start, batch
        start += batch.num_rows


def _labels(table: pa.Table) -> Ints:
    """The periods in ascending order."""
    found = pc.unique(table.column("period"))
    return np.unique(_months(found))


def _positions(labels: Ints) -> Ints:
    """Periods counted in the panel's own step; whole numbers like 202311 are read as year and month."""
    months = labels
    if labels[0] >= 190001 and labels[-1] <= 219912 and np.isin(labels % 100, np.arange(1, 13)).all():
        months = labels // 100 * 12 + labels % 100
    steps = np.diff(months)
    return np.asarray((months - months[0]) // np.gcd.reduce(steps), dtype=np.int64)


def _pivot(table: pa.Table, units: _Coder, labels: Ints) -> tuple[Floats, Ints]:
    """Results (N x T, NaN where none) and each unit's first treated period."""
    chosen = table.select(["unit", "period", "outcome", "first_treated"])
    width = len(labels)
    wide = np.full(units.size * width, np.nan)
    first = np.full(units.size, _UNSET)
    for start, batch in _batches(chosen):
        unit = units.codes(batch.column(0), start)
        _assign(first, unit, _starts(batch.column(3)), units, "first_treated")
        cell = unit * width
        cell += _index(_months(batch.column(1)), labels)
        wide[cell] = batch.column(2).to_numpy()
    if int(np.count_nonzero(~np.isnan(wide))) < table.num_rows:
        raise FrameError(_repeated(chosen, units, labels))
    if (first < 0).any():
        raise FrameError("The column 'first_treated' of the panel frame is negative; leave it empty for never.")
    return wide.reshape(units.size, width), first


def _index(months: Ints, labels: Ints) -> Ints:
    if labels[-1] - labels[0] == len(labels) - 1:
        return np.asarray(months - labels[0], dtype=np.int64)
    return np.asarray(np.searchsorted(labels, months), dtype=np.int64)


def _starts(values: pa.Array) -> Ints:
    if not values.null_count:
        return _months(values)
    if pa.types.is_integer(values.type):
        return np.asarray(pc.fill_null(values, NEVER).to_numpy(), dtype=np.int64)
    starts = np.full(len(values), NEVER, dtype=np.int64)
    known = pc.is_valid(values).to_numpy(zero_copy_only=False)
    if known.any():
        starts[known] = _months(values.drop_null())
    return starts


def _repeated(table: pa.Table, units: _Coder, labels: Ints) -> str:
    counts = np.zeros(units.size * len(labels), dtype=np.int64)
    for start, batch in _batches(table):
        cell = units.codes(batch.column(0), start) * len(labels) + _index(_months(batch.column(1)), labels)
        counts += np.bincount(cell, minlength=len(counts))
    worst = int(np.argmax(counts > 1))
    return (
        f"The panel frame has {counts[worst]} rows for unit {units.keys[worst // len(labels)].as_py()} in one period; "
        "only one is allowed: average or sum them first."
    )


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


def _months(values: pa.Array | pa.ChunkedArray) -> Ints:
    if pa.types.is_date(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False).astype("M8[M]").astype(np.int64) + 1970 * 12)
    return np.asarray(values.to_numpy(), dtype=np.int64)


def _constant(table: pa.Table, name: str, units: _Coder) -> tuple[Ints | None, tuple[str, ...]]:
    if name not in table.column_names:
        return None, ()
    chosen = table.select(["unit", name])
    groups = _coder(chosen.column(1))
    own = np.full(units.size, _UNSET)
    for start, batch in _batches(chosen):
        unit = units.codes(batch.column(0), start)
        _assign(own, unit, groups.codes(batch.column(1), start), units, name)
    return own, tuple(str(v) for v in groups.keys.to_pylist())


def _assign(own: Ints, unit: Ints, values: Ints, units: _Coder, name: str) -> None:
    """Give every unit its one value; a second value is an error."""
    before = own[unit]
    same = before == values
    if not same.all():
        fresh = np.flatnonzero(before == _UNSET)
        own[unit[fresh]] = values[fresh]
        same[fresh] = own[unit[fresh]] == values[fresh]
        if same.all():
            return
        key = units.keys[int(unit[int(np.argmin(same))])].as_py()
        raise FrameError(f"The panel frame has more than one '{name}' for unit {key}; a unit has one.")
