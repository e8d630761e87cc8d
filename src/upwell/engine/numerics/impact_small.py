"""Least squares with errors that hold in small samples: HC2, HC3 and CR2 with Bell and McCaffrey degrees of freedom.

Sources: MacKinnon and White (1985); Bell and McCaffrey (2002); Imbens and Kolesar (2016), equations 7-12; Pustejovsky
and Tipton (2018) for the clustered case.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from upwell.engine.numerics.impact_moments import Floats, Ints

Errors = Literal["classical", "hc2", "hc3", "cluster"]
"""``classical`` equal variances; ``hc2``, ``hc3`` unequal ones; ``cluster`` CR2 by group of assignment."""


@dataclass(frozen=True, slots=True)
class Fit:
    """First coefficient of M regressions on one design: ``value`` (M), ``covariance`` (M x M), degrees of freedom.

    ``column`` (N or G x M) are contributions whose inner products are the covariance; None for classical errors.
    """

    value: Floats
    covariance: Floats
    df: float
    column: Floats | None


def independent(design: Floats) -> Ints:
    """Indices of the columns that earlier ones do not explain, in order; the first column always comes first."""
    scale = np.sqrt((design**2).sum(axis=0))
    kept: list[int] = []
    basis = np.empty((len(design), 0))
    for j in np.flatnonzero(scale > 0):
        rest = design[:, j] / scale[j]
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        length = float(np.sqrt(rest @ rest))
        if length > 1e-7:
            basis = np.column_stack([basis, rest / length])
            kept.append(int(j))
    return np.array(kept, dtype=np.int64)


def first_coefficient(outcomes: Floats, design: Floats, errors: Errors, cluster: Ints | None = None) -> Fit:
    """Regress each column of ``outcomes`` (N x M) on ``design`` (N x K, full rank) and report its first coefficient."""
    n, k = design.shape
    inverse: Floats = np.asarray(np.linalg.inv(design.T @ design), dtype=np.float64)
    spread: Floats = np.asarray(design @ inverse[:, 0], dtype=np.float64)
    value = spread @ outcomes
    residual: Floats = outcomes - design @ (inverse @ (design.T @ outcomes))
    if errors == "classical":
        covariance = residual.T @ residual / (n - k) * inverse[0, 0]
        return Fit(value, covariance, float(n - k), None)
    if errors == "cluster" and cluster is not None:
        return _clustered(value, residual, design, inverse, spread, cluster)
    leverage = np.clip(((design @ inverse) * design).sum(axis=1), 0.0, 1.0 - 1e-9)
    power = 1.0 if errors == "hc3" else 0.5
    column = (spread / (1.0 - leverage) ** power)[:, None] * residual
    return Fit(value, column.T @ column, _satterthwaite(design, inverse, spread, leverage), column)


def _satterthwaite(design: Floats, inverse: Floats, spread: Floats, leverage: Floats) -> float:
    """Degrees of freedom of the HC2 variance under equal variances (Imbens and Kolesar 2016, equation 9)."""
    square = spread**2 / (1.0 - leverage)
    inner = design.T @ (design * square[:, None]) @ inverse
    twice = (square**2 * (1.0 - 2.0 * leverage)).sum() + np.trace(inner @ inner)
    return max(1.0, float((spread**2).sum() ** 2 / twice))


def _clustered(value: Floats, residual: Floats, design: Floats, inverse: Floats, spread: Floats, cluster: Ints) -> Fit:
    root = np.linalg.cholesky(inverse)
    groups = np.unique(cluster, return_inverse=True)[1]
    order = np.argsort(groups, kind="stable")
    edges = np.flatnonzero(np.diff(groups[order], prepend=-1, append=groups.max() + 1))
    columns, squares, pulls = [], [], []
    for start, end in pairwise(edges):
        own = order[start:end]
        z = design[own] @ root
        leverage, vectors = np.linalg.eigh(z.T @ z)
        leverage = np.clip(leverage, 0.0, 1.0 - 1e-9)
        boost = np.where(leverage > 1e-12, (1.0 / np.sqrt(1.0 - leverage) - 1.0) / np.maximum(leverage, 1e-12), 0.5)
        weight = spread[own] + z @ (vectors @ (boost * (vectors.T @ (z.T @ spread[own]))))
        columns.append(weight @ residual[own])
        squares.append(float(weight @ weight))
        pulls.append(z.T @ weight)
    column, square, pull = np.array(columns), np.array(squares), np.array(pulls)
    cross = pull.T @ pull
    length = (pull**2).sum(axis=1)
    trace = float((square - length).sum())
    twice = float((square**2 - 2 * square * length).sum() + (cross**2).sum())
    return Fit(value, column.T @ column, max(1.0, trace**2 / twice), column)
