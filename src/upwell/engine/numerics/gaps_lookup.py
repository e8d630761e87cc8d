"""Where in a list of distinct whole numbers each number stands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
ROOM = 4
"""A table of all possible numbers is used up to this many times the numbers that occur."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """``repeated`` says that a number occurred twice; ``find`` gives the row of each number, -1 where absent."""

    repeated: bool
    table: NDArray[np.int32] | None
    order: Codes
    sorted: Codes

    def find(self, keys: Codes) -> Codes:
        """Row of each of ``keys``; a negative key is absent."""
        if self.table is not None:
            rows: Codes = self.table[np.maximum(keys, 0)].astype(np.int64)
            return np.where(keys >= 0, rows, -1)
        if not len(self.sorted):
            return np.full(len(keys), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.sorted, keys), len(self.sorted) - 1)
        return np.where(self.sorted[place] == keys, self.order[place], -1)


def lookup(keys: Codes, size: int) -> Lookup:
    """Prepare to find numbers from 0 to ``size - 1``."""
    rows = np.arange(len(keys))
    if size <= ROOM * len(keys) + (1 << 16):
        table = np.full(max(size, 1), -1, dtype=np.int32)
        table[keys] = rows
        return Lookup(not bool((table[keys] == rows).all()), table, rows[:0], keys[:0])
    order = np.argsort(keys)
    held = keys[order]
    return Lookup(bool((held[1:] == held[:-1]).any()), None, order, held)


def compressed(keys: Codes, size: int) -> tuple[Codes, Codes]:
    """The distinct numbers in ascending order, and for each row which of them it is."""
    if size <= ROOM * len(keys) + (1 << 16):
        used = np.zeros(max(size, 1), dtype=bool)
        used[keys] = True
        return np.flatnonzero(used), (np.cumsum(used) - 1)[keys]
    found, which = np.unique(keys, return_inverse=True)
    return found, which
