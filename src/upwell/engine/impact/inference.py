"""From influence columns to intervals; Welch's correction where one side is small."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats as distributions

from upwell.engine.impact.results import Estimate, Part
from upwell.engine.numerics.impact_moments import Bools, Floats

SMALL = 50
"""Below this many independent units on one side intervals use Welch's variance and degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A value and its influence column; contrasts of the same columns add and subtract."""

    value: float
    column: Floats

    def __add__(self, other: "Contrast") -> "Contrast":
        return Contrast(self.value + other.value, self.column + other.column)

    def __sub__(self, other: "Contrast") -> "Contrast":
        return Contrast(self.value - other.value, self.column - other.column)

    def __rmul__(self, factor: float) -> "Contrast":
        return Contrast(factor * self.value, factor * self.column)

    @property
    def se(self) -> float:
        """Standard error without small-sample correction."""
        return float(np.sqrt(np.einsum("i,i->", self.column, self.column)))


ROUNDING = 256.0 * float(np.finfo(np.float64).eps)
"""Share of the largest result below which a value or an error is the arithmetic's own, and taken as zero."""


def settled(contrast: Contrast, floor: float) -> Contrast:
    """The contrast without what rounding left: a value or a standard error of at most ``floor`` is zero."""
    value = contrast.value if abs(contrast.value) > floor else 0.0
    column = contrast.column if contrast.se > floor else np.zeros_like(contrast.column)
    return Contrast(value, column)


def combined(weights: Floats, contrasts: list[Contrast]) -> Contrast:
    """Weighted sum of contrasts."""
    values = np.array([c.value for c in contrasts])
    matrix = np.stack([c.column for c in contrasts], axis=1)
    return Contrast(float(weights @ values), matrix @ weights)


def estimate(contrast: Contrast, treated: Bools, arms: tuple[int, int], parts: tuple[Part, ...] = ()) -> Estimate:
    """Interval and p-value of a contrast; ``arms`` counts independent treated and untreated units."""
    se, df = corrected(contrast, treated, arms)
    quantile = distributions.t.ppf(0.975, df) if df else distributions.norm.ppf(0.975)
    half = float(quantile * se)
    ratio = abs(contrast.value) / se if se > 0 else np.inf if contrast.value else 0.0
    tail = distributions.t.sf(ratio, df) if df else distributions.norm.sf(ratio)
    low, high = contrast.value - half, contrast.value + half
    return Estimate(contrast.value, contrast.se, low, high, float(min(1.0, 2 * tail)), df, parts)


def scaled(found: Estimate, factor: float) -> Estimate:
    """The same estimate with its standard error and interval multiplied by ``factor``."""
    low = found.estimate - factor * (found.estimate - found.lo95)
    high = found.estimate + factor * (found.hi95 - found.estimate)
    return replace(found, se=found.se * factor, lo95=low, hi95=high)


def limited(found: Estimate, df: float) -> Estimate:
    """The same estimate with at most ``df`` degrees of freedom."""
    if (found.df is not None and found.df <= df) or found.hi95 <= found.lo95:
        return found
    narrow = float(distributions.t.ppf(0.975, found.df) if found.df else distributions.norm.ppf(0.975))
    wide = float(distributions.t.ppf(0.975, df))
    half = (found.hi95 - found.lo95) / 2 * wide / narrow
    tail = float(distributions.t.sf(abs(found.estimate) * wide / half, df))
    low, high = found.estimate - half, found.estimate + half
    return replace(found, lo95=low, hi95=high, p_value=min(1.0, 2 * tail), df=df)


def corrected(contrast: Contrast, treated: Bools, arms: tuple[int, int]) -> tuple[float, float | None]:
    """Standard error for intervals and its degrees of freedom (None where the normal will do)."""
    filled = [n for n in arms if n > 0]
    if min(filled) >= SMALL:
        return contrast.se, None
    squares = contrast.column**2
    sides = [(float(squares[mask].sum()), n) for mask, n in ((treated, arms[0]), (~treated, arms[1])) if n > 1]
    inflated = [(v * n / (n - 1), n) for v, n in sides]
    variance = sum(v for v, _ in inflated)
    if variance <= 0:
        return 0.0, float(max(min(filled) - 1, 1))
    df = 1.0 / sum((v / variance) ** 2 / (n - 1) for v, n in inflated)
    return float(np.sqrt(variance)), float(df)
