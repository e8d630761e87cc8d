"""Agreement between raters: Krippendorff's alpha and the six intraclass correlations.

Sources: Krippendorff, Content Analysis (2004) ch. 11; Shrout and Fleiss, Psychological Bulletin 86 (1979).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from upwell.engine.errors import NotEstimableError, ParameterError

Reals = NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """Single-rater (1, 2, 3) and k-rater-average (1k, 2k, 3k) coefficients, each at most 1."""

    icc1: float
    icc2: float
    icc3: float
    icc1k: float
    icc2k: float
    icc3k: float


def krippendorff_alpha(ratings: Reals, metric: Metric = "ordinal") -> float:
    """Alpha for a raters x units array, NaN where a rater did not rate a unit; 1 is full agreement.

    Raises:
        NotEstimableError: no unit has two ratings, or all pairable ratings are the same value.
        ParameterError: unknown metric.
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = np.stack([(ratings == value).sum(axis=0) for value in values], axis=1).astype(float)
    pairable = counts.sum(axis=1) >= 2
    if len(values) < 2 or not pairable.any():
        raise NotEstimableError("Agreement needs two ratings of at least one unit and two different values.")
    counts = counts[pairable]
    per_unit = counts.sum(axis=1, keepdims=True)
    weighted = counts / (per_unit - 1.0)
    coincidences = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    margin = coincidences.sum(axis=1)
    distance = _distance(values, margin, metric)
    observed = float((coincidences * distance).sum())
    expected = float((np.outer(margin, margin) * distance).sum() / (margin.sum() - 1.0))
    if expected == 0.0:
        raise NotEstimableError("Agreement is undefined because every pairable rating is the same.")
    return 1.0 - observed / expected


def intraclass(ratings: Reals) -> IntraclassCorrelations:
    """The six coefficients of a complete units x raters array (at least 2 x 2).

    Raises:
        NotEstimableError: fewer than two units or raters, a missing rating, or no variance between units.
    """
    n, k = ratings.shape
    if n < 2 or k < 2 or np.isnan(ratings).any():
        raise NotEstimableError("Intraclass correlations need at least two units and two raters, none missing.")
    grand = ratings.mean()
    between = float(k * ((ratings.mean(axis=1) - grand) ** 2).sum() / (n - 1))
    raters = float(n * ((ratings.mean(axis=0) - grand) ** 2).sum() / (k - 1))
    total = float(((ratings - grand) ** 2).sum())
    error = (total - between * (n - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    within = (total - between * (n - 1)) / (n * (k - 1))
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
