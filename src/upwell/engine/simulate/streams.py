"""Random numbers that stay where they are.

Every table draws from its own stream, and within a table every block of 10,000 people from its own again, so adding
a table, or people at the end, changes no number that was there before, and one block can be drawn without the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BLOCK = 10_000
"""People who share one stream."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Streams:
    """Independent generators spawned from one seed by table name and block number.

    With `block` the numbers are those of one block of people: exactly the rows `block * BLOCK` and following of what
    the streams of the whole would draw.
    """

    seed: int
    block: int | None = None

    def of_block(self, block: int) -> Streams:
        """The streams of one block of people."""
        return Streams(self.seed, block)

    def generator(self, table: str, *place: int) -> np.random.Generator:
        """The generator of one place (by default the first block) of one table."""
        key = (crc32(table.encode()), *(place or (0,)))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def normal(self, table: str, rows: int, columns: int | None = None) -> Floats:
        """Standard normal numbers, `rows` or `rows x columns`, one row per person."""
        return self._stack(table, rows, columns, lambda rng, shape: rng.standard_normal(shape))

    def uniform(self, table: str, rows: int, columns: int | None = None) -> Floats:
        """Uniform numbers in [0, 1), `rows` or `rows x columns`, one row per person."""
        return self._stack(table, rows, columns, lambda rng, shape: rng.random(shape))

    def poisson(self, table: str, rows: int, mean: float) -> Ints:
        """Poisson counts with the given mean, one per person."""
        drawn = self._stack(table, rows, None, lambda rng, shape: rng.poisson(mean, shape).astype(float))
        return drawn.astype(np.int64)

    def gamma(self, table: str, rows: int, columns: int | None, shape: float) -> Floats:
        """Gamma numbers with the given shape and scale 1, one row per person."""
        return self._stack(table, rows, columns, lambda rng, size: rng.gamma(shape, 1.0, size))

    def events(self, table: str, rows: int, columns: int | None = None) -> Floats:
        """Uniform numbers, one row per event of the people of this block (any number of events)."""
        tail = () if columns is None else (columns,)
        out = np.empty((rows, *tail))
        for chunk, start in enumerate(range(0, rows, BLOCK)):
            place = (self.block, chunk) if self.block else (chunk,)
            stop = min(start + BLOCK, rows)
            out[start:stop] = self.generator(table, *place).random((stop - start, *tail))
        return out

    def _stack(
        self,
        table: str,
        rows: int,
        columns: int | None,
        draw: Callable[[np.random.Generator, tuple[int, ...]], Floats],
    ) -> Floats:
        tail = () if columns is None else (columns,)
        if self.block is not None and rows > BLOCK:
            raise ValueError(f"A block holds at most {BLOCK} people, not {rows}.")
        out = np.empty((rows, *tail))
        for number, start in enumerate(range(0, rows, BLOCK), start=self.block or 0):
            stop = min(start + BLOCK, rows)
            out[start:stop] = draw(self.generator(table, number), (stop - start, *tail))
        return out
