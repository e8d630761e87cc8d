"""Frame contracts: what a step expects (column, type, unit, range, nulls) and one way to check it.

``accept`` takes anything that offers the Arrow stream protocol (polars, pandas, DuckDB, pyarrow, Spark) and
returns a ``pyarrow.Table`` with exactly the contract's columns in the contract's types. ``digest`` names a
table's content; ``Result`` is the shape of every answer of the engine.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError

Kind = Literal["key", "text", "integer", "real", "date", "month", "boolean"]
"""``key`` is an identifier (integer or text, kept as it is); ``month`` is a date or a month number."""


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that can hand over its rows as an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, the unit of its values, its closed range and whether it may be missing."""

    name: str
    kind: Kind
    unit: str = ""
    low: float | None = None
    high: float | None = None
    nullable: bool = False
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A named set of columns; ``unique`` lists columns whose combination may occur once only."""

    name: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """Every answer of the engine: rows, how the calculation went, and what had to be assumed."""

    estimates: pa.Table
    diagnostics: Mapping[str, Any]
    assumptions: tuple[str, ...]


def accept(frame: object, contract: Contract) -> pa.Table:
    """Check ``frame`` against ``contract`` and return it as a table with the contract's columns, cast.

    Columns the contract does not name are dropped; optional columns that are absent stay absent.

    Raises:
        FrameError: one sentence naming the frame, the column and, where there is one, the first bad row
            (counted from 1).
    """
    table = _table(frame, contract.name)
    names: list[str] = []
    columns: list[pa.ChunkedArray] = []
    for column in contract.columns:
        found = table.schema.get_all_field_indices(column.name)
        if len(found) > 1:
            raise FrameError(f"The {contract.name} frame has the column '{column.name}' {len(found)} times.")
        if not found:
            if column.required:
                raise FrameError(f"The {contract.name} frame has no column '{column.name}'.")
            continue
        names.append(column.name)
        columns.append(_checked(table.column(found[0]), column, contract.name))
    accepted = pa.table(columns, names=names)
    if contract.unique:
        _check_unique(accepted, contract)
    return accepted


def same_kind(one: tuple[pa.Table, str, str], other: tuple[pa.Table, str, str]) -> None:
    """Check that two key columns (accepted table, frame's name, column) are both text or both whole numbers.

    Keys of different kinds would silently match nothing. Columns that hold nothing fit everything.

    Raises:
        FrameError: one sentence naming both columns and frames.
    """
    (left, a_frame, a), (right, b_frame, b) = one, other
    if any(table.column(name).null_count == table.num_rows for table, name in ((left, a), (right, b))):
        return
    kinds = ["a whole number" if pa.types.is_integer(t.column(n).type) else "text" for t, n in ((left, a), (right, b))]
    if kinds[0] != kinds[1]:
        raise FrameError(
            f"The column '{a}' of the {a_frame} frame is {kinds[0]}, but '{b}' of the {b_frame} frame is {kinds[1]}; "
            "give both the same type."
        )


def table_of(columns: Mapping[str, Sequence[Any] | np.ndarray | pa.Array], schema: pa.Schema) -> pa.Table:
    """Build a table with exactly this schema from one sequence or array per column."""
    return pa.table({f.name: pa.array(columns[f.name], type=f.type) for f in schema}, schema=schema)


def coded(values: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """Whole numbers in place of keys: the code of every row, and the distinct keys in ascending order.

    ``keys[code]`` is the row's key; no key may be missing. Integers that lie close together are not hashed.
    """
    if pa.types.is_integer(values.type) and len(values):
        numbers = _numbers(values)
        low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min()) + 1
        if span <= 4 * len(numbers) + _CLOSE:
            offset = numbers - low if low else numbers
            present = np.zeros(span, dtype=bool)
            present[offset] = True
            keys = pa.array(np.flatnonzero(present) + low, pa.int64()).cast(values.type)
            return (offset if len(keys) == span else (np.cumsum(present) - 1)[offset]), keys
    encoded = values.combine_chunks().dictionary_encode()
    keys, codes = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if len(keys) < 2 or pc.all(pc.less(keys.slice(0, len(keys) - 1), keys.slice(1))).as_py():
        return codes, keys
    order = pc.array_sort_indices(keys)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return rank[codes], keys.take(order)


def codes_in(values: pa.ChunkedArray, keys: pa.Array) -> NDArray[np.int64]:
    """The position of every row's key in the ascending ``keys``, -1 for a key that is not there or is missing."""
    if not len(keys):
        return np.full(len(values), -1, dtype=np.int64)
    if pa.types.is_integer(values.type) and pa.types.is_integer(keys.type) and not values.null_count:
        numbers, known = _numbers(values), keys.to_numpy().astype(np.int64)
        low, span = int(known[0]), int(known[-1]) - int(known[0]) + 1
        if span <= 4 * (len(numbers) + len(known)) + _CLOSE:
            offset = numbers - low if low else numbers
            inside = (offset >= 0) & (offset < span)
            place: NDArray[np.int64] = offset
            if len(known) < span:
                table = np.full(span, -1, dtype=np.int64)
                table[known - low] = np.arange(len(known))
                place = table[np.where(inside, offset, 0)]
            return place if bool(inside.all()) else np.where(inside, place, -1)
    found = pc.index_in(values, value_set=keys.cast(values.type), skip_nulls=True)
    codes: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return codes


_CLOSE: Final = 1 << 16


def _numbers(values: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(values.to_numpy(), dtype=np.int64)


def digest(table: pa.Table) -> str:
    """SHA-256 of a table's content, the same for any order of rows or columns and any chunking.

    Integers of any width, and text stored plainly or as a dictionary, count as equal content.
    """
    names = sorted(table.column_names)
    plain = pa.table([_canonical(table.column(n), n) for n in names], names=names)
    if names and plain.num_rows:
        plain = plain.take(pc.sort_indices(plain, sort_keys=[(n, "ascending") for n in names]))
    hasher = hashlib.sha256(f"{plain.num_rows}".encode())
    for name in names:
        hasher.update(f"\x1f{name}\x1f{plain.schema.field(name).type}\x1f".encode())
        _feed(hasher, plain.column(name).combine_chunks())
    return hasher.hexdigest()


def _table(frame: object, name: str) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if not isinstance(frame, ArrowStream):
        raise FrameError(
            f"The {name} frame does not offer the Arrow stream protocol ({type(frame).__name__})."
        )
    return pa.table(frame)


def _checked(values: pa.ChunkedArray, column: Column, frame: str) -> pa.ChunkedArray:
    where = f"column '{column.name}' of the {frame} frame"
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if values.null_count and not column.nullable:
        raise FrameError(f"The {where} is empty in row {_first(pc.is_null(values))}.")
    cast = _cast(values, column, where)
    if column.kind in ("integer", "real") or (column.kind == "month" and pa.types.is_integer(cast.type)):
        _check_range(cast, column, where)
    if column.choices:
        bad = pc.invert(pc.is_in(cast, value_set=pa.array(column.choices, cast.type), skip_nulls=True))
        bad = pc.and_(bad, pc.is_valid(cast))
        if pc.any(bad).as_py():
            row = _first(bad)
            raise FrameError(
                f"The {where} holds '{cast[row - 1].as_py()}' in row {row}; "
                f"allowed: {', '.join(column.choices)}."
            )
    return cast


def _cast(values: pa.ChunkedArray, column: Column, where: str) -> pa.ChunkedArray:
    target = _target(values.type, column.kind)
    if target is None:
        raise FrameError(f"The {where} is of type {values.type}; expected {_spoken(column)}.")
    try:
        return values.cast(target)
    except pa.ArrowInvalid as reason:
        raise FrameError(f"The {where} cannot be read as {_spoken(column)}: {reason}.") from reason


def _target(given: pa.DataType, kind: Kind) -> pa.DataType | None:
    is_text = pa.types.is_string(given) or pa.types.is_large_string(given) or given == pa.string_view()
    is_number = pa.types.is_integer(given) or pa.types.is_floating(given) or pa.types.is_decimal(given)
    if pa.types.is_null(given):
        empty = {"integer": pa.int64(), "real": pa.float64(), "boolean": pa.bool_(), "date": pa.date32()}
        return empty.get(kind, pa.string())
    if kind == "text":
        return pa.string() if is_text else None
    if kind == "key":
        return pa.string() if is_text else (pa.int64() if pa.types.is_integer(given) else None)
    if kind == "integer":
        return pa.int64() if is_number else None
    if kind == "real":
        return pa.float64() if is_number else None
    if kind == "boolean":
        return pa.bool_() if pa.types.is_boolean(given) else None
    if pa.types.is_date(given) or pa.types.is_timestamp(given):
        return pa.date32()
    return pa.int64() if kind == "month" and pa.types.is_integer(given) else None


def _spoken(column: Column) -> str:
    words = {
        "key": "an identifier (integer or text)",
        "text": "text",
        "integer": "a whole number",
        "real": "a number",
        "date": "a date",
        "month": "a date or a month number",
        "boolean": "true or false",
    }[column.kind]
    return f"{words} ({column.unit})" if column.unit else words


def _check_range(values: pa.ChunkedArray, column: Column, where: str) -> None:
    if pa.types.is_floating(values.type) and not _all_finite(values):
        broken = pc.fill_null(pc.invert(pc.is_finite(values)), False)
        if pc.any(broken).as_py():
            raise FrameError(f"The {where} is not a finite number in row {_first(broken)}.")
    if column.low is None and column.high is None:
        return
    ends = pc.min_max(values)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if low is None or ((column.low is None or low >= column.low) and (column.high is None or high <= column.high)):
        return
    for bound, test, words in ((column.low, pc.less, "below"), (column.high, pc.greater, "above")):
        if bound is None:
            continue
        bad = pc.fill_null(test(values, bound), False)
        if pc.any(bad).as_py():
            row = _first(bad)
            raise FrameError(f"The {where} is {values[row - 1].as_py()} in row {row}, {words} {bound:g}.")


def _all_finite(values: pa.ChunkedArray) -> bool:
    """True where the sum is finite, since one number that is not would have spoilt it; False proves nothing."""
    total = pc.sum(values).as_py()
    return total is None or math.isfinite(total)


def _first(mask: pa.ChunkedArray) -> int:
    return int(pc.index(mask, True).as_py()) + 1


def _check_unique(table: pa.Table, contract: Contract) -> None:
    counted = (
        table.select(list(contract.unique)).group_by(list(contract.unique)).aggregate([([], "count_all")])
    )
    repeated = counted.filter(pc.greater(counted.column("count_all"), 1))
    if repeated.num_rows:
        row = repeated.slice(0, 1).to_pylist()[0]
        keys = ", ".join(f"{name} {row[name]}" for name in contract.unique)
        raise FrameError(
            f"The {contract.name} frame has {row['count_all']} rows for {keys}; only one is allowed."
        )


def _canonical(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    if pa.types.is_integer(kind):
        return values.cast(pa.int64())
    if pa.types.is_floating(kind):
        return pc.add(values.cast(pa.float64()), 0.0)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return values.cast(pa.large_string())
    if pa.types.is_boolean(kind):
        return values.cast(pa.int8()).cast(pa.int64())
    if pa.types.is_date(kind):
        return values.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    if pa.types.is_null(kind):
        return values.cast(pa.int64())
    raise FrameError(f"The column '{name}' is of type {kind}, for which no digest is defined.")


def _feed(hasher: "hashlib._Hash", values: pa.Array) -> None:
    valid = pc.is_valid(values).to_numpy(zero_copy_only=False)
    hasher.update(np.packbits(valid).tobytes())
    if pa.types.is_large_string(values.type):
        filled = pc.fill_null(values, "")
        hasher.update(pc.binary_length(filled).cast(pa.int64()).to_numpy(zero_copy_only=False).tobytes())
        hasher.update(_text(filled))
        return
    numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    if numbers.dtype.kind == "f":
        numbers = np.where(np.isnan(numbers), np.nan, numbers)
    hasher.update(np.ascontiguousarray(numbers).tobytes())


def _text(values: pa.Array) -> memoryview:
    """All texts of a large string array without nulls, one after another, as they lie in memory."""
    _, ends, content = values.buffers()
    if content is None or not len(values):
        return memoryview(b"")
    offsets = np.frombuffer(ends, dtype=np.int64)
    low, high = int(offsets[values.offset]), int(offsets[values.offset + len(values)])
    return memoryview(content)[low:high]
