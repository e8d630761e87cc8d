"""The bracket where it is hardest: sent almost by rank, few clusters, random results. Small studies, fixed seeds."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.numerics.impact_moments import arms, moments
from upwell.engine.numerics.impact_trials import sequential_trials

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]
MONTHS = 24


def results(rng: np.random.Generator, people: int) -> np.ndarray:
    noise = np.zeros((people, MONTHS))
    state = rng.normal(size=people)
    for t in range(MONTHS):
        state = 0.4 * state + rng.normal(size=people) * np.sqrt(1 - 0.16)
        noise[:, t] = state
    return np.asarray(0.8 * rng.normal(size=(people, 1)) + 0.2 * rng.normal(size=MONTHS) + 0.7 * noise)


def sent_by_rank(outcome: np.ndarray) -> np.ndarray:
    """The worst tenth of the last quarter, three times, with no luck in it."""
    first = np.full(len(outcome), MONTHS)
    for start in (10, 13, 16):
        free = np.flatnonzero(first == MONTHS)
        score = outcome[free, start - 3 : start].mean(axis=1)
        first[free[np.argsort(score)[: len(outcome) // 10]]] = start
    return first


def test_people_sent_by_rank_alone_are_held_by_the_bracket(frame: Frame) -> None:
    held, plain = 0, 0
    for seed in range(16):
        outcome = results(np.random.default_rng(seed), 600)
        first = sent_by_rank(outcome)
        outcome = outcome + 0.3 * (np.arange(MONTHS) >= first[:, None])
        found = impact.evaluate(frame(outcome, first), mechanism="rule", seed=1)
        assert found.bracket is not None
        held += found.bracket.lo <= 0.3 <= found.bracket.hi
        estimate = found.estimators["cs_simple"]
        assert estimate is not None
        plain += estimate.lo95 <= 0.3 <= estimate.hi95
    assert held >= 15
    assert plain == 0


def test_those_treated_later_may_stay_in_the_comparison() -> None:
    weighted, kept = [], []
    for seed in range(10):
        outcome = results(np.random.default_rng(seed), 1500)
        first = sent_by_rank(outcome)
        outcome = outcome + 0.3 * (np.arange(MONTHS) >= first[:, None])
        found = sequential_trials(outcome, None, first, np.zeros(len(first), dtype=np.int64), 5)
        assert found is not None
        assert found.kept_value is not None
        weighted.append(found.value - 0.3)
        kept.append(found.kept_value - 0.3)
    assert np.mean(weighted) < -0.03
    assert abs(np.mean(kept)) < 0.02


def test_with_one_intake_keeping_later_treated_people_changes_nothing(frame: Frame) -> None:
    rng = np.random.default_rng(2)
    first = np.where(np.arange(120) < 50, 8, MONTHS)
    found = impact.evaluate(frame(results(rng, 120), first), mechanism="judgement", seed=1)
    assert found.estimators["sequential_kept"] is None
    assert "nobody is treated later" in found.reasons["sequential_kept"]


def test_removing_later_effects_equals_least_squares_on_mended_results() -> None:
    rng = np.random.default_rng(3)
    outcome = results(rng, 80)[:, :6]
    cohort = np.repeat([2, 4, 6], [20, 20, 40])
    stratum = np.zeros(80, dtype=np.int64)
    found = sequential_trials(outcome, None, cohort, stratum, 5)
    assert found is not None

    def effect(y: np.ndarray, people: np.ndarray, treated: np.ndarray, g: int) -> float:
        history = outcome[people, max(g - 3, 0) : g]
        parts = [treated[people].astype(float)[:, None], np.ones((people.sum(), 1)), history]
        if g > 3:
            parts.append(outcome[people, : g - 3].mean(axis=1)[:, None])
        return float(np.linalg.lstsq(np.hstack(parts), y[people], rcond=None)[0][0])

    late = {t: effect(outcome[:, t], cohort >= 4, cohort == 4, 4) for t in (4, 5)}
    mended = outcome.copy()
    for t, value in late.items():
        mended[cohort == 4, t] -= value
    early = [effect(mended[:, t], cohort >= 2, cohort == 2, 2) for t in range(2, 6)]
    assert found.kept_value == pytest.approx(np.mean([*early, *late.values()]))


def test_eight_teams_have_few_degrees_of_freedom(frame: Frame) -> None:
    held = 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        team = np.arange(160) % 8
        first = np.array([10, 10, 13, 16, MONTHS, MONTHS, MONTHS, MONTHS])[team]
        outcome = results(rng, 160) + 0.3 * rng.normal(size=(8, MONTHS)).cumsum(axis=1)[team] / 3
        table = frame(outcome, first).append_column("cluster", pa.array(np.repeat(team, MONTHS)))
        found = impact.evaluate(table, mechanism="staggered", seed=1)
        assert found.bracket is not None
        held += found.bracket.lo <= 0 <= found.bracket.hi
        judged = found.estimators["bjs_donut"]
        assert judged is not None
        assert judged.df is not None
        assert judged.df <= 3
    assert held >= 15


def test_random_results_seldom_win_a_verdict(frame: Frame) -> None:
    codes = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        first = rng.permutation(np.repeat([10, 13, 16, MONTHS], [15, 15, 15, 105]))
        mechanism = ("lottery", "judgement")[seed % 2]
        codes.append(impact.evaluate(frame(rng.normal(size=(150, MONTHS)), first), mechanism=mechanism, seed=1).verdict)
    assert sum(v.code in (2, 3) for v in codes) <= 2


def test_moments_of_people_and_of_clusters_count_independent_units() -> None:
    outcome = np.random.default_rng(1).normal(size=(6, 3))
    cohort = np.array([1, 1, 1, 3, 3, 3])
    stratum = np.zeros(6, dtype=np.int64)
    assert arms(moments(outcome, cohort, stratum, None)) == (3, 3)
    assert arms(moments(outcome, cohort, stratum, np.array([0, 0, 1, 2, 2, 2]))) == (2, 1)
