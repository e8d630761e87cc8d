"""Simulated ratings, results and learning laid over a given structure, with the truth kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np

from upwell.engine.errors import ParameterError
from upwell.engine.simulate import courses, latent, programmes, raters, results
from upwell.engine.simulate.designs import DEFAULT_KPIS, KpiDesign, ProgrammeDesign, RatingDesign
from upwell.engine.simulate.months import Calendar, window
from upwell.engine.simulate.organisation import SimulatedOrganisation
from upwell.engine.simulate.streams import Floats, Streams
from upwell.engine.simulate.structure import Layout, Structure, layout
from upwell.engine.simulate.writing import Draws, tables


def on(
    structure: Structure,
    *,
    seed: int,
    as_of: date,
    months: int = 24,
    programmes: Sequence[ProgrammeDesign] = (),
    kpis: Sequence[KpiDesign] = DEFAULT_KPIS,
    rating: RatingDesign | None = None,
) -> SimulatedOrganisation:
    """Simulate `months` full months up to `as_of` on a given structure.

    The structure itself is returned unchanged in `people`, `units`, `requirements` and `items`. The same seed gives
    the same tables. Adding a KPI changes no other table; adding a programme changes levels and ratings of
    those it trains and of those who would otherwise have taken its item by themselves, and of nobody else.

    Raises:
        FrameError: a frame lacks a column or its rows contradict each other.
        ParameterError: a programme that does not fit the structure or the window.
    """
    if months < 6:
        raise ParameterError("A simulated window needs at least six months.")
    names = [p.key for p in programmes]
    if len(set(names)) != len(names):
        raise ParameterError("Two programmes have the same key.")
    shape = layout(structure)
    streams = Streams(seed)
    calendar = window(as_of, months)
    design = rating or RatingDesign()
    draws = _draw(streams, shape, calendar, tuple(programmes), tuple(kpis), design)
    return tables(structure, shape, calendar, draws)


def three_programmes(structure: Structure, *, months: int = 24) -> tuple[ProgrammeDesign, ...]:
    """Three programmes on the most widely required capabilities that some item teaches.

    One works and was drawn by lot in three intakes (+.45 level, +.40 result), one does nothing (lottery), and one had
    people sent after a bad quarter (true effect .30 level and .30 result).
    """
    shape = layout(structure)
    taught = {int(c) for c in shape.capability_of_row}
    held = Counter(int(c) for c in shape.cell_capability)
    chosen = [c for c, _ in sorted(held.items(), key=lambda row: (-row[1], row[0])) if c in taught][:3]
    if not chosen:
        raise ParameterError("No item teaches a capability that any role requires.")
    chosen = (chosen * 3)[:3]
    used: set[int] = set()
    items: list[str] = []
    for capability in chosen:
        rows = shape.item_of_row[shape.capability_of_row == capability]
        item = int(next((i for i in rows if int(i) not in used), rows[0]))
        used.add(item)
        items.append(str(shape.items[item]))
    subjects = [str(shape.capabilities[c]) for c in chosen]
    first = max(6, months * 5 // 12)
    pool = max(12, shape.size // 5)
    return (
        ProgrammeDesign(
            "practice-labs", items[0], subjects[0], "lottery", 0.45, 0.40, title="Practice labs",
            first_month=first, intakes=3, intake_gap=2, share=0.6, size=pool,
        ),
        ProgrammeDesign(
            "online-library", items[1], subjects[1], "lottery", 0.0, 0.0, title="Online library",
            first_month=first, share=0.5, size=pool, cost_per_person=350.0,
        ),
        ProgrammeDesign(
            "rescue-course", items[2], subjects[2], "bad_quarter", 0.30, 0.30, title="Rescue course",
            first_month=first, intakes=2, intake_gap=3, share=0.4, size=pool, cost_per_person=900.0,
        ),
    )  # fmt: skip


def _draw(
    streams: Streams,
    shape: Layout,
    calendar: Calendar,
    designs: tuple[ProgrammeDesign, ...],
    kpis: tuple[KpiDesign, ...],
    design: RatingDesign,
) -> Draws:
    traits = latent.people(streams, shape)
    levels = latent.starting_levels(streams, shape, traits, calendar.months)
    names = {str(name): index for index, name in enumerate(shape.items)}
    reserved = np.array([names[d.item] for d in designs if d.item in names], dtype=np.int64)
    effects = courses.item_effects(streams, shape)
    taken = courses.enrolments(streams, shape, calendar, reserved)
    latent.add_training(levels, courses.training_of(shape, taken, effects, calendar))
    gaps = latent.mean_gap(levels, shape)
    plain = {kpi.key: results.untreated(streams, kpi, gaps, traits.motivation) for kpi in kpis}
    added: dict[str, Floats] = {kpi.key: np.zeros_like(gaps) for kpi in kpis}
    attended: list[programmes.Attendance] = []
    busy = np.zeros(shape.size, dtype=np.bool_)
    before = levels.copy()
    for one in designs:
        if one.kpi not in plain:
            raise ParameterError(f"The programme '{one.key}' is meant to move '{one.kpi}', which is no KPI here.")
        facts = programmes.Facts(before, plain[one.kpi], traits.motivation, busy)
        who = programmes.attendance(streams, shape, calendar, one, facts)
        busy[who.person] = True
        latent.add_training(levels, programmes.level_training(one, who))
        added[one.kpi] += programmes.result_effect(one, who, shape.size, calendar.months)
        attended.append(who)
    truth = raters.truth(streams, shape, design, before)
    places = raters.around(streams, shape, design)
    given = raters.ratings(streams, shape, calendar, design, truth, levels, places)
    return Draws(
        traits=traits,
        levels=levels,
        effects=effects,
        taken=taken,
        kpis=kpis,
        untreated={k.key: results.expressed(streams, k, plain[k.key]) for k in kpis},
        observed={k.key: results.expressed(streams, k, plain[k.key] + added[k.key]) for k in kpis},
        designs=designs,
        attended=tuple(attended),
        raters=truth,
        places=places,
        ratings=given,
    )
