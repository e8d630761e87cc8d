"""What is settled for the whole organisation before any block is drawn: who is taken by which programme, who rates
whom, how severe each rater is; and the part of a block that needs no such decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from upwell.engine.errors import ParameterError
from upwell.engine.simulate import courses, latent, programmes, raters, results
from upwell.engine.simulate.courses import Enrolments
from upwell.engine.simulate.designs import KpiDesign, ProgrammeDesign, RatingDesign
from upwell.engine.simulate.latent import Levels
from upwell.engine.simulate.months import Calendar, window
from upwell.engine.simulate.programmes import Attendance, Facts, Pool
from upwell.engine.simulate.streams import Flags, Floats, Ints, Streams
from upwell.engine.simulate.structure import Layout, Structure, layout
from upwell.engine.simulate.taking_turns import in_order

SHORTEST_WINDOW = 6
KEPT_BLOCKS = 10
"""Up to this many blocks drawn for the programmes' decisions are kept for the tables instead of being drawn twice."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of people without any programme: traits, levels, everyday learning and standardised results."""

    shape: Layout
    streams: Streams
    traits: latent.People
    levels: Levels
    taken: Enrolments
    results: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole organisation but for the months of its people. `employed` is months x people."""

    structure: Structure
    shape: Layout
    calendar: Calendar
    streams: Streams
    kpis: tuple[KpiDesign, ...]
    designs: tuple[ProgrammeDesign, ...]
    reserved: Ints
    effects: Floats
    attended: tuple[Attendance, ...]
    changes: tuple[float, ...]
    rating: RatingDesign
    severity: Floats
    places: Ints
    employed: Flags
    cuts: Floats
    kept: Mapping[int, Block]

    def block(self, number: int, with_results: bool) -> Block:
        """One block without its programmes, drawn now unless it was kept."""
        if number in self.kept:
            return self.kept[number]
        kpis = self.kpis if with_results else ()
        return block(self.shape, self.streams, self.calendar, number, kpis, self.reserved, self.effects)


def plan(
    structure: Structure,
    *,
    seed: int,
    as_of: date,
    months: int,
    programmes: Sequence[ProgrammeDesign],
    kpis: Sequence[KpiDesign],
    rating: RatingDesign,
) -> Plan:
    """Decide what must be decided for the whole.

    Raises:
        FrameError: a frame lacks a column or its rows contradict each other.
        ParameterError: a programme that does not fit the structure or the window.
    """
    _check(months, programmes, kpis)
    shape, streams, calendar = layout(structure), Streams(seed), window(as_of, months)
    names = {str(name): index for index, name in enumerate(shape.items)}
    reserved = np.array([names[d.item] for d in programmes if d.item in names], dtype=np.int64)
    effects = courses.item_effects(streams, shape)
    kept: dict[int, Block] = {}
    attended, changes = _sent(streams, shape, calendar, tuple(programmes), tuple(kpis), reserved, effects, kept)
    severity = raters.severities(streams, shape.size, rating)
    places = raters.around(streams, shape, rating)
    spans = zip(calendar.first, calendar.last, strict=True)
    employed = np.stack([shape.active(int(start), int(end)) for start, end in spans])
    cuts = np.zeros(4) if rating.cuts is None else np.asarray(rating.cuts, dtype=np.float64)
    made = Plan(
        structure, shape, calendar, streams, tuple(kpis), tuple(programmes), reserved, effects, attended, changes,
        rating, severity, places, employed, cuts, kept,
    )  # fmt: skip
    if rating.cuts is None:
        first = made.block(0, with_results=False)
        made.cuts[:] = raters.fitted_cuts(impressions(made, first, first.levels).seen)
    return made


def block(
    shape: Layout,
    streams: Streams,
    calendar: Calendar,
    number: int,
    kpis: Sequence[KpiDesign],
    reserved: Ints,
    effects: Floats,
) -> Block:
    """Draw one block without its programmes."""
    here, own = shape.block(number), streams.of_block(number)
    traits = latent.people(own, here)
    levels = latent.starting_levels(own, here, traits, calendar.months)
    taken = courses.enrolments(own, here, calendar, reserved)
    latent.add_training(levels, courses.training_of(here, taken, effects, calendar))
    gaps = latent.mean_gap(levels, here) if kpis else np.empty(0)
    found = {kpi.key: results.untreated(own, kpi, gaps, traits.motivation) for kpi in kpis}
    return Block(here, own, traits, levels, taken, found)


def impressions(made: Plan, of: Block, levels: Levels) -> raters.Ratings:
    """What raters thought of the people of a block, given their levels with all training."""
    low, high = of.shape.first, of.shape.first + of.shape.size
    who = raters.judges(of.streams, of.shape, made.rating, made.severity)
    return raters.ratings(
        of.streams, of.shape, made.calendar, made.rating, who, levels, made.places[low:high], made.employed
    )


def _sent(
    streams: Streams,
    shape: Layout,
    calendar: Calendar,
    designs: tuple[ProgrammeDesign, ...],
    kpis: tuple[KpiDesign, ...],
    reserved: Ints,
    effects: Floats,
    kept: dict[int, Block],
) -> tuple[tuple[Attendance, ...], tuple[float, ...]]:
    """Who attended each programme, and the mean change it made to its KPI over trained months."""
    busy = np.zeros(shape.size, dtype=np.bool_)
    pools = []
    for design in designs:
        pools.append(programmes.pool(streams, shape, calendar, design, busy))
        busy[pools[-1].person] = True
    known = {kpi.key: kpi for kpi in kpis}
    facts, chances = _facts(streams, shape, calendar, designs, pools, known, reserved, effects, kept)
    attended, changes = [], []
    for design, among, fact, chance in zip(designs, pools, facts, chances, strict=True):
        who = programmes.attendance(streams, shape, design, among, fact)
        added = programmes.result_effect(design, who.month, calendar.months)
        before = results.expressed(known[design.kpi], fact.results, chance)
        after = results.expressed(known[design.kpi], fact.results + added, chance)
        since = (who.month[:, None] >= 0) & (np.arange(calendar.months) >= who.month[:, None] + design.lag_months)
        attended.append(who)
        changes.append(float((after - before)[since].mean()) if since.any() else 0.0)
    return tuple(attended), tuple(changes)


def _facts(
    streams: Streams,
    shape: Layout,
    calendar: Calendar,
    designs: tuple[ProgrammeDesign, ...],
    pools: list[Pool],
    kpis: Mapping[str, KpiDesign],
    reserved: Ints,
    effects: Floats,
    kept: dict[int, Block],
) -> tuple[list[Facts], list[Floats | None]]:
    """The facts about every pool and the chances behind its counts; fills `kept`."""
    months = calendar.months
    facts = [
        Facts(np.empty((len(p.person), months), np.float32), np.empty((len(p.person), months)), np.empty(len(p.person)))
        for p in pools
    ]
    counts = [np.empty((len(p.person), months)) for p in pools]
    few = shape.blocks <= KEPT_BLOCKS
    needed = [kpi for key, kpi in kpis.items() if few or key in {design.kpi for design in designs}]
    numbers = range(shape.blocks if designs else 0)
    every = in_order(lambda number: block(shape, streams, calendar, number, needed, reserved, effects), numbers)
    for number, drawn in zip(numbers, every, strict=True):
        if few:
            kept[number] = drawn
        here = drawn.shape
        for design, among, fact, chance in zip(designs, pools, facts, counts, strict=True):
            rows = slice(*np.searchsorted(among.person, (here.first, here.first + here.size)))
            local = among.person[rows] - here.first
            cell = among.cell[rows] - int(np.searchsorted(shape.cell_person, here.first))
            fact.levels[rows] = drawn.levels[cell]
            fact.results[rows] = drawn.results[design.kpi][local]
            fact.motivation[rows] = drawn.traits.motivation[local]
            drawn_chance = results.chances(drawn.streams, kpis[design.kpi], here.size, months)
            if drawn_chance is not None:
                chance[rows] = drawn_chance[local]
    return facts, [c if kpis[d.kpi].kind == "count" else None for d, c in zip(designs, counts, strict=True)]


def _check(months: int, designs: Sequence[ProgrammeDesign], kpis: Sequence[KpiDesign]) -> None:
    if months < SHORTEST_WINDOW:
        raise ParameterError("A simulated window needs at least six months.")
    names = [design.key for design in designs]
    if len(set(names)) != len(names):
        raise ParameterError("Two programmes have the same key.")
    known = {kpi.key for kpi in kpis}
    for design in designs:
        if design.kpi not in known:
            raise ParameterError(f"The programme '{design.key}' is meant to move '{design.kpi}', which is no KPI here.")
