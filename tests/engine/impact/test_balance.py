"""Whether a draw looks like one, before anybody is treated."""

from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats as distributions

from upwell.engine import impact
from upwell.engine.impact.balance import balance_p_value
from upwell.engine.numerics.impact_balance import agreement, distance
from upwell.engine.numerics.impact_moments import Floats, Ints, moments


def p_value(outcome: Floats, cohort: Ints, stratum: Ints | None = None, cluster: Ints | None = None) -> float:
    strata = np.zeros(len(cohort), dtype=np.int64) if stratum is None else stratum
    found = balance_p_value(moments(outcome, cohort, strata, cluster))
    assert found is not None
    return found


def test_the_distance_has_its_stated_mean_over_all_orders() -> None:
    values = np.random.default_rng(1).exponential(size=(6, 2)) ** 2
    label = np.array([0, 1, 1, 2, 2, 2])
    drawn = [distance(values, np.array(order)) for order in permutations(label)]
    assert {(rank, groups) for _, rank, groups in drawn} == {(2, 3)}
    assert np.mean([statistic for statistic, _, _ in drawn]) == pytest.approx(4.0)


def test_two_groups_and_one_result_are_the_t_test() -> None:
    rng = np.random.default_rng(2)
    values, label = rng.normal(size=(30, 1)), np.repeat([0, 1], [12, 18])
    expected = distributions.ttest_ind(values[label == 0, 0], values[label == 1, 0]).pvalue
    assert agreement(values, label, np.zeros(30, dtype=np.int64)) == pytest.approx(expected)


def test_several_groups_and_one_result_are_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(3)
    values, label = rng.normal(size=(30, 1)), np.repeat([0, 1, 2], [5, 12, 13])
    expected = distributions.f_oneway(*(values[label == c, 0] for c in range(3))).pvalue
    assert agreement(values, label, np.zeros(30, dtype=np.int64)) == pytest.approx(expected)


@pytest.mark.parametrize("people", [40, 100])
def test_fair_draws_of_small_cohorts_of_counts_are_seldom_called_uneven(people: int) -> None:
    """Six dates for 40 people: a Wald test with one covariance per cohort rejects four of ten."""
    rng = np.random.default_rng(people)
    found = []
    for _ in range(300):
        cohort = rng.choice([6, 7, 8, 9, 10, 12], people)
        found.append(p_value(rng.poisson(0.3, size=(people, 12)).astype(float), cohort))
    assert 0.02 <= np.mean(np.array(found) < 0.05) <= 0.09


def test_whole_clusters_are_compared_where_they_were_drawn() -> None:
    """Sites differ lastingly: judged by person a fair draw of sites looks uneven, judged by site it does not."""
    rng = np.random.default_rng(5)
    by_site, by_person = [], []
    for _ in range(200):
        site = np.repeat(np.arange(16), rng.integers(3, 20, 16))
        cohort = rng.permutation(np.repeat([5, 8], 8))[site]
        outcome = rng.normal(size=16)[site][:, None] + rng.normal(size=(len(site), 8))
        by_site.append(p_value(outcome, cohort, cluster=site))
        by_person.append(p_value(outcome, cohort))
    assert 0.01 <= np.mean(np.array(by_site) < 0.05) <= 0.09
    assert np.mean(np.array(by_person) < 0.05) > 0.3


def test_dates_that_differ_inside_clusters_were_drawn_by_person() -> None:
    rng = np.random.default_rng(6)
    outcome, cohort = rng.normal(size=(60, 8)), rng.choice([5, 8], 60)
    assert p_value(outcome, cohort, cluster=np.arange(60) % 7) == p_value(outcome, cohort)


def test_strata_of_different_level_are_compared_inside_only() -> None:
    rng = np.random.default_rng(7)
    stratum = np.repeat([0, 1], 60)
    cohort = np.where(rng.random(120) < np.where(stratum == 0, 0.8, 0.2), 5, 8)
    outcome = 5.0 * stratum[:, None] + rng.normal(size=(120, 8))
    assert p_value(outcome, cohort) < 1e-6
    assert p_value(outcome, cohort, stratum) > 0.01


def test_a_queue_by_need_is_found_uneven() -> None:
    rng = np.random.default_rng(8)
    outcome = rng.normal(size=(60, 1)) + 0.3 * rng.normal(size=(60, 8))
    cohort = np.where(outcome[:, 0] < 0, 5, 8)
    assert p_value(outcome, cohort) < 1e-6


def test_no_history_or_one_date_leave_nothing_to_compare() -> None:
    outcome = np.random.default_rng(9).normal(size=(20, 6))
    strata = np.zeros(20, dtype=np.int64)
    assert balance_p_value(moments(outcome, np.arange(20) % 2 * 3, strata, None)) is None
    assert balance_p_value(moments(outcome, np.full(20, 3), strata, None)) is None
    assert balance_p_value(moments(np.zeros((20, 6)), np.arange(20) % 2 + 3, strata, None)) is None


@pytest.mark.parametrize("is_fair", [True, False])
def test_a_lottery_that_was_not_one_is_doubted_in_a_note(is_fair: bool) -> None:
    rng = np.random.default_rng(10)
    outcome = rng.normal(size=(60, 1)) + 0.3 * rng.normal(size=(60, 8))
    early = rng.random(60) < 0.5 if is_fair else outcome[:, 0] < 0
    table = pa.table(
        {
            "unit": np.repeat(np.arange(60), 8),
            "period": np.tile(np.arange(8), 60),
            "outcome": outcome.ravel(),
            "first_treated": pa.array(np.full(480, 5), mask=np.repeat(~early, 8)),
        }
    )
    notes = impact.evaluate(table, mechanism="lottery", seed=1).diagnostics["notes"]
    assert any("said to be drawn by lot" in note for note in notes) is not is_fair
