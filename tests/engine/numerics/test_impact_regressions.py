"""The estimators that work from moments, against the same regressions written out person by person."""

import numpy as np
import pytest
from numpy.typing import NDArray

from upwell.engine.numerics.impact_imputation import UnidentifiedError, average, impute
from upwell.engine.numerics.impact_interactions import interacted
from upwell.engine.numerics.impact_moments import Functional, arms, columns, moments, people_columns
from upwell.engine.numerics.impact_twoway import bacon, two_way, weighted_two_way

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PERIODS = 6


def panel(seed: int, cohorts: tuple[int, ...], people: int = 40, missing: float = 0.15) -> tuple[Floats, Ints]:
    """Results with person and period effects and effects that grow; some cells unseen."""
    rng = np.random.default_rng(seed)
    cohort = np.resize(np.array(cohorts), people)
    since = np.arange(PERIODS) - cohort[:, None]
    outcome = rng.normal(size=(people, 1)) + rng.normal(size=PERIODS) + rng.normal(size=(people, PERIODS))
    outcome += np.where(since >= 0, 1.0 + 0.3 * since, 0.0)
    outcome[rng.random(outcome.shape) < missing] = np.nan
    return outcome, cohort


def regression(outcome: Floats, extra: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Coefficients of ``extra`` (K x N x T) beside person and period dummies, and residuals (N x T)."""
    people, periods = outcome.shape
    person, period = np.indices(outcome.shape)
    persons, months = person.ravel() == np.arange(people)[:, None], period.ravel() == np.arange(periods)[:, None]
    design = np.concatenate([extra.reshape(len(extra), outcome.size), persons.astype(float), months.astype(float)]).T
    held = weight.ravel() > 0
    root = np.sqrt(weight.ravel()[held])
    found = np.linalg.lstsq(design[held] * root[:, None], outcome.ravel()[held] * root, rcond=None)[0]
    residual = np.zeros(outcome.size)
    residual[held] = outcome.ravel()[held] - design[held] @ found
    return found[: len(extra)], residual.reshape(outcome.shape)


def influence_sums(functional: Functional, outcome: Floats, cohort: Ints) -> Floats:
    """Influence of each person."""
    stats = moments(outcome, cohort, np.zeros_like(cohort), None)
    return np.asarray(people_columns(stats, [functional]).matrix[:, 0])


@pytest.mark.parametrize("cohorts", [(2, 4, PERIODS), (3, PERIODS), (0, 2, PERIODS)])
def test_two_way_is_the_regression_with_person_and_period_dummies(cohorts: tuple[int, ...]) -> None:
    outcome, cohort = panel(3, cohorts)
    status = (np.arange(PERIODS) >= cohort[:, None]).astype(float)
    seen = (~np.isnan(outcome)).astype(float)
    value, residual = regression(outcome, status[None], seen)
    found = two_way(moments(outcome, cohort, np.zeros_like(cohort), None), len(cohort))
    assert found.value == pytest.approx(value[0])
    _, left = regression(status, np.zeros((0, *status.shape)), seen)
    score = (left * residual).sum(axis=1) / (left**2).sum()
    np.testing.assert_allclose(influence_sums(found.influence, outcome, cohort), score, atol=1e-10)
    cells = seen.sum()
    assert found.factor == pytest.approx(40 / 39 * (cells - 1) / (cells - PERIODS - 1))


def test_weighted_two_way_is_weighted_least_squares_with_clustered_errors() -> None:
    outcome, cohort = panel(5, (2, 4, PERIODS))
    status = (np.arange(PERIODS) >= cohort[:, None]).astype(float)
    weight = np.where(np.isnan(outcome), 0.0, np.random.default_rng(1).uniform(0.5, 3.0, outcome.shape))
    cluster = np.arange(len(cohort)) % 9
    found = weighted_two_way(outcome, status, weight, cluster)
    value, residual = regression(outcome, status[None], weight)
    _, left = regression(status, np.zeros((0, *status.shape)), weight)
    score = np.bincount(cluster, (weight * left * residual).sum(axis=1))
    cells = int((weight > 0).sum())
    factor = 9 / 8 * (cells - 1) / (cells - PERIODS - 1)
    assert found.value == pytest.approx(value[0])
    assert found.se == pytest.approx(np.sqrt(factor * (score @ score)) / (weight * left**2).sum())


def test_two_way_refuses_treatment_that_moves_with_the_periods() -> None:
    outcome, cohort = panel(7, (3,))
    status = np.tile(np.arange(PERIODS) >= 3, (len(cohort), 1)).astype(float)
    with pytest.raises(UnidentifiedError):
        two_way(moments(outcome, cohort, np.zeros_like(cohort), None), len(cohort))
    with pytest.raises(UnidentifiedError):
        weighted_two_way(outcome, status, (~np.isnan(outcome)).astype(float), np.arange(len(cohort)))


@pytest.mark.parametrize("cohorts", [(2, 4, PERIODS), (1, 3, 5), (0, 2, 4, PERIODS)])
def test_bacon_parts_make_up_the_two_way_estimate(cohorts: tuple[int, ...]) -> None:
    outcome, cohort = panel(9, cohorts, people=41, missing=0.0)
    stats = moments(outcome, cohort, np.zeros_like(cohort), None)
    parts = bacon(stats)
    assert sum(p.weight for p in parts) == pytest.approx(1)
    assert all(p.weight > 0 for p in parts)
    assert sum(p.weight * p.estimate for p in parts) == pytest.approx(two_way(stats, len(cohort)).value)


@pytest.mark.parametrize("donut", [0, 1, 3])
def test_imputation_fits_the_untreated_cells_outside_the_donut_and_averages_the_rest(donut: int) -> None:
    outcome, cohort = panel(11, (2, 4, PERIODS), missing=0.1)
    outcome[:, 0] = np.nan_to_num(outcome[:, 0])
    when = np.arange(PERIODS)
    fitted = ~np.isnan(outcome) & (when < cohort[:, None])
    fitted &= (cohort == PERIODS)[:, None] | (when < cohort[:, None] - donut) | (when == 0)
    _, untreated = regression(outcome, np.zeros((0, *outcome.shape)), fitted.astype(float))
    known = np.where(fitted, outcome - untreated, np.nan)
    period = np.nanmean(known - known[:, :1], axis=0)
    effect = outcome - (known[:, :1] + period)
    treated = (when >= cohort[:, None]) & ~np.isnan(effect)
    stats = moments(outcome, cohort, np.zeros_like(cohort), None)
    fit = impute(stats, donut)
    np.testing.assert_array_equal(fit.fitted[stats.row_of], fitted)
    value, influence = average(stats, fit, np.ones((stats.rows, PERIODS), dtype=bool))
    assert value == pytest.approx(effect[treated].mean())
    filled = np.nan_to_num(outcome)
    assert (influence.weight[stats.row_of] * filled).sum() == pytest.approx(value)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(
    ("cohorts", "reference"), [((2, 4, PERIODS), PERIODS), ((2, 3, 5), 5), ((0, 3, PERIODS), PERIODS)]
)
def test_sun_abraham_is_the_regression_on_relative_periods(
    cohorts: tuple[int, ...], reference: int, missing: float
) -> None:
    outcome, cohort = panel(13, cohorts, missing=missing)
    for g in set(cohorts) - {0, PERIODS}:
        outcome[cohort == g, g - 1] = np.nan_to_num(outcome[cohort == g, g - 1])
    when = np.arange(PERIODS)
    held = ~np.isnan(outcome) & (when < reference) & (cohort > 0)[:, None]
    pairs = [(g, t) for g in sorted(set(cohorts) - {0, reference}) for t in range(reference) if t != g - 1]
    dummies = np.array([np.outer(cohort == g, when == t) for g, t in pairs]).astype(float)
    value, residual = regression(outcome, dummies, held.astype(float))
    heads = np.array([(held & (d > 0)).sum() for d in dummies]) * np.array([t >= g for g, t in pairs])
    found = interacted(moments(outcome, cohort, np.zeros_like(cohort), None), len(cohort))
    assert found.reference == reference
    assert found.value == pytest.approx(float(heads @ value / heads.sum()))
    cells = held.sum()
    assert found.factor == pytest.approx(40 / 39 * (cells - 1) / (cells - reference - len(pairs)))
    pull = np.zeros_like(outcome)
    for share, k in zip(heads / heads.sum(), range(len(pairs)), strict=True):
        rest = dummies[np.arange(len(pairs)) != k]
        _, own = regression(dummies[k], rest, held.astype(float))
        pull += share * own / (own**2).sum()
    np.testing.assert_allclose(
        influence_sums(found.influence, outcome, cohort), (pull * residual).sum(axis=1), atol=1e-9
    )


def test_covariances_from_square_roots_are_those_of_the_people() -> None:
    rng = np.random.default_rng(2)
    outcome, cohort = rng.normal(size=(2400, 4)), rng.choice([1, 3, 4], 2400)
    stats = moments(outcome, cohort, np.zeros_like(cohort), None)
    assert stats.roots is not None
    estimators = [Functional(rng.normal(size=(3, 4)), rng.normal(size=3)) for _ in range(2)]
    people, short = people_columns(stats, estimators), columns(stats, estimators)
    assert len(short.matrix) < len(people.matrix)
    np.testing.assert_allclose(short.covariance(), people.covariance())
    treated = [c.matrix[c.treated].T @ c.matrix[c.treated] for c in (short, people)]
    np.testing.assert_allclose(*treated)


def test_clusters_are_added_up_and_counted_once() -> None:
    rng = np.random.default_rng(4)
    outcome, cohort = rng.normal(size=(30, 3)), np.repeat([1, 3, 3], 10)
    cluster = np.repeat(np.arange(6), 5)
    stats = moments(outcome, cohort, np.zeros_like(cohort), cluster)
    functional = Functional(rng.normal(size=(2, 3)), rng.normal(size=2))
    summed = columns(stats, [functional])
    own = influence_sums(functional, outcome, cohort)
    assert summed.matrix.shape == (6, 1)
    np.testing.assert_allclose(summed.matrix[:, 0], own.reshape(6, 5).sum(axis=1))
    np.testing.assert_array_equal(summed.treated, [True, True, False, False, False, False])
    assert arms(stats) == (2, 4)
    assert arms(moments(outcome, cohort, np.zeros_like(cohort), None)) == (10, 20)
