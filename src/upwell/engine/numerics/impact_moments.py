"""One pass over a wide matrix of results, after which staggered estimators need no person again.

People who share stratum, cohort and observed periods form one row; a row keeps head count, mean vector and (where
that is smaller than the people themselves) scatter matrix. An estimator without covariates is a linear functional
of the people: its influence on person i of row r is ``weight[r] . (y_i - mean[r]) + shift[r]``. Functionals are
represented by columns whose inner products are the covariances of the estimators, so sums and differences of
estimators are sums and differences of columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CHUNK = 16384
"""People read at a time, so that a working copy stays small."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Rows (R) of people (N) over periods (T).

    ``cohort`` is the index of the first treated period, T for never; ``mean`` is zero where a row is unseen;
    ``position`` places periods on the calendar, where one may be missing for everybody.
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
    position: Ints

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


def moments(
    outcome: Floats, cohort: Ints, stratum: Ints, cluster: Ints | None, position: Ints | None = None
) -> Moments:
    """Group people into rows. ``outcome`` is N x T with NaN where a person was not observed."""
    n_people, n_periods = outcome.shape
    observed = ~np.isnan(outcome)
    is_full = bool(observed.all())
    row_of = _rows(None if is_full else observed, cohort, stratum)
    n_rows = int(row_of.max()) + 1
    first = np.zeros(n_rows, dtype=np.int64)
    first[row_of[::-1]] = np.arange(n_people - 1, -1, -1)
    filled = outcome if is_full else np.where(observed, outcome, 0.0)
    count = np.bincount(row_of, minlength=n_rows).astype(np.float64)
    mean = _sums(filled, row_of, n_rows) / count[:, None]
    roots = None
    if cluster is None and n_people > max(2000, 4 * n_rows * (n_periods + 1)):
        roots = _roots(filled, mean, row_of, n_rows)
    when = np.arange(n_periods) if position is None else position
    return Moments(count, mean, observed[first], cohort[first], stratum[first], row_of, filled, cluster, roots, when)


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
        for start in range(0, len(psi), CHUNK):
            chosen = slice(start, start + CHUNK)
            row = stats.row_of[chosen]
            psi[chosen, j] = np.einsum("it,it->i", functional.weight[row], stats.outcome[chosen]) + offset[row]
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


def _rows(observed: Bools | None, cohort: Ints, stratum: Ints) -> Ints:
    keys = [stratum, cohort]
    if observed is not None:
        packed = np.packbits(observed, axis=1)
        patterns = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        keys.append(np.unique(patterns, return_inverse=True)[1].astype(np.int64))
    code = np.zeros(len(cohort), dtype=np.int64)
    for key in keys:
        code = _ranked(code * (int(key.max()) + 1) + key)
    return code


def _ranked(code: Ints) -> Ints:
    """Codes without holes, in the same order."""
    span = int(code.max()) + 1
    if span > 4 * len(code) + CHUNK:
        return np.unique(code, return_inverse=True)[1].astype(np.int64)
    present = np.zeros(span, dtype=bool)
    present[code] = True
    return np.asarray((np.cumsum(present) - 1)[code], dtype=np.int64)


def _sums(filled: Floats, row_of: Ints, n_rows: int) -> Floats:
    """Sum of each row (R x T)."""
    total = np.zeros((n_rows, filled.shape[1]))
    if n_rows > 64:
        for t in range(filled.shape[1]):
            total[:, t] = np.bincount(row_of, weights=filled[:, t], minlength=n_rows)
        return total
    rows = np.arange(n_rows)[:, None]
    for start in range(0, len(filled), CHUNK):
        chosen = slice(start, start + CHUNK)
        total += (row_of[chosen] == rows).astype(np.float64) @ filled[chosen]
    return total


def _roots(filled: Floats, mean: Floats, row_of: Ints, n_rows: int) -> Floats:
    """A square root of each row's scatter matrix (R x T x T)."""
    n_periods = mean.shape[1]
    scatter = np.zeros((n_rows, n_periods, n_periods))
    for start in range(0, len(filled), CHUNK):
        chosen = slice(start, start + CHUNK)
        order = np.argsort(row_of[chosen], kind="stable")
        own = row_of[chosen][order]
        centred = filled[chosen][order] - mean[own]
        edges = np.flatnonzero(np.diff(own, prepend=-1, append=n_rows))
        for low, high in pairwise(edges):
            scatter[own[low]] += centred[low:high].T @ centred[low:high]
    values, vectors = np.linalg.eigh(scatter)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None))[:, None, :])
