"""Random numbers that stay where they are.

Every table draws from its own stream, and within a table every block of 10,000 rows from its own again, so adding a
table, or people at the end, changes no number that was there before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BLOCK = 10_000
"""Rows that share one stream."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Streams:
    """Independent generators spawned from one seed by table name and block number."""

    seed: int

    def generator(self, table: str, block: int = 0) -> np.random.Generator:
        """The generator of one block of one table."""
        key = (crc32(table.encode()), block)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def normal(self, table: str, rows: int, columns: int | None = None) -> Floats:
        """Standard normal numbers, `rows` or `rows x columns`."""
        return self._stack(table, rows, columns, lambda rng, shape: rng.standard_normal(shape))

    def uniform(self, table: str, rows: int, columns: int | None = None) -> Floats:
        """Uniform numbers in [0, 1), `rows` or `rows x columns`."""
        return self._stack(table, rows, columns, lambda rng, shape: rng.random(shape))

    def poisson(self, table: str, rows: int, mean: float) -> Ints:
        """Poisson counts with the given mean."""
        drawn = self._stack(table, rows, None, lambda rng, shape: rng.poisson(mean, shape).astype(float))
        return drawn.astype(np.int64)

    def gamma(self, table: str, rows: int, columns: int | None, shape: float) -> Floats:
        """Gamma numbers with the given shape and scale 1."""
        return self._stack(table, rows, columns, lambda rng, size: rng.gamma(shape, 1.0, size))

    def _stack(
        self,
        table: str,
        rows: int,
        columns: int | None,
        draw: Callable[[np.random.Generator, tuple[int, ...]], Floats],
    ) -> Floats:
        tail = () if columns is None else (columns,)
        out = np.empty((rows, *tail))
        for block, start in enumerate(range(0, rows, BLOCK)):
            stop = min(start + BLOCK, rows)
            out[start:stop] = draw(self.generator(table, block), (stop - start, *tail))
        return out
