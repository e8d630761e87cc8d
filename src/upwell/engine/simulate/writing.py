"""Draws written out as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from upwell.engine.simulate.courses import Enrolments
from upwell.engine.simulate.designs import KpiDesign, ProgrammeDesign
from upwell.engine.simulate.latent import Levels, People
from upwell.engine.simulate.months import Calendar
from upwell.engine.simulate.organisation import SimulatedOrganisation, day_column
from upwell.engine.simulate.programmes import Attendance, recorded_mechanism
from upwell.engine.simulate.raters import SLOTS, SOURCES, RaterTruth, Ratings
from upwell.engine.simulate.streams import Flags, Floats, Ints
from upwell.engine.simulate.structure import Layout, Structure, Texts, table_of


@dataclass(frozen=True, slots=True)
class Draws:
    """Everything that was drawn, as arrays."""

    traits: People
    levels: Levels
    effects: Floats
    taken: Enrolments
    kpis: tuple[KpiDesign, ...]
    untreated: Mapping[str, Floats]
    observed: Mapping[str, Floats]
    designs: tuple[ProgrammeDesign, ...]
    attended: tuple[Attendance, ...]
    raters: RaterTruth
    places: Ints
    ratings: Ratings


def tables(structure: Structure, shape: Layout, calendar: Calendar, draws: Draws) -> SimulatedOrganisation:
    """All tables of the organisation."""
    people = table_of(structure.people)
    return SimulatedOrganisation(
        people=people,
        units=_units(structure, shape, calendar),
        reporting=_reporting(shape, calendar),
        roles=pa.table({"role": _named(shape.roles)}),
        capabilities=pa.table(
            {
                "capability": _named(shape.capabilities),
                "family": pa.array([f"family {f + 1}" for f in shape.family_of], pa.string()),
            }
        ),
        requirements=table_of(structure.requirements),
        items=table_of(structure.items),
        ratings=_ratings(shape, draws),
        kpis=_results(shape, calendar, draws, draws.observed, "value"),
        learning=_learning(shape, calendar, draws),
        programmes=_programmes(calendar, draws),
        members=_members(shape, calendar, draws),
        truth_people=pa.table(
            {
                "person": _named(shape.persons),
                "general": draws.traits.general,
                "team": draws.traits.team,
                "motivation": draws.traits.motivation,
            }
        ),
        truth_levels=_levels(shape, calendar, draws.levels),
        truth_gaps=_gaps(shape, draws.levels),
        truth_raters=_rater_truth(shape, draws),
        truth_halos=_halos(shape, draws),
        truth_items=pa.table({"item": _named(shape.items), "effect": draws.effects}),
        truth_cuts=pa.table({"category": pa.array([1, 2, 3, 4], pa.int64()), "cut": draws.raters.cuts}),
        truth_effects=_effects(shape, draws),
        truth_results=_results(shape, calendar, draws, draws.untreated, "untreated"),
    )


def _named(values: Texts, at: Ints | None = None) -> Any:
    """A text column; -1 in `at` is blank."""
    words = pa.array(list(values), pa.string())
    if at is None:
        return words
    return words.take(pa.array(at, pa.int64(), mask=at < 0))


def _units(structure: Structure, shape: Layout, calendar: Calendar) -> pa.Table:
    if structure.units is None:
        base = pa.table({"unit": _named(shape.units), "parent": pa.nulls(len(shape.units), pa.string())})
    else:
        base = table_of(structure.units)
    if "valid_from" in base.column_names:
        return base
    rows = base.num_rows
    start = np.full(rows, calendar.first[0])
    base = base.append_column("valid_from", day_column(start))
    return base.append_column("valid_to", pa.nulls(rows, pa.date32()))


def _reporting(shape: Layout, calendar: Calendar) -> pa.Table:
    start = np.maximum(shape.hired, calendar.first[0])
    return pa.table(
        {
            "person": _named(shape.persons),
            "manager": _named(shape.persons, shape.manager_of),
            "valid_from": day_column(start),
            "valid_to": day_column(shape.left, blank=shape.left >= 10**6),
        }
    )


def _ratings(shape: Layout, draws: Draws) -> pa.Table:
    given = draws.ratings
    order = np.lexsort((given.rater, given.cell, given.day))
    cell = given.cell[order]
    return pa.table(
        {
            "person": _named(shape.persons, shape.cell_person[cell]),
            "capability": _named(shape.capabilities, shape.cell_capability[cell]),
            "rater": _named(shape.persons, given.rater[order]),
            "source": pa.array(SOURCES).take(pa.array(given.source[order])),
            "category": given.category[order],
            "rated_on": day_column(given.day[order]),
        }
    )


def _results(shape: Layout, calendar: Calendar, draws: Draws, values: Mapping[str, Floats], name: str) -> pa.Table:
    employed = (shape.hired[:, None] <= calendar.first[None, :]) & (shape.left[:, None] > calendar.last[None, :])
    person, month = np.nonzero(employed)
    parts = [
        pa.table(
            {
                "person": _named(shape.persons, person),
                "kpi": pa.array([kpi.key], pa.string()).take(pa.array(np.zeros(len(person), dtype=np.int64))),
                "period": day_column(calendar.first[month]),
                name: values[kpi.key][person, month],
            }
        )
        for kpi in draws.kpis
    ]
    return pa.concat_tables(parts)


def _learning(shape: Layout, calendar: Calendar, draws: Draws) -> pa.Table:
    taken = draws.taken
    everyday = pa.table(
        {
            "person": _named(shape.persons, taken.person),
            "item": _named(shape.items, taken.item),
            "started_on": day_column(taken.started),
            "completed_on": day_column(taken.completed, blank=taken.completed < 0),
            "applied": taken.applied,
            "programme": pa.nulls(len(taken.person), pa.string()),
        }
    )
    parts = [everyday]
    for design, who in zip(draws.designs, draws.attended, strict=True):
        treated = who.month >= 0
        count = int(treated.sum())
        parts.append(
            pa.table(
                {
                    "person": _named(shape.persons, who.person[treated]),
                    "item": pa.array([design.item] * count, pa.string()),
                    "started_on": day_column(calendar.first[who.month[treated]]),
                    "completed_on": day_column(calendar.last[who.month[treated]]),
                    "applied": np.ones(count, dtype=np.bool_),
                    "programme": pa.array([design.key] * count, pa.string()),
                }
            )
        )
    return pa.concat_tables(parts)


def _programmes(calendar: Calendar, draws: Draws) -> pa.Table:
    designs = draws.designs
    scale = {kpi.key: kpi.spread if kpi.kind == "continuous" else 1.0 for kpi in draws.kpis}
    text = pa.string()
    return pa.table(
        {
            "programme": pa.array([d.key for d in designs], text),
            "title": pa.array([d.title or d.key for d in designs], text),
            "item": pa.array([d.item for d in designs], text),
            "capability": pa.array([d.capability for d in designs], text),
            "kpi": pa.array([d.kpi for d in designs], text),
            "mechanism": pa.array([recorded_mechanism(d) for d in designs], text),
            "starts_on": day_column(np.array([calendar.first[d.first_month] for d in designs], dtype=np.int64)),
            "cost": pa.array([d.cost_per_person for d in designs], pa.float64()),
            "hours": pa.array([d.hours_per_person for d in designs], pa.float64()),
            "smallest_worthwhile": pa.array([d.smallest_worthwhile * scale[d.kpi] for d in designs], pa.float64()),
        }
    )


def _members(shape: Layout, calendar: Calendar, draws: Draws) -> pa.Table:
    schema = pa.schema(
        {
            "programme": pa.string(),
            "person": pa.string(),
            "first_treated": pa.date32(),
            "mechanism": pa.string(),
            "score": pa.float64(),
            "cluster": pa.string(),
        }
    )
    parts = [schema.empty_table()]
    for design, who in zip(draws.designs, draws.attended, strict=True):
        count = len(who.person)
        parts.append(
            pa.table(
                {
                    "programme": pa.array([design.key] * count, pa.string()),
                    "person": _named(shape.persons, who.person),
                    "first_treated": day_column(calendar.first[who.month], blank=who.month < 0),
                    "mechanism": pa.array([recorded_mechanism(design)] * count, pa.string()),
                    "score": pa.array(who.score, mask=np.isnan(who.score)),
                    "cluster": _named(shape.persons, who.person),
                }
            )
        )
    return pa.concat_tables(parts)


def _levels(shape: Layout, calendar: Calendar, levels: Levels) -> pa.Table:
    cells, months = levels.shape
    cell = np.repeat(np.arange(cells), months)
    return pa.table(
        {
            "person": _named(shape.persons, shape.cell_person[cell]),
            "capability": _named(shape.capabilities, shape.cell_capability[cell]),
            "month": day_column(np.tile(calendar.first, cells)),
            "level": levels.reshape(-1),
        }
    )


def _gaps(shape: Layout, levels: Levels) -> pa.Table:
    level = levels[:, -1].astype(np.float64)
    return pa.table(
        {
            "person": _named(shape.persons, shape.cell_person),
            "capability": _named(shape.capabilities, shape.cell_capability),
            "required": shape.cell_required,
            "level": level,
            "gap": shape.cell_required - level,
        }
    )


def _rater_truth(shape: Layout, draws: Draws) -> pa.Table:
    pairs = np.unique(np.stack([draws.ratings.rater, draws.ratings.source]), axis=1)
    own = pairs[1] == SOURCES.index("self")
    severity = np.where(own, draws.raters.own_severity[pairs[0]], draws.raters.severity[pairs[0]])
    return pa.table(
        {
            "rater": _named(shape.persons, pairs[0]),
            "source": pa.array(SOURCES).take(pa.array(pairs[1])),
            "severity": severity,
        }
    )


def _halos(shape: Layout, draws: Draws) -> pa.Table:
    person, slot = np.nonzero(draws.places >= 0)
    rater = draws.places[person, slot]
    codes = np.array([SOURCES.index(s) for s in SLOTS])
    return pa.table(
        {
            "person": _named(shape.persons, person),
            "rater": _named(shape.persons, rater),
            "source": pa.array(SOURCES).take(pa.array(codes[slot])),
            "halo": draws.raters.halo[person, slot],
        }
    )


def _effects(shape: Layout, draws: Draws) -> pa.Table:
    months = draws.levels.shape[1]
    text = pa.string()
    means = []
    for design, who in zip(draws.designs, draws.attended, strict=True):
        since: Flags = (who.month[:, None] >= 0) & (
            np.arange(months)[None, :] >= who.month[:, None] + design.lag_months
        )
        change = (draws.observed[design.kpi] - draws.untreated[design.kpi])[who.person]
        means.append(float(change[since].mean()) if since.any() else 0.0)
    return pa.table(
        {
            "programme": pa.array([d.key for d in draws.designs], text),
            "kpi": pa.array([d.kpi for d in draws.designs], text),
            "effect_kpi": pa.array(means, pa.float64()),
            "effect_standardised": pa.array([d.effect_kpi for d in draws.designs], pa.float64()),
            "effect_level": pa.array([d.effect_level for d in draws.designs], pa.float64()),
            "mechanism": pa.array([recorded_mechanism(d) for d in draws.designs], text),
            "sent": pa.array([d.sent for d in draws.designs], text),
        }
    )
