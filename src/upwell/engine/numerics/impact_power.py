"""How noise within people falls with more months: the variogram of results, and what a longer panel would bring.

Differences over time within a person are free of what is lasting in the person, so half the mean square of
``e(t) - e(t + h)`` (the variogram v) carries all that a comparison of changes needs: a contrast with weights w that
sum to zero has variance ``- sum w_i w_j v(|i - j|)`` per person (Burlig, Preonas and Woerman 2020 use covariances).
"""

import numpy as np

from upwell.engine.numerics.impact_moments import CHUNK, Floats, Moments


def variogram(stats: Moments) -> Floats:
    """Half the mean square of the difference of two results of a person h periods apart (h = 0 .. T - 1).

    Means of people who share cohort, stratum and periods seen are removed first. NaN where no pair was seen.
    """
    width = stats.periods
    squares, products = _scatter(stats)
    seen = stats.seen.astype(np.float64)
    pairs = (seen * stats.count[:, None]).T @ seen
    used = len(stats.row_of) / max(len(stats.row_of) - stats.rows, 1)
    half = 0.5 * used * (squares + squares.T - 2 * products)
    lags = np.abs(np.subtract.outer(np.arange(width), np.arange(width))).ravel()
    total = np.bincount(lags, weights=half.ravel())
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / np.bincount(lags, weights=pairs.ravel()))


def _scatter(stats: Moments) -> tuple[Floats, Floats]:
    """Sums over people of squares where the other period was seen too (T x T), and of products (T x T)."""
    seen = stats.seen.astype(np.float64)
    if stats.roots is not None:
        rows = np.einsum("rtk,rsk->rts", stats.roots, stats.roots)
        return np.einsum("rtt,rs->ts", rows, seen), rows.sum(axis=0)
    squares, products = np.zeros((stats.periods, stats.periods)), np.zeros((stats.periods, stats.periods))
    for start in range(0, len(stats.row_of), CHUNK):
        row = stats.row_of[start : start + CHUNK]
        rest = (stats.outcome[start : start + CHUNK] - stats.mean[row]) * seen[row]
        squares += (rest**2).T @ seen[row]
        products += rest.T @ rest
    return squares, products


def change_variance(found: Floats, before: int, after: int) -> float:
    """Variance per person of the mean of ``after`` periods minus the mean of the ``before`` periods ahead of them.

    Beyond the longest lag seen the variogram is taken as level, so results must not wander off for good.
    """
    span = before + after
    known = found[~np.isnan(found)]
    level = np.concatenate([known, np.full(max(span - len(known), 0), known[-1])])
    weights = np.concatenate([np.full(before, -1 / before), np.full(after, 1 / after)])
    lags = np.abs(np.subtract.outer(np.arange(span), np.arange(span)))
    return float(-weights @ level[lags] @ weights)


def months_for(found: Floats, before: int, after: int, ratio: float, most: int = 60) -> int | None:
    """Periods after treatment at which the variance is ``ratio`` times that of ``after``; None beyond ``most``."""
    wanted = ratio * change_variance(found, before, after)
    return next((k for k in range(after, most + 1) if change_variance(found, before, k) <= wanted), None)
