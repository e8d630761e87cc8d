"""Ratios instead of differences: closed form, a fit written out, and counts judged by a rate nobody records."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.numerics.impact_moments import Moments, columns, moments
from upwell.engine.numerics.impact_ratios import in_ratios

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]


def counts(seed: int, people: int = 400, width: int = 8, factor: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Overdispersed counts with zeros; treated people differ by a lasting factor, the season is a factor too."""
    rng = np.random.default_rng(seed)
    cohort = np.where(np.arange(people) < people // 3, 5, width)
    cohort[: people // 6] = 4
    level = np.exp(0.5 * rng.normal(size=(people, 1)) - 0.7 * (cohort < width)[:, None])
    season = np.exp(0.8 * np.sin(np.arange(width)))
    treated = np.arange(width) >= cohort[:, None]
    frailty = rng.gamma(2.0, 0.5, (people, width)) * (rng.random((people, width)) > 0.3) / 0.7
    rate = 2 * level * season * frailty * np.where(treated, factor, 1.0)
    return rng.poisson(rate).astype(float), cohort


def stats_of(outcome: np.ndarray, cohort: np.ndarray, cluster: np.ndarray | None = None) -> Moments:
    return moments(outcome, cohort, np.zeros(len(cohort), dtype=np.int64), cluster)


def test_two_groups_and_two_periods_are_a_ratio_of_ratios() -> None:
    rng = np.random.default_rng(1)
    outcome = rng.poisson(3.0, (60, 2)).astype(float)
    cohort = np.where(np.arange(60) < 20, 1, 2)
    found = in_ratios(stats_of(outcome, cohort), 0)
    assert found is not None
    ours, theirs = outcome[:20].mean(axis=0), outcome[20:].mean(axis=0)
    expected = ours[0] * theirs[1] / theirs[0]
    assert found.value == pytest.approx(ours[1] - expected)
    assert found.factor == pytest.approx(ours[1] / expected)


def by_hand(outcome: np.ndarray, cohort: np.ndarray, donut: int) -> float:
    """Poisson regression with dummies by Newton's steps on untreated cells of people, carried to treated cells."""
    width = outcome.shape[1]
    seen = ~np.isnan(outcome)
    since = np.arange(width) - cohort[:, None]
    free = seen & ((since < -donut) | (cohort == width)[:, None])
    groups = np.unique(cohort)
    design = np.zeros((*outcome.shape, len(groups) + width - 1))
    for j, g in enumerate(groups):
        design[cohort == g, :, j] = 1
    for t in range(1, width):
        design[:, t, len(groups) + t - 1] = 1
    x, y = design[free], outcome[free]
    beta = np.zeros(x.shape[1])
    beta[: len(groups)] = np.log(y.mean())
    for _ in range(50):
        mean = np.exp(x @ beta)
        beta += np.linalg.solve(x.T @ (mean[:, None] * x), x.T @ (y - mean))
    used = seen & (since >= 0)
    return float((outcome[used] - np.exp(design[used] @ beta)).mean())


@pytest.mark.parametrize("donut", [0, 2])
@pytest.mark.parametrize("holes", [False, True])
def test_it_is_poisson_regression_on_untreated_people_carried_to_treated_cells(donut: int, holes: bool) -> None:
    outcome, cohort = counts(2, people=150)
    if holes:
        outcome[np.random.default_rng(3).random(outcome.shape) < 0.1] = np.nan
    found = in_ratios(stats_of(outcome, cohort), donut)
    assert found is not None
    assert found.value == pytest.approx(by_hand(outcome, cohort, donut), rel=1e-6)


@pytest.mark.parametrize("holes", [False, True])
def test_the_influence_is_what_leaving_people_out_does(holes: bool) -> None:
    outcome, cohort = counts(4, people=240)
    if holes:
        outcome[np.random.default_rng(5).random(outcome.shape) < 0.05] = np.nan
    stats = stats_of(outcome, cohort)
    whole = in_ratios(stats, 1)
    assert whole is not None
    error = float(np.sqrt(columns(stats, [whole.influence]).covariance()[0, 0]))
    left = []
    for person in range(240):
        rest = np.arange(240) != person
        one = in_ratios(stats_of(outcome[rest], cohort[rest]), 1)
        assert one is not None
        left.append(one.value)
    jackknife = float(np.sqrt(((np.array(left) - np.mean(left)) ** 2).sum() * 239 / 240))
    assert error == pytest.approx(jackknife, rel=0.05)


def test_another_unit_of_the_outcome_scales_the_answer() -> None:
    outcome, cohort = counts(6)
    once, again = in_ratios(stats_of(outcome, cohort), 2), in_ratios(stats_of(7 * outcome, cohort), 2)
    assert once is not None
    assert again is not None
    assert again.value == pytest.approx(7 * once.value, rel=1e-7)
    assert again.factor == pytest.approx(once.factor, rel=1e-7)


def test_a_cohort_without_a_result_above_zero_is_left_out() -> None:
    outcome, cohort = counts(7)
    outcome[cohort == 4, :4] = 0.0
    found = in_ratios(stats_of(outcome, cohort), 0)
    kept = cohort != 4
    other = in_ratios(stats_of(outcome[kept], cohort[kept]), 0)
    assert found is not None
    assert other is not None
    assert np.isfinite(found.value)
    assert in_ratios(stats_of(np.where(cohort[:, None] < 8, 0.0, outcome), cohort), 0) is None


def test_a_seasonal_factor_is_no_effect(frame: Frame) -> None:
    """Low-level people swing less with the season: differences see an effect, ratios do not."""
    ratio, plain = [], []
    for seed in range(12):
        outcome, cohort = counts(seed, people=300, factor=1.0)
        result = impact.evaluate(frame(outcome, cohort), mechanism="judgement", seed=1, donut=1)
        a, r = result.estimators["bjs_donut"], result.estimators["ratio_donut"]
        assert a is not None
        assert r is not None
        ratio.append(r.lo95 <= 0 <= r.hi95)
        plain.append(a.lo95 <= 0 <= a.hi95)
        assert result.bracket is not None
        assert result.bracket.lo <= r.lo95 <= r.hi95 <= result.bracket.hi
    assert sum(ratio) >= 10
    assert sum(plain) <= 6


def test_where_the_signs_differ_the_verdict_says_so_and_claims_nothing(frame: Frame) -> None:
    for seed in range(40):
        outcome, cohort = counts(seed, people=900, factor=1.0)
        result = impact.evaluate(frame(outcome, cohort), mechanism="judgement", seed=1, donut=1)
        a, r = result.estimators["bjs_donut"], result.estimators["ratio_donut"]
        assert a is not None
        assert r is not None
        if a.estimate * r.estimate < 0:
            assert "Reckoned in ratios instead of differences its sign turns." in result.verdict.words
            assert result.verdict.code in (4, 6)
            return
    pytest.fail("the signs never differed")


def test_results_that_may_be_negative_or_hardly_vary_have_no_such_line(frame: Frame) -> None:
    rng = np.random.default_rng(8)
    cohort = np.where(np.arange(60) < 20, 5, 8)
    for outcome in (rng.normal(size=(60, 8)), 10 + rng.random((60, 8))):
        result = impact.evaluate(frame(outcome, cohort), mechanism="judgement", seed=1)
        assert result.estimators["ratio_donut"] is None
        assert "differences serve" in result.reasons["ratio_donut"]
        assert "ratio_donut" in result.estimates["estimator"].to_pylist()


def test_the_order_of_rows_and_the_names_of_units_change_nothing(frame: Frame) -> None:
    outcome, cohort = counts(10, people=120)
    table = frame(outcome, cohort)
    mixed = table.take(pa.array(np.random.default_rng(1).permutation(table.num_rows)))
    named = mixed.set_column(0, "unit", pa.array([f"n{(u * 37) % 120}" for u in mixed["unit"].to_pylist()]))
    once, again = (impact.evaluate(t, mechanism="judgement", seed=1) for t in (table, named))
    for name in ("ratio_donut", "bjs_donut"):
        one, other = once.estimators[name], again.estimators[name]
        assert one is not None
        assert other is not None
        assert (other.estimate, other.se) == pytest.approx((one.estimate, one.se), rel=1e-10)
    assert once.bracket is not None
    assert again.bracket is not None
    assert (again.bracket.lo, again.bracket.hi) == pytest.approx((once.bracket.lo, once.bracket.hi), rel=1e-9)


def test_people_and_their_moments_give_the_same_error() -> None:
    outcome, cohort = counts(9, people=3000)
    stats = stats_of(outcome, cohort)
    assert stats.roots is not None
    found = in_ratios(stats, 2)
    assert found is not None
    plain = stats_of(outcome, cohort, np.arange(3000))
    error = [float(np.sqrt(columns(s, [found.influence]).covariance()[0, 0])) for s in (stats, plain)]
    assert error[0] == pytest.approx(error[1], rel=1e-9)
