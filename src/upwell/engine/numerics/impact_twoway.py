"""The two-way fixed-effects regression that impact does not trust, and what it is made of (Goodman-Bacon 2021)."""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_imputation import UnidentifiedError, solve_periods
from upwell.engine.numerics.impact_moments import Floats, Functional, Ints, Moments


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Coefficient of treatment with person and period effects, its influence and CR1 factor of its variance."""

    value: float
    influence: Functional
    factor: float


@dataclass(frozen=True, slots=True)
class Component:
    """Part of the two-way estimate: kind of comparison, its weight (all sum to 1) and weighted mean estimate."""

    kind: str
    weight: float
    estimate: float


def two_way(stats: Moments, n_independent: int) -> TwoWay:
    """OLS of the result on being treated with person and period effects; clustered by person or cluster.

    Raises:
        UnidentifiedError: treatment is explained by person and period effects.
    """
    status = (np.arange(stats.periods) >= stats.cohort[:, None]).astype(np.float64)
    residual, _ = _residual(stats, status)
    weighted = stats.count[:, None] * residual
    spread = float((weighted * residual).sum())
    if spread <= 1e-9 * stats.count.sum():
        raise UnidentifiedError("being treated never changes apart from person and period effects")
    value = float((weighted * stats.mean).sum() / spread)
    _, level = _residual(stats, stats.mean - value * status)
    weight = residual / spread
    shift = (weight * (stats.mean - value * status - level)).sum(axis=1)
    cells = float((stats.count[:, None] * stats.seen).sum())
    used = int(stats.seen.any(axis=0).sum()) + 1
    factor = n_independent / (n_independent - 1) * (cells - 1) / (cells - used)
    return TwoWay(value, Functional(weight, shift), factor)


def bacon(stats: Moments) -> tuple[Component, ...]:
    """Goodman-Bacon decomposition of the two-way estimate on a balanced panel; strata play no part."""
    cohorts = np.unique(stats.cohort)
    size = {int(c): float(stats.count[stats.cohort == c].sum()) for c in cohorts}
    mean = {int(c): stats.count[stats.cohort == c] @ stats.mean[stats.cohort == c] / size[int(c)] for c in cohorts}
    parts: list[tuple[str, float, float]] = []
    timed = [int(c) for c in cohorts if 0 < c < stats.periods]
    for k in timed:
        on = 1 - k / stats.periods
        for other, kind in ((stats.periods, "treated_vs_never"), (0, "treated_vs_always")):
            if other in size:
                estimate = _double(mean[k], mean[other], 0, k, stats.periods)
                parts.append((kind, size[k] * size[other] * on * (1 - on), estimate))
        for later in (c for c in timed if c > k):
            late = 1 - later / stats.periods
            both = size[k] * size[later]
            early = _double(mean[k], mean[later], 0, k, later)
            parts.append(("earlier_vs_later", both * (on - late) * (1 - on), early))
            estimate = _double(mean[later], mean[k], k, later, stats.periods)
            parts.append(("later_vs_earlier", both * late * (on - late), estimate))
    total = sum(w for _, w, _ in parts)
    summary = []
    for kind in dict.fromkeys(name for name, _, _ in parts):
        weight = sum(w for name, w, _ in parts if name == kind)
        estimate = sum(w * e for name, w, e in parts if name == kind) / weight
        summary.append(Component(kind, weight / total, estimate))
    return tuple(summary)


def _double(ours: Floats, theirs: Floats, start: int, switch: int, end: int) -> float:
    gap = ours - theirs
    return float(gap[switch:end].mean() - gap[start:switch].mean())


def _residual(stats: Moments, values: Floats) -> tuple[Floats, Floats]:
    held = stats.seen.astype(np.float64)
    per_row = np.maximum(held.sum(axis=1), 1.0)
    own = (values * held).sum(axis=1) / per_row
    right = stats.count @ (held * (values - own[:, None]))
    level = np.nan_to_num(solve_periods(stats.seen, stats.count, right))
    centred = values - level
    return held * (centred - ((centred * held).sum(axis=1) / per_row)[:, None]), held * level


@dataclass(frozen=True, slots=True)
class Weighted:
    """Coefficient of treatment in a weighted two-way regression and its CR1 standard error."""

    value: float
    se: float


def weighted_two_way(outcome: Floats, status: Floats, weight: Floats, cluster: Ints) -> Weighted:
    """Weighted least squares of ``outcome`` (N x T) on ``status`` with person and period effects.

    ``weight`` is zero where a cell is unseen. Variance clustered with the factor ``G/(G-1) (M-1)/(M-K)``, M cells and
    K period effects and the slope (person effects lie inside clusters), as in common regression programs.

    Raises:
        UnidentifiedError: treatment is explained by person and period effects.
    """
    both = _weighted_residual(np.stack([outcome, status]), weight)
    y, d = both[0], both[1]
    spread = float((weight * d * d).sum())
    if spread <= 1e-9 * weight.sum():
        raise UnidentifiedError("being treated never changes apart from person and period effects")
    value = float((weight * d * y).sum() / spread)
    score = np.bincount(cluster, weights=(weight * d * (y - value * d)).sum(axis=1))
    groups, cells = len(np.unique(cluster)), int((weight > 0).sum())
    used = int((weight > 0).any(axis=0).sum()) + 1
    factor = groups / (groups - 1) * (cells - 1) / (cells - used)
    return Weighted(value, float(np.sqrt(factor * (score @ score))) / spread)


def _weighted_residual(values: Floats, weight: Floats) -> Floats:
    """Residuals of V matrices (V x N x T) on person and period effects."""
    own = np.maximum(weight.sum(axis=1), 1e-300)
    share = weight / own[:, None]
    keep = np.flatnonzero(weight.sum(axis=0) > 0)[1:]
    system = (np.diag(weight.sum(axis=0)) - weight.T @ share)[np.ix_(keep, keep)]
    known = np.where(weight > 0, values, 0.0)
    centred = known - (known * share).sum(axis=2)[:, :, None]
    right = np.einsum("nt,vnt->vt", weight, centred)[:, keep]
    level = np.zeros((len(values), weight.shape[1]))
    level[:, keep] = np.linalg.lstsq(system, right.T, rcond=None)[0].T
    rest = centred - level[:, None, :]
    return np.asarray(rest - (rest * share).sum(axis=2)[:, :, None], dtype=np.float64)
