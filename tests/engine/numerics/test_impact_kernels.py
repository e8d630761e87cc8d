"""What must hold for any input: kernels behind the impact estimators."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from upwell.engine.numerics.impact_lee import covering_interval, lee
from upwell.engine.numerics.impact_multiplicity import adjust
from upwell.engine.numerics.impact_permutation import draws, permute, possible
from upwell.engine.numerics.impact_plausible import pool
from upwell.engine.numerics.impact_sequential import multiplier, p_value, tuned
from upwell.engine.numerics.impact_shrinkage import shrink
from upwell.engine.numerics.impact_small import first_coefficient, independent
from upwell.engine.numerics.impact_synthetic import simplex_least_squares

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=25, deadline=None)


@FEW
@given(seed=SEEDS, rows=st.integers(2, 12), columns=st.integers(2, 15), ridge=st.floats(0, 5))
def test_simplex_weights_meet_the_conditions_of_a_minimum(seed: int, rows: int, columns: int, ridge: float) -> None:
    rng = np.random.default_rng(seed)
    design, target = rng.normal(size=(rows, columns)), rng.normal(size=rows)
    weight = simplex_least_squares(design, target, ridge)
    slope = design.T @ (design @ weight - target) + ridge * weight
    assert weight.min() >= 0
    assert weight.sum() == pytest.approx(1)
    assert (slope >= weight @ slope - 1e-6).all()


@FEW
@given(seed=SEEDS, people=st.integers(12, 60))
def test_lee_bounds_lie_around_the_difference_and_follow_scale_and_shift(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    assigned = np.arange(people) % 2 == 0
    outcome = np.where(rng.random(people) < 0.7, rng.normal(size=people), np.nan)
    outcome[:6] = rng.normal(size=6)
    flat = np.zeros(people, dtype=np.int64)
    found, moved = lee(outcome, assigned, flat), lee(3 * outcome + 2, assigned, flat)
    assert found is not None
    assert moved is not None
    plain = np.nanmean(outcome[assigned]) - np.nanmean(outcome[~assigned])
    assert found.value[0] - 1e-9 <= plain <= found.value[1] + 1e-9
    np.testing.assert_allclose(moved.value, 3 * found.value, atol=1e-9)
    np.testing.assert_allclose(found.influence.sum(axis=0), 0, atol=1e-9)
    low, high = covering_interval(found.value, np.array([0.2, 0.3]))
    assert low < found.value[0]
    assert high > found.value[1]


@FEW
@given(p=arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1)))
def test_q_values_are_no_smaller_than_p_values_and_keep_their_order(p: np.ndarray) -> None:
    q = adjust(p)
    assert (q >= p - 1e-15).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= -1e-15).all()
    assert q.max() == pytest.approx(p.max())


@FEW
@given(seed=SEEDS, people=st.integers(3, 8), labels=st.integers(2, 3))
def test_a_statistic_that_ignores_the_draw_has_a_p_value_of_one(seed: int, people: int, labels: int) -> None:
    rng = np.random.default_rng(seed)
    label, stratum = rng.integers(0, labels, people), rng.integers(0, 2, people)
    drawn, is_exact = draws(label, stratum, 100_000, 1)
    assert is_exact
    assert len(np.unique(drawn, axis=0)) == len(drawn) == possible(label, stratum)
    assert permute(lambda x: np.ones(len(x)), label, stratum, limit=100_000, seed=1).p_value == 1.0


@FEW
@given(seed=SEEDS, programmes=st.integers(3, 20))
def test_shrunken_effects_stay_inside_the_raw_ones(seed: int, programmes: int) -> None:
    rng = np.random.default_rng(seed)
    effect, se = rng.normal(size=programmes), rng.uniform(0.1, 2, programmes)
    found = shrink(effect, se)
    assert (found.low < found.median).all()
    assert (found.median < found.high).all()
    assert found.mean.min() >= effect.min() - 1e-9
    assert found.mean.max() <= effect.max() + 1e-9
    order = rng.permutation(programmes)
    np.testing.assert_allclose(shrink(effect[order], se[order]).mean, found.mean[order], rtol=1e-9)


@FEW
@given(seed=SEEDS, draws_=st.integers(2, 20), df=st.floats(3, 200))
def test_pooling_never_narrows(seed: int, draws_: int, df: float) -> None:
    rng = np.random.default_rng(seed)
    values, variances = rng.normal(size=draws_), rng.uniform(0.1, 1, draws_)
    found = pool(values, variances, df)
    assert found.variance >= variances.mean()
    assert 0 <= found.share <= 1
    assert 0 < found.df <= df


@FEW
@given(share=st.floats(0.01, 1), tightest=st.floats(0.05, 1), statistic=st.floats(0, 8))
def test_the_boundary_is_wider_than_one_look_and_agrees_with_its_p_value(
    share: float, tightest: float, statistic: float
) -> None:
    ratio = tuned(share, tightest)
    assert multiplier(ratio) > 1.96
    assert (statistic > multiplier(ratio) + 1e-9) <= (p_value(statistic, ratio) < 0.05)
    assert (statistic < multiplier(ratio) - 1e-9) <= (p_value(statistic, ratio) > 0.05)


@FEW
@given(seed=SEEDS, people=st.integers(10, 40))
def test_regression_does_not_depend_on_the_coding_of_the_other_columns(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    treat = rng.permutation(np.arange(people) % 2).astype(float)
    other = rng.normal(size=(people, 2))
    y = rng.normal(size=(people, 1))
    one = np.column_stack([treat, np.ones(people), other])
    two = np.column_stack([treat, np.ones(people), other @ [[1, 2], [3, -1]] + 5, other[:, :1]])
    kept = independent(two)
    assert kept.tolist() == [0, 1, 2, 3]
    for errors in ("classical", "hc2", "hc3"):
        first = first_coefficient(y, one, errors)  # type: ignore[arg-type]
        second = first_coefficient(y, two[:, kept], errors)  # type: ignore[arg-type]
        np.testing.assert_allclose(first.value, second.value, atol=1e-8)
        np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-5)
        assert first.df == pytest.approx(second.df, rel=1e-5)
