"""Where the truth is known, intervals hold it as often as they say and no simpler rule comes closer."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from tests.engine.levels.worlds import World, organisation

from upwell.engine import levels

RANK = {"manager": 2, "peer": 1, "self": 0}


def simple_rules(table: pa.Table) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Mean, last rating and best source's last rating per cell."""
    seen: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for row in table.to_pylist():
        key = (row["person"], row["capability"])
        seen.setdefault(key, []).append((row["rated_on"], RANK[row["source"]], row["category"]))
    return {
        key: (
            float(np.mean([c for _, _, c in rows])),
            float(max(rows)[2]),
            float(max(rows, key=lambda row: (row[1], row[0]))[2]),
        )
        for key, rows in seen.items()
    }


def outcome(world: World, seeds: range) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Hits of the 95 % interval, and squared errors of the level and the three rules."""
    hits, errors = [], []
    for seed in seeds:
        table, truth = organisation(world, seed)
        rules = simple_rules(table)
        for row in levels.estimate(table, as_of=100).estimates.to_pylist():
            key = (row["person"], row["capability"])
            hits.append(row["lo95"] <= truth[key] <= row["hi95"])
            errors.append([(guess - truth[key]) ** 2 for guess in (row["level"], *rules[key])])
    return np.array(hits), np.array(errors)


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World(severity=1.0),
        World(halo=0.9),
        World(kept=0.35, people=240),
        World(severity=0.02, halo=0.02),
        World(oldest=60),
    ],
    ids=["usual", "severe", "halo", "sparse", "alike", "old"],
)
def test_intervals_keep_their_promise_and_no_simpler_rule_is_closer(world: World) -> None:
    hits, errors = outcome(world, range(5))
    assert 0.935 <= hits.mean() <= 0.97
    mine, *others = np.sqrt(errors.mean(axis=0))
    assert mine < 0.95 * min(others)


def test_few_ratings_give_intervals_that_are_rather_too_wide_than_too_narrow() -> None:
    for people in (8, 16):
        hits, errors = outcome(World(people=people, capabilities=2, halo=0.8, severity=0.8), range(25))
        assert hits.mean() >= 0.94
        assert errors[:, 0].mean() < errors[:, 1].mean()


def test_the_run_converges_and_says_so() -> None:
    table, _ = organisation(World(), 7)
    usual = levels.estimate(table, as_of=100)
    assert usual.diagnostics["converged"]
    assert usual.diagnostics["sweeps"] <= 35
    strict = levels.estimate(table, as_of=100, parameters=levels.LevelParameters(sweeps=400, tolerance=1e-9))
    off = np.abs(usual.estimates["level"].to_numpy() - strict.estimates["level"].to_numpy())
    assert off.max() < 2e-3
    hurried = levels.estimate(table, as_of=100, parameters=levels.LevelParameters(sweeps=5))
    assert not hurried.diagnostics["converged"]


def test_an_erratic_rater_stands_out_and_the_others_fit() -> None:
    world = World(people=160, erratic=2 * 160)
    table, _ = organisation(world, 3)
    raters = {row["rater"]: row for row in levels.estimate(table, as_of=100).raters.to_pylist() if row["shown"]}
    erratic = raters.pop(world.erratic)
    managers = [row for row in raters.values() if row["group"] == "manager"]
    assert erratic["infit"] > max(row["infit"] for row in managers)
    assert erratic["outfit"] > max(row["outfit"] for row in managers)
    assert 0.95 < np.average([row["outfit"] for row in raters.values()]) < 1.05
    assert 0.95 < np.average([row["infit"] for row in raters.values()]) < 1.05


def test_a_rater_who_uses_only_the_middle_has_little_spread() -> None:
    table, _ = organisation(World(people=160), 4)
    rows = table.to_pylist()
    for row in rows:
        if row["rater"] == 2 * 160:
            row["category"] = 3
    raters = {row["rater"]: row for row in levels.estimate(pa.Table.from_pylist(rows), as_of=100).raters.to_pylist()}
    assert raters[2 * 160]["spread"] == 0
    assert 0.9 < np.average([row["spread"] for row in raters.values() if row["n_persons"] > 7 and row["spread"]]) < 1.1


def test_raters_of_few_people_are_not_shown() -> None:
    table, _ = organisation(World(people=40), 5)
    for row in levels.estimate(table, as_of=100).raters.to_pylist():
        assert row["shown"] == (row["n_persons"] >= 5)
