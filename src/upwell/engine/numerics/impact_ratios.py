"""Difference in differences in ratios: cohorts that differ by a factor, periods that differ by a factor.

``E[y] = exp(a_cohort + b_period)`` without treatment, inside a stratum, fitted by Poisson pseudo-likelihood on
untreated cells alone and carried to treated ones (Wooldridge 2023, section 4: the pooled estimator equals this
imputation for the canonical link). Only the mean has to be right, so zeros and overdispersion do no harm. Like every
other estimator without covariates it needs sums of cells only, and its influence is linear in a person's results.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats, Functional, Ints, Moments

STEPS = 60
CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Ratio:
    """Mean effect on treated cells in units of the outcome, the factor it amounts to, and the influence."""

    value: float
    factor: float
    influence: Functional


@dataclass(frozen=True, slots=True)
class _Fit:
    """One stratum: cohorts x periods, factors fitted on ``free`` cells, and the inverse information (parameters)."""

    mean: Floats
    inverse: Floats
    rows: Floats


def in_ratios(stats: Moments, donut: int) -> Ratio | None:
    """The estimate, leaving the last ``donut`` periods before treatment out of the fit; None where nothing is left.

    A cohort needs a result above zero before treatment, a period one among the untreated.
    """
    weight = np.zeros((stats.rows, stats.periods))
    shift = np.zeros(stats.rows)
    total, gained, expected = 0.0, 0.0, 0.0
    for stratum in np.unique(stats.stratum):
        inside = np.flatnonzero(stats.stratum == stratum)
        cohorts, own = np.unique(stats.cohort[inside], return_inverse=True)
        heads, sums = _cells(stats, inside, own, len(cohorts))
        free, treated = _sides(stats, cohorts, heads, donut)
        fit = _fitted(heads * free, sums * free)
        if fit is None:
            continue
        used = treated & (fit.mean > 0)
        size = float((heads * used).sum())
        if not size:
            continue
        total, gained = total + size, gained + float((sums * used).sum())
        expected += float((heads * used * fit.mean).sum())
        carried = fit.rows.T @ (heads * used * fit.mean).ravel()
        back = (fit.rows @ (fit.inverse @ carried)).reshape(heads.shape) * (free & (fit.mean > 0))
        each = used - back
        centre = np.divide(sums, heads, out=np.zeros_like(sums), where=heads > 0)
        weight[inside] = each[own] * stats.seen[inside]
        shift[inside] = (weight[inside] * (stats.mean[inside] - centre[own])).sum(axis=1)
    if not total or expected <= 0:
        return None
    influence = Functional(weight / total, shift / total)
    return Ratio((gained - expected) / total, gained / expected, influence)


def _cells(stats: Moments, inside: Ints, own: Ints, cohorts: int) -> tuple[Floats, Floats]:
    """People seen, and the sum of their results, in each cohort and period of a stratum."""
    heads, sums = np.zeros((cohorts, stats.periods)), np.zeros((cohorts, stats.periods))
    for t in range(stats.periods):
        seen = stats.seen[inside, t] * stats.count[inside]
        heads[:, t] = np.bincount(own, weights=seen, minlength=cohorts)
        sums[:, t] = np.bincount(own, weights=seen * stats.mean[inside, t], minlength=cohorts)
    return heads, sums


def _sides(stats: Moments, cohorts: np.ndarray, heads: Floats, donut: int) -> tuple[Bools, Bools]:
    """Cells the fit may use, and treated cells of cohorts with a history."""
    start = np.append(stats.position, np.iinfo(np.int64).max)[cohorts]
    since = stats.position[None, :] - start[:, None]
    treated = (since >= 0) & (heads > 0)
    untreated = (since < 0) & (heads > 0)
    free = untreated & ((since < -donut) | (cohorts == stats.periods)[:, None])
    bare = ~free.any(axis=1)
    free[bare] = untreated[bare] & (np.arange(stats.periods) == np.argmax(untreated[bare], axis=1)[:, None])
    return free, treated


def _fitted(heads: Floats, sums: Floats) -> _Fit | None:
    """Factors of cohorts and periods by alternating between them, then the information of the last fit."""
    rows, columns = sums.sum(axis=1) > 0, sums.sum(axis=0) > 0
    heads = heads * rows[:, None] * columns
    if not heads.any():
        return None
    sums = sums * (heads > 0)
    a, b = np.ones(len(heads)), columns.astype(np.float64)
    for _ in range(STEPS * 10):
        a = np.divide(sums.sum(axis=1), heads @ b, out=np.zeros(len(a)), where=rows)
        new = np.divide(sums.sum(axis=0), a @ heads, out=np.zeros(len(b)), where=columns & (a @ heads > 0))
        if np.abs(new - b).max() <= CLOSE * new.max():
            b = new
            break
        b = new
    mean = np.outer(a, b)
    kept = np.flatnonzero(columns)[1:]
    shape = (*heads.shape, len(a) + len(kept))
    design = np.zeros(shape)
    design[np.arange(len(a)), :, np.arange(len(a))] = 1.0
    design[:, kept, len(a) + np.arange(len(kept))] = 1.0
    flat = design.reshape(-1, shape[2])
    information = flat.T @ ((heads * mean).ravel()[:, None] * flat)
    inverse: Floats = np.linalg.pinv(information, rcond=1e-12, hermitian=True).astype(np.float64)
    return _Fit(mean, inverse, flat)
