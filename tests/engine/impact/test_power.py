"""The smallest effect found, and the people and months that would find a smaller one."""

from dataclasses import replace

import numpy as np
import pytest

from upwell.engine.impact.power import Horizon, detectable, horizon_of
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_moments import Moments, columns, moments
from upwell.engine.numerics.impact_power import change_variance, months_for, variogram

PERSISTENCE = 0.5


def panel(rng: np.random.Generator, people: int, width: int, start: int, effect: float = 0.0) -> Moments:
    """A quarter treated at ``start``; lasting differences, and noise that persists from period to period."""
    noise = np.empty((people, width))
    state = rng.normal(size=people)
    for t in range(width):
        state = PERSISTENCE * state + np.sqrt(1 - PERSISTENCE**2) * rng.normal(size=people)
        noise[:, t] = state
    cohort = np.where(np.arange(people) < people // 4, start, width)
    outcome = 2 * rng.normal(size=(people, 1)) + noise + effect * (np.arange(width) >= cohort[:, None])
    return moments(outcome, cohort, np.zeros(people, dtype=np.int64), None)


def cs_simple(stats: Moments) -> tuple[float, float]:
    cells = impact_cells.compare(stats, "never")
    total = impact_cells.simple(cells)
    found = columns(stats, impact_cells.functional(stats, cells, [total]))
    return total.value, float(np.sqrt(found.covariance()[0, 0]))


def test_an_effect_of_the_detectable_size_is_found_in_eight_of_ten_panels() -> None:
    rng = np.random.default_rng(1)
    effect = detectable(cs_simple(panel(rng, 400, 10, 5))[1], 400, None).effect
    ratios = [np.divide(*cs_simple(panel(rng, 400, 10, 5, effect))) for _ in range(400)]
    assert np.mean(np.abs(ratios) > 1.96) == pytest.approx(0.8, abs=0.07)


def test_the_people_named_find_the_smallest_worthwhile_effect() -> None:
    rng = np.random.default_rng(2)
    needed = detectable(cs_simple(panel(rng, 300, 8, 4))[1], 300, 0.35).people_needed
    assert needed is not None
    assert needed > 300
    ratios = [np.divide(*cs_simple(panel(rng, needed, 8, 4, 0.35))) for _ in range(300)]
    assert np.mean(np.abs(ratios) > 1.96) == pytest.approx(0.8, abs=0.08)


def test_the_variogram_is_that_of_the_process_with_lasting_differences_removed() -> None:
    found = variogram(panel(np.random.default_rng(3), 6000, 8, 4))
    np.testing.assert_allclose(found, 1 - PERSISTENCE ** np.arange(8.0), atol=0.03)


def test_the_variogram_of_a_panel_with_holes_is_that_of_pairs_seen() -> None:
    rng = np.random.default_rng(4)
    outcome = np.cumsum(rng.normal(size=(4000, 4)), axis=1)
    outcome[rng.random(4000) < 0.5, 1] = np.nan
    cohort = np.where(np.arange(4000) < 1000, 2, 4)
    found = variogram(moments(outcome, cohort, np.zeros(4000, dtype=np.int64), None))
    np.testing.assert_allclose(found, [0, 0.5, 1.0, 1.5], atol=0.06)


def test_the_variogram_is_the_same_from_people_and_from_their_moments() -> None:
    stats = panel(np.random.default_rng(7), 3000, 8, 4)
    assert stats.roots is not None
    np.testing.assert_allclose(variogram(stats), variogram(replace(stats, roots=None)), atol=1e-12)


def test_the_variance_of_a_change_is_that_of_its_definition() -> None:
    lags = np.abs(np.subtract.outer(np.arange(7), np.arange(7)))
    covariance = 4 + PERSISTENCE**lags
    weights = np.array([-1 / 3] * 3 + [1 / 4] * 4)
    found = change_variance(1 - PERSISTENCE ** np.arange(7.0), 3, 4)
    assert found == pytest.approx(weights @ covariance @ weights)


def test_the_months_named_bring_the_variance_asked_for() -> None:
    rng = np.random.default_rng(5)
    noise = variogram(panel(rng, 4000, 9, 6))
    months = months_for(noise, 6, 3, 0.7)
    assert months is not None

    def spread(after: int) -> float:
        stats = panel(rng, 6000, 6 + after, 6)
        change = stats.outcome[:, 6:].mean(axis=1) - stats.outcome[:, :6].mean(axis=1)
        return float(np.var(change[stats.cohort[stats.row_of] > 6 + after - 1]))

    assert spread(months) <= 0.7 * spread(3) * 1.05
    assert spread(months - 1) > 0.7 * spread(3) * 0.95


def test_following_longer_cannot_beat_the_noise_before_treatment() -> None:
    assert months_for(1 - PERSISTENCE ** np.arange(5.0), 1, 4, 0.2) is None
    words = detectable(1.0, 100, 0.5, Horizon(1 - PERSISTENCE ** np.arange(5.0), 1, 4)).words
    assert "would not be enough" in words


def test_a_panel_that_is_large_enough_says_so() -> None:
    found = detectable(0.1, 100, 0.5, Horizon(1 - PERSISTENCE ** np.arange(5.0), 3, 4))
    assert found.people_needed is not None
    assert found.people_needed <= 100
    assert found.months_needed == 4
    assert "large enough" in found.words


def test_the_horizon_is_that_of_the_treated() -> None:
    horizon = horizon_of(panel(np.random.default_rng(6), 80, 10, 7))
    assert horizon is not None
    assert (horizon.before, horizon.after) == (7, 3)
