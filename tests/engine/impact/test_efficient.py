"""Drawn dates: the paper's formula written out, and lotteries whose truth is known."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.impact import efficient
from upwell.engine.impact.estimators import Workbench
from upwell.engine.impact.inference import Contrast
from upwell.engine.impact.panel import read
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_moments import columns, moments

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]
Programme = Callable[..., pa.Table]


def matrices(outcome: np.ndarray, first: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Cohort means and covariances, and weights (cohorts x periods) of the simple average and of its base periods."""
    dates, width = np.unique(first), outcome.shape[1]
    size = {g: int((first == g).sum()) for g in dates}
    cells = [(g, t) for g in dates[:-1] for t in range(g, min(width, dates[-1]))]
    total = sum(size[g] for g, _ in cells)
    after, before = np.zeros((len(dates), width)), np.zeros((len(dates), width))
    for g, t in cells:
        untreated = [h for h in dates if h > t]
        heads = sum(size[h] for h in untreated)
        for weight, period in ((after, t), (before, g - 1)):
            weight[np.searchsorted(dates, g), period] += size[g] / total
            for h in untreated:
                weight[np.searchsorted(dates, h), period] -= size[g] / total * size[h] / heads
    groups = [outcome[first == g] for g in dates]
    return groups, after, before


def test_the_estimator_follows_its_formula_and_the_authors_default(frame: Frame) -> None:
    """Theorem 3.1 with the pre-treatment contrast of the same cells, Neyman variance."""
    rng = np.random.default_rng(1)
    outcome = rng.normal(size=(70, 1)) + rng.normal(size=(70, 9)) + 0.2 * np.arange(9)
    first = rng.permutation(np.repeat([3, 5, 7, 9], [10, 15, 20, 25]))
    groups, after, before = matrices(outcome, first)
    means = [g.mean(axis=0) for g in groups]
    spread = [np.cov(g.T) / len(g) for g in groups]
    theta, x = (sum(w[j] @ m for j, m in enumerate(means)) for w in (after, before))
    v_x = sum(before[j] @ s @ before[j] for j, s in enumerate(spread))
    cross = sum(before[j] @ s @ after[j] for j, s in enumerate(spread))
    v_theta = sum(after[j] @ s @ after[j] for j, s in enumerate(spread))
    beta = cross / v_x
    found = impact.evaluate(frame(outcome, first), mechanism="lottery", seed=1).estimators["efficient_simple"]
    assert found is not None
    assert found.estimate == pytest.approx(theta - beta * x)
    assert found.se == pytest.approx(np.sqrt(v_theta - beta * cross))


def test_with_one_earlier_period_history_adds_nothing(frame: Frame) -> None:
    rng = np.random.default_rng(2)
    outcome = rng.normal(size=(80, 1)) + rng.normal(size=(80, 3))
    found = impact.evaluate(frame(outcome, np.repeat([1, 3], 40)), mechanism="lottery", seed=1).estimators
    simple, history = found["efficient_simple"], found["efficient_history"]
    assert simple is not None
    assert history is not None
    assert history.estimate == pytest.approx(simple.estimate)
    assert history.se == pytest.approx(simple.se)


def test_history_halves_the_error_of_changes_and_keeps_its_promise(programme: Programme) -> None:
    names = ("cs_simple", "efficient_simple", "efficient_history")
    rows: dict[str, list[tuple[float, float, bool]]] = {name: [] for name in names}
    for seed in range(40):
        data = read(programme(seed, people=150, sent="at_random", effect=0.3))
        stats = moments(data.outcome, data.cohort, data.stratum, data.cluster, data.position)
        bench = Workbench(stats, "notyet", 3, 5)
        efficient.fill(bench, True)
        cells = impact_cells.compare(stats, "notyet")
        total = impact_cells.simple(cells)
        influence = columns(stats, impact_cells.functional(stats, cells, [total]))
        bench.keep("cs_simple", Contrast(total.value, influence.matrix[:, 0]), influence.treated)
        for name, kept in rows.items():
            found = bench.found[name]
            assert found is not None
            kept.append((found.estimate, found.se, found.lo95 <= 0.3 <= found.hi95))
    spread = {name: float(np.std([r[0] for r in kept])) for name, kept in rows.items()}
    assert spread["efficient_history"] < 0.7 * spread["cs_simple"]
    assert spread["efficient_simple"] < spread["cs_simple"]
    assert sum(r[2] for r in rows["efficient_history"]) >= 35
    assert np.mean([r[1] for r in rows["efficient_history"]]) > 0.8 * spread["efficient_history"]


def test_the_headline_of_a_lottery_uses_its_history(programme: Programme) -> None:
    found = impact.evaluate(programme(1, people=150, sent="at_random", effect=0.3), mechanism="lottery", seed=1)
    assert found.headline == found.estimators["efficient_history"]


def test_an_intake_of_one_person_is_left_out_and_does_not_forbid_the_rest(frame: Frame) -> None:
    rng = np.random.default_rng(3)
    outcome = rng.normal(size=(61, 8))
    first = np.r_[np.repeat([3, 5, 8], 20), 6]
    with_one = impact.evaluate(frame(outcome, first), mechanism="lottery", seed=1).estimators["efficient_simple"]
    without = impact.evaluate(frame(outcome[:60], first[:60]), mechanism="lottery", seed=1).estimators
    plain = without["efficient_simple"]
    assert with_one is not None
    assert plain is not None
    assert with_one.estimate == pytest.approx(plain.estimate)
    assert with_one.se == pytest.approx(plain.se)


def test_gaps_compare_the_people_seen_before_and_after(frame: Frame) -> None:
    """One date, written out: contrasts in levels of the people seen in both periods, centred cohort by cohort."""
    rng = np.random.default_rng(8)
    outcome = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))
    first = np.repeat([2, 4], 30)
    seen = rng.random(outcome.shape) < 0.8
    table = frame(outcome, first).filter(pa.array(seen.ravel()))
    found = impact.evaluate(table, mechanism="lottery", seed=1).estimators["efficient_simple"]
    parts = np.zeros((60, 2))
    value = np.zeros(2)
    cells = [np.flatnonzero(seen[:, t] & seen[:, 1]) for t in (2, 3)]
    for t, both in zip((2, 3), cells, strict=True):
        for cohort, sign in ((2, 1.0), (4, -1.0)):
            own = both[first[both] == cohort]
            for j, period in enumerate((t, 1)):
                level = outcome[own, period]
                value[j] += 0.5 * sign * level.mean()
                parts[own, j] += 0.5 * sign * (level - level.mean()) / len(own) * np.sqrt(30 / 29)
    covariance = parts.T @ parts
    beta = covariance[0, 1] / covariance[1, 1]
    assert found is not None
    assert found.estimate == pytest.approx(value[0] - beta * value[1])
    assert found.se == pytest.approx(np.sqrt(covariance[0, 0] - beta * covariance[0, 1]))


def test_a_few_gaps_move_little(programme: Programme) -> None:
    table = programme(1, people=300, sent="at_random", effect=0.3)
    whole = impact.evaluate(table, mechanism="lottery", seed=1).estimators
    holed = impact.evaluate(table.slice(1), mechanism="lottery", seed=1).estimators
    for name in efficient.NAMES:
        one, other = whole[name], holed[name]
        assert one is not None
        assert other is not None
        assert other.estimate == pytest.approx(one.estimate, abs=0.05 * one.se)
        assert other.se == pytest.approx(one.se, rel=0.01)
