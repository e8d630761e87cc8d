"""Chance of starting in a period, given one's recent results: pooled logistic regression over people at risk.

Blocks hold periods in rows and people in columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats, Ints

LAGS = 3
CHUNK = 2048
ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Block:
    """Some people: standardised ``result`` (T x n, zero where not seen), ``seen`` (T x n, or None: all), ``cohort``."""

    start: int
    result: Floats
    seen: Floats | None
    cohort: Ints


@dataclass(frozen=True, slots=True)
class Hazards:
    """Common ``slopes`` (4); per period with starts (B): index, log-odds ``offset``, ``centre`` and ``spread`` (B x 3)
    of the last result, the mean of the last three and the mean of the earlier ones; ``window`` (3, B x T) sums them.
    """

    period: Ints
    offset: Floats
    centre: Floats
    spread: Floats
    window: Floats
    slopes: Floats


def blocks(result: Floats, seen: Bools | None, cohort: Ints, size: int = CHUNK) -> Iterator[Block]:
    """People in slices, turned so that each period is contiguous. Arguments are N x T and N."""
    for start in range(0, len(cohort), size):
        chosen = slice(start, start + size)
        held = None if seen is None else np.ascontiguousarray(seen[chosen].T, dtype=np.float64)
        yield Block(start, np.ascontiguousarray(result[chosen].T), held, cohort[chosen])


def fit_hazards(result: Floats, seen: Bools | None, cohort: Ints) -> Hazards | None:
    """Newton steps with a unit Gaussian prior on standardised slopes, which keeps separated data finite.

    Results are N x T, zero where not ``seen``. None where fewer than two periods have both starts and stays: then
    nobody can leave a comparison group early.
    """
    n_periods = result.shape[1]
    started = np.bincount(cohort, minlength=n_periods + 1)[:n_periods]
    at_risk = len(cohort) - np.concatenate([[0], np.cumsum(started)[:-1]])
    period = np.flatnonzero((started > 0) & (started < at_risk))
    period = period[period > 0]
    if len(period) < 2:
        return None
    rate = started[period] / at_risk[period]
    blank = np.zeros((len(period), 3))
    hazards = Hazards(period, np.log(rate / (1 - rate)), blank, blank + 1.0, _windows(period, n_periods), np.zeros(4))
    hazards = _standardised(hazards, result, seen, cohort)
    for _ in range(ROUNDS):
        curve, slope = np.eye(4), -hazards.slopes
        for block in blocks(result, seen, cohort):
            more_curve, more_slope = _score(hazards, block)
            curve += more_curve
            slope = slope + more_slope
        step = np.linalg.solve(curve, slope)
        hazards = replace(hazards, slopes=hazards.slopes + step)
        if np.abs(step).max() < 1e-8:
            break
    return hazards


def staying(hazards: Hazards, block: Block) -> Floats:
    """Probability of not starting in each period with starts (B x n)."""
    index = hazards.offset[:, None] + hazards.slopes[0]
    if block.seen is None:
        turned = hazards.slopes[1:, None] / hazards.spread.T
        combined = (turned[:, :, None] * hazards.window / hazards.window.sum(axis=2)[:, :, None].clip(1.0)).sum(axis=0)
        known = hazards.window.any(axis=2)
        index = index + combined @ block.result - (turned * hazards.centre.T * known).sum(axis=0)[:, None]
    else:
        for k, values in enumerate(_features(hazards, block)):
            index = index + hazards.slopes[k + 1] * values
    return 1.0 - _sigmoid(index)


def means_before(block: Block, end: int) -> tuple[Floats, Bools | None]:
    """Mean of the results before period ``end``, and for whom there are any (None: for all)."""
    if block.seen is None:
        return np.asarray(block.result[:end].mean(axis=0)), None
    counts = block.seen[:end].sum(axis=0)
    return np.asarray(block.result[:end].sum(axis=0) / np.maximum(counts, 1)), counts > 0


def _windows(period: Ints, n_periods: int) -> Floats:
    when = np.arange(n_periods)
    last = when == period[:, None] - 1
    near = (when < period[:, None]) & (when >= period[:, None] - LAGS)
    far = when < period[:, None] - LAGS
    return np.stack([last, near, far]).astype(np.float64)


def _features(hazards: Hazards, block: Block) -> list[Floats]:
    """Last result, mean of the last three, mean of the earlier ones: standardised, zero where unknown (B x n each)."""
    found = []
    for k in range(3):
        window = hazards.window[k]
        if block.seen is None:
            size = window.sum(axis=1)
            values = (window / np.maximum(size, 1.0)[:, None]) @ block.result
            known = (size > 0).astype(np.float64)[:, None]
        else:
            heads = window @ block.seen
            values = (window @ block.result) / np.maximum(heads, 1.0)
            known = (heads > 0).astype(np.float64)
        values -= hazards.centre[:, k, None]
        values *= known / hazards.spread[:, k, None]
        found.append(values)
    return found


def _standardised(hazards: Hazards, result: Floats, seen: Bools | None, cohort: Ints) -> Hazards:
    count, total, squares = (np.zeros((len(hazards.period), 3)) for _ in range(3))
    for block in blocks(result, seen, cohort):
        risk = (block.cohort >= hazards.period[:, None]).astype(np.float64)
        for k, values in enumerate(_features(hazards, block)):
            known = risk if block.seen is None else risk * ((hazards.window[k] @ block.seen) > 0)
            count[:, k] += known.sum(axis=1)
            total[:, k] += (values * known).sum(axis=1)
            squares[:, k] += (values * values * known).sum(axis=1)
    centre = total / np.maximum(count, 1)
    variance = squares / np.maximum(count, 1) - centre**2
    return replace(hazards, centre=centre, spread=np.where(variance > 1e-12, np.sqrt(variance.clip(1e-12)), 1.0))


def _score(hazards: Hazards, block: Block) -> tuple[Floats, Floats]:
    features = _features(hazards, block)
    index = hazards.offset[:, None] + hazards.slopes[0] + sum(hazards.slopes[k + 1] * f for k, f in enumerate(features))
    risk = (block.cohort >= hazards.period[:, None]).astype(np.float64)
    fitted = _sigmoid(index)
    missed = (block.cohort == hazards.period[:, None]) - fitted * risk
    weight = fitted * (1.0 - fitted) * risk
    design = [np.ones_like(fitted), *features]
    curve = np.empty((4, 4))
    for j in range(4):
        pulled = weight * design[j]
        for k in range(j, 4):
            curve[j, k] = curve[k, j] = np.einsum("bn,bn->", pulled, design[k])
    return curve, np.array([np.einsum("bn,bn->", missed, d) for d in design])


def _sigmoid(x: Floats) -> Floats:
    half = np.tanh(0.5 * x)
    half += 1.0
    half *= 0.5
    return np.asarray(half)
