"""Variance of nested groups (person in team in manager in unit) with intervals.

The likelihood of nested Gaussian effects is found exactly by collapsing one level after the other, with a flat
prior on the overall mean (restricted likelihood) and half-normal priors on the standard deviations. Intervals
come from importance sampling around the mode with fixed quasi-random points, so the same data give the same
answer. Source: Searle, Casella and McCulloch, Variance Components (1992), ch. 3; Owen (2013) ch. 9.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import chdtri, ndtri
from scipy.stats import qmc

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]
_POINTS = 1024
_FREEDOM = 6.0


@dataclass(frozen=True, slots=True)
class NestedVariances:
    """Weighted draws of the standard deviations, lowest level first (persons), and their weights (sum 1)."""

    sds: Reals
    weights: Reals

    def quantile(self, values: Reals, at: float) -> float:
        """Weighted quantile of one value per draw."""
        order = np.argsort(values)
        cumulated = np.cumsum(self.weights[order])
        return float(values[order][np.searchsorted(cumulated, at * cumulated[-1])])


def log_likelihood(values: Reals, noise: Reals, parents: Sequence[Codes], variances: Reals) -> float:
    """Restricted log likelihood; ``parents[j]`` maps units of level j to level j + 1, ``variances`` per level.

    ``noise`` is the known error variance of each value.
    """
    total, mean, var = 0.0, values, noise
    for level, parent in enumerate([*parents, np.zeros(_top(values, parents), dtype=np.int64)]):
        spread = var + variances[level]
        precision = np.bincount(parent, 1.0 / spread)
        centre = np.bincount(parent, mean / spread) / precision
        rest = (mean - centre[parent]) ** 2 / spread
        total -= 0.5 * float((np.log(spread) + rest).sum() + np.log(precision).sum())
        mean, var = centre, 1.0 / precision
    return total


def nested_variances(values: Reals, noise: Reals, parents: Sequence[Codes], scale: float) -> NestedVariances:
    """Posterior of each level's standard deviation; ``scale`` is the half-normal prior's, in the unit of values."""
    levels = len(parents) + 1

    def target(logs: Reals) -> float:
        sds = np.exp(np.clip(logs, -12.0, 6.0))
        prior = float((logs - 0.5 * (sds / scale) ** 2).sum())
        return -(log_likelihood(values, noise, parents, sds**2) + prior)

    start = np.full(levels, np.log(max(float(np.std(values)), 0.05 * scale) / np.sqrt(levels)))
    found = minimize(target, start, method="Nelder-Mead", options={"maxiter": 400, "xatol": 1e-3, "fatol": 1e-3})
    spread = np.array([_width(target, found.x, j) for j in range(levels)])
    uniform = qmc.Sobol(levels + 1, scramble=False).random(_POINTS) + 0.5 / _POINTS
    chi = np.sqrt(_FREEDOM / chdtri(_FREEDOM, uniform[:, -1:]))
    standard = ndtri(uniform[:, :-1])
    draws = found.x + spread * standard * chi
    logs = np.array([-target(row) for row in draws])
    density = -0.5 * (_FREEDOM + levels) * np.log1p((((draws - found.x) / spread) ** 2).sum(axis=1) / _FREEDOM)
    weights = np.exp(logs - density - np.max(logs - density))
    return NestedVariances(np.exp(np.clip(draws, -12.0, 6.0)), weights / weights.sum())


def _top(values: Reals, parents: Sequence[Codes]) -> int:
    return int(parents[-1].max()) + 1 if parents else len(values)


def _width(target: Callable[[Reals], float], mode: Reals, index: int) -> float:
    step = np.zeros(len(mode))
    step[index] = 0.25
    base = target(mode)
    curvature = (target(mode + step) - 2.0 * base + target(mode - step)) / 0.0625
    return float(np.clip(1.0 / np.sqrt(max(curvature, 1e-6)), 0.05, 1.5))
