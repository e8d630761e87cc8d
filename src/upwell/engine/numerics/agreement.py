"""Agreement between raters: Krippendorff's alpha and the six intraclass correlations, with intervals.

Sources: Krippendorff, Content Analysis (2004) ch. 11; Shrout and Fleiss, Psychological Bulletin 86 (1979), also for the
F intervals; Searle, Casella and McCulloch, Variance Components (1992) ch. 5 (Henderson's third method, for data with
ratings missing). Where no F interval exists, units are drawn again with replacement (percentiles, 1000 draws).
"""

from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from upwell.engine.errors import NotEstimableError, ParameterError

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]
METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval", "ratio")
MOST_RATERS = 1500
"""Raters up to which the two-way coefficients of incomplete data are computed."""
BLOCKS = 2000
"""Units are drawn one by one up to this number, in this many random blocks above it."""


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """Single-rater (1, 2, 3) and k-rater-average (1k, 2k, 3k) coefficients, each at most 1."""

    icc1: float
    icc2: float
    icc3: float
    icc1k: float
    icc2k: float
    icc3k: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    lo: float
    hi: float


def krippendorff_alpha(ratings: Reals, metric: Metric = "ordinal") -> float:
    """Alpha for a raters x units array, NaN where a rater did not rate a unit; 1 is full agreement.

    Raises:
        NotEstimableError: no unit has two ratings, or all pairable ratings are the same value.
        ParameterError: unknown metric.
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = np.stack([(ratings == value).sum(axis=0) for value in values], axis=1).astype(float)
    return alpha_of_counts(values, counts, metric)


def alpha_of_counts(values: Reals, counts: Reals, metric: Metric = "ordinal") -> float:
    """Alpha from how often each unit (row) got each value (column, increasing).

    Raises:
        NotEstimableError: no unit has two ratings, or all pairable ratings are the same value.
        ParameterError: unknown metric.
    """
    return _alpha(values, _coincidences(values, counts).sum(axis=0), metric)


def alpha_interval(values: Reals, counts: Reals, metric: Metric, *, seed: int, draws: int = 1000) -> Interval:
    """Percentile interval of alpha over units drawn with replacement; the same for any order of the units.

    Raises:
        NotEstimableError: as `alpha_of_counts`.
    """
    each = _coincidences(values, counts[np.lexsort(counts.T)])
    rng = np.random.default_rng(seed)
    shares = _draws(len(each), draws, rng)
    width = len(values)
    summed = shares[1] @ _blocked(each.reshape(len(each), -1), shares[0])
    found = []
    for row in summed.reshape(-1, width, width):
        try:
            found.append(_alpha(values, row, metric))
        except NotEstimableError:
            found.append(1.0)
    return Interval(*(float(v) for v in np.quantile(found, [0.025, 0.975])))


def intraclass(ratings: Reals) -> IntraclassCorrelations:
    """The six coefficients of a complete units x raters array (at least 2 x 2).

    Raises:
        NotEstimableError: fewer than two units or raters, a missing rating, or no variance between units.
    """
    between, raters, error, within = _mean_squares(ratings)
    n, k = ratings.shape
    if between == 0.0:
        raise NotEstimableError("Intraclass correlations need units that differ.")
    return IntraclassCorrelations(
        icc1=(between - within) / (between + (k - 1) * within),
        icc2=(between - error) / (between + (k - 1) * error + k * (raters - error) / n),
        icc3=(between - error) / (between + (k - 1) * error),
        icc1k=(between - within) / between,
        icc2k=(between - error) / (between + (raters - error) / n),
        icc3k=(between - error) / between,
    )


def intraclass_intervals(ratings: Reals) -> tuple[Interval, ...]:
    """F intervals of the six coefficients of a complete array, in the order of `IntraclassCorrelations`.

    Raises:
        NotEstimableError: as `intraclass`.
    """
    found = intraclass(ratings)
    between, raters, error, within = _mean_squares(ratings)
    n, k = ratings.shape
    one = _one_way(between / within if within > 0 else np.inf, n - 1, n * (k - 1), k)
    three = _one_way(between / error if error > 0 else np.inf, n - 1, (n - 1) * (k - 1), k)
    ratio = raters / error if error > 0 else np.inf
    if not np.isfinite(ratio):
        two = Interval(found.icc2, found.icc2)
    else:
        a = k * found.icc2 * ratio
        b = n * (1 + (k - 1) * found.icc2) - k * found.icc2
        df = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
        upper, lower = float(stats.f.ppf(0.975, n - 1, df)), float(stats.f.ppf(0.975, df, n - 1))
        rest = k * raters + (k * n - k - n) * error
        two = Interval(
            n * (between - upper * error) / (upper * rest + n * between),
            n * (lower * between - error) / (rest + n * lower * between),
        )
    return (one, two, three, *(Interval(_stepped(i.lo, k), _stepped(i.hi, k)) for i in (one, two, three)))


def intraclass_incomplete(unit: Ints, rater: Ints, value: Reals) -> IntraclassCorrelations:
    """The six coefficients from one row per rating (codes from 0), ratings missing; equals `intraclass` where none is.

    k is the mean number of ratings per unit. Variance components by Henderson's third method, never below zero.

    Raises:
        NotEstimableError: fewer than two units or raters, no unit rated twice, no freedom left, or too many raters.
    """
    n, r, total = int(unit.max()) + 1, int(rater.max()) + 1, len(value)
    if n < 2 or r < 2 or total <= n:
        raise NotEstimableError("Intraclass correlations need two units, two raters and a unit rated twice.")
    if r > MOST_RATERS:
        raise NotEstimableError(f"Intraclass correlations of incomplete data are computed up to {MOST_RATERS} raters.")
    return _components(unit, rater, value, np.ones(n))


def incomplete_intervals(unit: Ints, rater: Ints, value: Reals, *, seed: int, draws: int = 500) -> tuple[Interval, ...]:
    """Percentile intervals of `intraclass_incomplete` over units drawn with replacement.

    Raises:
        NotEstimableError: too few draws have an answer.
    """
    n = int(unit.max()) + 1
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        times = np.bincount(rng.integers(0, n, n), minlength=n).astype(float)
        try:
            found.append(astuple(_components(unit, rater, value, times)))
        except (NotEstimableError, np.linalg.LinAlgError):
            continue
    if len(found) < draws // 2:
        raise NotEstimableError("Too few units for an interval.")
    lo, hi = np.quantile(np.array(found), [0.025, 0.975], axis=0)
    return tuple(Interval(float(a), float(b)) for a, b in zip(lo, hi, strict=True))


def _components(unit: Ints, rater: Ints, value: Reals, times: Reals) -> IntraclassCorrelations:
    """The coefficients where unit u counts `times[u]` times."""
    n, r = len(times), int(rater.max()) + 1
    weight = times[unit]
    per_unit = np.bincount(unit, minlength=n)
    per_rater = np.bincount(rater, weight, r)
    units, raters, total = float(times.sum()), int((per_rater > 0).sum()), float(weight.sum())
    if units < 2 or raters < 2 or total <= units:
        raise NotEstimableError("Intraclass correlations need two units, two raters and a unit rated twice.")
    unit_mean = np.bincount(unit, value, n) / per_unit
    rater_mean = np.bincount(rater, weight * value, r) / np.maximum(per_rater, 1e-300)
    inside = float((weight * (value - unit_mean[unit]) ** 2).sum())
    apart = float((weight * (value - rater_mean[rater]) ** 2).sum())
    met = sparse.csr_array((np.ones(len(unit)), (unit, rater)), shape=(n, r))
    shared = met.T @ sparse.csr_array((weight / per_unit[unit], (unit, rater)), shape=(n, r))
    normal = np.diag(per_rater) - shared.toarray()
    right = np.bincount(rater, weight * (value - unit_mean[unit]), r)
    roots, vectors = np.linalg.eigh(normal)
    good = roots > 1e-9 * max(float(roots[-1]), 1.0)
    residual = max(inside - float(((vectors[:, good].T @ right) ** 2 / roots[good]).sum()), 0.0)
    rank = units + int(good.sum())
    if total <= rank:
        raise NotEstimableError("Intraclass correlations need more ratings than units and raters together.")
    error = residual / (total - rank)
    target = max((apart - residual - error * (rank - raters)) / (total - raters), 0.0)
    judge = max((inside - residual - error * (rank - units)) / (total - units), 0.0)
    within = inside / (total - units)
    grand = float((weight * value).sum() / total)
    between = float((times * per_unit * (unit_mean - grand) ** 2).sum())
    alone = (between - within * (units - 1)) / (total - float((times * per_unit**2).sum()) / total)
    k = total / units
    if target + judge + error == 0.0 or alone + within == 0.0:
        raise NotEstimableError("Intraclass correlations need ratings that differ.")
    return IntraclassCorrelations(
        icc1=alone / (alone + within),
        icc2=target / (target + judge + error),
        icc3=target / (target + error) if target + error > 0 else 0.0,
        icc1k=_stepped(alone / (alone + within), k),
        icc2k=target / (target + (judge + error) / k),
        icc3k=target / (target + error / k) if target + error > 0 else 0.0,
    )


def _mean_squares(ratings: Reals) -> tuple[float, float, float, float]:
    n, k = ratings.shape
    if n < 2 or k < 2 or np.isnan(ratings).any():
        raise NotEstimableError("Intraclass correlations need at least two units and two raters, none missing.")
    grand = ratings.mean()
    between = float(k * ((ratings.mean(axis=1) - grand) ** 2).sum() / (n - 1))
    raters = float(n * ((ratings.mean(axis=0) - grand) ** 2).sum() / (k - 1))
    total = float(((ratings - grand) ** 2).sum())
    error = (total - between * (n - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    within = (total - between * (n - 1)) / (n * (k - 1))
    return between, raters, error, within


def _one_way(ratio: float, df1: int, df2: int, k: int) -> Interval:
    if not np.isfinite(ratio):
        return Interval(1.0, 1.0)
    lower = ratio / float(stats.f.ppf(0.975, df1, df2))
    upper = ratio * float(stats.f.ppf(0.975, df2, df1))
    return Interval((lower - 1) / (lower + k - 1), (upper - 1) / (upper + k - 1))


def _stepped(single: float, k: float) -> float:
    """Spearman and Brown: the reliability of the mean of k ratings."""
    below = 1 + (k - 1) * single
    return k * single / below if below > 0 else -np.inf


def _coincidences(values: Reals, counts: Reals) -> Reals:
    """Units x values x values: what each pairable unit adds to the coincidence matrix."""
    pairable = counts.sum(axis=1) >= 2
    if len(values) < 2 or not pairable.any():
        raise NotEstimableError("Agreement needs two ratings of at least one unit and two different values.")
    counts = counts[pairable]
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1.0)
    out = weighted[:, :, None] * counts[:, None, :]
    diagonal = np.arange(len(values))
    out[:, diagonal, diagonal] -= weighted
    return np.asarray(out)


def _alpha(values: Reals, coincidences: Reals, metric: Metric) -> float:
    margin = coincidences.sum(axis=1)
    distance = _distance(values, margin, metric)
    observed = float((coincidences * distance).sum())
    expected = float((np.outer(margin, margin) * distance).sum() / (margin.sum() - 1.0))
    if expected == 0.0:
        raise NotEstimableError("Agreement is undefined because every pairable rating is the same.")
    return 1.0 - observed / expected


def _draws(n: int, draws: int, rng: np.random.Generator) -> tuple[Ints, Reals]:
    """The block of each unit, and how often each block is drawn."""
    blocks = min(n, BLOCKS)
    of_unit = np.arange(n) if n == blocks else rng.permutation(n) % blocks
    times = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws)
    return of_unit, times.astype(float)


def _blocked(rows: Reals, block: Ints) -> Reals:
    out = np.zeros((int(block.max()) + 1, rows.shape[1]))
    np.add.at(out, block, rows)
    return out


def _distance(values: Reals, margin: Reals, metric: Metric) -> Reals:
    left, right = values[:, None], values[None, :]
    if metric == "nominal":
        result: Reals = (left != right).astype(float)
    elif metric == "interval":
        result = (left - right) ** 2
    elif metric == "ratio":
        total = left + right
        result = np.where(total == 0, 0.0, (left - right) / np.where(total == 0, 1.0, total)) ** 2
    elif metric == "ordinal":
        middle = np.cumsum(margin) - 0.5 * margin
        result = (middle[:, None] - middle[None, :]) ** 2
    else:
        raise ParameterError(f"Unknown metric '{metric}'.")
    return result
