"""One person can be brought up to date and every level can be explained."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from upwell.engine import levels
from upwell.engine.errors import FrameError, NotEstimableError


def panel(seed: int = 2, people: int = 80) -> pa.Table:
    rng = np.random.default_rng(seed)
    rows = []
    for p in range(people):
        level = rng.normal(3, 0.7)
        for rater, source in ((f"m{p // 8}", "manager"), (f"p{(p + 1) % people}", "peer"), (f"p{p}", "self")):
            for c in "xy":
                rows.append((f"p{p}", c, rater, source, int(np.clip(round(level + rng.normal()), 1, 5)), 10))
    names = ["person", "capability", "rater", "source", "category", "rated_on"]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


PANEL = panel()
FULL = levels.estimate(PANEL, as_of=12, parameters=levels.LevelParameters(sweeps=300, tolerance=1e-7))


def of(person: str, table: pa.Table = PANEL) -> pa.Table:
    return table.filter(pc.equal(table.column("person"), person))


def test_the_state_survives_json_digit_for_digit() -> None:
    text = FULL.state.to_json()
    assert levels.LevelState.from_json(text).to_json() == text


def test_updating_one_person_without_news_gives_the_same_level() -> None:
    state = levels.LevelState.from_json(FULL.state.for_persons(["p7"]).to_json())
    found = levels.update(state, of("p7"), as_of=12).estimates
    full = of("p7", FULL.estimates)
    assert found.column("level").to_pylist() == pytest.approx(full.column("level").to_pylist(), abs=1e-4)
    assert found.column("sd").to_pylist() == pytest.approx(full.column("sd").to_pylist(), abs=1e-4)
    assert found.column_names == full.column_names


def test_updating_after_a_new_rating_comes_close_to_a_full_run() -> None:
    news = pa.table([["p7"], ["x"], ["m3"], ["manager"], [5], [12]], names=PANEL.column_names)
    changed = pa.concat_tables([PANEL, news])
    full = of("p7", levels.estimate(changed, as_of=12).estimates).column("level").to_pylist()
    before = of("p7", FULL.estimates).column("level").to_pylist()
    found = levels.update(FULL.state, of("p7", changed), as_of=12).estimates.column("level").to_pylist()
    assert found == pytest.approx(full, abs=0.05)
    assert found[0] > before[0]


def test_a_person_nobody_knew_can_be_estimated_from_the_state() -> None:
    fresh = pa.table([["new"], ["z"], ["m1"], ["manager"], [4], [12]], names=PANEL.column_names)
    row = levels.update(FULL.state, fresh, as_of=12).estimates.to_pylist()[0]
    assert 3 < row["level"] < 4.5
    assert row["provisional"]


def test_the_waterfall_adds_up_to_the_level() -> None:
    told = levels.explain(FULL.state, of("p7"), capability="x", as_of=12)
    assert told.start + sum(told.steps.column("contribution").to_pylist()) == pytest.approx(told.level, abs=1e-9)
    row = levels.update(FULL.state, of("p7"), as_of=12).estimates.to_pylist()[0]
    assert (told.level, told.sd) == pytest.approx((row["level"], row["sd"]), abs=1e-6)
    assert told.steps.num_rows == 6


def test_ratings_of_the_capability_itself_weigh_more_than_those_of_another() -> None:
    steps = levels.explain(FULL.state, of("p7"), capability="x", as_of=12).steps.to_pylist()
    weight = {(s["rater"], s["capability"]): s["weight"] for s in steps}
    assert weight["m0", "x"] > weight["m0", "y"]


def test_a_new_test_tells_more_than_asking_the_same_manager_again() -> None:
    found = levels.informative(FULL.state, of("p7"), capability="x", as_of=12).to_pylist()
    sds = [row["sd"] for row in found]
    assert sds == sorted(sds)
    assert all(0 < row["reduction"] < 1 for row in found)
    by = {(row["source"], row["rater"]): row["reduction"] for row in found}
    assert by["test", None] > by["manager", "m0"]


def test_what_cannot_be_explained_is_said() -> None:
    with pytest.raises(NotEstimableError, match="no rating of the capability 'z'"):
        levels.explain(FULL.state, of("p7"), capability="z", as_of=12)
    with pytest.raises(FrameError, match="one person, not of 80"):
        levels.explain(FULL.state, PANEL, capability="x", as_of=12)
