"""What a level and its uncertainty say about a requirement: probability of a gap, shortfall, and the sums over people.

Arrays are walked in blocks that fit the cache, so that no step costs a trip to memory of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]

BLOCK: Final = 1 << 16
NARROWEST: Final = 1e-9
ROOT_TWO_PI: Final = float(np.sqrt(2.0 * np.pi))
SURE: Final = 0.8
BELOW, MEETS, ABOVE, UNSURE, UNKNOWN = range(5)
MEASURES: Final = ("n", "seen", "meet", "doubt", "root_doubt", "gap", "sd", "var", "priority")
"""What is summed per unit and capability; sums of shards add up to the sums of the whole."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Per cell: gap (levels, positive is short), P(gap >= material), expected levels short, and state code."""

    gap: Reals
    p_gap: Reals
    shortfall: Reals
    state: NDArray[np.int8]


def scores(required: Reals, level: Reals, sd: Reals, material: float) -> Scores:
    """Score cells of equal length; a level of NaN gives NaN and the state UNKNOWN.

    ``P(gap >= material) = Phi((gap - material) / sd)`` and ``E[max(gap, 0)] = gap Phi(gap / sd) + sd phi(gap / sd)``
    for a Gaussian level.
    """
    size = len(required)
    out = Scores(np.empty(size), np.empty(size), np.empty(size), np.empty(size, np.int8))
    for part in blocks(size):
        _score_block(required[part], level[part], sd[part], material, out, part)
    return out


def blocks(size: int, step: int = BLOCK) -> Iterator[slice]:
    """Slices that cover ``size`` items."""
    return (slice(start, min(start + step, size)) for start in range(0, size, step))


def expected_short(gap: Reals, width: Reals) -> Reals:
    """Expected levels short, ``E[max(gap, 0)]``."""
    standard = gap / width
    found: Reals = gap * ndtr(standard)
    standard *= standard
    density = np.exp(np.maximum(-0.5 * standard, -700.0, out=standard), out=standard)
    found += width * (density / ROOT_TWO_PI)
    return np.maximum(found, 0.0, out=found)


def measures(required: Reals, level: Reals, sd: Reals, factor: Reals, material: float) -> list[Reals]:
    """The summands of ``MEASURES`` for cells of any shape; zero where nothing is required (NaN)."""
    gap = required - level
    seen = ~np.isnan(gap)
    asked = seen
    if not seen.all():
        asked = ~np.isnan(required)
        gap, sd, factor = (np.where(seen, values, 0.0) for values in (gap, sd, factor))
    width = np.maximum(sd, NARROWEST)
    meet = ndtr((material - gap) / width)
    meet *= seen
    doubt = meet * (1.0 - meet)
    short = factor * expected_short(gap, width)
    return [asked.astype(float), seen.astype(float), meet, doubt, np.sqrt(doubt), gap, sd, sd * sd, short]


def _score_block(required: Reals, level: Reals, sd: Reals, material: float, out: Scores, part: slice) -> None:
    gap = required - level
    width = np.maximum(sd, NARROWEST)
    p_gap = ndtr((gap - material) / width)
    state = np.full(len(gap), UNSURE, np.int8)
    state[p_gap <= 1.0 - SURE] = MEETS
    state[-gap - material >= ndtri(SURE) * width] = ABOVE
    state[p_gap >= SURE] = BELOW
    state[~np.isfinite(level)] = UNKNOWN
    out.gap[part], out.p_gap[part], out.shortfall[part], out.state[part] = (
        gap,
        p_gap,
        expected_short(gap, width),
        state,
    )
