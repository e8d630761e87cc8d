"""Probability of a gap, shortfall and the sums over people, against draws and against plain loops."""

import numpy as np
import pytest
from scipy.stats import norm

from upwell.engine.numerics import gaps_scores, gaps_sums
from upwell.engine.numerics.gaps_scores import ABOVE, BELOW, MEASURES, MEETS, UNKNOWN, UNSURE, measures, scores
from upwell.engine.numerics.gaps_sets import alike


def test_scores_are_those_of_drawn_levels() -> None:
    rng = np.random.default_rng(2)
    level, sd, required = np.array([2.0, 3.0, 4.5]), np.array([0.3, 1.0, 0.6]), np.full(3, 3.0)
    found = scores(required, level, sd, 0.25)
    drawn = required - (level + sd * rng.normal(size=(400_000, 3)))
    np.testing.assert_allclose(found.p_gap, (drawn >= 0.25).mean(axis=0), atol=0.003)
    np.testing.assert_allclose(found.shortfall, np.maximum(drawn, 0).mean(axis=0), atol=0.004)


@pytest.mark.parametrize(
    ("level", "sd", "state"),
    [(1.0, 0.2, BELOW), (3.0, 0.05, MEETS), (5.0, 0.2, ABOVE), (3.0, 2.0, UNSURE), (np.nan, np.nan, UNKNOWN)],
)
def test_states_follow_from_probabilities(level: float, sd: float, state: int) -> None:
    found = scores(np.array([3.0]), np.array([level]), np.array([sd]), 0.25)
    assert found.state.tolist() == [state]


def test_a_certain_level_has_no_middle_ground() -> None:
    found = scores(np.array([3.0, 3.0]), np.array([2.0, 2.9]), np.zeros(2), 0.25)
    assert found.p_gap.tolist() == [1.0, 0.0]
    np.testing.assert_allclose(found.shortfall, [1.0, 0.1], atol=1e-8)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    arrays = rng.normal(3, 1, 50), rng.normal(3, 1, 50), rng.random(50)
    whole = scores(*arrays, 0.25)
    monkeypatch.setattr(gaps_scores, "blocks", lambda size: (slice(a, min(a + 7, size)) for a in range(0, size, 7)))
    parts = scores(*arrays, 0.25)
    assert all(np.array_equal(getattr(whole, n), getattr(parts, n)) for n in ("gap", "p_gap", "shortfall", "state"))


def test_summands_of_a_cell_are_what_they_are_called() -> None:
    values = dict(
        zip(
            MEASURES,
            measures(
                np.array([3.0, 3.0, np.nan]),
                np.array([2.5, np.nan, 2.0]),
                np.array([0.4, np.nan, 0.4]),
                np.array([2.0, 2.0, np.nan]),
                0.25,
            ),
            strict=True,
        )
    )
    meet = norm.cdf((0.25 - 0.5) / 0.4)
    assert values["n"].tolist() == [1, 1, 0]
    assert values["seen"].tolist() == [1, 0, 0]
    np.testing.assert_allclose(values["meet"], [meet, 0, 0])
    np.testing.assert_allclose(values["root_doubt"] ** 2, [meet * (1 - meet), 0, 0])
    np.testing.assert_allclose(values["gap"], [0.5, 0, 0])
    np.testing.assert_allclose(values["var"], [0.16, 0, 0])
    short = 0.5 * norm.cdf(1.25) + 0.4 * norm.pdf(1.25)
    np.testing.assert_allclose(values["priority"], [2 * short, 0, 0])


@pytest.mark.parametrize("room", [0, 4])
def test_sums_over_the_tree_equal_a_plain_loop(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    monkeypatch.setattr(gaps_sums, "ROOM", room)
    monkeypatch.setattr(gaps_sums, "PEOPLE", 8)
    rng = np.random.default_rng(4)
    people, width, units = 30, 3, 7
    belongs = rng.random((people, units)) < 0.4
    item, member = np.nonzero(belongs)
    seats = alike(item, member, people, units)
    required = np.where(rng.random((2, width)) < 0.8, 3.0, np.nan)
    bundle, factor = rng.integers(0, 2, people), np.ones((2, width))
    level = rng.normal(3, 1, (people, width)).astype(np.float32)
    level[rng.random((people, width)) < 0.2] = np.nan
    sd = np.full((people, width), 0.5, dtype=np.float32)
    per_seat = gaps_sums.over_cells(seats.group, seats.groups, bundle, required, factor, level, sd, 0.25)
    found = gaps_sums.over_members(per_seat, seats, width, units)
    each = np.stack(measures(required[bundle], level.astype(float), sd.astype(float), factor[bundle], 0.25))
    wanted = np.einsum("pu,mpc->muc", belongs, each).reshape(len(MEASURES), -1)
    assert found.cell.tolist() == np.flatnonzero(wanted[0]).tolist()
    np.testing.assert_allclose(found.totals, wanted[:, found.cell], atol=1e-12)
