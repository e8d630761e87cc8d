"""The simultaneous band holds everything at once as often as it says."""

import numpy as np
import pytest
from scipy.stats import norm, t

from upwell.engine.numerics.impact_bands import sup_t


def correlated(size: int, seed: int = 0) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(size, 2 * size))
    return root @ root.T / size + 0.5


def test_independent_coefficients_need_the_quantile_of_sidak() -> None:
    wanted = norm.ppf(0.5 + 0.5 * 0.95 ** (1 / 6))
    assert sup_t(np.diag([1.0, 4, 9, 0.1, 2, 3]), seed=1, draws=200_000) == pytest.approx(wanted, abs=0.02)


def test_perfectly_correlated_coefficients_need_no_more_than_one() -> None:
    assert sup_t(np.outer([1.0, 2, 3], [1.0, 2, 3]), seed=1, draws=200_000) == pytest.approx(1.96, abs=0.02)
    assert sup_t(np.ones((3, 3)), seed=1, df=10_000, draws=200_000) == pytest.approx(1.96, abs=0.04)
    assert sup_t(np.ones((1, 1)), seed=1, df=9, draws=200_000) == pytest.approx(t.ppf(0.975, 9), abs=0.03)


def test_the_band_holds_the_whole_course_in_95_of_100_draws() -> None:
    covariance = correlated(12)
    wide = sup_t(covariance, seed=2)
    draws = np.random.default_rng(3).multivariate_normal(np.zeros(12), covariance, 20_000)
    inside = (np.abs(draws) <= wide * np.sqrt(np.diag(covariance))).all(axis=1).mean()
    assert inside == pytest.approx(0.95, abs=0.008)


def test_with_few_people_the_band_still_holds() -> None:
    rng = np.random.default_rng(4)
    root = np.linalg.cholesky(correlated(5))
    held = []
    for run in range(400):
        people = rng.normal(size=(12, 5)) @ root.T
        own = np.cov(people.T) / 12
        wide = sup_t(own, seed=run, df=11, draws=4000)
        held.append((np.abs(people.mean(axis=0)) <= wide * np.sqrt(np.diag(own))).all())
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 400)


def test_periods_without_variance_are_left_out() -> None:
    covariance = np.zeros((3, 3))
    covariance[0, 0] = 1.0
    assert sup_t(covariance, seed=1, draws=100_000) == pytest.approx(1.96, abs=0.03)
    assert sup_t(np.zeros((2, 2)), seed=1) == 0.0


def test_the_same_seed_gives_the_same_band_and_units_do_not_matter() -> None:
    covariance = correlated(6)
    scale = np.diag([1, 10, 0.1, 5, 1, 2.0])
    assert sup_t(covariance, seed=5) == sup_t(covariance, seed=5)
    assert sup_t(scale @ covariance @ scale, seed=5) == pytest.approx(sup_t(covariance, seed=5), rel=1e-9)
