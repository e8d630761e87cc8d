"""Rubin's rules: one estimate from M analyses of plausible values, with degrees of freedom for few draws.

Rubin (1987), chapter 3; Barnard and Rubin (1999) for the degrees of freedom of small samples.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_moments import Floats


@dataclass(frozen=True, slots=True)
class Pooled:
    """Mean estimate, total variance, degrees of freedom (inf where the normal will do), share due to the draws."""

    value: float
    variance: float
    df: float
    share: float


def pool(values: Floats, variances: Floats, df: float) -> Pooled:
    """Combine M estimates and their variances; ``df`` are those of one analysis (inf: normal)."""
    draws = len(values)
    within, between = float(variances.mean()), float(values.var(ddof=1))
    extra = (1.0 + 1.0 / draws) * between
    total = within + extra
    share = extra / total if total > 0 else 0.0
    if share <= 1e-12:
        return Pooled(float(values.mean()), total, df, share)
    classic = (draws - 1) / share**2
    if not np.isfinite(df):
        return Pooled(float(values.mean()), total, classic, share)
    observed = (df + 1.0) / (df + 3.0) * df * (1.0 - share)
    return Pooled(float(values.mean()), total, 1.0 / (1.0 / classic + 1.0 / observed), share)
