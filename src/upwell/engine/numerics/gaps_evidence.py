"""Who saw what, per cell of person and capability: the counts behind the minimum-evidence rule."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.gaps_lookup import compressed

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
NEVER: Final = int(np.iinfo(np.int64).min)


@dataclass(frozen=True, slots=True)
class Seen:
    """Per cell that occurs, ascending: its code, distinct observers, tests, last day of all and of what counts.

    ``counted`` is ``NEVER`` where only the person spoke of themselves.
    """

    cell: Codes
    observers: Codes
    tests: Codes
    latest: Codes
    counted: Codes


def seen(cell: Codes, n_cells: int, rater: Codes, n_raters: int, day: Codes, own: Flags, test: Flags) -> Seen:
    """Count rows of equal length; ``own`` are views of oneself, ``test`` are tests, all others observers."""
    kept, place = compressed(cell, n_cells)
    size = len(kept)
    others = ~(own | test)
    pairs = np.sort(place[others] * max(n_raters, 1) + rater[others])
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    latest, counted = np.full(size, NEVER), np.full(size, NEVER)
    np.maximum.at(latest, place, day)
    np.maximum.at(counted, place[~own], day[~own])
    observers = np.bincount(pairs // max(n_raters, 1), minlength=size)
    return Seen(kept, observers, np.bincount(place[test], minlength=size), latest, counted)
