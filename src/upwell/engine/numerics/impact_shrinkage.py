"""Many noisy effects at once: a normal-normal model whose spread is not assumed known.

Effect j is ``N(theta_j, se_j^2)``, ``theta_j ~ N(mean, spread^2)``, flat priors on mean and spread (Rubin 1981; Gelman,
Carlin, Stern, Dunson, Vehtari and Rubin 2013, section 5.4). The spread is integrated on a grid instead of being fixed
at its estimate, since a fixed one makes intervals too narrow when programmes are few (Morris 1983).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats as distributions

from upwell.engine.numerics.impact_moments import Floats

GRID = 400


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Posterior of each effect (J): mean, sd, 2.5 %, 50 % and 97.5 % points, probability above zero; and of all."""

    mean: Floats
    sd: Floats
    low: Floats
    median: Floats
    high: Floats
    above_zero: Floats
    common_mean: float
    common_mean_sd: float
    spread: float
    spread_lo95: float
    spread_hi95: float


def shrink(effect: Floats, se: Floats) -> Shrunken:
    """Integrate over the spread of the programmes; at least three effects, every ``se`` above zero."""
    top = 10.0 * max(float(np.ptp(effect)), float(se.max()))
    spread = top * (np.arange(GRID) / (GRID - 1)) ** 3
    width = np.gradient(spread)
    precision = 1.0 / (se**2 + spread[:, None] ** 2)
    total = precision.sum(axis=1)
    centre = (precision @ effect) / total
    log_density = 0.5 * (
        np.log(precision).sum(axis=1) - np.log(total) - (precision * (effect - centre[:, None]) ** 2).sum(axis=1)
    )
    weight = np.exp(log_density - log_density.max()) * width
    weight /= weight.sum()
    pull = se**2 * precision
    own = effect + pull * (centre[:, None] - effect)
    variance = se**2 * (1.0 - pull) + pull**2 / total[:, None]
    mean = weight @ own
    sd = np.sqrt(weight @ (variance + own**2) - mean**2)
    deviation = np.sqrt(np.maximum(variance, 1e-300))
    points = [_quantile(weight, own, deviation, p) for p in (0.025, 0.5, 0.975)]
    cumulative = np.cumsum(weight)
    common = float(weight @ centre)
    return Shrunken(
        mean,
        sd,
        points[0],
        points[1],
        points[2],
        weight @ distributions.norm.sf(-own / deviation),
        common,
        float(np.sqrt(weight @ (1.0 / total + centre**2) - common**2)),
        float(spread[np.searchsorted(cumulative, 0.5)]),
        float(spread[np.searchsorted(cumulative, 0.025)]),
        float(spread[min(int(np.searchsorted(cumulative, 0.975)), GRID - 1)]),
    )


def _quantile(weight: Floats, centre: Floats, deviation: Floats, share: float) -> Floats:
    """Quantiles of mixtures of normals (J) by bisection; the answer lies among the components' own quantiles."""
    parts = centre + deviation * float(distributions.norm.ppf(share))
    low, high = parts.min(axis=0), parts.max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        below = weight @ distributions.norm.cdf((middle - centre) / deviation) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)
