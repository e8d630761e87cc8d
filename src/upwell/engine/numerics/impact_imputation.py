"""Imputation difference in differences (Borusyak, Jaravel and Spiess 2024) from moments.

Person and period effects are fitted on untreated cells; the treated cells' distance from the fit is averaged. The
standard error is the paper's conservative one (residuals around the mean effect of cohort and period). With a
donut the last periods before treatment are left out of the fit.
"""

from dataclasses import dataclass, replace

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats, Functional, Moments


class UnidentifiedError(ArithmeticError):
    """The untreated cells do not tie all periods together."""


@dataclass(frozen=True, slots=True)
class Imputation:
    """Fit on untreated cells: ``fitted`` (R x T mask), ``usable`` treated cells, period effects, cell effects."""

    fitted: Bools
    usable: Bools
    period_effect: Floats
    effect: Floats
    cohort_effect: Floats

    def around(self, value: float) -> "Imputation":
        """The same fit whose residuals are taken around one effect for all cohorts: wider, for few units a cohort."""
        return replace(self, cohort_effect=np.where(self.usable, value, 0.0))


def impute(stats: Moments, donut: int) -> Imputation:
    """Fit the untreated model in every stratum.

    A cohort with fewer periods before treatment than the donut keeps its earliest one.

    Raises:
        UnidentifiedError: periods of the fit are not connected through people.
    """
    periods = np.arange(stats.periods)
    start = np.append(stats.position, stats.position[-1] + 1 + donut)[stats.cohort]
    before = periods < stats.cohort[:, None]
    fitted = stats.seen & before & ((stats.position < start[:, None] - donut) | (periods == 0))
    effects = np.full((stats.rows, stats.periods), np.nan)
    usable = np.zeros_like(fitted)
    for stratum in np.unique(stats.stratum):
        inside = np.flatnonzero(stats.stratum == stratum)
        mask = fitted[inside]
        level = _period_effects(stats.mean[inside], mask, stats.count[inside])
        effects[inside] = level
        treated = stats.seen[inside] & (periods >= stats.cohort[inside][:, None])
        usable[inside] = treated & mask.any(axis=1)[:, None] & ~np.isnan(level)
    known = np.nan_to_num(effects)
    per_row = np.maximum(fitted.sum(axis=1), 1)
    own = ((stats.mean - known) * fitted).sum(axis=1) / per_row
    effect = np.where(usable, stats.mean - known - own[:, None], 0.0)
    return Imputation(fitted, usable, known, effect, _cohort_means(stats, usable, effect))


def average(stats: Moments, fit: Imputation, cells: Bools) -> tuple[float, Functional]:
    """Mean effect over the people in the chosen treated cells (R x T), with its influence."""
    chosen = fit.usable & cells
    total = float((stats.count[:, None] * chosen).sum())
    weight = chosen / total
    value = float((stats.count[:, None] * weight * fit.effect).sum())
    full = weight.copy()
    for stratum in np.unique(stats.stratum):
        inside = np.flatnonzero(stats.stratum == stratum)
        full[inside] -= _backward(weight[inside], fit.fitted[inside], stats.count[inside])
    centre = (full * fit.period_effect).sum(axis=1) + (weight * fit.cohort_effect).sum(axis=1)
    return value, Functional(full, (full * stats.mean).sum(axis=1) - centre)


def two_way_system(mask: Bools, count: Floats) -> tuple[Floats, Floats]:
    """Normal equations of the period effects after people's means are removed, and the fitted periods."""
    held = mask.astype(np.float64)
    per_row = np.maximum(held.sum(axis=1), 1.0)
    system = np.diag(count @ held) - held.T @ (held * (count / per_row)[:, None])
    return system, np.flatnonzero(count @ held > 0).astype(np.float64)


def solve_periods(mask: Bools, count: Floats, right: Floats) -> Floats:
    """Solve the period system with the first fitted period as reference; unfitted periods are NaN."""
    system, fitted = two_way_system(mask, count)
    keep = fitted.astype(np.int64)
    answer = np.full(mask.shape[1], np.nan)
    if not keep.size:
        return answer
    answer[keep[0]] = 0.0
    free = keep[1:]
    if free.size:
        inner = system[np.ix_(free, free)]
        values = np.linalg.eigvalsh(inner)
        if values[0] <= 1e-9 * values[-1]:
            raise UnidentifiedError("the untreated months are not connected through people seen in several of them")
        answer[free] = np.linalg.solve(inner, right[free])
    return answer


def _period_effects(mean: Floats, mask: Bools, count: Floats) -> Floats:
    held = mask.astype(np.float64)
    own = (mean * held).sum(axis=1) / np.maximum(held.sum(axis=1), 1.0)
    right = count @ (held * (mean - own[:, None]))
    return solve_periods(mask, count, right)


def _backward(weight: Floats, mask: Bools, count: Floats) -> Floats:
    held = mask.astype(np.float64)
    per_row = np.maximum(held.sum(axis=1), 1.0)
    spread = weight.sum(axis=1) / per_row
    right = count @ (weight - held * spread[:, None])
    u = np.nan_to_num(solve_periods(mask, count, right))
    mean_u = held @ u / per_row
    return np.asarray(held * (spread[:, None] + u - mean_u[:, None]))


def _cohort_means(stats: Moments, usable: Bools, effect: Floats) -> Floats:
    width = stats.periods + 1
    group = np.unique(stats.stratum * width + stats.cohort, return_inverse=True)[1]
    heads = np.zeros((int(group.max()) + 1, stats.periods))
    sums = np.zeros_like(heads)
    np.add.at(heads, group, stats.count[:, None] * usable)
    np.add.at(sums, group, stats.count[:, None] * effect * usable)
    return np.asarray((sums / np.maximum(heads, 1.0))[group])
