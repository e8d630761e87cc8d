"""Where a step runs does not change what it answers: threads, processes, or a Spark cluster of two workers."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from benchmarks.spark_cluster import cluster, why_not

from upwell.engine import executors, gaps, impact, levels
from upwell.engine.errors import FrameError, NotEstimableError, ParameterError
from upwell.engine.executors import Executor, running
from upwell.engine.gaps import relational
from upwell.engine.numerics.impact_cells import compare
from upwell.engine.numerics.impact_moments import moments

Rows = pa.Table


@pytest.fixture(scope="module")
def spark() -> Iterator[Executor]:
    missing = why_not()
    if missing:
        pytest.skip(missing)
    with cluster(workers=2) as session:
        yield executors.spark(session)


ON_SPARK = pytest.mark.xdist_group("spark")


def close(one: Rows, other: Rows, tolerance: float = 1e-9) -> None:
    assert one.column_names == other.column_names
    assert one.num_rows == other.num_rows
    for name in one.column_names:
        a, b = one.column(name), other.column(name)
        if pa.types.is_floating(a.type):
            left, right = (np.asarray(c.to_numpy(), dtype=float) for c in (a, b))
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance, err_msg=name)
        else:
            assert a.to_pylist() == b.to_pylist(), name


def organisation(people: int = 120) -> tuple[Rows, Rows, Rows]:
    rng = np.random.default_rng(5)
    who, what = np.repeat(np.arange(people), 3), np.tile(["x", "y", "z"], people)
    known = rng.random(people * 3) < 0.8
    held = {"person": who, "capability": what, "level": rng.normal(3, 0.7, people * 3), "sd": np.full(people * 3, 0.4)}
    asked = {"person": who, "capability": what, "role": np.repeat(rng.integers(0, 4, people), 3)}
    asked |= {"required": rng.integers(2, 5, people * 3).astype(float), "weight": rng.random(people * 3)}
    second = {name: values[: people // 2] for name, values in asked.items()}
    second["role"] = second["role"] + 10
    second["required"] = rng.integers(2, 5, people // 2).astype(float)
    needed = pa.concat_tables([pa.table(asked), pa.table(second)])
    unit = np.stack([np.zeros(people, int), 1 + np.arange(people) // 40, 10 + np.arange(people) // 10], axis=1)
    tree = {"person": np.repeat(np.arange(people), 3), "unit": unit.ravel(), "depth": np.tile([0, 1, 2], people)}
    return pa.table(held).filter(pa.array(known)), needed, pa.table(tree)


def ratings(teams: int = 10, size: int = 6) -> Rows:
    """Teams rated by their manager and two mates; a third of the people also by assessors whom all teams share."""
    rng = np.random.default_rng(3)
    rows, people = [], teams * size
    level, severity = rng.normal(3, 0.8, (people, 2)), {}
    for person in range(people):
        team = person // size
        mates = [m for m in range(team * size, team * size + size) if m != person]
        raters = [(f"m{team}", "manager"), *((f"p{m}", "peer") for m in rng.choice(mates, 2, replace=False))]
        raters += [(f"p{person}", "self"), *([(f"a{rng.integers(4)}", "assessor")] if person % 3 == 0 else [])]
        for rater, source in raters:
            bias = severity.setdefault(rater, rng.normal(0, 0.5))
            for capability in range(2):
                seen = level[person, capability] - bias + rng.normal(0, 1)
                rows.append((person, capability, rater, source, int(np.clip(round(seen), 1, 5)), int(rng.integers(12))))
    names = ("person", "capability", "rater", "source", "category", "rated_on")
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


def panel(people: int = 400, periods: int = 8) -> Rows:
    rng = np.random.default_rng(4)
    unit, period = np.repeat(np.arange(people), periods), np.tile(np.arange(1, periods + 1), people)
    start = rng.choice([4, 6, 99], people)
    outcome = rng.normal(0, 1, people)[unit] + 0.1 * period + rng.normal(0, 1, people * periods)
    outcome += 0.5 * (period >= start[unit])
    first = pa.array(start[unit], mask=start[unit] == 99)
    table = pa.table({"unit": unit, "period": period, "outcome": outcome, "first_treated": first})
    return table.take(pa.array(rng.permutation(people * periods)))


def test_a_roll_up_on_an_executor_is_the_roll_up_of_the_gap_step() -> None:
    held, needed, tree = organisation()
    usual = gaps.roll_up(gaps.compute(held, needed), tree).estimates
    for on in (executors.local(1), executors.local(3)):
        close(executors.roll_up(held, needed, tree, on=on).estimates, usual)


def test_processes_answer_as_threads_do() -> None:
    held, needed, tree = organisation(30)
    apart = executors.roll_up(held, needed, tree, on=executors.local(2, processes=True)).estimates
    close(apart, executors.roll_up(held, needed, tree, on=executors.local()).estimates, 0.0)


@ON_SPARK
def test_a_cluster_of_two_workers_rolls_up_the_same_gaps(spark: Executor) -> None:
    held, needed, tree = organisation()
    here = executors.roll_up(held, needed, tree, on=executors.local()).estimates
    close(executors.roll_up(held, needed, tree, on=spark).estimates, here)


@ON_SPARK
def test_a_table_too_large_for_one_message_is_sent_in_parts(spark: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SENT_AT_ONCE", 4_000)
    held, needed, tree = organisation()
    assert held.nbytes > 4_000
    here = executors.roll_up(held, needed, tree, on=executors.local()).estimates
    close(executors.roll_up(held, needed, tree, on=spark).estimates, here)
    mixed = pa.table(
        {
            "name": pa.array(["a", None, "c\n'"] * 200).dictionary_encode(),
            "on": pa.array([dt.date(2025, 1, 31), None, dt.date(1969, 7, 20)] * 200),
            "level": pa.array([0.1, None, float("nan")] * 200, pa.float32()),
            "yes": pa.array([True, None, False] * 200),
        }
    )
    back = spark.table(spark.lazy(mixed))
    assert back.num_rows == 600
    assert set(back["name"].to_pylist()) == {"a", None, "c\n'"}
    assert set(back["on"].to_pylist()) == {dt.date(2025, 1, 31), None, dt.date(1969, 7, 20)}
    assert back["yes"].null_count == back["level"].null_count == 200


def test_levels_in_shards_that_share_raters_are_the_levels_without_shards() -> None:
    table = ratings()
    whole = executors.estimate(table, on=executors.local(), as_of=12, shards=1)
    cut = executors.estimate(table, on=executors.local(), as_of=12, shards=4, tolerance=1e-8)
    assert whole.diagnostics["raters_shared_by_shards"] == 0
    assert cut.diagnostics["raters_shared_by_shards"] > 0
    assert cut.diagnostics["rounds"] > 1
    close(cut.estimates, whole.estimates, 1e-6)
    close(cut.raters, whole.raters, 1e-6)
    plain = levels.estimate(table, as_of=12).estimates
    close(whole.estimates.select(plain.column_names), plain, 1e-3)


def test_raters_of_shards_have_every_column_of_the_run_without_shards() -> None:
    table = ratings()
    plain = levels.estimate(table, as_of=12, parameters=levels.LevelParameters(sweeps=300, tolerance=1e-8))
    cut = executors.estimate(
        table,
        on=executors.local(),
        as_of=12,
        shards=4,
        tolerance=1e-9,
        parameters=levels.LevelParameters(sweeps=300, tolerance=1e-8),
    )
    assert cut.raters.schema == plain.raters.schema
    assert cut.estimates.schema == plain.estimates.schema
    close(cut.raters, plain.raters, 1e-5)
    close(cut.estimates, plain.estimates, 1e-5)


def test_ratings_without_a_rater_and_without_a_scale_count_in_shards_as_they_do_without() -> None:
    table = ratings(teams=4)
    blank = [None if i % 9 == 0 else r for i, r in enumerate(table["rater"].to_pylist())]
    table = table.set_column(2, "rater", pa.array(blank))
    table = table.filter(pa.compute.less(table["category"], 5))
    given = levels.LevelParameters(sweeps=300, tolerance=1e-8)
    plain = levels.estimate(table, as_of=12, parameters=given)
    cut = executors.estimate(table, on=executors.local(), as_of=12, shards=3, tolerance=1e-9, parameters=given)
    assert "highest category in use, 4," in cut.diagnostics["notes"][0]
    close(cut.raters, plain.raters, 1e-5)
    close(cut.estimates, plain.estimates, 1e-5)


def test_a_component_that_fits_a_shard_is_not_cut() -> None:
    table = ratings()
    teams = table.filter(pa.array([source != "assessor" for source in table["source"].to_pylist()]))
    cut = executors.estimate(teams, on=executors.local(), as_of=12, shards=5)
    assert (cut.diagnostics["components"], cut.diagnostics["raters_shared_by_shards"]) == (10, 0)
    assert cut.diagnostics["rounds"] == 1
    assert cut.estimates["component"].equals(levels.estimate(teams, as_of=12).estimates["component"])


def test_the_state_of_sharded_levels_takes_an_update() -> None:
    table = ratings()
    found = executors.estimate(table, on=executors.local(), as_of=12, shards=3, tolerance=1e-9)
    own = table.filter(pa.array([person == 7 for person in table["person"].to_pylist()]))
    again = levels.update(found.state, own, as_of=12).estimates
    before = found.estimates.filter(pa.array([person == 7 for person in found.estimates["person"].to_pylist()]))
    np.testing.assert_allclose(again["level"].to_numpy(), before["level"].to_numpy(), atol=1e-5)


def test_shared_values_can_be_learned_on_a_sample_of_whole_teams() -> None:
    table = ratings(teams=40)
    part = executors.estimate(table, on=executors.local(), as_of=12, shards=2, learn_from=1000)
    assert 800 < part.diagnostics["learned_from"] < 1300
    whole = executors.estimate(table, on=executors.local(), as_of=12, shards=2)
    apart = part.estimates["level"].to_numpy() - whole.estimates["level"].to_numpy()
    assert float(np.sqrt((apart**2).mean())) < 0.15


@ON_SPARK
def test_a_cluster_estimates_the_same_levels(spark: Executor) -> None:
    table = ratings(teams=6)
    here = executors.estimate(table, on=executors.local(), as_of=12, shards=2, tolerance=1e-6)
    there = executors.estimate(table, on=spark, as_of=12, shards=2, tolerance=1e-6)
    assert there.diagnostics["rounds"] > 1
    close(there.estimates, here.estimates)
    close(there.raters, here.raters)


@pytest.mark.parametrize("missing", [False, True])
def test_shards_of_people_add_up_to_the_effect_of_the_whole(missing: bool) -> None:
    table = panel()
    if missing:
        table = table.filter(pa.array(np.random.default_rng(1).random(table.num_rows) < 0.97))
    found = [executors.staggered(table, on=executors.local(), shards=n).estimates for n in (1, 5)]
    close(found[1], found[0], 1e-10)
    if not missing:
        usual = impact.evaluate(table, mechanism="staggered", seed=1).estimators
        for row in found[1].to_pylist():
            estimate = usual[row["estimator"]]
            assert estimate is not None
            assert (row["estimate"], row["se"]) == pytest.approx((estimate.estimate, estimate.se), rel=1e-9)


def test_shards_give_the_cells_that_all_people_together_give() -> None:
    table = panel(200)
    found = executors.staggered(table, on=executors.local(), shards=3)
    order = np.lexsort((table["period"].to_numpy(), table["unit"].to_numpy()))
    wide = table["outcome"].to_numpy()[order].reshape(200, 8)
    first = table["first_treated"].take(pa.array(order[::8])).fill_null(99).to_numpy()
    cohort = np.searchsorted(np.arange(1, 9), first)
    cells = compare(moments(wide, cohort, np.zeros(200, dtype=np.int64), None), "notyet")
    simple = np.average(cells.effect[cells.is_post], weights=cells.size[cells.is_post])
    assert found.estimates["estimate"][0].as_py() == pytest.approx(simple)
    known = [row for row in found.statistics.to_pylist() if row["first_treated"] == 4 and row["period"] == 4]
    assert known[0]["mean"] == pytest.approx(wide[first == 4, 3].mean())


@ON_SPARK
def test_a_cluster_finds_the_same_effects(spark: Executor) -> None:
    table = panel(200)
    here = executors.staggered(table, on=executors.local(), shards=2).estimates
    close(executors.staggered(table, on=spark, shards=2).estimates, here, 1e-12)
    both = programmes()
    ways = {"first": "staggered", "second": "lottery"}
    judged = executors.evaluate(both, on=executors.local(), mechanisms=ways, seed=1).estimates
    close(executors.evaluate(both, on=spark, mechanisms=ways, seed=1).estimates, judged)


def programmes() -> Rows:
    one = panel(120, 6)
    names = [pa.array([name] * one.num_rows) for name in ("second", "first")]
    return pa.concat_tables([one.append_column("programme", name) for name in names])


def test_programmes_are_judged_one_by_one() -> None:
    ways = {"first": "staggered", "second": "staggered"}
    given = programmes()
    flat = pa.compute.if_else(pa.compute.equal(given["programme"], "second"), 1.0, given["outcome"])
    given = given.set_column(given.schema.get_field_index("outcome"), "outcome", flat)
    found = executors.evaluate(given, on=executors.local(), mechanisms=ways, seed=1).estimates.to_pylist()
    alone = impact.evaluate(panel(120, 6), mechanism="staggered", seed=1)
    simple = next(row for row in found if (row["programme"], row["estimator"]) == ("first", "cs_simple"))
    assert alone.estimators["cs_simple"] is not None
    assert simple["estimate"] == alone.estimators["cs_simple"].estimate
    assert simple["words"] == alone.verdict.words
    refused = [row for row in found if row["programme"] == "second"]
    assert [(row["estimator"], row["estimate"], row["verdict"]) for row in refused] == [("verdict", None, 1)]
    assert "the same in every row" in refused[0]["words"]


def _steps(frames: dict[str, Any]) -> dict[str, Any]:
    """Every relational step on frames of one engine, as lazy frames."""
    asked = relational.required(frames["holdings"], frames["requirements"])
    pooled = relational.pooled(frames["readings"])
    return {
        "evidence": relational.evidence(frames["observations"], until=100),
        "most_demanding": relational.with_levels(relational.most_demanding(asked), pooled),
        "pooled": pooled,
    }


def _relational_input() -> dict[str, Rows]:
    rng = np.random.default_rng(6)
    size = 400
    who, what = rng.integers(0, 30, size), rng.integers(0, 3, size)
    seen = {"person": who, "capability": what, "rater": rng.integers(0, 6, size), "day": rng.integers(0, 120, size)}
    return {
        "observations": pa.table({**seen, "source": rng.choice(["self", "peer", "manager", "test"], size)}),
        "holdings": pa.table({"person": [*range(30), *range(10)], "role": [i % 3 for i in range(30)] + [3] * 10}),
        "requirements": pa.table(
            {
                "role": np.repeat(np.arange(4), 3),
                "capability": np.tile(np.arange(3), 4),
                "required": rng.integers(1, 5, 12).astype(float),
                "weight": rng.random(12),
            }
        ),
        "readings": pa.table(
            {"person": who, "capability": what, "value": rng.normal(3, 1, size), "precision": rng.random(size)}
        ),
    }


def _answers(wrap: Callable[[Rows], Any]) -> dict[str, Rows]:
    lazy = _steps({name: wrap(table) for name, table in _relational_input().items()})
    found = {name: frame.collect(backend="pyarrow").to_native() for name, frame in lazy.items()}
    keys = [("person", "ascending"), ("capability", "ascending")]
    return {name: table.sort_by(keys).cast(_wide(table.schema)) for name, table in found.items()}


def _wide(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(f.name, pa.int64() if pa.types.is_integer(f.type) else f.type) for f in schema])


def test_the_same_expression_runs_on_duckdb_and_on_arrow() -> None:
    link = duckdb.connect()
    there = _answers(lambda table: nw.from_native(link.from_arrow(table)))
    here = _answers(lambda table: nw.from_native(table).lazy())
    for name, table in here.items():
        close(there[name], table, 1e-12)


@ON_SPARK
def test_the_same_expression_runs_on_spark(spark: Executor) -> None:
    there, here = _answers(spark.lazy), _answers(executors.local().lazy)
    for name, table in here.items():
        close(there[name], table, 1e-12)


def test_pooled_levels_in_sql_are_those_of_the_dense_state() -> None:
    given = _relational_input()
    cells = gaps.hold_readings(given["readings"], given["holdings"], given["requirements"])
    found = _answers(executors.local().lazy)["pooled"]
    person, capability = (found[name].to_numpy() for name in ("person", "capability"))
    np.testing.assert_allclose(cells.level[person, capability], found["level"].to_numpy(), rtol=1e-6)
    assert np.isfinite(cells.level).sum() == found.num_rows


def test_what_cannot_run_is_refused_in_one_sentence() -> None:
    on = executors.local()
    with pytest.raises(ParameterError, match="At least one thread"):
        executors.local(0)
    with pytest.raises(ParameterError, match="Spark session is needed, not a str"):
        executors.spark("cluster")
    with pytest.raises(FrameError, match="Arrow stream"):
        executors.roll_up([1], [2], [3], on=on)
    with pytest.raises(ParameterError, match="programme 'first' has no mechanism"):
        executors.evaluate(programmes(), on=on, mechanisms={"second": "lottery"}, seed=1)
    with pytest.raises(NotEstimableError, match="two periods"):
        executors.staggered(panel().filter(pa.compute.field("period") == 1), on=on)
    with pytest.raises(ParameterError, match="one shard"):
        executors.estimate(ratings(), on=on, as_of=12, shards=0)


def test_frames_that_do_not_fit_are_refused_before_anything_runs() -> None:
    on = executors.local()
    held, needed, tree = organisation(10)
    with pytest.raises(FrameError, match="levels frame has no column 'sd'"):
        executors.roll_up(held.drop_columns("sd"), needed, tree, on=on)
    named = held.set_column(0, "person", held["person"].cast(pa.string()))
    with pytest.raises(FrameError, match="'person' is String in the levels frame but Int64"):
        executors.roll_up(named, needed, tree, on=on)
    table = ratings(teams=1)
    odd = table.set_column(3, "source", pa.array(["friend"] * table.num_rows))
    with pytest.raises(FrameError, match="'source' of the ratings frame holds 'friend'"):
        executors.estimate(odd, on=on, as_of=12)
    given = panel(20)
    with pytest.raises(FrameError, match="two rows for one unit and period"):
        executors.staggered(pa.concat_tables([given, given.slice(0, 1)]), on=on)
    changed = given.set_column(3, "first_treated", given["period"])
    with pytest.raises(FrameError, match="two different first treatments"):
        executors.staggered(changed, on=on)


def test_dates_and_names_travel_as_they_are() -> None:
    table = ratings(teams=4)
    months = table["rated_on"].to_pylist()
    day = pa.array([dt.date(2025, 1, 1) + dt.timedelta(30 * month) for month in months], pa.date32())
    names = pa.array([f"person {p}" for p in table["person"].to_pylist()])
    dated = table.set_column(5, "rated_on", day).set_column(0, "person", names)
    found = executors.estimate(dated, on=executors.local(), as_of=dt.date(2026, 1, 1), shards=2, tolerance=1e-8)
    plain = levels.estimate(dated, as_of=dt.date(2026, 1, 1)).estimates
    close(found.estimates.select(plain.column_names), plain, 1e-3)
