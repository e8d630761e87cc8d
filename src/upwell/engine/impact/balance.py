"""Was the draw or the queue balanced before anybody was treated?"""

import numpy as np

from upwell.engine.impact.pretrends import hotelling
from upwell.engine.numerics.impact_moments import Functional, Moments, columns


def balance_p_value(stats: Moments) -> float | None:
    """Wald test that cohorts agree, before the first treatment, in mean result and in the last result.

    None where there are no results before the first treatment or only one cohort inside every stratum.
    """
    first = int(stats.cohort.min())
    if first < 1:
        return None
    windows = [np.arange(first)] if first == 1 else [np.arange(first), np.array([first - 1])]
    functionals: list[Functional] = []
    for stratum in np.unique(stats.stratum):
        cohorts = np.unique(stats.cohort[stats.stratum == stratum])
        sides = [
            np.where((stats.stratum == stratum) & (stats.cohort == c) & stats.seen[:, :first].all(axis=1), 1.0, 0)
            for c in cohorts
        ]
        heads = [float(side @ stats.count) for side in sides]
        kept = [side / n for side, n in zip(sides, heads, strict=True) if n >= 2]
        for own in kept[:-1]:
            for window in windows:
                weight = np.zeros((stats.rows, stats.periods))
                weight[:, window] = ((own - kept[-1]) / len(window))[:, None]
                functionals.append(Functional(weight, _shift(stats, weight, own, kept[-1])))
    if not functionals:
        return None
    values = np.array([float((stats.count[:, None] * f.weight * stats.mean).sum()) for f in functionals])
    covariance = columns(stats, functionals).covariance()
    rank = int(np.linalg.matrix_rank(covariance, tol=1e-9 * np.trace(covariance)))
    wald = float(values @ np.linalg.pinv(covariance, rcond=1e-9, hermitian=True) @ values)
    return hotelling(wald, rank, int(stats.count.sum()) - len(np.unique(stats.cohort)))


def _shift(stats: Moments, weight: np.ndarray, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distance of each row from the mean of its side, which is zero on a balanced panel."""
    level = (weight * stats.mean).sum(axis=1)
    shift = np.zeros(stats.rows)
    for side in (own > 0, other > 0):
        shift[side] = level[side] - stats.count[side] @ level[side] / stats.count[side].sum()
    return shift
