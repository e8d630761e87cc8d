"""A rating that nobody gave, such as a test's, has no severity and no halo, and joins no persons."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm
from tests.engine.levels.worlds import NAMES, World, organisation

from upwell.engine import levels
from upwell.engine.numerics import ep
from upwell.engine.scales import FIVE_LEVELS

FIXED = levels.LevelParameters(learn=False, sweeps=200, tolerance=1e-9)
TYPES = (pa.string(), pa.string(), pa.string(), pa.string(), pa.int64(), pa.int64())


def frame(rows: list[tuple[object, ...]]) -> pa.Table:
    return pa.table({n: pa.array([r[i] for r in rows], t) for i, (n, t) in enumerate(zip(NAMES, TYPES, strict=True))})


def with_tests(table: pa.Table, every: int = 2) -> pa.Table:
    """A test of the first capability for every second person, by nobody."""
    people = sorted(set(table["person"].to_pylist()))[::every]
    rows = {
        "person": people,
        "capability": [0] * len(people),
        "rater": pa.nulls(len(people), pa.int64()),
        "source": ["test"] * len(people),
        "category": [1 + person % 5 for person in people],
        "rated_on": [99] * len(people),
    }
    return pa.concat_tables([table, pa.table(rows, schema=table.schema)])


def test_two_equal_tests_are_two_tests_and_equal_numerical_integration() -> None:
    found = levels.estimate(frame([("a", "x", None, "test", 4, 9)] * 2), as_of=10, scale=FIVE_LEVELS, parameters=FIXED)
    row = found.estimates.to_pylist()[0]
    theta = np.linspace(-3, 9, 6001)
    sd = np.sqrt(0.7**2 + 0.07)
    density = norm.pdf(theta, 3, np.sqrt(0.72)) * (norm.cdf((4.5 - theta) / sd) - norm.cdf((3.5 - theta) / sd)) ** 2
    mean = (density * theta).sum() / density.sum()
    exact = np.sqrt((density * (theta - mean) ** 2).sum() / density.sum())
    assert row["n_ratings"] == 2
    assert found.diagnostics["exact_repeats"] == 0
    assert row["level"] == pytest.approx(mean, abs=0.01)
    assert row["sd"] / np.sqrt(1 + 30 / 32) == pytest.approx(exact, abs=0.01)


def test_tests_join_nobody_and_appear_in_no_table_of_raters() -> None:
    rows = [(p, "x", None, "test", 3 + (p == "b"), 1) for p in "abc"] + [("a", "x", "m", "manager", 3, 1)]
    found = levels.estimate(frame(rows), as_of=2, scale=FIVE_LEVELS)
    assert found.diagnostics["components"] == 3
    assert found.raters["rater"].to_pylist() == ["m"]
    assert found.state.links["rater"].to_pylist() == found.state.raters["rater"].to_pylist() == ["m"]
    assert found.raters["n_ratings"].to_pylist() == [1]
    assert {row["person"]: (row["n_raters"], row["provisional"]) for row in found.estimates.to_pylist()} == {
        "a": (1, False),
        "b": (0, False),
        "c": (0, False),
    }


def test_without_any_rater_there_are_levels_and_a_state_that_takes_an_update() -> None:
    rows = [("a", "x", None, "test", 2, 1), ("b", "x", None, "kpi", 5, 1)]
    found = levels.estimate(frame(rows), as_of=2, scale=FIVE_LEVELS)
    assert (found.raters.num_rows, found.estimates.num_rows) == (0, 2)
    held = levels.LevelState.from_json(found.state.to_json())
    again = levels.update(held, frame(rows[:1]), as_of=2).estimates
    assert again["level"][0].as_py() == pytest.approx(found.estimates["level"][0].as_py(), abs=0.01)


def test_the_compiled_loop_and_the_arrays_agree_where_some_ratings_have_no_rater(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = with_tests(organisation(World(people=40), 3)[0])
    few = levels.LevelParameters(sweeps=12, tolerance=0)
    plain = levels.estimate(table, as_of=100, scale=FIVE_LEVELS, parameters=few)
    monkeypatch.setattr(ep, "COMPILED_FROM", 1)
    compiled = levels.estimate(table, as_of=100, scale=FIVE_LEVELS, parameters=few)
    for name in ("level", "sd"):
        np.testing.assert_allclose(compiled.estimates[name], plain.estimates[name], atol=1e-9)
    for name in ("severity", "infit", "outfit", "spread"):
        np.testing.assert_allclose(compiled.raters[name], plain.raters[name], atol=1e-8)


def test_an_explanation_adds_up_and_names_nobody_for_a_test() -> None:
    table = with_tests(organisation(World(people=24), 4)[0])
    state = levels.estimate(table, as_of=100, scale=FIVE_LEVELS).state
    mine = table.filter(pa.compute.equal(table["person"], 2))
    told = levels.explain(state, mine, capability=0, as_of=100)
    assert told.start + sum(told.steps["contribution"].to_pylist()) == pytest.approx(told.level, abs=1e-9)
    nobody = [row for row in told.steps.to_pylist() if row["rater"] is None]
    assert [(row["source"], row["severity"], row["halo"]) for row in nobody] == [("test", None, None)]
    assert all(row["severity"] is not None for row in told.steps.to_pylist() if row["rater"] is not None)
    assert levels.informative(state, mine, capability=0, as_of=100).num_rows > 8


def test_rows_without_a_rater_in_any_order_give_the_same_digits() -> None:
    table = with_tests(organisation(World(people=24), 5)[0])
    order = pa.array(np.random.default_rng(0).permutation(table.num_rows))
    one, other = (levels.estimate(t, as_of=100, scale=FIVE_LEVELS).estimates for t in (table, table.take(order)))
    assert one.equals(other)


def test_a_person_who_rates_without_a_name_is_remarked_on() -> None:
    rows = [("a", "x", None, "peer", 3, 1), ("a", "x", None, "test", 3, 1), ("a", "x", "m", "manager", 4, 1)]
    found = levels.estimate(frame(rows), as_of=2, scale=FIVE_LEVELS)
    assert len(found.diagnostics["notes"]) == 1
    assert found.diagnostics["notes"][0].startswith("Of the ratings, 1 (peer) name no rater")
    assert found.estimates["n_raters"].to_pylist() == [1]


def test_one_person_in_two_roles_is_one_rater() -> None:
    rows = [("a", "x", "m", "manager", 3, 1), ("a", "x", "m", "peer", 3, 1), ("a", "x", "a", "self", 3, 1)]
    rows += [("a", "x", "k", "kpi", 3, 1), ("b", "x", "m", "manager", 3, 1), ("b", "x", "q", "peer", 3, 1)]
    found = levels.estimate(frame(rows), as_of=2, scale=FIVE_LEVELS).estimates.to_pylist()
    assert {r["person"]: (r["n_raters"], r["provisional"]) for r in found} == {"a": (1, True), "b": (2, False)}


@pytest.mark.parametrize("top", [2, 3, 4, 6, 7])
def test_a_scale_that_nobody_named_ends_where_its_ratings_end(top: int) -> None:
    rows = [("a", "x", "m", "manager", 1, 1), ("b", "x", "m", "manager", top, 1)]
    found = levels.estimate(frame(rows), as_of=2)
    assert found.state.scales["common"].categories == top
    assert f"highest category in use, {top}," in found.diagnostics["notes"][0]
    assert found.diagnostics["notes"][0] in found.assumptions
    assert not levels.estimate(frame(rows[:1]), as_of=2, scale=FIVE_LEVELS).diagnostics["notes"]
