"""Moments after an ordinal observation equal numerical integration, and stay finite far out."""

import numpy as np
import pytest
from scipy.stats import norm

from upwell.engine.numerics.linkage import components
from upwell.engine.numerics.nested import log_likelihood
from upwell.engine.numerics.probit import interval_moments


@pytest.mark.parametrize(("below", "above"), [(-np.inf, 1.5), (1.5, 2.5), (4.5, np.inf), (-3.0, 9.0)])
def test_slope_and_curvature_give_the_moments_of_the_exact_posterior(below: float, above: float) -> None:
    mean, var, noise = 2.2, 0.8, 1.3
    grid = np.linspace(-8, 12, 20001)
    density = norm.pdf(grid, mean, var**0.5)
    likelihood = norm.cdf((above - grid) / noise**0.5) - norm.cdf((below - grid) / noise**0.5)
    posterior = density * likelihood / (density * likelihood).sum()
    m = float((posterior * grid).sum())
    v = float((posterior * (grid - m) ** 2).sum())
    z = interval_moments(np.array([mean]), np.array([var + noise]), np.array([below]), np.array([above]))
    assert mean + var * z.slope[0] == pytest.approx(m, abs=1e-6)
    assert var - var**2 * z.curvature[0] == pytest.approx(v, abs=1e-6)
    assert z.evidence[0] == pytest.approx(np.trapezoid(density * likelihood, grid), abs=1e-6)


def test_a_rating_that_contradicts_everything_stays_finite_and_pulls_the_right_way() -> None:
    far = np.array([-1e3, 1e3])
    z = interval_moments(far, np.ones(2), np.full(2, 2.5), np.full(2, 3.5))
    assert np.isfinite(np.concatenate(z)).all()
    assert z.slope[0] > 0 > z.slope[1]


def test_subsets_without_a_common_rater_are_told_apart() -> None:
    persons, raters = components(np.array([0, 1, 2, 3, 3]), np.array([0, 1, 1, 2, 1]), 4, 4)
    assert persons.tolist() == [1, 0, 0, 0]
    assert raters.tolist() == [1, 0, 0, 2]


def test_collapsing_level_by_level_equals_the_full_normal_density() -> None:
    rng = np.random.default_rng(3)
    team, unit = np.array([0, 0, 1, 1, 2, 2, 2]), np.array([0, 0, 1])
    values, noise, variances = rng.normal(size=7), np.full(7, 0.1), np.array([0.5, 0.3, 0.2])
    same_team, same_unit = team[:, None] == team, unit[team][:, None] == unit[team]
    cov = np.diag(noise + variances[0]) + variances[1] * same_team + variances[2] * same_unit
    inverse, ones = np.linalg.inv(cov), np.ones(7)
    mean = ones @ inverse @ values / (ones @ inverse @ ones)
    rest = values - mean
    exact = -0.5 * (np.linalg.slogdet(cov)[1] + rest @ inverse @ rest + np.log(ones @ inverse @ ones))
    assert log_likelihood(values, noise, [team, unit], variances) == pytest.approx(exact)
