"""Beside the verdict of `upwell impact`: what the offer did, who is missing, and what else people took."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import impact
from upwell.engine.cli import calendar, reading
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Column, Contract

OTHERS: Final = Contract(
    "other programmes", (Column("unit", "key"), Column("programme", "key"), Column("started", "month"))
)

UNADJUSTED: Final = "_unadjusted"
"""Ends the names of the same effects by results after the offer alone."""


def offers(raw: pa.Table) -> pa.Table | None:
    """One row per unit: offered or not, mean result after and before the date, taking part, stratum, cluster.

    None unless all offered units have one date inside the panel. ``raw`` holds the rows without a result too.
    """
    laid, _ = calendar.lay_out(raw)
    when = _numbers(laid["period"])
    starts = laid["first_treated"]
    known = np.asarray(pc.is_valid(starts))
    first = np.full(laid.num_rows, np.iinfo(np.int64).max)
    if known.any():
        first[known] = _numbers(starts.drop_null())
    offered = first <= when.max()
    dates = np.unique(first[offered])
    if len(dates) != 1:
        return None
    code = laid["unit"].combine_chunks().dictionary_encode()
    owner = code.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    people = len(code.dictionary)
    result = pc.fill_null(laid["outcome"].cast(pa.float64()), float("nan")).to_numpy()
    head = np.unique(owner, return_index=True)[1]
    columns: dict[str, Any] = {"assigned": offered[head].astype(np.int64)}
    for name, inside in (("outcome", when >= dates[0]), ("before", when < dates[0])):
        columns[name] = pa.array(_means(result, owner, inside, people), from_pandas=True)
    if "took" in laid.column_names:
        columns["took_part"] = _took(laid["took"], owner, people)
    for name in ("stratum", "cluster"):
        if name in laid.column_names:
            columns[name] = laid[name].take(pa.array(head))
    return pa.table(columns)


def of_offer(frame: pa.Table | None, *, takes: bool, min_group: int) -> dict[str, Any]:
    """Attrition where results are missing, and with ``took`` the effect of the offer and of taking part.

    Raises:
        ParameterError: taking part is given, but offers have several dates.
    """
    found: dict[str, Any] = {"attrition": None}
    if frame is None:
        if takes:
            raise ParameterError("--took needs one date of the offer, the same for all who were offered.")
        return found
    before = () if frame["before"].null_count or _is_level(frame["before"]) else ("before",)
    small = max(min_group, 2)
    if frame["outcome"].null_count:
        found["attrition"] = impact.attrition(frame, min_group=small)
    for ending, names in (("", before), (UNADJUSTED, ())):
        if takes and (before or not ending):
            found["itt" + ending] = impact.intention_to_treat(frame, baseline=names, min_group=small)
            found["tot" + ending] = impact.treatment_on_treated(frame, baseline=names, min_group=small)
    return found


def others(path: Path, raw: pa.Table, panel: pa.Table, most_gb: float, min_group: int) -> impact.Concurrent:
    """What else people took at the same time, from a file of ``unit``, ``programme``, ``started``.

    Raises:
        FrameError: the file breaks its contract, or gives time in another form than the panel.
    """
    given = reading.load(path, OTHERS, reading.Reading({}, most_gb, keeps_integers=True))
    started = _started(given["started"], raw, panel)
    same = given.set_column(given.schema.get_field_index("started"), "started", started)
    return impact.concurrent(_named(panel), _named(same), min_group=min_group)


def _started(values: pa.ChunkedArray, raw: pa.Table, panel: pa.Table) -> pa.ChunkedArray:
    """Starts in the panel's own count of time: read as if they were first treatments of it."""
    code = values.combine_chunks()
    code = code if pa.types.is_dictionary(code.type) else code.dictionary_encode()
    kinds = code.dictionary
    if len(kinds) > raw.num_rows:
        raise FrameError("The file of other programmes holds more different starts than the panel has rows.")
    padded = pa.concat_arrays([kinds, pa.nulls(raw.num_rows - len(kinds), kinds.type)])
    at = raw.schema.get_field_index("first_treated")
    laid, _ = calendar.lay_out(raw.set_column(at, "first_treated", pa.chunked_array([padded])))
    if laid["period"].type != panel["period"].type or not laid["period"].unique().equals(_periods(raw)):
        raise FrameError("The columns 'started' and 'period' give time in different forms; use one.")
    found = laid["first_treated"].combine_chunks()[: len(kinds)].take(code.indices)
    if found.null_count:
        row = int(pc.index(pc.is_null(found), True).as_py()) + 1
        raise FrameError(f"The column 'started' is empty in row {row} of the file of other programmes.")
    return pa.chunked_array([found])


def _periods(raw: pa.Table) -> pa.Array:
    return calendar.lay_out(raw)[0]["period"].unique()


def _named(table: pa.Table) -> pa.Table:
    """Units as text, so that two files agree."""
    at = table.schema.get_field_index("unit")
    return table.set_column(at, "unit", table["unit"].cast(pa.string()))


def _numbers(values: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.int64]]:
    if pa.types.is_date(values.type):
        values = values.cast(pa.date32()).cast(pa.int32())
    return np.asarray(values.to_numpy(), dtype=np.int64)


def _means(
    result: np.ndarray[Any, Any], owner: np.ndarray[Any, Any], inside: np.ndarray[Any, Any], people: int
) -> np.ndarray[Any, Any]:
    used = inside & ~np.isnan(result)
    heads = np.bincount(owner[used], minlength=people)
    sums = np.bincount(owner[used], weights=result[used], minlength=people)
    return np.asarray(np.divide(sums, heads, out=np.full(people, np.nan), where=heads > 0))


def _is_level(values: pa.ChunkedArray) -> bool:
    ends = pc.min_max(values)
    return bool(ends["min"].as_py() == ends["max"].as_py())


def _took(values: pa.ChunkedArray, owner: np.ndarray[Any, Any], people: int) -> np.ndarray[Any, Any]:
    if values.null_count or not pc.all(pc.is_in(values.cast(pa.float64()), value_set=pa.array([0.0, 1.0]))).as_py():
        raise FrameError("The column 'took' must be 0 or 1 in every row.")
    found = np.zeros(people, dtype=np.int64)
    np.maximum.at(found, owner, values.cast(pa.int64()).to_numpy())
    return found
