"""A gap is a probability, not a sign; and nothing known is not the same as no gap."""

import datetime as dt

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm

from upwell.engine import gaps
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.gaps import relational

LEVELS = pa.table(
    {"person": ["ada", "ada", "bo"], "capability": ["x", "y", "x"], "level": [2.0, 4.0, 3.0], "sd": [0.3, 0.3, 0.5]}
)
NEEDED = pa.table(
    {
        "person": ["ada", "ada", "bo", "cy", "bo"],
        "capability": ["x", "y", "x", "x", "x"],
        "role": ["clerk", "clerk", "clerk", "clerk", "lead"],
        "required": [3.0, 3.0, 3.0, 3.0, 4.0],
        "weight": [1.0, 1.0, 2.0, 1.0, 1.0],
    }
)
TREE = pa.table(
    {
        "person": ["ada", "bo", "cy", "ada", "bo", "cy"],
        "unit": ["one", "one", "two", "all", "all", "all"],
        "depth": [1, 1, 1, 0, 0, 0],
    }
)


def row(table: pa.Table, **wanted: object) -> dict[str, object]:
    return next(r for r in table.to_pylist() if all(r[k] == v for k, v in wanted.items()))


def test_the_probability_of_a_gap_comes_from_the_posterior() -> None:
    found = row(gaps.compute(LEVELS, NEEDED).estimates, person="bo", role="clerk")
    assert found["gap"] == 0.0
    assert found["p_gap"] == pytest.approx(1 - norm.cdf(0.25 / 0.5))
    assert found["state"] == "unsure"


def test_expected_shortfall_equals_numerical_integration() -> None:
    found = row(gaps.compute(LEVELS, NEEDED).estimates, person="bo", role="clerk")
    grid = np.linspace(-6, 6, 200001)
    exact = np.trapezoid(np.maximum(grid, 0) * norm.pdf(grid, 0.0, 0.5), grid)
    assert found["shortfall"] == pytest.approx(exact, abs=1e-6)
    assert found["priority"] == pytest.approx(2 * exact, abs=1e-6)


def test_clear_cases_are_named() -> None:
    table = gaps.compute(LEVELS, NEEDED).estimates
    assert row(table, person="ada", capability="x")["state"] == "below"
    assert row(table, person="ada", capability="y")["state"] == "above"


def test_nothing_known_is_no_evidence_and_never_zero() -> None:
    found = row(gaps.compute(LEVELS, NEEDED).estimates, person="cy")
    assert found["state"] == "no_evidence"
    assert [found[k] for k in ("level", "sd", "gap", "p_gap", "priority")] == [None] * 5


def test_a_small_gap_that_matters_more_ranks_before_a_larger_one() -> None:
    two = pa.table({"person": ["a", "a"], "capability": ["x", "y"], "level": [2.0, 2.6], "sd": [0.2, 0.2]})
    needed = pa.table(
        {
            "person": ["a", "a"],
            "capability": ["x", "y"],
            "role": ["r", "r"],
            "required": [3.0, 3.0],
            "weight": [1.0, 1.0],
        }
    )
    assert gaps.compute(two, needed).ranked().column("capability").to_pylist() == ["x", "y"]
    weighted = gaps.compute(two, needed, strategy_weights={"y": 2.0}, outcome_links={"y": 2.0})
    assert weighted.ranked().column("capability").to_pylist() == ["y", "x"]


def test_row_order_does_not_matter() -> None:
    turned = gaps.compute(LEVELS.take(pa.array([2, 0, 1])), NEEDED.take(pa.array([4, 2, 0, 3, 1])))
    assert turned.estimates.equals(gaps.compute(LEVELS, NEEDED).estimates)


def test_a_need_takes_a_pattern_of_evidence() -> None:
    day, old = dt.date(2025, 5, 1), dt.date(2022, 1, 1)
    rows = [
        ("one", "m", "manager", day),
        ("own", "m", "manager", day),
        ("own", "own", "self", day),
        ("two", "m", "manager", day),
        ("two", "q", "peer", old),
        ("test", "t", "test", day),
        ("old", "m", "manager", old),
        ("old", "q", "peer", old),
        ("old", "old", "self", day),
    ]
    table = pa.table(
        {
            "person": [r[0] for r in rows],
            "capability": ["x"] * len(rows),
            "rater": [r[1] for r in rows],
            "source": [r[2] for r in rows],
            "rated_on": [r[3] for r in rows],
        }
    )
    result = gaps.confirm(table, as_of=dt.date(2025, 6, 1)).estimates
    found = {r["person"]: r["confirmed"] for r in result.to_pylist()}
    assert found == {"one": False, "own": False, "two": True, "test": True, "old": False}
    reasons = {r["person"]: r["reason"] for r in result.to_pylist()}
    assert reasons["one"].startswith("Not confirmed: 1 independent observer and no test")
    assert reasons["old"].endswith("all older than 18 months.")
    joined = gaps.compute(LEVELS.slice(0, 0), NEEDED.slice(0, 1), evidence=result).estimates
    assert joined.column("confirmed").to_pylist() == [None]


def test_units_are_summed_at_every_depth_and_count_a_person_once() -> None:
    table = gaps.roll_up(gaps.compute(LEVELS, NEEDED), TREE).estimates
    whole = row(table, unit="all", capability="x")
    assert (whole["depth"], whole["n"], whole["n_evidence"]) == (0, 3, 2)
    assert whole["mean_gap"] == pytest.approx(1.0)
    empty = row(table, unit="two", capability="x")
    assert (empty["n"], empty["n_evidence"], empty["share_meeting"]) == (1, 0, None)


def test_the_interval_of_a_share_holds_what_drawn_levels_give() -> None:
    rng = np.random.default_rng(4)
    n = 60
    level, sd = rng.normal(3, 0.6, n), np.full(n, 0.4)
    people = [f"p{i}" for i in range(n)]
    held = pa.table({"person": people, "capability": ["x"] * n, "level": level, "sd": sd})
    needed = pa.table(
        {"person": people, "capability": ["x"] * n, "role": ["r"] * n, "required": [3.0] * n, "weight": [1.0] * n}
    )
    unit = pa.table({"person": people, "unit": ["u"] * n, "depth": [0] * n})
    found = gaps.roll_up(gaps.compute(held, needed), unit, correlation=0.0).estimates.to_pylist()[0]
    draws = level + sd * rng.normal(size=(4000, n))
    shares, means = (draws > 2.75).mean(axis=1), (3.0 - draws).mean(axis=1)
    assert found["share_meeting"] == pytest.approx(shares.mean(), abs=0.005)
    assert [found["share_lo95"], found["share_hi95"]] == pytest.approx(np.quantile(shares, [0.025, 0.975]), abs=0.02)
    assert [found["lo95"], found["hi95"]] == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.01)
    wider = gaps.roll_up(gaps.compute(held, needed), unit, correlation=0.3).estimates.to_pylist()[0]
    assert wider["hi95"] - wider["lo95"] > found["hi95"] - found["lo95"]


def test_a_what_if_equals_computing_anew() -> None:
    base = gaps.compute(LEVELS, NEEDED, strategy_weights={"x": 3.0})
    change = pa.table({"role": ["lead"], "capability": ["x"], "required": [2.0]})
    found = gaps.what_if(base, change)
    position = NEEDED.schema.get_field_index("required")
    changed = NEEDED.set_column(position, "required", pa.array([3.0, 3.0, 3.0, 3.0, 2.0]))
    anew = gaps.compute(LEVELS, changed, strategy_weights={"x": 3.0}).estimates
    assert found.estimates.to_pylist() == [row(anew, role="lead")]
    assert (found.diagnostics["before"]["below"], found.diagnostics["after"]["above"]) == (1, 1)


def test_a_what_if_can_ask_for_a_capability_the_role_did_not_need() -> None:
    change = pa.table({"role": ["lead"], "capability": ["y"], "required": [2.0]})
    found = gaps.what_if(gaps.compute(LEVELS, NEEDED), change, levels_frame=LEVELS).estimates
    assert [(r["person"], r["capability"], r["state"]) for r in found.to_pylist()] == [("bo", "y", "no_evidence")]


def test_frames_that_do_not_fit_are_refused() -> None:
    with pytest.raises(FrameError, match="only one is allowed"):
        gaps.compute(pa.concat_tables([LEVELS, LEVELS]), NEEDED)
    numbers = LEVELS.set_column(0, "person", pa.array([1, 2, 3]))
    with pytest.raises(FrameError, match="'person' is int64 in the levels frame"):
        gaps.compute(numbers, NEEDED)
    with pytest.raises(ParameterError, match="material"):
        gaps.compute(LEVELS, NEEDED, material=0.0)


@pytest.mark.parametrize("dated", [True, False])
def test_the_rule_counts_what_the_relational_expression_counts(dated: bool) -> None:
    rng = np.random.default_rng(5)
    rows = 3000
    day = rng.integers(1, 120, rows).astype(np.int32)
    table = pa.table(
        {
            "person": [f"p{n}" for n in rng.integers(0, 90, rows)],
            "capability": rng.integers(-4, 9, rows),
            "rater": [f"r{n}" for n in rng.integers(0, 12, rows)],
            "source": rng.choice(["self", "peer", "manager", "test"], rows, p=[0.6, 0.2, 0.17, 0.03]).tolist(),
            "rated_on": pa.array(day).cast(pa.date32()) if dated else pa.array(day),
        }
    )
    lazy = nw.from_native(table.drop_columns("rated_on").append_column("day", pa.array(day))).lazy()
    wanted = relational.evidence(lazy, until=100).collect(backend="pyarrow").to_native()
    wanted = wanted.sort_by([("person", "ascending"), ("capability", "ascending")])
    found = gaps.confirm(table, as_of=dt.date(1970, 4, 11) if dated else 100, limit_months=3).estimates
    assert found["person"].type == pa.string()
    assert found["latest_on"].type == (pa.date32() if dated else pa.int64())
    for name in ("person", "capability", "observers", "tests"):
        assert found[name].to_pylist() == wanted[name].to_pylist()
    assert found["latest_on"].cast(pa.int32() if dated else pa.int64()).to_pylist() == wanted["latest"].to_pylist()


def test_no_observation_up_to_the_day_is_an_empty_answer() -> None:
    table = pa.table({"person": [1], "capability": [2], "rater": [3], "source": ["peer"], "rated_on": [9]})
    assert gaps.confirm(table, as_of=8).estimates.num_rows == 0
    assert gaps.confirm(table.slice(1), as_of=8).estimates.num_rows == 0


@pytest.mark.parametrize(("low", "needs"), [(2.0, 0), (1.0, 1)])
def test_one_bad_remark_beside_a_good_one_is_a_need_only_where_the_level_is_surely_short(
    low: float, needs: int
) -> None:
    cell = {"person": ["ada", "ada"], "capability": ["x", "x"]}
    seen = pa.table({**cell, "rater": ["m", "q"], "source": ["manager", "peer"], "rated_on": [10, 11]})
    confirmed = gaps.confirm(seen, as_of=12).estimates
    assert confirmed["confirmed"].to_pylist() == [True]
    readings = pa.table({**cell, "value": [low, 4.0 if needs == 0 else low], "precision": [2.0, 2.0]})
    asked = pa.table({"role": ["clerk"], "capability": ["x"], "required": [3.5], "weight": [1.0]})
    cells = gaps.hold_readings(readings, pa.table({"person": ["ada"], "role": ["clerk"]}), asked)
    levels = pa.table({"person": ["ada"], "capability": ["x"], "level": cells.level[0], "sd": cells.sd[0]})
    needed = pa.table({"person": ["ada"], "capability": ["x"], "role": ["clerk"], "required": [3.5], "weight": [1.0]})
    assert gaps.compute(levels, needed, evidence=confirmed).needs().num_rows == needs
