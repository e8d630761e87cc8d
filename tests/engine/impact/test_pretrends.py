"""The check before treatment: its size, its power, and what passes it."""

import numpy as np
import pytest

from upwell.engine.impact.inference import Contrast
from upwell.engine.impact.pretrends import hotelling, pretrend
from upwell.engine.impact.results import Pretrend
from upwell.engine.numerics.impact_honest_pretest import JointTest

PERIODS = [-6, -5, -4, -3, -2, 0, 1, 2, 3]


def covariance() -> np.ndarray:
    """Of an event study whose reference period has noise of its own."""
    root = np.random.default_rng(4).normal(size=(9, 30))
    return (root @ root.T / 30 + np.ones((9, 9))) * 0.04


def event_study(value: np.ndarray, spread: np.ndarray) -> dict[int, Contrast]:
    columns = np.linalg.cholesky(spread).T
    event = {e: Contrast(float(v), columns[:, j]) for j, (e, v) in enumerate(zip(PERIODS, value, strict=True))}
    event[-1] = Contrast(0.0, np.zeros(len(value)))
    return event


def checked(value: np.ndarray, *, smallest: int = 10_000, higher_is_better: bool = True) -> Pretrend:
    return pretrend(event_study(value, covariance()), dict.fromkeys([*PERIODS, -1], 50.0), higher_is_better, smallest)


def test_the_joint_test_and_the_slope_are_those_of_the_textbook() -> None:
    value = np.array([0.3, 0.1, -0.2, 0.2, 0.1, 0, 0, 0, 0])
    found = checked(value)
    spread = covariance()[:5, :5]
    assert found.wald == pytest.approx(value[:5] @ np.linalg.solve(spread, value[:5]))
    assert found.df == 5
    at = np.array([-5, -4, -3, -2, -1, 0.0])
    on = (at - at.mean()) / ((at - at.mean()) ** 2).sum()
    assert found.slope == pytest.approx(on[:5] @ value[:5])
    assert found.slope_se == pytest.approx(np.sqrt(on[:5] @ spread @ on[:5]))
    assert found.slope_lo95 == pytest.approx(found.slope - 1.96 * found.slope_se, abs=1e-4)
    assert found.slope_hi95 == pytest.approx(found.slope + 1.96 * found.slope_se, abs=1e-4)
    assert found.slope_within == pytest.approx(abs(found.slope) + 1.645 * found.slope_se, abs=1e-4)


def test_under_parallel_trends_the_check_alarms_at_its_level_and_the_interval_holds_zero() -> None:
    rng = np.random.default_rng(1)
    runs = [checked(rng.multivariate_normal(np.zeros(9), covariance())) for _ in range(200)]
    assert np.mean([r.p_value < 0.05 for r in runs]) == pytest.approx(0.05, abs=0.047)
    assert np.mean([r.slope_lo95 <= 0 <= r.slope_hi95 for r in runs]) == pytest.approx(0.95, abs=0.047)


def test_a_drift_at_the_edge_of_the_equivalence_bound_is_declared_smaller_in_one_of_twenty() -> None:
    rng = np.random.default_rng(2)
    drift = 0.06 * np.array([-5, -4, -3, -2, -1, 1, 2, 3, 4])
    runs = [checked(rng.multivariate_normal(drift, covariance())) for _ in range(200)]
    assert np.mean([r.slope_within < 0.06 for r in runs]) <= 0.05 + 0.047


def test_the_drifts_named_are_found_with_the_probability_named_and_bias_what_passes() -> None:
    rng = np.random.default_rng(3)
    spread = covariance()
    at = np.array([-5, -4, -3, -2, -1, 1, 2, 3, 4.0])
    for drift in checked(np.zeros(9)).drifts:
        draws = rng.multivariate_normal(drift.slope * at, spread, 40_000)
        before = draws[:, :5]
        wald = np.einsum("ij,jk,ik->i", before, np.linalg.inv(spread[:5, :5]), before)
        passed = wald <= 11.0705
        assert 1 - passed.mean() == pytest.approx(drift.found_with, abs=0.01)
        errors = draws[:, 5:].mean(axis=1)
        assert errors.mean() == pytest.approx(drift.bias, abs=0.01)
        assert errors[passed].mean() == pytest.approx(drift.bias_after_passing, abs=0.012)


def test_with_few_units_power_is_that_of_hotelling() -> None:
    rng = np.random.default_rng(5)
    spread, units = covariance()[:3, :3], 20
    test = JointTest(np.array([-3.0, -2, -1]), np.linalg.inv(spread), 3, units - 3)
    slope = test.slope_found(0.5)
    root = np.linalg.cholesky(spread * units)
    found = []
    for _ in range(1200):
        people = slope * test.at + rng.normal(size=(units, 3)) @ root.T
        mean, own = people.mean(axis=0), np.cov(people.T) / units
        found.append(hotelling(float(mean @ np.linalg.solve(own, mean)), 3, units) < 0.05)
    assert np.mean(found) == pytest.approx(0.5, abs=0.04)


def test_the_smallest_violation_found_agrees_with_diff_diff() -> None:
    power = pytest.importorskip("diff_diff.pretrends", reason="needs diff-diff as referee")
    spread = covariance()[:5, :5]
    at = np.arange(-5.0, 0)
    for probability in (0.5, 0.8):
        theirs = power.PreTrendsPower(power=probability, pretest_form="wald")._compute_mdv(at, spread)
        ours = JointTest(at, np.linalg.inv(spread), 5, None).slope_found(probability)
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_a_bad_spell_before_treatment_is_a_return_to_normal_in_words() -> None:
    value = np.zeros(9)
    value[:3] = 1.5
    found = checked(value)
    assert found.dip is not None
    assert found.dip < -1
    assert "worse" in found.words
    assert "regression to the mean" in found.words
    assert "better" in checked(value, higher_is_better=False).words


def test_one_period_before_treatment_has_nothing_to_check() -> None:
    event = {-1: Contrast(0.0, np.zeros(2)), 0: Contrast(1.0, np.ones(2))}
    found = pretrend(event, {-1: 10.0, 0: 10.0}, True, 100)
    assert found.p_value is None
    assert found.drifts == ()


@pytest.mark.parametrize("factor", [-3.0, 0.01])
def test_units_do_not_matter(factor: float) -> None:
    value = np.array([0.3, 0.1, -0.2, 0.2, 0.1, 0.5, 0.6, 0.7, 0.8])
    plain = checked(value)
    event = event_study(value, covariance())
    heads = dict.fromkeys([*PERIODS, -1], 50.0)
    scaled = pretrend({e: factor * c for e, c in event.items()}, heads, True, 10_000)
    assert scaled.p_value == pytest.approx(plain.p_value)
    assert scaled.slope == pytest.approx(factor * plain.slope)
    for ours, theirs in zip(scaled.drifts, plain.drifts, strict=True):
        assert ours.slope == pytest.approx(abs(factor) * theirs.slope, rel=1e-6)
        assert ours.bias_after_passing == pytest.approx(abs(factor) * theirs.bias_after_passing, rel=1e-6)
