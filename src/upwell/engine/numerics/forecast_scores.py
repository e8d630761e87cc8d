"""How good a probabilistic forecast was: absolute error, pinball loss, CRPS and coverage of intervals.

Sources: Gneiting and Raftery (2007), JASA 102, for CRPS and pinball; Hyndman and Koehler (2006) for MASE; Czado,
Gneiting and Held (2009), Biometrics 65, for the probability transform of counts; Ma, Genton and Parzen (2011), Ann.
Inst. Stat. Math. 63, for their quantiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True, slots=True)
class Scores:
    """Per case: absolute error of the median, mean pinball loss over QUANTILES, CRPS, whether the central 50, 80 and
    95 % intervals held the truth, and how much of the truth lies within them (`even`, see `evenly`)."""

    error: Reals
    pinball: Reals
    crps: Reals
    in50: NDArray[np.bool_]
    in80: NDArray[np.bool_]
    in95: NDArray[np.bool_]
    even50: Reals
    even80: Reals
    even95: Reals


def score(draws: Reals, truth: Reals, *, whole: bool = False) -> Scores:
    """Score draws (draws x cases) against what happened (cases); `whole` if the draws are whole numbers."""
    at = np.quantile(draws, QUANTILES, axis=0)
    ends = quantiles(draws, QUANTILES) if whole else at
    below = truth[None, :] - at
    share = np.array(QUANTILES)[:, None]
    pinball = np.maximum(share * below, (share - 1.0) * below).mean(axis=0)
    inside = [(ends[k] <= truth) & (truth <= ends[-1 - k]) for k in (2, 1, 0)]
    even = [evenly(draws, truth, tail) for tail in (0.25, 0.1, 0.025)]
    return Scores(np.abs(truth - at[3]), pinball, crps(draws, truth), *inside, *even)


def quantiles(draws: Reals, shares: Sequence[float]) -> Reals:
    """Quantiles (shares x cases) of draws of whole numbers (draws x cases), not below 0.

    Each whole number spreads evenly over half a unit to either side, which lets intervals of small counts come near
    the probability they state; their plain quantiles, both ends included, hold more (Ma, Genton and Parzen, 2011).
    """
    ordered = np.sort(draws, axis=0)
    count = len(ordered)
    out = np.empty((len(shares), draws.shape[1]))
    for i, share in enumerate(shares):
        at = ordered[max(int(np.ceil(share * count)) - 1, 0)]
        below, same = (ordered < at).sum(axis=0), (ordered == at).sum(axis=0)
        out[i] = at - 0.5 + (share * count - below) / same
    return np.maximum(out, 0.0)


def evenly(draws: Reals, truth: Reals, tail: float) -> Reals:
    """How much of the probability transform of each truth lies between `tail` and 1 - `tail`, 0 to 1.

    Where draws equal the truth the transform is a span, from the share of draws below it to the share up to it; under a
    true forecast its mean over cases is 1 - 2 `tail` however small the counts (Czado, Gneiting and Held, 2009).
    """
    low, high = (draws < truth).mean(axis=0), (draws <= truth).mean(axis=0)
    width = np.maximum(high - low, 1e-12)
    held = (np.minimum(high, 1.0 - tail) - np.maximum(low, tail)) / width
    return np.asarray(np.where(high > low, np.clip(held, 0.0, 1.0), (low >= tail) & (low <= 1.0 - tail)))


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
