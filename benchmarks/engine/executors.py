"""Executors: the same steps on local threads and on a standalone Spark cluster of two workers, and how far they differ.

The cluster is one machine, so its time shows what Spark costs and not what a cluster wins.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.engine import gaps as reference
from benchmarks.engine.lines import Cost, Line, Size, cost_of
from benchmarks.spark_cluster import cluster, why_not
from upwell.engine import executors, gaps, impact
from upwell.engine.executors import Executor

SAME = 1e-9
SAME_LEVELS = 1e-4


def measure(size: Size) -> Iterator[Line]:
    """Every executor beside the step without one."""
    people = 100_000 if size is Size.FULL else 4_000
    here = executors.local(threads=2)
    work = {
        f"gap roll-up, {people:,} people x {reference.CAPABILITIES} capabilities x {reference.DEPTHS} depths": (
            _roll_up(people),
            SAME,
        ),
        f"Callaway-Sant'Anna, {people:,} people x 24 periods in 8 shards": (_staggered(people), SAME),
        f"levels, {people // 20 * 8:,} people in 4 shards that share raters": (_levels(people // 20 * 8), SAME_LEVELS),
    }
    answers: dict[str, tuple[np.ndarray, Cost]] = {}
    for what, ((usual, on_executor), tolerance) in work.items():
        plain, base = cost_of(usual)
        found, cost = answers[what] = cost_of(lambda run=on_executor: run(here))
        value = f"{cost}, largest difference {_apart(found, plain):.1e}"
        met = _apart(found, plain) <= tolerance
        words = f"difference <= {tolerance:g}"
        yield Line(f"{what}: local(threads=2)", value, words, f"without executor {base}", cost.cpu / base.cpu, met)
    missing = why_not()
    if missing:
        yield Line("Spark cluster", f"not measured: {missing}")
        return
    with cluster(workers=2, memory="1g") as session:
        there = executors.spark(session)
        _run_once(there)
        for what, ((_, on_executor), tolerance) in work.items():
            local, base = answers[what]
            found, cost = cost_of(lambda run=on_executor: run(there))
            value = f"{cost.wall:.1f} s, largest difference {_apart(found, local):.1e}"
            met = _apart(found, local) <= tolerance
            words, beside = f"difference <= {tolerance:g}", f"local(threads=2) {base.wall:.1f} s"
            yield Line(f"{what}: Spark, two workers", value, words, beside, cost.wall / base.wall, met)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.nanmax(np.abs(one - other))) if one.shape == other.shape else np.inf


def _numbers(table: pa.Table, *names: str) -> np.ndarray:
    return np.stack([np.asarray(table.column(name).to_numpy(), dtype=float) for name in names])


def _roll_up(people: int) -> tuple[Callable[[], Any], Callable[[Executor], Any]]:
    given = reference.case(people)
    cells = gaps.hold_readings(given["readings"], given["holdings"], given["requirements"])
    rows = gaps.rows(cells).estimates
    held = rows.select(["person", "capability", "level", "sd"])
    asked = rows.select(["person", "capability", "role", "required", "weight"])
    names = ("n", "share_meeting", "share_lo95", "mean_gap", "lo95", "hi95")
    return (
        lambda: _numbers(gaps.roll_up(gaps.compute(held, asked), given["closure"]).estimates, *names),
        lambda on: _numbers(executors.roll_up(held, asked, given["closure"], on=on).estimates, *names),
    )


def _staggered(people: int, periods: int = 24) -> tuple[Callable[[], Any], Callable[[Executor], Any]]:
    rng = np.random.default_rng(2)
    unit, period = np.repeat(np.arange(people), periods), np.tile(np.arange(1, periods + 1), people)
    start = rng.choice([9, 13, 17, 99], people)
    outcome = rng.normal(0, 1, people)[unit] + rng.normal(0, 1, len(unit)) + 0.3 * (period >= start[unit])
    first = pa.array(start[unit], mask=start[unit] == 99)
    panel = pa.table({"unit": unit, "period": period, "outcome": outcome, "first_treated": first})

    def usual() -> np.ndarray:
        found = impact.evaluate(panel, mechanism="staggered", seed=1).estimators
        held = [found[name] for name in ("cs_simple", "cs_dynamic", "cs_group", "cs_calendar")]
        return np.array([[e.estimate for e in held if e], [e.se for e in held if e]])

    return usual, lambda on: _numbers(executors.staggered(panel, on=on).estimates, "estimate", "se")


def _levels(people: int, size: int = 8) -> tuple[Callable[[], Any], Callable[[Executor], Any]]:
    """Teams rated by a manager, three mates and, across teams, by assessors."""
    rng = np.random.default_rng(3)
    person = np.arange(people)
    mates = [(person // size) * size + (person + step) % size for step in (1, 2, 3)]
    assessors = people // 25
    raters = [10**6 + person // size, *mates, 10**7 + rng.integers(0, assessors, people)]
    sources = ["manager", "peer", "peer", "peer", "assessor"]
    level = rng.normal(3, 0.8, (people, 6))
    parts = []
    for rater, source in zip(raters, sources, strict=True):
        severity = np.random.default_rng(9).normal(0, 0.5, 100_003)[rater % 100_003]
        seen = level - severity[:, None] + rng.normal(0, 0.5, (people, 1)) + rng.normal(0, 1, (people, 6))
        category = np.clip(np.rint(seen), 1, 5).astype(int).ravel()
        keys = {"person": np.repeat(person, 6), "capability": np.tile(np.arange(6), people)}
        told = {"rater": np.repeat(rater, 6), "source": [source] * (people * 6), "category": category}
        parts.append(pa.table({**keys, **told, "rated_on": np.full(people * 6, 12)}))
    table = pa.concat_tables(parts)

    def whole() -> np.ndarray:
        on = executors.local(threads=1)
        return _numbers(executors.estimate(table, on=on, as_of=12, shards=1).estimates, "level", "sd")

    def cut(on: Executor) -> np.ndarray:
        return _numbers(executors.estimate(table, on=on, as_of=12, shards=4).estimates, "level", "sd")

    return whole, cut


def _run_once(on: Executor) -> None:
    """Start the workers' Python before the clock runs."""
    small = pa.table(
        {
            "unit": [1, 1, 2, 2],
            "period": [1, 2, 1, 2],
            "outcome": [0.0, 1.0, 0.0, 0.5],
            "first_treated": pa.array([2, 2, None, None], pa.int64()),
        }
    )
    executors.staggered(small, on=on, shards=2)
