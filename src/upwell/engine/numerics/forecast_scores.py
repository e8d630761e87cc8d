"""How good a probabilistic forecast was: absolute error, pinball loss, CRPS and coverage of intervals.

Sources: Gneiting and Raftery (2007), JASA 102, for CRPS and pinball; Hyndman and Koehler (2006) for MASE.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True, slots=True)
class Scores:
    """Per case: absolute error of the median, mean pinball loss over QUANTILES, CRPS, and whether the central 50, 80
    and 95 % intervals held the truth."""

    error: Reals
    pinball: Reals
    crps: Reals
    in50: NDArray[np.bool_]
    in80: NDArray[np.bool_]
    in95: NDArray[np.bool_]


def score(draws: Reals, truth: Reals) -> Scores:
    """Score draws (draws x cases) against what happened (cases)."""
    at = np.quantile(draws, QUANTILES, axis=0)
    below = truth[None, :] - at
    share = np.array(QUANTILES)[:, None]
    pinball = np.maximum(share * below, (share - 1.0) * below).mean(axis=0)
    inside = [(at[k] <= truth) & (truth <= at[-1 - k]) for k in (2, 1, 0)]
    return Scores(np.abs(truth - at[3]), pinball, crps(draws, truth), *inside)


def crps(draws: Reals, truth: Reals) -> Reals:
    """E|X - y| - E|X - X'| / 2, the second term by the sorted-sample formula without bias."""
    count = len(draws)
    ordered = np.sort(draws, axis=0)
    rank = np.arange(1, count + 1)[:, None]
    spread = ((2 * rank - count - 1) * ordered).sum(axis=0) / max(count * (count - 1), 1)
    return np.asarray(np.abs(draws - truth[None, :]).mean(axis=0) - spread)


def random_walk(series: Reals, steps: int, draws: int, rng: np.random.Generator) -> Reals:
    """Carry-forward with an interval: draws x steps x cases around the last value of `series` (cases x periods).

    The standard deviation is that of past changes, grown with the root of the step; a case's own changes count with
    those of cases of similar size (one prior change of the size that all cases' changes have relative to the root
    of their mean).
    """
    changes = np.diff(series, axis=1)
    mean = np.maximum(series.mean(axis=1), 0.5)
    common = (changes**2).sum() / np.maximum((mean[:, None] * np.ones_like(changes)).sum(), 1e-9)
    variance = ((changes**2).sum(axis=1) + common * mean) / (changes.shape[1] + 1.0)
    noise = rng.standard_normal((draws, steps, len(series)))
    scale = np.sqrt(variance)[None, None, :] * np.sqrt(np.arange(1, steps + 1))[None, :, None]
    return np.asarray(np.maximum(series[:, -1] + scale * noise, 0.0))
