"""Keys to codes and rows to one fixed order, fast enough for tens of millions of rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger[Any]]
_SPARE = 4
"""A table over all possible codes is used while it is at most this many times longer than the rows."""


def coded(values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Code per row, in the order of the sorted distinct values, and these values; no nulls."""
    if pa.types.is_integer(values.type) and len(values):
        low, high = (int(each.as_py()) for each in pc.min_max(values).values())
        if high - low < _SPARE * len(values) + 1024:
            code, distinct = present(values.to_numpy() - low, high - low + 1)
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
    seen[codes] = True
    rank = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    return rank[codes], np.flatnonzero(seen)


def sorted_rows(
    columns: list[tuple[Codes, int | None]], kept: tuple[int, int] | None = None
) -> tuple[tuple[Codes, ...], int]:
    """Distinct rows, sorted by the columns from first to last, and how many repeats were left out.

    Each column comes with its size (codes from 0 to size - 1), or with None for any whole numbers. Where a row fits
    into 63 bits the packed numbers are sorted, several times faster than sorting by column. With ``kept``, a column's
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
    packed = np.zeros(len(columns[0][0]), dtype=np.int64)
    for low, width in zip(lows, bits, strict=True):
        packed <<= width
        packed += columns.pop(0)[0]
        packed -= low
    packed.sort()
    fresh = np.ones(len(packed), dtype=bool)
    np.not_equal(packed[1:], packed[:-1], out=fresh[1:])
    if kept is not None:
        place, code = kept
        fresh |= ((packed >> sum(bits[place + 1 :])) & ((1 << bits[place]) - 1)) == code - lows[place]
    repeats = len(packed) - int(np.count_nonzero(fresh))
    if repeats:
        packed = packed[fresh]
    rows: list[Codes] = []
    for low, width in zip(reversed(lows), reversed(bits), strict=True):
        part = packed & ((1 << width) - 1)
        small = low >= -(2**31) and low + (1 << width) < 2**31
        rows.append((part + low).astype(np.int32 if small else np.int64))
        packed >>= width
    return tuple(reversed(rows)), repeats


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
