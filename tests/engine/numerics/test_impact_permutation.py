"""Draws that could have come out otherwise, against all orders written out."""

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from upwell.engine.numerics.impact_permutation import draws, permute, possible, studentised

LABEL = np.array([1, 1, 3, 9, 9, 1, 9])
STRATUM = np.array([0, 0, 0, 0, 1, 1, 1])


def orders() -> set[tuple[int, ...]]:
    """Every order of the labels inside the strata."""
    own = {s: set(permutations(LABEL[s == STRATUM].tolist())) for s in (0, 1)}
    return {one + two for one in own[0] for two in own[1]}


def test_all_draws_are_listed_once_where_there_are_few() -> None:
    assert possible(LABEL, STRATUM) == len(orders()) == 36
    drawn, is_exact = draws(LABEL, STRATUM, 36, 1)
    assert is_exact
    assert len(drawn) == 36
    assert {tuple(row) for row in drawn.tolist()} == orders()


def test_beyond_the_limit_draws_are_random_and_begin_with_the_one_that_happened() -> None:
    drawn, is_exact = draws(LABEL, STRATUM, 35, 1)
    assert not is_exact
    assert len(drawn) == 35
    np.testing.assert_array_equal(drawn[0], LABEL)
    assert {tuple(row) for row in drawn.tolist()} <= orders()
    assert len({tuple(row) for row in drawn.tolist()}) > 15


def test_more_draws_than_can_be_counted_are_without_end() -> None:
    half = np.arange(60) % 2
    assert possible(half, np.zeros(60)) == float("inf")
    assert possible(half[:50], np.zeros(50)) == pytest.approx(126410606437752)


def test_a_p_value_is_the_share_of_draws_at_least_as_large_both_ways() -> None:
    result = np.array([3.0, 1.0, 0.5, 2.0])
    label, flat = np.array([1, 0, 0, 0]), np.zeros(4, dtype=np.int64)

    def gap(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(drawn @ (result - result.mean()))

    found = permute(gap, label, flat, limit=100, seed=1)
    assert (found.p_value, found.draws, found.is_exact) == (1 / 4, 4, True)
    assert permute(gap, label[::-1], flat, limit=100, seed=1).p_value == 1.0
    assert permute(gap, label[[1, 0, 2, 3]], flat, limit=100, seed=1).p_value == 3 / 4


def test_without_earlier_results_the_statistic_is_the_contrast_over_its_neyman_error() -> None:
    rng = np.random.default_rng(5)
    result, group = rng.normal(size=20), np.repeat([0, 1], 10)
    label = np.array([np.r_[np.arange(10) % 2, np.arange(10) % 3 == 0], np.r_[np.arange(10) < 5, np.arange(10) > 5]])
    label = label.astype(np.int64)
    value = np.zeros(2)
    variance = np.zeros(2)
    scores = np.zeros((20, 2))
    for s in (0, 1):
        heads = (label[0, group == s] == 1).sum()
        scores[group == s, 1], scores[group == s, 0] = result[group == s] / heads, -result[group == s] / (10 - heads)
        for r in (0, 1):
            own, there = result[group == s], label[r, group == s] == 1
            value[r] += own[there].sum() / heads - own[~there].sum() / (10 - heads)
            variance[r] += own[there].var(ddof=1) / heads + own[~there].var(ddof=1) / (10 - heads)
    np.testing.assert_allclose(studentised([scores], group, label), value / np.sqrt(variance))


def test_earlier_results_take_off_what_they_explain() -> None:
    rng = np.random.default_rng(6)
    before = rng.normal(size=(30, 1)) * [-1, 1]
    noise = rng.normal(size=(30, 1)) * [-1, 1]
    label = rng.permuted(np.tile(np.arange(30) % 2, (4, 1)), axis=1)
    flat = np.zeros(30, dtype=np.int64)
    mixed = studentised([noise + 3 * before, before], flat, label)
    np.testing.assert_allclose(mixed, studentised([noise, before], flat, label))
    np.testing.assert_allclose(mixed, studentised([7 * (noise - before), before], flat, label))
