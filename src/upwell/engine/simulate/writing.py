"""Draws written out as tables: those of the whole, those of one block of people, and all of them put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from upwell.engine.simulate import latent, programmes, results
from upwell.engine.simulate.latent import Levels
from upwell.engine.simulate.months import Calendar
from upwell.engine.simulate.names import Names
from upwell.engine.simulate.organisation import SimulatedOrganisation, day_column
from upwell.engine.simulate.plan import Block, Plan, impressions
from upwell.engine.simulate.programmes import recorded_mechanism
from upwell.engine.simulate.raters import SLOTS, SOURCES, Ratings, judges
from upwell.engine.simulate.streams import Floats
from upwell.engine.simulate.structure import Layout, Structure, table_of

TEXT, DAY, REAL = pa.string(), pa.date32(), pa.float64()
BY_BLOCK: Mapping[str, pa.Schema] = {
    "ratings": pa.schema(
        {"person": TEXT, "capability": TEXT, "rater": TEXT, "source": TEXT, "category": pa.int64(), "rated_on": DAY}
    ),
    "kpis": pa.schema({"person": TEXT, "kpi": TEXT, "period": DAY, "value": REAL}),
    "learning": pa.schema(
        {"person": TEXT, "item": TEXT, "started_on": DAY, "completed_on": DAY, "applied": pa.bool_(), "programme": TEXT}
    ),
    "truth_people": pa.schema({"person": TEXT, "general": REAL, "team": REAL, "motivation": REAL}),
    "truth_levels": pa.schema({"person": TEXT, "capability": TEXT, "month": DAY, "level": pa.float32()}),
    "truth_gaps": pa.schema({"person": TEXT, "capability": TEXT, "required": REAL, "level": REAL, "gap": REAL}),
    "truth_raters": pa.schema({"rater": TEXT, "source": TEXT, "severity": REAL}),
    "truth_halos": pa.schema({"person": TEXT, "rater": TEXT, "source": TEXT, "halo": REAL}),
    "truth_results": pa.schema({"person": TEXT, "kpi": TEXT, "period": DAY, "untreated": REAL}),
}
"""Tables that are made block by block."""
Pieces = Mapping[str, Sequence[pa.Table]]


def assembled(whole: Mapping[str, pa.Table], pieces: Sequence[Pieces]) -> SimulatedOrganisation:
    """All tables, the pieces of blocks one after the other (results: KPI after KPI)."""
    tables = {name: table for name, table in whole.items() if name not in BY_BLOCK}
    for name, schema in BY_BLOCK.items():
        given = [piece[name] for piece in pieces if piece.get(name)]
        longest = max((len(parts) for parts in given), default=0)
        chunks = [parts[i] for i in range(longest) for parts in given]
        tables[name] = pa.concat_tables([*chunks, whole[name]] if name in whole else chunks or [schema.empty_table()])
    if len(pieces) > 1:
        tables["truth_raters"] = _each_rater_once(tables["truth_raters"])
    return SimulatedOrganisation(**tables)


def whole_tables(made: Plan, wanted: Collection[str]) -> dict[str, pa.Table]:
    """The tables that are not made by block, empty where not wanted, and what programmes add to `learning`."""
    structure, shape, calendar = made.structure, made.shape, made.calendar
    tables = {
        "people": table_of(structure.people),
        "units": _units(structure, shape, calendar),
        "reporting": _reporting(structure, shape, calendar),
        "roles": pa.table({"role": Names(shape.roles).all()}),
        "capabilities": pa.table(
            {
                "capability": Names(shape.capabilities).all(),
                "family": pa.array([f"family {f + 1}" for f in shape.family_of], pa.string()),
            }
        ),
        "requirements": table_of(structure.requirements),
        "items": table_of(structure.items),
        "programmes": _programmes(made),
        "members": _members(made),
        "learning": _sent(made),
        "truth_items": pa.table({"item": Names(shape.items).all(), "effect": made.effects}),
        "truth_cuts": pa.table({"category": pa.array([1, 2, 3, 4], pa.int64()), "cut": made.cuts}),
        "truth_effects": _effects(made),
    }
    return {name: table if name in wanted else table.slice(0, 0) for name, table in tables.items()}


def block_tables(made: Plan, number: int, wanted: Collection[str]) -> Pieces:
    """The wanted tables of one block."""
    needs_results = {"kpis", "truth_results"} & set(wanted)
    drawn = made.block(number, bool(needs_results))
    levels = drawn.levels.copy(order="K") if made.designs and number in made.kept else drawn.levels
    for design, who in zip(made.designs, made.attended, strict=True):
        here = slice(*np.searchsorted(who.person, (drawn.shape.first, drawn.shape.first + drawn.shape.size)))
        cell = who.cell[here] - int(np.searchsorted(made.shape.cell_person, drawn.shape.first))
        latent.add_training(levels, programmes.level_training(design, cell, who.month[here]))
    people, capabilities = Names(made.shape.persons), Names(made.shape.capabilities)
    pieces: dict[str, Sequence[pa.Table]] = {}
    if needs_results:
        pieces |= _results(made, drawn, people, wanted)
    if {"ratings", "truth_raters"} & set(wanted):
        pieces |= _ratings(made, drawn, impressions(made, drawn, levels), people, capabilities, wanted)
    if "learning" in wanted:
        pieces["learning"] = [_learning(made, drawn, people)]
    if "truth_people" in wanted:
        traits = drawn.traits
        columns = [drawn.shape.persons, traits.general, traits.team, traits.motivation]
        pieces["truth_people"] = [pa.table(columns, schema=BY_BLOCK["truth_people"])]
    if "truth_levels" in wanted:
        pieces["truth_levels"] = [_levels(drawn.shape, made.calendar, levels, people, capabilities)]
    if "truth_gaps" in wanted:
        pieces["truth_gaps"] = [_gaps(drawn.shape, levels, people, capabilities)]
    if "truth_halos" in wanted:
        pieces["truth_halos"] = [_halos(made, drawn, people)]
    return pieces


def _units(structure: Structure, shape: Layout, calendar: Calendar) -> pa.Table:
    if structure.units is None:
        base = pa.table({"unit": Names(shape.units).all(), "parent": pa.nulls(len(shape.units), pa.string())})
    else:
        base = table_of(structure.units)
    if "valid_from" in base.column_names:
        return base
    rows = base.num_rows
    start = np.full(rows, calendar.first[0])
    base = base.append_column("valid_from", day_column(start))
    return base.append_column("valid_to", pa.nulls(rows, pa.date32()))


def _reporting(structure: Structure, shape: Layout, calendar: Calendar) -> pa.Table:
    if structure.reporting is not None:
        return table_of(structure.reporting)
    start = np.maximum(shape.hired, calendar.first[0])
    return pa.table(
        {
            "person": shape.persons,
            "manager": Names(shape.persons).at(shape.manager_of),
            "valid_from": day_column(start),
            "valid_to": day_column(shape.left, blank=shape.left >= 10**6),
        }
    )


def _ratings(
    made: Plan, drawn: Block, given: Ratings, people: Names, capabilities: Names, wanted: Collection[str]
) -> Pieces:
    pieces: dict[str, Sequence[pa.Table]] = {}
    sources = Names(np.array(SOURCES, dtype=object))
    if "truth_raters" in wanted:
        present = np.zeros(made.shape.size * len(SOURCES), dtype=np.bool_)
        present[given.rater * len(SOURCES) + given.source] = True
        rater, source = np.divmod(np.flatnonzero(present), len(SOURCES))
        severity = made.severity[rater]
        own = source == SOURCES.index("self")
        who = judges(drawn.streams, drawn.shape, made.rating, made.severity)
        severity[own] = who.own_severity[rater[own] - drawn.shape.first]
        columns = [people.at(rater), sources.at(source), severity]
        pieces["truth_raters"] = [pa.table(columns, schema=BY_BLOCK["truth_raters"])]
    if "ratings" in wanted:
        days = given.day - made.calendar.first[0]
        order = np.argsort((days * max(1, len(drawn.levels)) + given.cell) * made.shape.size + given.rater)
        cell = given.cell[order]
        columns = [
            people.at(drawn.shape.cell_person[cell] + drawn.shape.first),
            capabilities.at(drawn.shape.cell_capability[cell]),
            people.at(given.rater[order]),
            sources.at(given.source[order]),
            1 + np.searchsorted(made.cuts, given.seen[order]),
            day_column(given.day[order]),
        ]
        pieces["ratings"] = [pa.table(columns, schema=BY_BLOCK["ratings"])]
    return pieces


def _results(made: Plan, drawn: Block, people: Names, wanted: Collection[str]) -> Pieces:
    here, calendar = drawn.shape, made.calendar
    employed = made.employed[:, here.first : here.first + here.size].T
    person, month = np.nonzero(employed)
    names, period = people.at(person + here.first), day_column(calendar.first[month])
    pieces: dict[str, list[pa.Table]] = {"kpis": [], "truth_results": []}
    for kpi in made.kpis:
        chance = results.chances(drawn.streams, kpi, here.size, calendar.months)
        plain = results.expressed(kpi, drawn.results[kpi.key], chance)
        key = pa.repeat(pa.scalar(kpi.key), len(person))
        for name, values in (("kpis", _treated(made, drawn, kpi.key, plain, chance)), ("truth_results", plain)):
            if name in wanted:
                columns = [names, key, period, values[employed]]
                pieces[name].append(pa.table(columns, schema=BY_BLOCK[name]))
    return pieces


def _treated(made: Plan, drawn: Block, key: str, plain: Floats, chance: Floats | None) -> Floats:
    """Observed results: the untreated ones but for those whom a programme that moves this KPI trained."""
    observed = plain
    kpi = next(kpi for kpi in made.kpis if kpi.key == key)
    for design, who in zip(made.designs, made.attended, strict=True):
        mine = (
            (who.month >= 0) & (who.person >= drawn.shape.first) & (who.person < drawn.shape.first + drawn.shape.size)
        )
        if design.kpi != key or not mine.any():
            continue
        rows = who.person[mine] - drawn.shape.first
        added = programmes.result_effect(design, who.month[mine], made.calendar.months)
        observed = observed.copy() if observed is plain else observed
        observed[rows] = results.expressed(
            kpi, drawn.results[key][rows] + added, None if chance is None else chance[rows]
        )
    return observed


def _learning(made: Plan, drawn: Block, people: Names) -> pa.Table:
    taken = drawn.taken
    columns = [
        people.at(taken.person + drawn.shape.first),
        Names(made.shape.items).at(taken.item),
        day_column(taken.started),
        day_column(taken.completed, blank=taken.completed < 0),
        taken.applied,
        pa.nulls(len(taken.person), pa.string()),
    ]
    return pa.table(columns, schema=BY_BLOCK["learning"])


def _sent(made: Plan) -> pa.Table:
    """The learning that programmes brought about."""
    people, calendar = Names(made.shape.persons), made.calendar
    parts = [BY_BLOCK["learning"].empty_table()]
    for design, who in zip(made.designs, made.attended, strict=True):
        treated = who.month >= 0
        count = int(treated.sum())
        columns = [
            people.at(who.person[treated]),
            pa.array([design.item] * count, pa.string()),
            day_column(calendar.first[who.month[treated]]),
            day_column(calendar.last[who.month[treated]]),
            np.ones(count, dtype=np.bool_),
            pa.array([design.key] * count, pa.string()),
        ]
        parts.append(pa.table(columns, schema=BY_BLOCK["learning"]))
    return pa.concat_tables(parts)


def _programmes(made: Plan) -> pa.Table:
    designs, calendar = made.designs, made.calendar
    scale = {kpi.key: kpi.spread if kpi.kind == "continuous" else 1.0 for kpi in made.kpis}
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


def _members(made: Plan) -> pa.Table:
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
    people, calendar = Names(made.shape.persons), made.calendar
    parts = [schema.empty_table()]
    for design, who in zip(made.designs, made.attended, strict=True):
        count = len(who.person)
        parts.append(
            pa.table(
                {
                    "programme": pa.array([design.key] * count, pa.string()),
                    "person": people.at(who.person),
                    "first_treated": day_column(calendar.first[who.month], blank=who.month < 0),
                    "mechanism": pa.array([recorded_mechanism(design)] * count, pa.string()),
                    "score": pa.array(who.score, mask=np.isnan(who.score)),
                    "cluster": people.at(who.person),
                }
            )
        )
    return pa.concat_tables(parts)


def _levels(shape: Layout, calendar: Calendar, levels: Levels, people: Names, capabilities: Names) -> pa.Table:
    cells, months = levels.shape
    columns = [
        people.repeated(shape.cell_person + shape.first, months),
        capabilities.repeated(shape.cell_capability, months),
        day_column(np.tile(calendar.first, cells)),
        levels.reshape(-1),
    ]
    return pa.table(columns, schema=BY_BLOCK["truth_levels"])


def _gaps(shape: Layout, levels: Levels, people: Names, capabilities: Names) -> pa.Table:
    level = levels[:, -1].astype(np.float64)
    columns = [
        people.at(shape.cell_person + shape.first),
        capabilities.at(shape.cell_capability),
        shape.cell_required,
        level,
        shape.cell_required - level,
    ]
    return pa.table(columns, schema=BY_BLOCK["truth_gaps"])


def _each_rater_once(raters: pa.Table) -> pa.Table:
    once = raters.group_by(["rater", "source"]).aggregate([("severity", "min")])
    once = once.rename_columns(["rater", "source", "severity"])
    return once.sort_by([("rater", "ascending"), ("source", "ascending")])


def _halos(made: Plan, drawn: Block, people: Names) -> pa.Table:
    here = drawn.shape
    places = made.places[here.first : here.first + here.size]
    halo = judges(drawn.streams, here, made.rating, made.severity).halo
    person, slot = np.nonzero(places >= 0)
    codes = np.array([SOURCES.index(s) for s in SLOTS])
    columns = [
        people.at(person + here.first),
        people.at(places[person, slot]),
        Names(np.array(SOURCES, dtype=object)).at(codes[slot]),
        halo[person, slot],
    ]
    return pa.table(columns, schema=BY_BLOCK["truth_halos"])


def _effects(made: Plan) -> pa.Table:
    text = pa.string()
    return pa.table(
        {
            "programme": pa.array([d.key for d in made.designs], text),
            "kpi": pa.array([d.kpi for d in made.designs], text),
            "effect_kpi": pa.array(made.changes, pa.float64()),
            "effect_standardised": pa.array([d.effect_kpi for d in made.designs], pa.float64()),
            "effect_level": pa.array([d.effect_level for d in made.designs], pa.float64()),
            "mechanism": pa.array([recorded_mechanism(d) for d in made.designs], text),
            "sent": pa.array([d.sent for d in made.designs], text),
        }
    )
