"""Forecast: how many people will be ready in each role and capability, against what the strategy will need.

Supply by stocks and flows (attrition, moves, hiring, learning, forgetting) with intervals; demand by scenario; and a
back-test that says whether the forecast beats carrying the last count forward. See ``docs/methods/forecast.md``.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine import VERSION
from upwell.engine.errors import FrameError, NotEstimableError, ParameterError
from upwell.engine.frames import Column, Contract, Result, accept, same_kind
from upwell.engine.numerics import forecast_flows, forecast_scores
from upwell.engine.numerics.forecast_flows import Course, Panel, Paths

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Hiring = Literal["to_plan", "observed", "none"]
AS_IT_IS: Final = "as it is"
MIN_PERIODS: Final = 3
MIN_PEOPLE: Final = 30
MIN_DRAWS: Final = 200
MOST_WORDS: Final = 5
MOST_HEADS: Final = 1e9
_BANDS: Final = ((50, 0.25), (80, 0.10), (95, 0.025))

SNAPSHOTS: Final = Contract(
    "snapshots",
    (
        Column("period", "integer", "number of the snapshot; equally far apart", low=0),
        Column("person", "key"),
        Column("role", "key"),
        Column("capability", "key"),
        Column("level", "real", "levels"),
    ),
    unique=("period", "person", "capability"),
)
REQUIREMENTS: Final = Contract(
    "requirements",
    (Column("role", "key"), Column("capability", "key"), Column("required", "real", "levels")),
    unique=("role", "capability"),
)
SCENARIOS: Final = Contract(
    "scenarios",
    (
        Column("scenario", "text"),
        Column("role", "key", nullable=True),
        Column("growth", "real", "share of heads per period", low=-1.0, nullable=True, required=False),
        Column("attrition", "real", "multiplier", low=0.0, nullable=True, required=False),
        Column("learning", "real", "multiplier", low=0.0, nullable=True, required=False),
    ),
    unique=("scenario", "role"),
)
CHANGED: Final = Contract(
    "changed requirements",
    (
        Column("scenario", "text"),
        Column("role", "key"),
        Column("capability", "key"),
        Column("required", "real", "levels"),
    ),
    unique=("scenario", "role", "capability"),
)


@dataclass(frozen=True)
class Forecast(Result):
    """``estimates``: scenario, role, capability, step (1 is the next snapshot), people (expected heads), demand
    (planned heads, all of whom should be ready), supply (expected ready people) with lo50..hi95, gap (demand minus
    supply; below 0 is a surplus) with gap_lo50..gap_hi95, p_short (probability that at least one is missing). Ends of
    intervals lie between whole numbers so that they hold what they state (``numerics.forecast_scores.quantiles``).
    ``words``: the largest expected gaps in sentences, most certain shortfall first."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class BackTest(Result):
    """``estimates``: step, method (flows, carry-forward), cases, mae, mase, pinball, crps, cover50, cover80, cover95
    (share of outcomes within the interval), even50, even80, even95 (the same share, an outcome that is itself part of
    the interval's end counting with the part inside: what small counts are to be judged by).
    ``skill``: 1 minus the ratio of the two CRPS per step (above 0: the forecast is better). ``beats`` whether the
    forecast has the lower CRPS summed over all steps; ``words`` says so, and where it does not."""

    skill: tuple[float, ...]
    beats: bool
    words: tuple[str, ...]


def project(
    snapshots: object,
    requirements: object,
    *,
    steps: int = 4,
    scenarios: object | None = None,
    changed: object | None = None,
    hiring: Hiring = "to_plan",
    draws: int = 1000,
    seed: int,
) -> Forecast:
    """Project ready people per role and capability and compare them with each scenario's demand.

    Args:
        snapshots: frame of ``SNAPSHOTS``, a row per period, person and capability; people without a row in a period
            were not there. Rows whose role does not require the capability are left out.
        requirements: frame of ``REQUIREMENTS``; ready means level at or above required.
        steps: how many periods ahead, 1 to 20.
        scenarios: frame of ``SCENARIOS``; a blank role means every role without a row of its own. Growth is per period;
            attrition and learning multiply past rates. "as it is" is always there.
        changed: frame of ``CHANGED``: required levels that differ in a scenario. The past is read again with them.
        hiring: "to_plan" fills vacancies at the past rate of filling, "observed" hires at the past pace, "none" nobody.
        draws: simulated futures, at least 200.
        seed: of the draws; the same for every scenario.

    Raises:
        FrameError: contract broken, keys of different kinds, a scenario that is changed but not described, a role or
            capability that no frame knows, or growth to more than a billion people.
        NotEstimableError: fewer than 3 periods or 30 people.
        ParameterError: steps, draws, hiring or seed out of range.
    """
    _check(steps, draws, hiring, seed)
    past, required = _accepted(snapshots, requirements)
    plans = _scenarios(scenarios, changed, past, required)
    tables, words = [], []
    for name, (rows, new) in plans.items():
        read = _read(past, _with_changes(required, new))
        course = _course(read, rows, steps, hiring)
        _check_plan(name, read, course)
        paths = _paths(read.panel, course, draws, seed)
        table = _estimates(name, read, course, paths)
        tables.append(table)
        words.extend(_words(name, table, steps))
    return Forecast(
        pa.concat_tables(tables),
        {"periods": read.panel.role.shape[1], "people": read.panel.role.shape[0], "seed": seed, "draws": draws}
        | {"hiring": hiring, "rows_left_out": past.num_rows - read.rows, "version": VERSION},
        (
            "Rates stay what they were on average over the snapshots, but for what a scenario changes.",
            "Within a role people are alike but for being ready or not; leaving does not depend on readiness.",
            "Snapshots are equally far apart.",
        ),
        tuple(words),
    )


def back_test(
    snapshots: object,
    requirements: object,
    *,
    steps: int = 2,
    hiring: Hiring = "to_plan",
    draws: int = 500,
    seed: int,
) -> BackTest:
    """Forecast from every past snapshot with enough history before it, and score against what happened.

    The rival is carrying the last count forward, with the interval of a random walk whose steps are as large as past
    changes. Arguments as ``project``.

    Raises:
        FrameError: contract broken.
        NotEstimableError: fewer than 4 periods or 30 people.
        ParameterError: steps, draws, hiring or seed out of range.
    """
    _check(steps, draws, hiring, seed)
    read = _read(*_accepted(snapshots, requirements))
    periods = read.panel.role.shape[1]
    if periods < MIN_PERIODS + 1:
        raise NotEstimableError(f"A back-test needs at least {MIN_PERIODS + 1} snapshots, not {periods}.")
    actual = read.panel.in_state(1)[read.cells].astype(np.float64)
    scale = max(float(np.abs(np.diff(actual, axis=1)).mean()), 1e-9)
    found: dict[tuple[int, str], list[forecast_scores.Scores]] = {}
    for origin in range(MIN_PERIODS, periods):
        ahead = min(steps, periods - origin)
        known = replace(read, panel=read.panel.until(origin))
        paths = _paths(known.panel, _course(known, [], ahead, hiring), draws, seed + origin)
        rng = np.random.default_rng((seed, origin))
        walk = forecast_scores.random_walk(actual[:, :origin], ahead, draws, rng)
        for step in range(ahead):
            truth = actual[:, origin + step]
            ours = paths.ready[:, step][:, read.cells].astype(np.float64)
            for method, drawn in (("flows", ours), ("carry-forward", walk[:, step])):
                found.setdefault((step + 1, method), []).append(
                    forecast_scores.score(drawn, truth, whole=method == "flows")
                )
    table = pa.Table.from_pylist([_scored(step, method, parts, scale) for (step, method), parts in found.items()])
    crps = {(row["step"], row["method"]): row["crps"] for row in table.to_pylist()}
    longest = max(step for step, _ in crps)
    skill = tuple(1.0 - crps[s, "flows"] / max(crps[s, "carry-forward"], 1e-12) for s in range(1, longest + 1))
    beats = sum(crps[s, "flows"] for s in range(1, longest + 1)) < sum(
        crps[s, "carry-forward"] for s in range(1, longest + 1)
    )
    diagnostics = {"origins": periods - MIN_PERIODS, "cells": len(read.cells), "seed": seed, "version": VERSION}
    assumptions = ("Past origins are like the present one.",)
    return BackTest(table, diagnostics, assumptions, skill, beats, _verdict(skill, beats))


@dataclass(frozen=True, slots=True)
class _Read:
    panel: Panel
    roles: pa.Array
    capabilities: pa.Array
    cells: Ints
    rows: int


def _check(steps: int, draws: int, hiring: str, seed: int) -> None:
    if hiring not in ("to_plan", "observed", "none"):
        raise ParameterError(f"Hiring is to_plan, observed or none, not '{hiring}'.")
    if seed < 0:
        raise ParameterError(f"The seed is a whole number from 0 on, not {seed}.")
    if not 1 <= steps <= 20:
        raise ParameterError(f"A forecast reaches 1 to 20 periods ahead, not {steps}.")
    if draws < MIN_DRAWS:
        raise ParameterError(f"At least {MIN_DRAWS} draws are needed for an interval, not {draws}.")


def _accepted(snapshots: object, requirements: object) -> tuple[pa.Table, pa.Table]:
    past, required = accept(snapshots, SNAPSHOTS), accept(requirements, REQUIREMENTS)
    for key in ("role", "capability"):
        same_kind((required, "requirements", key), (past, "snapshots", key))
    return past, required


def _read(past: pa.Table, required: pa.Table) -> _Read:
    joined = past.join(required, ["role", "capability"], join_type="inner")
    if not joined.num_rows:
        raise FrameError("No row of the snapshots frame has a role and capability of the requirements frame.")
    roles, role = _codes(joined["role"])
    capabilities, capability = _codes(joined["capability"])
    people, person = _codes(joined["person"])
    periods, period = np.unique(joined["period"].to_numpy(), return_inverse=True)
    if len(periods) < MIN_PERIODS:
        raise NotEstimableError(f"A forecast needs at least {MIN_PERIODS} snapshots, not {len(periods)}.")
    if len(np.unique(np.diff(periods))) > 1:
        raise FrameError("The periods of the snapshots frame are not equally far apart.")
    if len(people) < MIN_PEOPLE:
        raise NotEstimableError(f"A forecast needs at least {MIN_PEOPLE} people, not {len(people)}.")
    of_person = np.full((len(people), len(periods)), -1, dtype=np.int64)
    of_person[person, period] = role
    if (of_person[person, period] != role).any():
        raise FrameError("The snapshots frame gives a person two roles in one period.")
    pairs, pair = np.unique(person * len(capabilities) + capability, return_inverse=True)
    state = np.full((len(pairs), len(periods)), -1, dtype=np.int64)
    state[pair, period] = joined["level"].to_numpy() >= joined["required"].to_numpy()
    panel = Panel(
        of_person, pairs // len(capabilities), pairs % len(capabilities), state, len(roles), len(capabilities)
    )
    return _Read(panel, roles, capabilities, np.unique(role * len(capabilities) + capability), joined.num_rows)


def _codes(column: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    names = pc.unique(column)
    names = names.take(pc.array_sort_indices(names))
    return names, pc.index_in(column, value_set=names).to_numpy().astype(np.int64)


Plan = tuple[list[dict[str, Any]], pa.Table | None]


def _scenarios(scenarios: object | None, changed: object | None, past: pa.Table, required: pa.Table) -> dict[str, Plan]:
    described = None if scenarios is None else accept(scenarios, SCENARIOS)
    if described is not None:
        _check_roles(described, past, required)
    rows = [] if described is None else described.to_pylist()
    names = [AS_IT_IS, *dict.fromkeys(row["scenario"] for row in rows)]
    new = accept(changed, CHANGED) if changed is not None else None
    if new is not None:
        unknown = sorted(set(new["scenario"].to_pylist()) - set(names))
        if unknown:
            raise FrameError(f"The changed requirements name the scenario '{unknown[0]}', which is not described.")
        _check_changed(new, past, required)
    return {
        name: (
            [row for row in rows if row["scenario"] == name],
            None if new is None else new.filter(pc.equal(new["scenario"], name)).drop_columns(["scenario"]),
        )
        for name in dict.fromkeys(names)
    }


def _check_roles(described: pa.Table, past: pa.Table, required: pa.Table) -> None:
    if pc.any(pc.equal(described["scenario"], AS_IT_IS)).as_py():
        raise FrameError(
            f"The scenario '{AS_IT_IS}' goes on unchanged; give the one in the scenarios frame another name."
        )
    same_kind((described, "scenarios", "role"), (past, "snapshots", "role"))
    known = {*pc.unique(past["role"]).to_pylist(), *pc.unique(required["role"]).to_pylist(), None}
    unknown = sorted(set(described["role"].to_pylist()) - known)
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown[:MOST_WORDS])
        raise FrameError(
            f"The scenarios frame names the role{'s' * (len(unknown) > 1)} {names}, which neither the snapshots nor "
            "the requirements frame has."
        )


def _check_changed(new: pa.Table, past: pa.Table, required: pa.Table) -> None:
    for key in ("role", "capability"):
        same_kind((new, "changed requirements", key), (past, "snapshots", key))
    keys = ["role", "capability"]
    unknown = new.join(past.select(keys), keys, join_type="left anti").join(
        required.select(keys), keys, None, "left anti"
    )
    if unknown.num_rows:
        row = unknown.sort_by([(key, "ascending") for key in keys]).slice(0, 1).to_pylist()[0]
        raise FrameError(
            f"The changed requirements name '{row['capability']}' for '{row['role']}', which neither the snapshots nor "
            "the requirements frame has."
        )


def _check_plan(name: str, read: _Read, course: Course) -> None:
    beyond = np.flatnonzero(~(course.plan.max(axis=1) <= MOST_HEADS))
    if len(beyond):
        raise FrameError(
            f"The growth of '{read.roles[int(beyond[0])].as_py()}' in the scenario '{name}' would make it more than "
            f"{MOST_HEADS:,.0f} people."
        )


def _with_changes(required: pa.Table, new: pa.Table | None) -> pa.Table:
    if new is None or not new.num_rows:
        return required
    kept = required.join(new.select(["role", "capability"]), ["role", "capability"], join_type="left anti")
    return pa.concat_tables([kept.select(required.column_names), new.select(required.column_names)])


def _course(read: _Read, rows: list[dict[str, Any]], steps: int, hiring: Hiring) -> Course:
    heads = read.panel.heads()[:, -1].astype(np.float64)
    own = {row["role"]: row for row in rows}
    fallback = own.get(None, {})
    columns = []
    for key, otherwise in (("growth", 0.0), ("attrition", 1.0), ("learning", 1.0)):
        picked = [own.get(role, fallback).get(key) for role in read.roles.to_pylist()]
        columns.append(np.array([otherwise if value is None else value for value in picked], dtype=np.float64))
    growth, attrition, learning = columns
    with np.errstate(over="ignore", invalid="ignore"):
        plan = heads[:, None] * (1.0 + growth[:, None]) ** np.arange(1, steps + 1)
    return Course(plan, hiring, attrition, learning)


def _paths(panel: Panel, course: Course, draws: int, seed: int) -> Paths:
    flows = forecast_flows.count_flows(panel)
    return forecast_flows.project(panel, flows, course, draws=draws, rng=np.random.default_rng(seed))


def _estimates(name: str, read: _Read, course: Course, paths: Paths) -> pa.Table:
    role, capability = np.divmod(read.cells, read.panel.capabilities)
    tables = []
    for step in range(course.plan.shape[1]):
        ready = paths.ready[:, step][:, read.cells].astype(np.float64)
        demand = course.plan[role, step]
        columns: dict[str, Any] = {
            "scenario": pa.array([name] * len(role), pa.string()),
            "role": read.roles.take(pa.array(role)),
            "capability": read.capabilities.take(pa.array(capability)),
            "step": np.full(len(role), step + 1),
            "people": paths.people[:, step].mean(axis=0)[role],
            "demand": demand,
            "supply": ready.mean(axis=0),
        }
        ends = forecast_scores.quantiles(ready, [share for _, tail in _BANDS for share in (tail, 1 - tail)])
        bounds = {band: ends[2 * i : 2 * i + 2] for i, (band, _) in enumerate(_BANDS)}
        columns |= {f"{end}{band}": bounds[band][i] for band in bounds for i, end in enumerate(("lo", "hi"))}
        columns["gap"] = demand - ready.mean(axis=0)
        columns |= {
            f"gap_{end}{band}": demand - bounds[band][1 - i] for band in bounds for i, end in enumerate(("lo", "hi"))
        }
        columns["p_short"] = (demand - ready >= 1.0).mean(axis=0)
        tables.append(pa.table(columns))
    return pa.concat_tables(tables)


def _words(name: str, table: pa.Table, steps: int) -> list[str]:
    last = [row for row in table.to_pylist() if row["step"] == steps]
    last.sort(key=lambda row: (-row["gap_lo80"], str(row["role"]), str(row["capability"])))
    when = "the next period" if steps == 1 else f"{steps} periods"
    return [
        f"{name}: in {when}, {row['gap']:.0f} ({max(row['gap_lo80'], 0):.0f} to {row['gap_hi80']:.0f}) of the "
        f"{row['demand']:.0f} people planned for {row['role']} will not be ready in {row['capability']}."
        for row in last[:MOST_WORDS]
        if row["gap_lo80"] >= 1.0
    ]


def _scored(step: int, method: str, parts: list[forecast_scores.Scores], scale: float) -> dict[str, Any]:
    def mean(name: str) -> float:
        return float(np.concatenate([getattr(part, name) for part in parts]).mean())

    cases = int(sum(len(part.error) for part in parts))
    row = {"step": step, "method": method, "cases": cases, "mae": mean("error"), "mase": mean("error") / scale}
    row |= {"pinball": mean("pinball"), "crps": mean("crps")}
    row |= {"cover50": mean("in50"), "cover80": mean("in80"), "cover95": mean("in95")}
    return row | {"even50": mean("even50"), "even80": mean("even80"), "even95": mean("even95")}


def _verdict(skill: tuple[float, ...], beats: bool) -> tuple[str, ...]:
    better = "beats" if beats else "does not beat"
    words = [f"The forecast {better} carrying the last count forward (CRPS over all steps)."]
    worse = [str(step) for step, gain in enumerate(skill, start=1) if gain <= 0]
    if worse and beats:
        words.append(f"At step {', '.join(worse)} it is no better.")
    if not beats:
        words.append("Use the last count until there is more history, or look for what changed.")
    return tuple(words)
