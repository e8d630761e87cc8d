"""Moments of a Gaussian belief after one ordinal-probit observation.

An observation says that ``f + e`` fell between two cuts, ``e ~ N(0, noise)``. With belief ``f ~ N(mean, var)``
the evidence is ``Z = Phi(upper) - Phi(lower)``, ``upper = (cut_above - mean) / sqrt(var + noise)``; the slope
and curvature of ``log Z`` in the mean give the updated moments (Minka 2001, eq. 3.18-3.20).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Reals = NDArray[np.float64]
_FAR = 30.0
_ROOT_TWO_PI = 2.5066282746310002


class Moments(NamedTuple):
    """``evidence`` Z, ``slope`` and ``curvature`` = d log Z / dm and -d2 log Z / dm2 (curvature > 0), and how log Z
    rises when the cut ``above`` is raised or the cut ``below`` is lowered (0 for infinite ones)."""

    evidence: Reals
    slope: Reals
    curvature: Reals
    below: Reals
    above: Reals


def interval_moments(mean: Reals, total_var: Reals, below: Reals, above: Reals) -> Moments:
    """Evidence, slope and curvature for the interval ``(below, above)``; bounds may be infinite.

    ``total_var`` is belief variance plus noise, > 0. Beyond 30 standard deviations the interval is moved to
    30, which keeps every result finite.
    """
    scale = np.sqrt(total_var)
    low = (below - mean) / scale
    high = (above - mean) / scale
    flip = low + high > 0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    shift = np.minimum(high + _FAR, 0.0)
    low, high = low - shift, high - shift
    evidence = np.maximum(ndtr(high) - ndtr(low), 1e-300)
    dens_low, dens_high = _density(low), _density(high)
    slope = (dens_low - dens_high) / evidence
    edges = _times(low, dens_low) - _times(high, dens_high)
    curvature = np.clip(slope * slope - edges / evidence, 1e-12, 1.0 - 1e-9)
    lower, upper = dens_low / evidence / scale, dens_high / evidence / scale
    return Moments(
        evidence,
        np.where(flip, -slope, slope) / scale,
        curvature / total_var,
        np.where(flip, upper, lower),
        np.where(flip, lower, upper),
    )


def _density(x: Reals) -> Reals:
    result: Reals = np.exp(-0.5 * np.minimum(x * x, 1400.0)) / _ROOT_TWO_PI
    return result


def _times(x: Reals, density: Reals) -> Reals:
    return np.where(np.isfinite(x), x, 0.0) * density
