"""Values that swing around their place settle."""

import numpy as np
import pyarrow as pa
from numpy.testing import assert_allclose

from upwell.engine import levels
from upwell.engine.levels import LevelParameters
from upwell.engine.numerics.learning import Hyper
from upwell.engine.numerics.pacing import SHORTER, Pace
from upwell.engine.scales import LatentScale


def hyper(halo: float, general: float = 0.3) -> Hyper:
    return Hyper(
        np.array([3.0]), general, 0.3, np.zeros(2), np.full(2, 0.2), halo, np.ones(3), 0.05,
        np.array([-np.inf, 3.0, np.inf]), np.array([False]), np.array([True, True]), np.array([True, False]),
    )  # fmt: skip


def test_a_step_that_turns_back_is_halved_and_one_that_goes_on_is_whole() -> None:
    pace = Pace()
    first = pace.eased(hyper(0.2, 0.3), hyper(0.4, 0.31))
    assert first.halo == 0.4
    second = pace.eased(first, hyper(0.2, 0.32))
    assert_allclose(np.log(second.halo / 0.4), SHORTER * np.log(0.5))
    assert_allclose(second.general, 0.32)
    assert_allclose(second.noise, 1.0)


def test_pass_or_fail_by_raters_of_one_capability_settles() -> None:
    """Here a rater gives one mark per person, so that halo and noise can hardly be told apart."""
    rng = np.random.default_rng(0)
    people = 600
    rows = []
    for p in range(people):
        ability = rng.normal(3, 0.75)
        for r in rng.choice(150, 4, replace=False):
            rows.append(
                (p, "x", int(r), "peer", 1 + int(ability + rng.normal(0, 1.5) > 4.2), int(rng.integers(76, 100)))
            )
    names = ("person", "capability", "rater", "source", "category", "rated_on")
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    passed = {"common": LatentScale("passed", (4.2,))}
    found = levels.estimate(table, as_of=100, scales=passed)
    assert found.diagnostics["converged"]
    exact = levels.estimate(table, as_of=100, scales=passed, parameters=LevelParameters(sweeps=600, tolerance=1e-7))
    assert exact.diagnostics["converged"]
    away = np.abs(found.estimates["level"].to_numpy() - exact.estimates["level"].to_numpy())
    assert away.max() < 0.02


def test_a_run_that_was_stopped_says_so() -> None:
    table = pa.table(
        {
            "person": ["a", "b", "c"], "capability": ["x"] * 3, "rater": ["m"] * 3, "source": ["manager"] * 3,
            "category": [1, 3, 5], "rated_on": [1, 1, 1],
        }
    )  # fmt: skip
    stopped = levels.estimate(table, as_of=9, parameters=LevelParameters(sweeps=5))
    assert stopped.diagnostics["converged"] is False
    assert any(note.startswith("The estimation was stopped after 5 sweeps") for note in stopped.diagnostics["notes"])
    assert not any("stopped" in note for note in levels.estimate(table, as_of=9).diagnostics["notes"])
