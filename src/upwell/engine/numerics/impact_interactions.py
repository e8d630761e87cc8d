"""Sun and Abraham (2021) from moments, on balanced and unbalanced panels.

A regression on person effects, period effects and every cohort's relative periods separates: the period effects are
those of the reference people alone, and each cohort has its own free period effects. So two-way effects are fitted
within the reference and within each cohort; a cohort's effect is the distance between both since its base period.
The reference are the never treated, or, where there are none, the last cohort before its own start (their section 4).
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_imputation import UnidentifiedError, solve_periods
from upwell.engine.numerics.impact_moments import Bools, Floats, Functional, Ints, Moments


@dataclass(frozen=True, slots=True)
class Interacted:
    """Mean over treated cells with cohort shares taken as known, its influence, CR1 factor, and the reference's date.

    ``reference`` is the index of the reference cohort's start, the number of periods for the never treated.
    """

    value: float
    influence: Functional
    factor: float
    reference: int


def interacted(stats: Moments, n_independent: int) -> Interacted:
    """Average of the cohorts' effects after treatment, weighted by the people seen.

    Raises:
        UnidentifiedError: no cohort has results before and after treatment beside the reference.
    """
    reference = int(stats.cohort.max())
    periods = np.arange(stats.periods)
    seen = stats.seen & (periods < reference) if reference < stats.periods else stats.seen
    held = seen & (stats.cohort > 0)[:, None]
    contrast = np.zeros((stats.rows, stats.periods))
    level = np.zeros_like(contrast)
    total, value, terms, fitted = 0.0, 0.0, 0, 0
    for stratum in np.unique(stats.stratum):
        inside = stats.stratum == stratum
        common = _within(stats, held, inside & (stats.cohort == reference))
        fitted += int(np.count_nonzero(~np.isnan(common)))
        for cohort in (int(c) for c in np.unique(stats.cohort[inside]) if 0 < c < reference):
            rows = inside & (stats.cohort == cohort)
            own = _within(stats, held, rows)
            gap = own - common
            gap -= gap[cohort - 1]
            terms += int(np.count_nonzero(~np.isnan(gap))) - 1
            used = np.flatnonzero((periods >= cohort) & ~np.isnan(gap))
            if not used.size:
                continue
            heads = stats.count[rows] @ held[rows][:, used]
            weight = np.zeros(stats.periods)
            weight[used] = heads
            weight[cohort - 1] -= heads.sum()
            value += float(heads @ gap[used])
            total += float(heads.sum())
            contrast[rows] += weight
            contrast[inside & (stats.cohort == reference)] -= weight
            level[rows] = np.nan_to_num(own)
        level[inside & (stats.cohort == reference)] = np.nan_to_num(common)
    if total == 0:
        raise UnidentifiedError("no cohort has results before and after treatment beside its reference")
    influence = _influence(stats, held, contrast / total, level)
    cells = float((stats.count[:, None] * held).sum())
    factor = n_independent / (n_independent - 1) * (cells - 1) / (cells - fitted - terms)
    return Interacted(value / total, influence, factor, reference)


def _within(stats: Moments, held: Bools, rows: Bools) -> Floats:
    """Period effects of some rows alone, up to a constant; NaN where not seen."""
    mask = held[rows]
    if not mask.any():
        return np.full(stats.periods, np.nan)
    own = (stats.mean[rows] * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
    return solve_periods(mask, stats.count[rows], stats.count[rows] @ (mask * (stats.mean[rows] - own[:, None])))


def _influence(stats: Moments, held: Bools, contrast: Floats, level: Floats) -> Functional:
    weight = np.zeros((stats.rows, stats.periods))
    group: Ints = stats.stratum * (stats.periods + 1) + stats.cohort
    for code in np.unique(group):
        rows = np.flatnonzero(group == code)
        mask = held[rows]
        if not contrast[rows[0]].any():
            continue
        pull = np.nan_to_num(solve_periods(mask, stats.count[rows], contrast[rows[0]]))
        weight[rows] = mask * (pull - (mask @ pull / np.maximum(mask.sum(axis=1), 1))[:, None])
    return Functional(weight, (weight * (stats.mean - level)).sum(axis=1))
