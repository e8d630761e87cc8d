"""A state is found again, brought up to date and replayed without touching what an update leaves alone."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.engine.levels.worlds import NAMES, World, organisation

from upwell.engine import levels
from upwell.engine.frames import digest

TABLE, TRUTH = organisation(World(people=64), 1)
EXACT = levels.LevelParameters(sweeps=300, tolerance=1e-8)
FULL = levels.estimate(TABLE, as_of=100, parameters=EXACT)


def of(person: int, table: pa.Table = TABLE) -> pa.Table:
    return table.filter(pc.equal(table["person"], person))


def with_news(person: int, rater: int, category: int) -> pa.Table:
    news = pa.table([[person], [0], [rater], ["peer"], [category], [100]], names=list(NAMES))
    return pa.concat_tables([of(person), news])


def text_keys(table: pa.Table) -> pa.Table:
    for place, name in ((0, "person"), (2, "rater")):
        table = table.set_column(place, name, pa.array([f"{name}-{key:04d}" for key in table[name].to_pylist()]))
    return table


def test_a_stored_run_replays_to_the_same_digits() -> None:
    again = levels.estimate(TABLE, as_of=100, parameters=EXACT)
    assert digest(again.estimates) == digest(FULL.estimates)
    assert digest(again.raters) == digest(FULL.raters)
    assert again.state.to_json() == FULL.state.to_json()
    held = levels.LevelState.from_json(FULL.state.to_json())
    one = levels.update(held, of(9), as_of=100).estimates
    assert digest(one) == digest(levels.update(FULL.state, of(9), as_of=100).estimates)


@pytest.mark.parametrize("keys", ["numbers", "text"])
def test_rows_found_by_bisection_are_those_found_by_reading_everything(keys: str) -> None:
    table = TABLE if keys == "numbers" else text_keys(TABLE)
    state = levels.estimate(table, as_of=100).state
    people = table["person"].unique().to_pylist()[3:7]
    assert state.in_order
    plain = levels.LevelState(**{**vars(state), "in_order": False})
    assert state.links_of(people).to_pylist() == plain.links_of(people).to_pylist()
    assert state.for_persons(people).raters.to_pylist() == plain.for_persons(people).raters.to_pylist()


def test_an_update_moves_the_person_and_the_persons_raters_alone() -> None:
    found = levels.update(FULL.state, with_news(9, 64 + 20, 1), as_of=100)
    merged = FULL.state.merged(found.state)
    before, after = (
        {(r["rater"], r["group"]): r["shift"] for r in state.raters.to_pylist()} for state in (FULL.state, merged)
    )
    touched = {(r["rater"], r["group"]) for r in found.state.links.to_pylist()}
    assert {key for key in after if before.get(key) != after[key]} == touched
    assert merged.links.filter(pc.not_equal(merged.links["person"], 9)).equals(
        FULL.state.links.filter(pc.not_equal(FULL.state.links["person"], 9))
    )
    assert merged.links_of([9]).to_pylist() == found.state.links.to_pylist()


def test_updates_one_after_the_other_come_to_what_a_full_run_finds() -> None:
    state, table = FULL.state, TABLE
    for person, rater, category in ((9, 64 + 20, 1), (10, 64 + 20, 1), (11, 64 + 21, 5), (9, 64 + 33, 2)):
        news = pa.table([[person], [0], [rater], ["peer"], [category], [100]], names=list(NAMES))
        table = pa.concat_tables([table, news])
        state = state.merged(levels.update(state, of(person, table), as_of=100).state)
    full = levels.estimate(table, as_of=100, parameters=EXACT)
    for person in (9, 10, 11):
        mine = levels.update(state, of(person, table), as_of=100).estimates["level"].to_numpy()
        np.testing.assert_allclose(mine, of(person, full.estimates)["level"].to_numpy(), atol=0.06)


def test_a_merge_that_changes_nothing_leaves_the_beliefs_where_they_were() -> None:
    merged = FULL.state.merged(FULL.state.for_persons([3]))
    np.testing.assert_allclose(merged.raters["shift"].to_numpy(), FULL.state.raters["shift"].to_numpy(), atol=1e-12)
    assert merged.links.equals(FULL.state.links)


def test_who_has_no_rating_left_is_taken_out() -> None:
    merged = FULL.state.merged(FULL.state.for_persons([]), persons=[3])
    assert merged.links_of([3]).num_rows == 0
    own = FULL.state.links_of([3]).to_pylist()[0]
    left, held = (state.raters_of([own["rater"]]).to_pylist()[0] for state in (merged, FULL.state))
    assert left["precision"] == pytest.approx(max(held["precision"] - own["precision"], 0), abs=1e-12)


def test_a_state_in_another_order_merges_to_the_same() -> None:
    mixed = levels.LevelState(**{**vars(FULL.state), "links": FULL.state.links[::-1], "in_order": False})
    news = levels.update(FULL.state, with_news(9, 64 + 20, 1), as_of=100).state
    assert mixed.merged(news).links.equals(FULL.state.merged(news).links.combine_chunks())


@pytest.mark.parametrize("keys", ["numbers", "text"])
def test_a_state_read_back_equals_the_state_that_was_written(keys: str) -> None:
    table = TABLE if keys == "numbers" else text_keys(TABLE)
    given = levels.LevelParameters(learn_cuts=["common"])
    state = levels.estimate(table, as_of=100, parameters=given).state
    again = levels.LevelState.from_json(state.to_json())
    assert again == state
    assert again.links.schema == state.links.schema
    assert again.to_json() == state.to_json()
    one = table["person"][0].as_py()
    assert levels.LevelState.from_json(state.for_persons([one]).to_json()) == state.for_persons([one])
