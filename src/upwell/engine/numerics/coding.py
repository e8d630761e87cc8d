"""Keys to codes and rows to one fixed order, fast enough for tens of millions of rows."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger[Any]]
Number = TypeVar("Number", bound=np.generic)
_SPARE = 4
"""A table over all possible codes is used while it is at most this many times longer than the rows."""
_BLOCK = 1 << 20
"""Rows worked on at once: numpy copies every index it is given to eight bytes a row."""
_WIDTHS = (np.int8, np.int16, np.int32, np.int64)


def blocks(rows: int) -> Iterator[slice]:
    """All rows in order, as many at once as cost little memory."""
    return (slice(start, min(start + _BLOCK, rows)) for start in range(0, rows, _BLOCK))


def taken(values: NDArray[Number], codes: Codes) -> NDArray[Number]:
    """``values[codes]``, without a copy of the codes."""
    found = np.empty(len(codes), dtype=values.dtype)
    for rows in blocks(len(codes)):
        found[rows] = values[codes[rows]]
    return found


def counted(codes: Codes, size: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """How often each code of 0 to ``size - 1`` occurs, ``among`` the rows marked; codes below 0 do not count."""
    found = np.zeros(size, dtype=np.int64)
    for rows in blocks(len(codes)):
        part = codes[rows]
        kept = part >= 0 if among is None else (part >= 0) & among[rows]
        found += np.bincount(part[kept], minlength=size)
    return found


def narrowed(values: pa.ChunkedArray, low: int = 0) -> Codes:
    """Whole numbers less ``low`` in the narrowest type that holds them; no nulls."""
    ends = [int(each.as_py()) - low for each in pc.min_max(values).values()] if len(values) else [0, 0]
    found = np.empty(len(values), dtype=_width(*ends))
    at = 0
    for chunk in values.chunks:
        part = chunk.to_numpy()
        for rows in blocks(len(part)):
            found[at + rows.start : at + rows.stop] = np.subtract(part[rows], low, dtype=np.int64)
        at += len(part)
    return found


def _width(low: int, high: int) -> type[np.signedinteger[Any]]:
    return next(kind for kind in _WIDTHS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)


def coded(values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Code per row, in the order of the sorted distinct values, and these values; no nulls."""
    if pa.types.is_integer(values.type) and len(values):
        low, high = (int(each.as_py()) for each in pc.min_max(values).values())
        if high - low < _SPARE * len(values) + 1024:
            code, distinct = present(narrowed(values, low), high - low + 1)
            return code, pa.array(distinct + low)
    encoded = values.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(order))


def present(codes: Codes, size: int) -> tuple[Codes, Codes]:
    """Codes of 0 to ``size - 1`` renumbered without holes, and the old code of each new one, rising."""
    if size > _SPARE * len(codes) + 1024:
        found, renumbered = np.unique(codes, return_inverse=True)
        return renumbered.astype(np.int32), found
    seen = np.zeros(size, dtype=bool)
    for rows in blocks(len(codes)):
        seen[codes[rows]] = True
    rank = np.cumsum(seen, dtype=np.int32)
    rank -= 1
    return taken(rank, codes), np.flatnonzero(seen)


def sorted_rows(
    columns: list[tuple[Codes, int | None]], kept: tuple[int, int] | None = None
) -> tuple[tuple[Codes, ...], int]:
    """Distinct rows, sorted by the columns from first to last, and how many repeats were left out.

    Each column comes with its size (codes from 0 to size - 1), or with None for any whole numbers, and leaves in the
    narrowest type that holds it. Where a row fits into 63 bits the packed numbers are sorted, several times faster
    than sorting by column. With ``kept``, a column's
    place and a code, rows with this code are never repeats. The list is emptied, so that columns nobody else holds are
    free before the sorted ones are laid out.
    """
    lows = [0 if size is not None else int(values.min(initial=0)) for values, size in columns]
    tops = [
        (size - 1 if size is not None else int(values.max(initial=0)) - low)
        for (values, size), low in zip(columns, lows, strict=True)
    ]
    bits = [max(top, 0).bit_length() for top in tops]
    if sum(bits) > 63:
        return _by_column([values for values, _ in columns], kept)
    packed = _packed(columns, lows, bits)
    packed.sort()
    fresh = np.ones(len(packed), dtype=bool)
    np.not_equal(packed[1:], packed[:-1], out=fresh[1:])
    if kept is not None:
        place, code = kept
        fresh |= ((packed >> sum(bits[place + 1 :])) & ((1 << bits[place]) - 1)) == code - lows[place]
    repeats = len(packed) - int(np.count_nonzero(fresh))
    if repeats:
        packed = packed[fresh]
    return _unpacked(packed, lows, bits), repeats


def _packed(columns: list[tuple[Codes, int | None]], lows: list[int], bits: list[int]) -> NDArray[np.int64]:
    packed = np.zeros(len(columns[0][0]), dtype=np.int64)
    for low, width in zip(lows, bits, strict=True):
        packed <<= width
        packed += columns.pop(0)[0]
        packed -= low
    return packed


def _unpacked(packed: NDArray[np.int64], lows: list[int], bits: list[int]) -> tuple[Codes, ...]:
    columns: list[Codes] = []
    for place, (low, width) in enumerate(zip(lows, bits, strict=True)):
        column = np.empty(len(packed), dtype=_width(low, low + (1 << width) - 1))
        for rows in blocks(len(packed)):
            part = packed[rows] >> sum(bits[place + 1 :])
            part &= (1 << width) - 1
            part += low
            column[rows] = part
        columns.append(column)
    return tuple(columns)


def _by_column(columns: Sequence[Codes], kept: tuple[int, int] | None) -> tuple[tuple[Codes, ...], int]:
    order = np.lexsort(tuple(reversed(columns)))
    rows = [values[order] for values in columns]
    fresh = np.zeros(len(order), dtype=bool)
    fresh[:1] = True
    for values in rows:
        fresh[1:] |= values[1:] != values[:-1]
    if kept is not None:
        fresh |= rows[kept[0]] == kept[1]
    return tuple(values[fresh] for values in rows), int(len(order) - np.count_nonzero(fresh))
