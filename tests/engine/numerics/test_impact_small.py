"""Standard errors for few people, against their definitions written with whole matrices."""

import numpy as np
import pytest
from numpy.typing import NDArray

from upwell.engine.numerics.impact_small import first_coefficient

Floats = NDArray[np.float64]
RNG = np.random.default_rng(8)
DESIGN = np.column_stack([np.arange(14) % 3 == 0, np.ones(14), RNG.normal(size=14)]).astype(float)
OUTCOMES = RNG.normal(size=(14, 2))
CLUSTER = np.array([0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5])


def by_definition(cluster: NDArray[np.int64]) -> tuple[Floats, float]:
    """CR2 variance of the first coefficient and its degrees of freedom (Bell and McCaffrey 2002)."""
    inverse = np.linalg.inv(DESIGN.T @ DESIGN)
    hat = DESIGN @ inverse @ DESIGN.T
    rest = np.eye(14) - hat
    columns, moved = [], []
    for c in np.unique(cluster):
        own = cluster == c
        values, vectors = np.linalg.eigh(rest[np.ix_(own, own)])
        pull = vectors @ np.diag(values**-0.5) @ vectors.T @ DESIGN[own] @ inverse[:, 0]
        columns.append(pull @ (rest @ OUTCOMES)[own])
        moved.append(rest[:, own] @ pull)
    inner = np.array(moved) @ np.array(moved).T
    column = np.array(columns)
    return column.T @ column, float(np.trace(inner) ** 2 / (inner**2).sum())


def test_clustered_errors_are_those_of_bell_and_mccaffrey() -> None:
    found = first_coefficient(OUTCOMES, DESIGN, "cluster", CLUSTER)
    covariance, df = by_definition(CLUSTER)
    np.testing.assert_allclose(found.value, np.linalg.lstsq(DESIGN, OUTCOMES, rcond=None)[0][0])
    np.testing.assert_allclose(found.covariance, covariance)
    assert found.df == pytest.approx(df)


def test_hc2_is_the_same_with_everybody_a_cluster() -> None:
    found = first_coefficient(OUTCOMES, DESIGN, "hc2")
    covariance, df = by_definition(np.arange(14))
    np.testing.assert_allclose(found.covariance, covariance)
    assert found.df == pytest.approx(df)


def test_hc3_is_nearly_the_jackknife_and_classical_errors_the_textbook() -> None:
    found = first_coefficient(OUTCOMES, DESIGN, "hc3")
    without = [np.linalg.lstsq(np.delete(DESIGN, i, 0), np.delete(OUTCOMES, i, 0), rcond=None)[0][0] for i in range(14)]
    moved = found.value - np.array(without)
    np.testing.assert_allclose(found.covariance, moved.T @ moved)
    plain = first_coefficient(OUTCOMES, DESIGN, "classical")
    residual = OUTCOMES - DESIGN @ np.linalg.lstsq(DESIGN, OUTCOMES, rcond=None)[0]
    expected = residual.T @ residual / 11 * np.linalg.inv(DESIGN.T @ DESIGN)[0, 0]
    np.testing.assert_allclose(plain.covariance, expected)
    assert plain.df == 11
