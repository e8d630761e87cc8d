"""The dense state answers what the rows answer, and a what-if is what computing anew would give."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.engine import gaps
from upwell.engine.errors import FrameError, ParameterError

CAPABILITIES = ["x", "y", "z"]


@st.composite
def organisations(draw: st.DrawFn) -> dict[str, pa.Table]:
    """Few people, roles and units, with every kind of hole: no level, no role, no requirement, no unit."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    people, roles = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    person = np.repeat(np.arange(people), 3)
    known = rng.random(people * 3) < draw(st.sampled_from([0.0, 0.6, 1.0]))
    level = np.round(rng.normal(3, 1, people * 3), 1)
    levels = {"person": person, "capability": CAPABILITIES * people, "level": level, "sd": rng.random(people * 3) + 0.1}
    has = rng.random((people, roles)) < draw(st.sampled_from([0.4, 1.0]))
    has[0, 0] = True
    holder, held = np.nonzero(has)
    asks = rng.random((roles, 3)) < 0.7
    asks[0, 0] = True
    role, capability = np.nonzero(asks)
    required = rng.integers(0, 6, len(role)).astype(float)
    needed = {"role": role, "capability": np.array(CAPABILITIES)[capability], "required": required}
    unit = np.stack([np.zeros(people, int), 1 + np.arange(people) % 2, 3 + np.arange(people) % 4], axis=1)
    kept = rng.random(people * 3) < draw(st.sampled_from([0.7, 1.0]))
    kept[:1] = True
    tree = {"person": person, "unit": unit.ravel(), "depth": np.tile([0, 1, 2], people)}
    return {
        "levels": pa.table(levels).filter(pa.array(known)),
        "holdings": pa.table({"person": holder, "role": held}),
        "roles": pa.table({**needed, "weight": np.round(rng.random(len(role)), 2)}),
        "closure": pa.table(tree).filter(pa.array(kept)),
    }


def as_rows(given_frames: dict[str, pa.Table]) -> pa.Table:
    found = given_frames["holdings"].join(given_frames["roles"], "role", join_type="inner")
    return found.select(["person", "capability", "role", "required", "weight"])


def close(one: pa.Table, other: pa.Table, tolerance: float = 1e-6) -> None:
    assert one.column_names == other.column_names
    for name in one.column_names:
        left, right = one.column(name).to_pylist(), other.column(name).to_pylist()
        if pa.types.is_floating(one.schema.field(name).type):
            left, right = ([np.nan if v is None else v for v in values] for values in (left, right))
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance, err_msg=name)
        else:
            assert left == right, name


def dense(frames: dict[str, pa.Table], **options: object) -> gaps.GapCells:
    return gaps.hold(frames["levels"], frames["holdings"], frames["roles"], **options)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(organisations())
def test_dense_rows_and_roll_ups_equal_those_of_frames(frames: dict[str, pa.Table]) -> None:
    factors = {"strategy_weights": {"x": 2.0}, "outcome_links": {"z": 0.5}}
    usual = gaps.compute(frames["levels"], as_rows(frames), **factors)
    cells = dense(frames, **factors)
    close(gaps.rows(cells).estimates, usual.estimates)
    close(gaps.roll_up(cells, frames["closure"]).estimates, gaps.roll_up(usual, frames["closure"]).estimates)


@settings(max_examples=40, deadline=None)
@given(organisations(), st.sampled_from(CAPABILITIES), st.integers(0, 5))
def test_a_what_if_equals_recomputation_from_scratch(
    frames: dict[str, pa.Table], capability: str, required: int
) -> None:
    change = pa.table({"role": [0], "capability": [capability], "required": [float(required)]})
    factors = {"strategy_weights": {"x": 2.0, "y": 3.0}}
    usual, cells = gaps.compute(frames["levels"], as_rows(frames), **factors), dense(frames, **factors)
    known = frames["roles"].select(["role", "capability"]).to_pylist()
    old = {"role": 0, "capability": capability} in known
    weights = [r["weight"] for r in frames["roles"].to_pylist() if (r["role"], r["capability"]) == (0, capability)]
    rest = [r for r in frames["roles"].to_pylist() if (r["role"], r["capability"]) != (0, capability)]
    fresh = {"role": 0, "capability": capability, "required": float(required), "weight": (weights or [1.0])[0]}
    after = {**frames, "roles": pa.Table.from_pylist([*rest, fresh], frames["roles"].schema)}
    anew = gaps.compute(after["levels"], as_rows(after), **factors).estimates
    role, asked = anew["role"].to_numpy(), np.array(anew["capability"].to_pylist())
    touched = anew.filter(pa.array((role == 0) & (asked == capability)))
    found = gaps.what_if(cells, change)
    assert sum(found.diagnostics["before"].values()) == (touched.num_rows if old else 0)
    if old or capability in frames["roles"]["capability"].to_pylist():
        close(gaps.what_if(usual, change, levels_frame=frames["levels"]).estimates, touched)
    if capability in cells.capabilities.to_pylist():
        close(found.estimates, touched)
        close(gaps.rows(cells.changed(change)).estimates, anew)
        close(
            gaps.roll_up(cells.changed(change), frames["closure"]).estimates,
            gaps.roll_up(dense(after, **factors), frames["closure"]).estimates,
        )


@settings(max_examples=30, deadline=None)
@given(organisations(), st.integers(2, 4))
def test_sums_of_shards_of_people_add_up(frames: dict[str, pa.Table], shards: int) -> None:
    usual = gaps.compute(frames["levels"], as_rows(frames))
    person = usual.estimates["person"].to_numpy()
    parts = [usual.estimates.filter(pa.array(person % shards == s)) for s in range(shards)]
    sums = gaps.merged([gaps.unit_sums(part, frames["closure"]) for part in parts])
    close(sums, gaps.unit_sums(usual, frames["closure"]), 1e-12)
    close(gaps.shares(sums).estimates, gaps.roll_up(usual, frames["closure"]).estimates, 1e-9)


@settings(max_examples=25, deadline=None)
@given(organisations(), st.randoms(use_true_random=False))
def test_row_order_and_names_make_no_difference(frames: dict[str, pa.Table], chance: object) -> None:
    rng = np.random.default_rng(1)
    mixed = {name: table.take(pa.array(rng.permutation(table.num_rows))) for name, table in frames.items()}
    close(gaps.rows(dense(mixed)).estimates, gaps.rows(dense(frames)).estimates, 0.0)
    close(
        gaps.roll_up(gaps.compute(mixed["levels"], as_rows(mixed)), mixed["closure"]).estimates,
        gaps.roll_up(gaps.compute(frames["levels"], as_rows(frames)), frames["closure"]).estimates,
        1e-12,
    )
    named = {name: _named(table) for name, table in mixed.items()}
    wanted = gaps.rows(dense(frames)).estimates
    close(gaps.rows(dense(named)).estimates.drop_columns(["person"]), wanted.drop_columns(["person"]), 0.0)


def _named(table: pa.Table) -> pa.Table:
    """People by name, in the same order of names as of numbers."""
    if "person" not in table.column_names:
        return table
    names = pa.array([f"person {p:05d}" for p in table["person"].to_pylist()], pa.string())
    return table.set_column(table.schema.get_field_index("person"), "person", names)


@given(st.floats(0.25, 4.0))
def test_levels_on_another_scale_give_the_same_probabilities(factor: float) -> None:
    held = {"person": [1, 2, 3], "capability": ["x"] * 3, "level": [0.2, 0.5, 0.9], "sd": [0.1, 0.2, 0.3]}
    asked = {"person": [1, 2, 3], "capability": ["x"] * 3, "role": [1] * 3, "required": [0.6] * 3, "weight": [1.0] * 3}
    larger = {**held, **{name: [v * factor for v in held[name]] for name in ("level", "sd")}}  # type: ignore[attr-defined]
    more = {**asked, "required": [0.6 * factor] * 3}
    one = gaps.compute(pa.table(held), pa.table(asked), material=0.1).estimates
    other = gaps.compute(pa.table(larger), pa.table(more), material=0.1 * factor).estimates
    np.testing.assert_allclose(other["p_gap"].to_numpy(), one["p_gap"].to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(other["shortfall"].to_numpy(), factor * one["shortfall"].to_numpy(), rtol=1e-9)


def test_readings_are_pooled_by_their_precision() -> None:
    rows = {"person": [1, 1, 1, 9], "capability": ["x", "x", "y", "x"], "value": [2.0, 4.0, 3.0, 1.0]}
    readings = pa.table({**rows, "precision": [3.0, 1.0, 0.0, 1.0]})
    roles = pa.table({"role": [1, 1], "capability": ["x", "y"], "required": [3.0, 3.0], "weight": [1.0, 1.0]})
    cells = gaps.hold_readings(readings, pa.table({"person": [1, 2], "role": [1, 1]}), roles)
    found = gaps.rows(cells).estimates.to_pylist()
    assert (found[0]["level"], found[0]["sd"]) == (2.5, 0.5)
    assert [row["state"] for row in found[1:]] == ["no_evidence"] * 3


def test_a_what_if_may_name_a_capability_or_role_nobody_knows() -> None:
    frames = {
        "levels": pa.table({"person": [1], "capability": ["x"], "level": [2.0], "sd": [0.3]}),
        "holdings": pa.table({"person": [1], "role": [5]}),
        "roles": pa.table({"role": [5], "capability": ["x"], "required": [3.0], "weight": [1.0]}),
    }
    change = pa.table({"role": [5, 6], "capability": ["new", "x"], "required": [2.0, 2.0]})
    found = gaps.what_if(dense(frames), change).estimates.to_pylist()
    assert [(row["capability"], row["state"], row["weight"]) for row in found] == [("new", "no_evidence", 1.0)]
    with pytest.raises(FrameError, match="that the state does not hold"):
        dense(frames).changed(change)


def test_frames_that_do_not_fit_are_refused() -> None:
    levels = pa.table({"person": [1, 1], "capability": ["x", "x"], "level": [2.0, 2.0], "sd": [0.3, 0.3]})
    holdings = pa.table({"person": [1], "role": [5]})
    roles = pa.table({"role": [5], "capability": ["x"], "required": [3.0], "weight": [1.0]})
    with pytest.raises(FrameError, match="levels frame has 2 rows for person 1, capability x"):
        gaps.hold(levels, holdings, roles)
    with pytest.raises(FrameError, match="role holdings frame has 2 rows"):
        gaps.hold(levels.slice(1), pa.concat_tables([holdings, holdings]), roles)
    with pytest.raises(FrameError, match="'role' is"):
        gaps.hold(levels.slice(1), pa.table({"person": [1], "role": ["a"]}), roles)
    with pytest.raises(ParameterError, match="material"):
        gaps.hold(levels.slice(1), holdings, roles, material=0.0)
    twice = pa.table({"person": [1, 1], "unit": [2, 2], "depth": [0, 0]})
    with pytest.raises(FrameError, match="unit closure frame has 2 rows for person 1, unit 2"):
        gaps.roll_up(gaps.hold(levels.slice(1), holdings, roles), twice)


def test_needs_are_confirmed_gaps_in_order_of_what_they_cost() -> None:
    person = [1, 2, 3, 4]
    held = pa.table({"person": person, "capability": ["x"] * 4, "level": [1.0, 2.0, 1.0, 5.0], "sd": [0.2] * 4})
    asked = {"person": person, "capability": ["x"] * 4, "role": [1] * 4, "required": [3.0] * 4}
    needed = pa.table({**asked, "weight": [1.0, 4.0, 1.0, 1.0]})
    seen = {
        "person": person,
        "capability": ["x"] * 4,
        "confirmed": [True, True, False, True],
        "reason": ["because"] * 4,
    }
    found = gaps.compute(held, needed, evidence=pa.table(seen))
    assert found.needs()["person"].to_pylist() == [2, 1]
    assert gaps.compute(held, needed).needs().num_rows == 0
    assert found.ranked(2)["person"].to_pylist() == found.ranked()["person"].to_pylist()[:2] == [2, 1]
    assert found.ranked(0).num_rows == 0
