"""Estimators for drawn dates: contrasts after treatment, sharpened by contrasts from before (Roth and Sant'Anna 2023).

Before treatment a drawn contrast of cohorts is zero on average, so any multiple of it may be subtracted. With one such
contrast, in the last period before treatment, this is the estimator of the authors' program (``efficient_simple``,
``_cohort``, ``_calendar``). ``efficient_history`` subtracts three: the last period, the mean of the last three and the
mean of all periods before, which keeps noise of single periods out at the price of three coefficients. Panels with
gaps compare, cell by cell, the people seen in the cell's period and in the last one before treatment.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from upwell.engine.impact.inference import Contrast, combined, limited
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_cells import Aggregate, Cells
from upwell.engine.numerics.impact_moments import Bools, Floats, Functional, Ints, Moments, columns, moments

if TYPE_CHECKING:
    from upwell.engine.impact.estimators import Workbench

NAMES = ("efficient_simple", "efficient_cohort", "efficient_calendar", "efficient_history")
RECENT = 3
MANY = 200.0
"""Degrees of freedom from which the normal quantile will do."""


def fill(bench: "Workbench", is_drawn: bool) -> None:
    """Add the estimators for drawn dates, or the reason why not; cohorts of one person are left out."""
    if not is_drawn:
        bench.refuse(NAMES, "dates were not drawn by lot or by an arbitrary queue")
        return
    stats = without_singletons(bench.stats)
    cells = None if stats is None else impact_cells.compare(stats, "notyet")
    if stats is None or cells is None or not cells.effect.size or not cells.is_post.any():
        bench.refuse(NAMES, "no treated cohort of two people has results before treatment beside untreated people")
        return
    totals = (impact_cells.simple(cells), impact_cells.by_cohort(cells), impact_cells.calendar(cells))
    for name, total in zip(NAMES, totals, strict=False):
        _keep(bench, name, *adjusted(stats, cells, total, (1,)))
    _keep(bench, "efficient_history", *adjusted(stats, cells, totals[0], (1, RECENT, stats.periods)))


def _keep(bench: "Workbench", name: str, contrast: Contrast, mask: Bools, df: float) -> None:
    """Store an estimate whose interval has no more degrees of freedom than its cohorts allow."""
    bench.keep(name, contrast, mask)
    found = bench.found[name]
    if found is not None and df < MANY:
        bench.found[name] = limited(found, df)


def without_singletons(stats: Moments) -> Moments | None:
    """Only people of cohorts with at least two people in their stratum; None where nobody is left."""
    group, heads = cohorts(stats)
    kept = (heads >= 2)[group[stats.row_of]]
    if kept.all():
        return stats
    if not kept.any():
        return None
    rows = stats.row_of[kept]
    own = stats.outcome[kept]
    if not stats.is_balanced:
        own = np.where(stats.seen[rows], own, np.nan)
    cluster = None if stats.cluster is None else np.unique(stats.cluster[kept], return_inverse=True)[1]
    return moments(own, stats.cohort[rows], stats.stratum[rows], cluster, stats.position)


def cohorts(stats: Moments) -> tuple[Ints, Floats]:
    """Cohort within stratum of each row (R), and the people of each (G)."""
    code = stats.stratum * (stats.periods + 1) + stats.cohort
    group = np.unique(code, return_inverse=True)[1].astype(np.int64)
    return group, np.bincount(group, weights=stats.count).astype(np.float64)


def levels(stats: Moments, cells: Cells, total: Aggregate, window: Callable[[int, int], slice]) -> Functional:
    """Contrast of mean levels over a window of periods of each cell (from cohort and period), weighted as ``total``.

    Of people with gaps the periods seen count. Influence is centred at the mean of each cohort's people in the cell.
    """
    weight = np.zeros((stats.rows, stats.periods))
    shift = np.zeros(stats.rows)
    group, _ = cohorts(stats)
    for k in np.flatnonzero(total.weight):
        cohort, period = int(cells.cohort[k]), int(cells.period[k])
        chosen = window(cohort, period)
        treated, controls = impact_cells.sides(
            stats, cells.control, int(cells.stratum[k]), cohort, period, int(cells.base[k])
        )
        per_person = total.weight[k] * (treated / cells.treated[k] - controls / cells.controls[k])
        seen = stats.seen[:, chosen]
        own = per_person[:, None] * seen / np.maximum(seen.sum(axis=1), 1)[:, None]
        weight[:, chosen] += own
        if not stats.is_balanced:
            heads = stats.count * (per_person != 0)
            level = (own * stats.mean[:, chosen]).sum(axis=1)
            mean = np.bincount(group, weights=heads * level) / np.maximum(np.bincount(group, weights=heads), 1.0)
            shift += np.where(heads > 0, level - mean[group], 0.0)
    return Functional(weight, shift)


def pair(stats: Moments, cells: Cells, total: Aggregate, reaches: tuple[int, ...]) -> list[Functional]:
    """The contrast after treatment and those before it."""
    after = levels(stats, cells, total, lambda cohort, period: slice(period, period + 1))

    def before(reach: int) -> Functional:
        return levels(stats, cells, total, lambda cohort, period: slice(max(cohort - reach, 0), cohort))

    return [after, *(before(reach) for reach in reaches)]


def adjusted(stats: Moments, cells: Cells, total: Aggregate, reaches: tuple[int, ...]) -> tuple[Contrast, Bools, float]:
    """Level contrast minus the best multiples of its counterparts before treatment; Neyman variance; its degrees.

    The covariances behind k coefficients rest on f degrees of freedom, Satterthwaite's over cohorts: few where small
    cohorts carry the estimate, however many people stand beside them. With several counterparts the variance is
    inflated by (f + k) / (f - k): what estimating k coefficients costs in the fit and in its use.
    """
    functionals = pair(stats, cells, total, reaches)
    group, heads = cohorts(stats)
    arm = np.sqrt(heads / (heads - 1.0))[group]
    found = columns(stats, [Functional(f.weight * arm[:, None], f.shift * arm) for f in functionals])
    covariance = found.covariance()
    beta = best(covariance)
    values = [float((stats.count[:, None] * f.weight * stats.mean).sum()) for f in functionals]
    contrasts = [Contrast(v, found.matrix[:, j]) for j, v in enumerate(values)]
    result = combined(np.concatenate([[1.0], -beta]), contrasts)
    lost = int(np.linalg.matrix_rank(covariance[1:, 1:], hermitian=True))
    df = degrees(stats, result.column)
    if lost > 1:
        df = max(df, lost + 1.0)
        result = replace(result, column=result.column * np.sqrt((df + lost) / (df - lost)))
    return result, found.treated, max(df - lost, 1.0)


def degrees(stats: Moments, column: Floats) -> float:
    """Satterthwaite's degrees of freedom of the sum of squares of an influence column, by cohort and stratum."""
    own, heads = cohorts(stats)
    if stats.cluster is not None:
        group = own[stats.row_of[np.unique(stats.cluster, return_index=True)[1]]]
        heads = np.bincount(group, minlength=len(heads)).astype(np.float64)
    elif len(column) == len(stats.row_of):
        group = own[stats.row_of]
    else:
        group = np.repeat(own, len(column) // stats.rows)
    squares = np.bincount(group, weights=column**2, minlength=len(heads))
    total = float(squares.sum())
    if total <= 0:
        return float(max(heads.sum() - len(heads), 1))
    return float(1.0 / ((squares / total) ** 2 / np.maximum(heads - 1, 1)).sum())


def best(covariance: Floats) -> Floats:
    """Coefficients that minimise the variance of the first column minus multiples of the others."""
    scale = np.sqrt(np.diag(covariance)[1:])
    scale = np.where(scale > 0, scale, 1.0)
    inner = covariance[1:, 1:] / np.outer(scale, scale)
    return np.asarray(np.linalg.pinv(inner, rcond=1e-9, hermitian=True) @ (covariance[1:, 0] / scale) / scale)
