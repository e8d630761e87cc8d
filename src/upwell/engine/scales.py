"""Rating scales on one latent metric from 0 to 5, so that ratings from different scales can be compared.

A scale is its cut points: category ``k`` (from 1) means that the impression fell between cut ``k-1`` and cut
``k``. On the common five-level scale a typical level-3 performer lies at 3.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from upwell.engine.errors import ParameterError

LOWEST: Final = 0.0
HIGHEST: Final = 5.0


@dataclass(frozen=True, slots=True)
class LatentScale:
    """Published cut points (increasing, in level units) between the categories of one rating scale."""

    name: str
    cuts: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.cuts or any(not np.isfinite(c) for c in self.cuts):
            raise ParameterError(f"The scale '{self.name}' needs at least one finite cut point.")
        if any(b <= a for a, b in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ParameterError(f"The cut points of the scale '{self.name}' must increase.")

    @property
    def categories(self) -> int:
        """How many categories the scale has."""
        return len(self.cuts) + 1

    @classmethod
    def even(cls, name: str, categories: int, *, low: float = 1.0, high: float = 5.0) -> "LatentScale":
        """A scale whose first and last categories are centred on ``low`` and ``high``, evenly spaced."""
        if categories < 2 or high <= low:
            raise ParameterError(f"The scale '{name}' needs two or more categories and high above low.")
        step = (high - low) / (categories - 1)
        return cls(name, tuple(low + step * (k + 0.5) for k in range(categories - 1)))

    @classmethod
    def pass_mark(cls, name: str, level: float) -> "LatentScale":
        """A test that is failed (1) or passed (2); ``level`` is where half of the people would pass."""
        return cls(name, (float(level),))


FIVE_LEVELS: Final = LatentScale.even("five levels", 5)


def bounds(
    scales: Mapping[str, LatentScale], names: NDArray[np.str_] | list[str], categories: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper cut of each rating's category; the outermost are infinite."""
    below = np.empty(len(categories))
    above = np.empty(len(categories))
    given = np.asarray(names, dtype=object)
    for name in sorted(set(given.tolist())):
        edges = np.array([-np.inf, *scales[name].cuts, np.inf])
        rows = given == name
        below[rows] = edges[categories[rows] - 1]
        above[rows] = edges[categories[rows]]
    return below, above


def to_level(category: float, scale: LatentScale) -> float:
    """Level at the middle of a category, for display; outermost categories take the neighbour's half-width."""
    cuts = scale.cuts
    k = int(category)
    if not 1 <= k <= scale.categories:
        raise ParameterError(f"The scale '{scale.name}' has categories 1 to {scale.categories}, not {k}.")
    half = 0.5 * float(np.mean(np.diff(cuts))) if len(cuts) > 1 else 0.5
    if k == 1:
        middle = cuts[0] - half
    elif k == scale.categories:
        middle = cuts[-1] + half
    else:
        middle = 0.5 * (cuts[k - 2] + cuts[k - 1])
    return float(min(max(middle, LOWEST), HIGHEST))
