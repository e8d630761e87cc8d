"""Whole simulated organisations: size, tree, history, defects, and levels recovered by the engine."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from upwell.engine import levels, simulate
from upwell.engine.errors import ParameterError
from upwell.engine.scales import LatentScale


@pytest.mark.parametrize("n", [10, 37, 500])
def test_it_has_as_many_people_as_asked_for_and_one_head_above_all(n: int) -> None:
    made = simulate.organisation(n, seed=1)
    manager = dict(zip(made.people["person"].to_pylist(), made.people["manager"].to_pylist(), strict=True))
    assert len(manager) == n
    heads = [person for person, above in manager.items() if above is None]
    assert heads == ["p0000001"]
    for person in manager:
        steps, at = 0, person
        while manager[at] is not None:
            at, steps = manager[at], steps + 1
            assert steps < 50
        assert at == heads[0]


def test_units_move_over_time_without_gaps_or_overlaps_in_their_history() -> None:
    units = simulate.organisation(600, seed=2).units.sort_by([("unit", "ascending"), ("valid_from", "ascending")])
    rows = units.to_pylist()
    assert len(rows) > len({row["unit"] for row in rows})
    for earlier, later in itertools.pairwise(rows):
        if earlier["unit"] == later["unit"]:
            assert earlier["valid_to"] == later["valid_from"]
            assert earlier["parent"] != later["parent"]
        else:
            assert earlier["valid_to"] is None


@pytest.mark.parametrize("seed", [1, 2])
def test_the_rater_model_finds_the_true_levels_with_honest_intervals_and_beats_the_mean(seed: int) -> None:
    made = simulate.organisation(400, seed=seed)
    published = LatentScale("published", tuple(made.truth_cuts["cut"].to_pylist()))
    found = levels.estimate(made.ratings, as_of=date(2026, 6, 30), scale=published).estimates
    keys = ["person", "capability"]
    truth = made.truth_gaps.rename_columns([*keys, "required", "truth", "gap"])
    mean = made.ratings.group_by(keys).aggregate([("category", "mean")])
    both = found.join(truth, keys, join_type="inner").join(mean, keys, join_type="inner")
    true = both["truth"].to_numpy()
    inside = (both["lo95"].to_numpy() <= true) & (true <= both["hi95"].to_numpy())
    assert 0.90 <= inside.mean() <= 0.98
    model = np.sqrt(np.mean((both["level"].to_numpy() - true) ** 2))
    plain = np.sqrt(np.mean((both["category_mean"].to_numpy() - true) ** 2))
    assert model < 0.9 * plain


def test_some_teams_share_no_rater_with_the_rest() -> None:
    made = simulate.organisation(500, seed=4)
    found = levels.estimate(made.ratings, as_of=date(2026, 6, 30)).estimates
    apart = {row["person"] for row in found.to_pylist() if row["component"] != 0}
    assert 0.01 < len(apart) / 500 < 0.10


def test_hostile_defects_are_in_people_and_never_in_the_truth() -> None:
    clean = simulate.organisation(200, seed=3)
    bad = simulate.organisation(200, seed=3, defects="hostile")
    for name, table in clean.tables().items():
        if name.startswith("truth_"):
            assert table.equals(bad.tables()[name])
    names = [name or "" for name in bad.people["name"].to_pylist()]
    assert any(name.startswith("=") for name in names)
    assert max(map(len, names)) == 10_000
    assert pc.max(bad.people["hired_on"]).as_py() > date(2030, 1, 1)
    manager = dict(zip(bad.people["person"].to_pylist(), bad.people["manager"].to_pylist(), strict=True))
    assert any(manager.get(manager.get(p) or "") == p for p in manager)


def test_a_given_tree_must_have_the_size_that_was_asked_for() -> None:
    small = simulate.organisation(20, seed=1)
    tree = simulate.Structure(small.people, small.requirements, small.items)
    assert isinstance(simulate.organisation(20, seed=2, tree=tree).ratings, pa.Table)
    with pytest.raises(ParameterError, match="20 people, not 30"):
        simulate.organisation(30, seed=2, tree=tree)
