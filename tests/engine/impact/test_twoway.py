"""The usual regression: published figures, dummies by hand, and a panel on which it errs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import FrameError, NotEstimableError

Castle = Callable[[str, str], pa.Table]
Rows = Callable[[str], list[dict[str, str]]]
Frame = Callable[[np.ndarray, np.ndarray], pa.Table]


def test_the_decomposition_of_goodman_bacon_is_reproduced(castle: Castle, targets: dict[str, Any]) -> None:
    expected = targets["castle_bacon"]
    found = impact.two_way(castle("bacon_castle.csv.gz", "state"))
    assert found.effect.estimate == pytest.approx(expected["twfe"], abs=1e-6)
    assert {p.label: p.weight for p in found.parts} == pytest.approx(expected["weights"], abs=1e-6)
    assert {p.label: p.estimate for p in found.parts} == pytest.approx(expected["estimates"], abs=1e-6)
    assert found.wrong_way == pytest.approx(expected["weights"]["later_vs_earlier"], abs=1e-6)


def test_the_castle_doctrine_is_reproduced_plain_and_weighted(
    castle: Castle, published: Rows, targets: dict[str, Any]
) -> None:
    expected = targets["castle_causaldata"]
    table = castle("castle_doctrine.csv.gz", "sid")
    plain = impact.two_way(table)
    assert plain.effect.estimate == pytest.approx(expected["twfe_unweighted"][0], abs=1e-5)
    assert plain.effect.se == pytest.approx(expected["twfe_unweighted"][1], abs=1e-4)
    assert {p.label: p.weight for p in plain.parts} == pytest.approx(expected["bacon_weights"], abs=1e-6)
    weights = pa.array([float(r["popwt"]) for r in published("castle_doctrine.csv.gz")])
    weighted = impact.two_way(table.append_column("weight", weights))
    assert weighted.effect.estimate == pytest.approx(expected["twfe_weighted_popwt"][0], abs=1e-5)
    assert weighted.effect.se == pytest.approx(expected["twfe_weighted_popwt"][1], abs=1e-4)
    assert weighted.parts == ()


def test_imputation_and_two_stages_agree_in_value_and_have_their_own_errors(
    castle: Castle, targets: dict[str, Any]
) -> None:
    expected = targets["castle_causaldata"]
    found = impact.two_way(castle("castle_doctrine.csv.gz", "sid"))
    assert found.imputation is not None
    assert found.two_stage is not None
    assert found.imputation.estimate == found.two_stage.estimate
    assert found.imputation.estimate == pytest.approx(expected["bjs"][0], abs=5e-5)
    assert found.imputation.se == pytest.approx(expected["bjs"][1], abs=1e-4)
    assert found.two_stage.se == pytest.approx(expected["did2s"][1], abs=1e-4)


def test_weights_and_gaps_agree_with_dummies(frame: Frame) -> None:
    rng = np.random.default_rng(1)
    outcome, weight = rng.normal(size=(12, 6)), rng.random((12, 6)) + 0.1
    first = np.repeat([2, 4, 6], 4)
    kept = rng.random((12, 6)) < 0.85
    table = frame(outcome, first).append_column("weight", pa.array(weight.ravel())).filter(pa.array(kept.ravel()))
    found = impact.two_way(table.take(pa.array(rng.permutation(table.num_rows))))
    people, months = np.nonzero(kept)
    status = (months >= first[people]).astype(float)
    design = np.column_stack([status, np.eye(12)[people], np.eye(6)[months][:, 1:]])
    root = np.sqrt(weight[people, months])
    slope = np.linalg.lstsq(design * root[:, None], outcome[people, months] * root, rcond=None)[0][0]
    assert found.effect.estimate == pytest.approx(slope)


def test_a_weight_of_two_is_a_person_twice_but_not_two_clusters(frame: Frame) -> None:
    rng = np.random.default_rng(2)
    outcome, first = rng.normal(size=(20, 5)), np.repeat([2, 5], 10)
    doubled = frame(np.vstack([outcome, outcome[:5]]), np.r_[first, first[:5]])
    cluster = np.repeat(np.r_[np.arange(20), np.arange(5)], 5)
    twice = impact.two_way(doubled.append_column("cluster", pa.array(cluster))).effect
    weight = np.repeat(np.where(np.arange(20) < 5, 2.0, 1.0), 5)
    weighted = impact.two_way(frame(outcome, first).append_column("weight", pa.array(weight))).effect
    assert weighted.estimate == pytest.approx(twice.estimate)
    assert weighted.se == pytest.approx(twice.se, rel=0.02)


def test_growing_effects_turn_the_regression_around_but_not_the_imputation(frame: Frame) -> None:
    rng = np.random.default_rng(3)
    first = np.repeat([2, 12], 60)
    since = np.maximum(np.arange(20) - first[:, None] + 1, 0)
    found = impact.two_way(frame(rng.normal(size=(120, 20)) * 0.2 + 0.3 * since, first))
    assert found.effect.hi95 < 0
    assert found.imputation is None or found.imputation.estimate > 0
    assert found.wrong_way is not None
    assert found.wrong_way > 0.3
    assert "already treated" in found.words


def test_what_the_regression_cannot_tell_is_refused(frame: Frame) -> None:
    rng = np.random.default_rng(4)
    table = frame(rng.normal(size=(10, 4)), np.full(10, 2))
    with pytest.raises(NotEstimableError, match="no answer"):
        impact.two_way(table)
    bad = frame(rng.normal(size=(10, 4)), np.repeat([2, 4], 5)).append_column("weight", pa.array(np.full(40, -1.0)))
    with pytest.raises(FrameError, match="weight"):
        impact.two_way(bad)
