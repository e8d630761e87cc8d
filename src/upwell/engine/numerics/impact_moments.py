"""One pass over a wide matrix of results, after which staggered estimators need no person again.

People who share stratum, cohort and observed periods form one row; a row keeps head count, mean vector and (where
that is smaller than the people themselves) scatter matrix. An estimator without covariates is a linear functional
of the people: its influence on person i of row r is ``weight[r] . (y_i - mean[r]) + shift[r]``. Functionals are
represented by columns whose inner products are the covariances of the estimators, so sums and differences of
estimators are sums and differences of columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Moments:
    """Rows (R) of people (N) over periods (T).

    ``cohort`` is the index of the first treated period, T for never; ``mean`` is zero where a row is unseen.
    """

    count: Floats
    mean: Floats
    seen: Bools
    cohort: Ints
    stratum: Ints
    row_of: Ints
    outcome: Floats
    cluster: Ints | None
    roots: Floats | None

    @property
    def periods(self) -> int:
        """Number of periods T."""
        return int(self.mean.shape[1])

    @property
    def rows(self) -> int:
        """Number of rows R."""
        return int(self.mean.shape[0])

    @property
    def is_balanced(self) -> bool:
        """True where every person is seen in every period."""
        return bool(self.seen.all())


@dataclass(frozen=True, slots=True)
class Functional:
    """A linear estimator: per-person ``weight`` (R x T) and ``shift`` (R) of its influence function."""

    weight: Floats
    shift: Floats


@dataclass(frozen=True, slots=True)
class Columns:
    """Influence of several estimators: ``matrix`` (D x F), and for each D whether it stems from treated people."""

    matrix: Floats
    treated: Bools

    def covariance(self) -> Floats:
        """Covariance of the estimators (F x F)."""
        return np.asarray(self.matrix.T @ self.matrix)


def moments(outcome: Floats, cohort: Ints, stratum: Ints, cluster: Ints | None) -> Moments:
    """Group people into rows. ``outcome`` is N x T with NaN where a person was not observed."""
    n_people, n_periods = outcome.shape
    observed = ~np.isnan(outcome)
    row_of = _rows(observed, cohort, stratum)
    n_rows = int(row_of.max()) + 1
    first = np.zeros(n_rows, dtype=np.int64)
    first[row_of[::-1]] = np.arange(n_people - 1, -1, -1)
    filled = np.where(observed, outcome, 0.0)
    count = np.bincount(row_of, minlength=n_rows).astype(np.float64)
    sums = [np.bincount(row_of, weights=filled[:, t], minlength=n_rows) for t in range(n_periods)]
    mean: Floats = np.column_stack(sums).astype(np.float64) / count[:, None]
    roots = None
    if cluster is None and n_people > max(2000, 4 * n_rows * (n_periods + 1)):
        roots = _roots(filled, mean, row_of, n_rows)
    return Moments(count, mean, observed[first], cohort[first], stratum[first], row_of, filled, cluster, roots)


def columns(stats: Moments, functionals: Sequence[Functional]) -> Columns:
    """Represent functionals as cheaply as the data allow."""
    if stats.roots is None:
        return people_columns(stats, functionals)
    weight = np.stack([f.weight for f in functionals])
    spread = np.einsum("rtk,frt->rkf", stats.roots, weight)
    shift = np.stack([f.shift for f in functionals], axis=1) * np.sqrt(stats.count)[:, None]
    stacked = np.concatenate([spread, shift[:, None, :]], axis=1)
    treated = np.repeat(stats.cohort < stats.periods, stats.periods + 1)
    return Columns(stacked.reshape(-1, len(functionals)), treated)


def people_columns(stats: Moments, functionals: Sequence[Functional]) -> Columns:
    """Represent functionals person by person, or summed to clusters where people were assigned in clusters."""
    psi = np.empty((stats.outcome.shape[0], len(functionals)))
    for j, functional in enumerate(functionals):
        offset = functional.shift - (functional.weight * stats.mean).sum(axis=1)
        own = functional.weight[stats.row_of]
        psi[:, j] = np.einsum("it,it->i", own, stats.outcome) + offset[stats.row_of]
    return gathered(stats, psi)


def gathered(stats: Moments, psi: Floats) -> Columns:
    """Sum person-level influence (N x F) to the level of assignment."""
    treated = (stats.cohort < stats.periods)[stats.row_of]
    if stats.cluster is None:
        return Columns(psi, treated)
    size = int(stats.cluster.max()) + 1
    summed: Floats = np.column_stack(
        [np.bincount(stats.cluster, weights=psi[:, j], minlength=size) for j in range(psi.shape[1])]
    ).astype(np.float64)
    return Columns(summed, np.bincount(stats.cluster, weights=treated, minlength=size) > 0)


def arms(stats: Moments) -> tuple[int, int]:
    """Independent units (people, or clusters) ever treated and never treated."""
    treated = (stats.cohort < stats.periods)[stats.row_of]
    if stats.cluster is None:
        return int(treated.sum()), int((~treated).sum())
    touched = np.bincount(stats.cluster, weights=treated) > 0
    return int(touched.sum()), int((~touched).sum())


def _rows(observed: Bools, cohort: Ints, stratum: Ints) -> Ints:
    keys = [stratum, cohort]
    if not observed.all():
        packed = np.packbits(observed, axis=1)
        patterns = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        keys.append(np.unique(patterns, return_inverse=True)[1].astype(np.int64))
    code = np.zeros(len(cohort), dtype=np.int64)
    for key in keys:
        code = np.unique(code * (int(key.max()) + 1) + key, return_inverse=True)[1].astype(np.int64)
    return code


def _roots(filled: Floats, mean: Floats, row_of: Ints, n_rows: int) -> Floats:
    n_periods = mean.shape[1]
    roots = np.empty((n_rows, n_periods, n_periods))
    order = np.argsort(row_of, kind="stable")
    ends = np.cumsum(np.bincount(row_of, minlength=n_rows))
    start = 0
    for row, end in enumerate(ends):
        centred = filled[order[start:end]] - mean[row]
        values, vectors = np.linalg.eigh(centred.T @ centred)
        roots[row] = vectors * np.sqrt(np.clip(values, 0.0, None))
        start = end
    return roots
