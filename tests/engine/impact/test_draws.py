"""What the lottery could have drawn: brute force, exactness, and small programmes with known truth."""

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.impact import efficient
from upwell.engine.impact.draws import for_small
from upwell.engine.impact.estimators import Workbench
from upwell.engine.impact.panel import read
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_moments import moments
from upwell.engine.numerics.impact_permutation import draws, possible

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]
Programme = Callable[..., pa.Table]


@pytest.mark.parametrize(
    ("label", "stratum"), [([1, 1, 2, 3], [0, 0, 0, 0]), ([1, 2, 1, 2, 2], [0, 0, 1, 1, 1]), ([5, 5], [0, 0])]
)
def test_every_draw_that_keeps_the_numbers_is_listed_once(label: list[int], stratum: list[int]) -> None:
    labels, strata = np.array(label), np.array(stratum)
    listed, is_exact = draws(labels, strata, 1000, 1)
    brute = {
        p
        for p in permutations(label)
        if all(sorted(np.array(p)[strata == s]) == sorted(labels[strata == s]) for s in set(stratum))
    }
    assert is_exact
    assert {tuple(row) for row in listed} == brute
    assert len(listed) == len(brute) == possible(labels, strata)


def test_random_draws_keep_the_numbers_and_begin_with_what_happened() -> None:
    rng = np.random.default_rng(1)
    label, stratum = rng.integers(0, 3, 60), rng.integers(0, 4, 60)
    listed, is_exact = draws(label, stratum, 50, 7)
    assert not is_exact
    assert (listed[0] == label).all()
    for s in range(4):
        assert (np.sort(listed[:, stratum == s], axis=1) == np.sort(label[stratum == s])).all()


def test_two_small_groups_are_compared_in_every_possible_way(frame: Frame) -> None:
    """Without results before treatment the statistic is Welch's t."""
    rng = np.random.default_rng(2)
    outcome = rng.normal(size=(11, 2)) + 1.5 * (np.arange(11) < 5)[:, None]
    found = impact.permutation_test(frame(outcome, np.where(np.arange(11) < 5, 0, 2)), seed=1)
    level = outcome.mean(axis=1)

    def welch(ours: tuple[int, ...]) -> float:
        a, b = level[list(ours)], np.delete(level, list(ours))
        return float(abs(a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))

    own = welch(tuple(range(5)))
    expected = np.mean([welch(ours) >= own - 1e-12 for ours in combinations(range(11), 5)])
    assert found.is_exact
    assert found.draws == 462
    assert found.p_value == pytest.approx(expected)


def prepared(table: pa.Table) -> Workbench:
    data = read(table)
    stats = moments(data.outcome, data.cohort, data.stratum, data.cluster, data.position)
    bench = Workbench(stats, "notyet", 3, 2)
    efficient.fill(bench, is_drawn=True)
    return bench


def test_the_statistic_of_what_happened_is_the_efficient_estimate_over_its_error(programme: Programme) -> None:
    """Its error is larger by what three coefficients cost on Satterthwaite's degrees of freedom."""
    bench = prepared(programme(4, people=120, sent="at_random", effect=0.4))
    drawn = for_small(bench, is_drawn=True, seed=1)
    found = bench.found["efficient_history"]
    assert drawn is not None
    assert found is not None
    assert drawn.estimator == "efficient_history"
    cells = impact_cells.compare(bench.stats, "notyet")
    contrast, _, left = efficient.adjusted(bench.stats, cells, impact_cells.simple(cells), (1, 3, 24))
    degrees = left + 3
    assert degrees == pytest.approx(efficient.degrees(bench.stats, contrast.column))
    assert drawn.size == pytest.approx(found.estimate / found.se * np.sqrt((degrees + 3) / (degrees - 3)), rel=1e-6)


def test_degrees_of_freedom_are_those_of_the_small_cohorts_that_carry_the_error() -> None:
    rng = np.random.default_rng(1)
    cohort = np.repeat([3, 6], [5, 200])
    stats = moments(rng.normal(size=(205, 6)), cohort, np.zeros(205, dtype=np.int64), None)
    column = np.where(cohort == 3, 1 / 5, 1 / 200)
    assert efficient.degrees(stats, column) == pytest.approx((1 / 5 + 1 / 200) ** 2 / (1 / 25 / 4 + 1 / 200**2 / 199))


def test_intervals_of_small_lotteries_hold_the_truth(programme: Programme) -> None:
    """Three cohorts of four and twenty-eight never treated: Student's interval alone is too narrow there."""
    held = []
    for seed in range(60):
        bench = prepared(programme(seed, people=40, sent="at_random", effect=0.5))
        drawn, found = for_small(bench, is_drawn=True, seed=seed), bench.found["efficient_history"]
        assert drawn is not None
        assert found is not None
        wide = drawn.applied(found)
        held.append(wide.lo95 <= 0.5 <= wide.hi95)
        assert wide.hi95 - wide.lo95 >= (found.hi95 - found.lo95) * (1 - 1e-9)
        if wide.lo95 > 0 or wide.hi95 < 0:
            assert drawn.permutation.p_value <= 0.05
    assert sum(held) >= 53


def test_a_small_lottery_is_called_a_success_only_if_few_draws_would_show_as_much(programme: Programme) -> None:
    claimed = 0
    for seed in range(12):
        table = programme(seed, people=40, sent="at_random", effect=0.35)
        found = impact.evaluate(table, mechanism="lottery", seed=seed)
        if found.verdict.code == 2:
            claimed += 1
            assert found.diagnostics["permutation"]["p_value"] <= 0.05
        assert found.headline == found.estimators["efficient_history"]
    assert claimed >= 2


def test_a_programme_that_changes_nothing_gives_even_p_values(frame: Frame) -> None:
    p_values = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        outcome = rng.exponential(size=(16, 5)) ** 2
        first = rng.permutation(np.repeat([2, 3, 5], [4, 4, 8]))
        p_values.append(impact.permutation_test(frame(outcome, first), seed=seed, draws=200).p_value)
    shares = [np.mean(np.array(p_values) <= level) for level in (0.05, 0.1, 0.3)]
    assert shares[0] <= 0.11
    assert shares[1] <= 0.18
    assert 0.2 <= shares[2] <= 0.42


def test_strata_are_not_mixed_and_clusters_move_together(frame: Frame) -> None:
    rng = np.random.default_rng(5)
    stratum = np.repeat([0, 1], 10)
    outcome = rng.normal(size=(20, 4)) + 10.0 * stratum[:, None]
    first = np.where((np.arange(20) % 10 < 3) | (np.arange(20) >= 17), 2, 4)
    table = frame(outcome, first)
    inside = impact.permutation_test(table.append_column("stratum", pa.array(np.repeat(stratum, 4))), seed=1)
    assert inside.draws == 10_000
    cluster = np.repeat(np.arange(10), 2)
    teams = frame(outcome, np.where(cluster < 4, 2, 4)).append_column("cluster", pa.array(np.repeat(cluster, 4)))
    together = impact.permutation_test(teams, seed=1)
    assert together.is_exact
    assert together.draws == 210


def test_the_same_seed_gives_the_same_answer_in_any_row_order(programme: Programme) -> None:
    table = programme(6, people=60, sent="at_random", effect=0.3)
    order = np.random.default_rng(1).permutation(table.num_rows)
    assert impact.permutation_test(table, seed=3, draws=500) == impact.permutation_test(
        table.take(pa.array(order)), seed=3, draws=500
    )


def test_an_evaluation_of_a_small_lottery_says_what_the_draw_could_have_shown(programme: Programme) -> None:
    small = impact.evaluate(programme(7, people=60, sent="at_random", effect=0.8), mechanism="lottery", seed=1)
    large = impact.evaluate(programme(7, people=900, sent="at_random", effect=0.8), mechanism="lottery", seed=1)
    judged = impact.evaluate(programme(7, people=60, sent="at_random", effect=0.8), mechanism="rule", seed=1)
    assert small.diagnostics["permutation"]["p_value"] <= 0.01
    assert small.q_value is not None
    assert small.q_value >= small.diagnostics["permutation"]["p_value"]
    assert large.diagnostics["permutation"] is None
    assert judged.diagnostics["permutation"] is None


def test_what_cannot_be_permuted_is_refused(frame: Frame) -> None:
    rng = np.random.default_rng(8)
    alike: Any = frame(rng.normal(size=(12, 4)), np.full(12, 2))
    with pytest.raises(NotEstimableError, match="two dates"):
        impact.permutation_test(alike, seed=1)
    with pytest.raises(ParameterError, match="100"):
        impact.permutation_test(alike, seed=1, draws=10)
