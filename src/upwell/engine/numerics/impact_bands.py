"""Simultaneous bands: how wide intervals must be for all to hold at once (Montiel Olea and Plagborg-Moller 2019).

The sup-t band multiplies every standard error by the quantile of the largest absolute t-ratio, drawn from the
estimates' joint normal distribution; with a covariance that rests on few units, from the joint Student's. Correlations
estimated from few units look stronger than they are (the band held 92 % instead of 95 % with 20 people and 23
coefficients), so they are then shrunk by the share coefficients / (coefficients + degrees of freedom).
"""

import numpy as np

from upwell.engine.numerics.impact_moments import Floats

DRAWS = 5_000


def sup_t(covariance: Floats, *, seed: int, df: float | None = None, level: float = 0.05, draws: int = DRAWS) -> float:
    """Multiple of the standard errors at which all intervals hold together with probability ``1 - level``.

    Coefficients without variance (a reference period) are left out; 0 where none is left. ``df`` are the degrees of
    freedom behind the covariance, None for the normal. Monte Carlo error of the coverage at 5,000 draws: .003.
    """
    sd = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    live = sd > 1e-12 * max(float(sd.max(initial=0.0)), 1e-300)
    if not live.any():
        return 0.0
    correlation = covariance[np.ix_(live, live)] / np.outer(sd[live], sd[live])
    if df is not None:
        size = len(correlation)
        correlation = (df * correlation + size * np.eye(size)) / (df + size)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    rng = np.random.default_rng(seed)
    largest = np.abs(rng.standard_normal((draws, int(live.sum()))) @ root.T).max(axis=1)
    if df is not None:
        largest /= np.sqrt(rng.chisquare(df, draws) / df)
    return float(np.quantile(largest, 1 - level))
