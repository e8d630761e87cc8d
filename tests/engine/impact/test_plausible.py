"""Levels as outcomes: Rubin's rules by hand, and simulated levels whose uncertainty must not get lost."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats as distributions

from upwell.engine import impact
from upwell.engine.errors import ParameterError
from upwell.engine.numerics.impact_plausible import pool

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]


def test_rubins_rules_are_followed() -> None:
    values, variances = np.array([1.0, 1.4, 0.9]), np.array([0.04, 0.05, 0.03])
    found = pool(values, variances, np.inf)
    between = values.var(ddof=1) * 4 / 3
    assert found.value == pytest.approx(1.1)
    assert found.variance == pytest.approx(0.04 + between)
    assert found.share == pytest.approx(between / (0.04 + between))
    assert found.df == pytest.approx(2 / found.share**2)
    few = pool(values, variances, 20.0)
    observed = 21 / 23 * 20 * (1 - few.share)
    assert few.df == pytest.approx(1 / (1 / found.df + 1 / observed))


def test_equal_draws_change_nothing() -> None:
    found = pool(np.full(5, 2.0), np.full(5, 0.3), 12.0)
    assert (found.value, found.variance, found.df, found.share) == (2.0, pytest.approx(0.3), 12.0, 0.0)


def study(seed: int, frame: Frame, draws: int, noise: float) -> tuple[list[pa.Table], pa.Table]:
    """Levels known with error ``noise``: posterior draws given groups and months, and the posterior means."""
    rng = np.random.default_rng(seed)
    first = np.repeat([3, 6], 60)
    treated = np.arange(6) >= first[:, None]
    truth = rng.normal(size=(120, 1)) + rng.normal(size=(120, 6)) * 0.5 + 0.5 * treated
    seen = truth + noise * rng.normal(size=truth.shape)
    weight = 1.25 / (1.25 + noise**2)
    centre = 0.5 * treated
    mean = centre + weight * (seen - centre)
    spread = np.sqrt(1.25 * (1 - weight))
    return [frame(mean + spread * rng.normal(size=mean.shape), first) for _ in range(draws)], frame(mean, first)


def test_uncertain_levels_widen_the_interval_and_equal_draws_do_not(frame: Frame) -> None:
    panels, means = study(1, frame, 4, 0.8)
    pooled = impact.evaluate_plausible(panels, mechanism="lottery", seed=1)
    single = impact.evaluate(panels[0], mechanism="lottery", seed=1)
    same = impact.evaluate_plausible([means, means], mechanism="lottery", seed=1)
    plain = impact.evaluate(means, mechanism="lottery", seed=1)
    assert pooled.headline is not None
    assert single.headline is not None
    assert same.headline is not None
    assert plain.headline is not None
    assert pooled.headline.hi95 - pooled.headline.lo95 > single.headline.hi95 - single.headline.lo95
    assert 0 < pooled.diagnostics["measurement_share"] < 1
    assert (same.headline.lo95, same.headline.hi95) == pytest.approx((plain.headline.lo95, plain.headline.hi95))
    assert same.verdict == plain.verdict
    values = [impact.evaluate(p, mechanism="lottery", seed=1).headline for p in panels]
    assert pooled.headline.estimate == pytest.approx(np.mean([v.estimate for v in values if v is not None]))


def test_the_bracket_is_pooled_too(frame: Frame) -> None:
    panels, _ = study(2, frame, 3, 0.8)
    found = impact.evaluate_plausible(panels, mechanism="judgement", seed=1)
    brackets = [impact.evaluate(p, mechanism="judgement", seed=1).bracket for p in panels]
    assert found.bracket is not None
    assert found.bracket.difference == pytest.approx(np.mean([b.difference for b in brackets if b is not None]))
    assert found.bracket.hi - found.bracket.lo > np.mean([b.hi - b.lo for b in brackets if b is not None])


def test_the_truth_is_covered_as_promised_and_not_by_posterior_means() -> None:
    """Difference of two groups of 40, levels known with a reliability of one half, five draws."""
    rng = np.random.default_rng(5)
    group = np.repeat([1.0, 0.0], 40)
    held = naive = 0
    for _ in range(400):
        seen = 0.5 * group + rng.normal(size=80) + rng.normal(size=80)
        blind = 0.5 * seen
        naive += abs(np.subtract(*(blind[group == g].mean() for g in (1, 0))) - 0.5) < 1.96 * blind.std() / np.sqrt(20)
        slope = np.subtract(*(seen[group == g].mean() for g in (1, 0))) + np.sqrt(2 / 20) * rng.normal(size=5)
        level = np.array([seen[group == 0].mean()]) + np.sqrt(2 / 40) * rng.normal(size=5)
        known = level[:, None] + slope[:, None] * group
        draws = known + 0.5 * (seen - known) + np.sqrt(0.5) * rng.normal(size=(5, 80))
        sides = [draws[:, group == g] for g in (1, 0)]
        values = sides[0].mean(axis=1) - sides[1].mean(axis=1)
        found = pool(values, sum(side.var(axis=1, ddof=1) for side in sides) / 40, 78.0)
        half = distributions.t.ppf(0.975, found.df) * np.sqrt(found.variance)
        held += abs(found.value - 0.5) <= half
    assert held >= 368
    assert naive < held


def test_panels_of_different_people_are_refused(frame: Frame) -> None:
    panels, _ = study(3, frame, 2, 0.8)
    with pytest.raises(ParameterError, match="more than the outcome"):
        impact.evaluate_plausible([panels[0], panels[1].slice(6)], mechanism="lottery", seed=1)
    with pytest.raises(ParameterError, match="at least two"):
        impact.evaluate_plausible(panels[:1], mechanism="lottery", seed=1)
