"""Who was sent to a programme and when, under each way of sending people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwell.engine.errors import ParameterError
from upwell.engine.simulate.designs import RECORDED_AS, ProgrammeDesign
from upwell.engine.simulate.latent import Levels, Training
from upwell.engine.simulate.months import Calendar
from upwell.engine.simulate.streams import Flags, Floats, Ints, Streams
from upwell.engine.simulate.structure import Layout

NEVER = -1


@dataclass(frozen=True, slots=True)
class Attendance:
    """The people a programme could have taken, the month each was first trained (-1: never), and on what figure
    the decision was taken (nan where it was drawn)."""

    person: Ints
    cell: Ints
    month: Ints
    score: Floats


@dataclass(frozen=True, slots=True)
class Pool:
    """The people a programme may take, and their cell in its capability."""

    person: Ints
    cell: Ints


@dataclass(frozen=True, slots=True)
class Facts:
    """What an organisation could have known about the people of a pool when it decided, month by month, and one thing
    it could not (motivation). One row per person of the pool."""

    levels: Levels
    results: Floats
    motivation: Floats


def pool(streams: Streams, layout: Layout, calendar: Calendar, design: ProgrammeDesign, taken: Flags) -> Pool:
    """Who may be taken: nobody whom an earlier programme had on its list (`taken`).

    Raises:
        ParameterError: an unknown capability, role or way of sending, intakes outside the window, or nobody eligible.
    """
    _check(layout, calendar, design)
    person, cell = _eligible(streams, layout, calendar, design, taken)
    return Pool(person, cell)


def attendance(streams: Streams, layout: Layout, design: ProgrammeDesign, among: Pool, facts: Facts) -> Attendance:
    """Decide who of the pool attends, and when."""
    person, cell = among.person, among.cell
    months = [design.first_month + k * design.intake_gap for k in range(design.intakes)]
    month = np.full(len(person), NEVER, dtype=np.int64)
    score = np.full(len(person), np.nan)
    if design.sent == "universal":
        month[:] = months[0]
        return Attendance(person, cell, month, score)
    seats = np.diff(np.round(np.linspace(0, design.share * len(person), design.intakes + 1))).astype(np.int64)
    for intake, (start, count) in enumerate(zip(months, seats, strict=True)):
        wish = _wish(streams, layout, design, facts, among, start, intake)
        waiting = np.flatnonzero(month == NEVER)
        if design.sent == "threshold":
            chosen = waiting[wish[waiting] > 0]
        else:
            chosen = waiting[np.argsort(-wish[waiting], kind="stable")[:count]]
        month[chosen] = start
        if design.sent not in ("lottery", "staggered"):
            score[chosen] = wish[chosen]
    return Attendance(person, cell, month, score)


def level_training(design: ProgrammeDesign, cell: Ints, month: Ints) -> Training:
    """The programme's true effect on the levels of these cells, whose people were first trained in these months."""
    treated = month >= 0
    fade = np.inf if design.fade_months is None else design.fade_months
    count = int(treated.sum())
    return Training(
        cell=cell[treated],
        month=month[treated],
        effect=np.full(count, design.effect_level),
        fade=np.full(count, fade),
        lag=design.lag_months,
    )


def result_effect(design: ProgrammeDesign, month: Ints, months: int) -> Floats:
    """The programme's true effect on the standardised result of people first trained in these months."""
    since = np.arange(months)[None, :] - month[:, None] - design.lag_months
    fade = np.inf if design.fade_months is None else design.fade_months
    begun = (month[:, None] >= 0) & (since >= 0)
    return np.where(begun, design.effect_kpi * np.exp(-np.maximum(since, 0) / fade), 0.0)


def recorded_mechanism(design: ProgrammeDesign) -> str:
    """What the organisation wrote down about how people were chosen."""
    return RECORDED_AS[design.sent]


def _check(layout: Layout, calendar: Calendar, design: ProgrammeDesign) -> None:
    if design.sent not in RECORDED_AS:
        raise ParameterError(f"The programme '{design.key}' names an unknown way of sending people: {design.sent}.")
    if design.capability not in set(layout.capabilities):
        raise ParameterError(f"The programme '{design.key}' trains '{design.capability}', which no role requires.")
    last = design.first_month + (design.intakes - 1) * design.intake_gap + design.lag_months
    if design.first_month < 6 or last >= calendar.months:
        raise ParameterError(
            f"The intakes of the programme '{design.key}' must lie between month 6 and the end of the window "
            f"({calendar.months} months)."
        )
    if not 0 < design.share <= 1:
        raise ParameterError(f"The share of people trained by '{design.key}' must lie between 0 and 1.")


def _eligible(
    streams: Streams, layout: Layout, calendar: Calendar, design: ProgrammeDesign, taken: Flags
) -> tuple[Ints, Ints]:
    capability = int(np.flatnonzero(layout.capabilities == design.capability)[0])
    everyone = np.arange(layout.size)
    cell = layout.cell(everyone, np.full(layout.size, capability))
    fits = (cell >= 0) & ~taken & layout.active(int(calendar.first[0]), int(calendar.last[-1]))
    for names, code, wanted in (
        (layout.roles, layout.role_of, design.roles),
        (layout.units, layout.unit_of, design.units),
    ):
        if wanted:
            fits &= np.isin(code, [i for i, name in enumerate(names) if name in wanted])
    person = np.flatnonzero(fits)
    if len(person) < 2:
        raise ParameterError(f"The programme '{design.key}' has fewer than two eligible people.")
    if design.size is not None and len(person) > design.size:
        chance = streams.uniform(f"programme.{design.key}.pool", layout.size)
        person = np.sort(person[np.argsort(chance[person])[: design.size]])
    return person, cell[person]


def _wish(
    streams: Streams,
    layout: Layout,
    design: ProgrammeDesign,
    facts: Facts,
    among: Pool,
    start: int,
    intake: int,
) -> Floats:
    """How strongly each person is pushed into this intake; higher goes first."""
    chance = streams.normal(f"programme.{design.key}.{intake}", layout.size)[among.person]
    required = layout.cell_required[among.cell]
    seen = facts.levels[:, start - 1] + 0.7 * chance
    results = facts.results
    lately = results[:, start - 3 : start].mean(axis=1)
    before = results[:, max(0, start - 9) : start - 3].mean(axis=1)
    if design.sent == "threshold":
        return np.asarray(required - 0.5 - seen)
    if design.sent == "low_rating":
        return np.asarray(-seen)
    if design.sent == "observed_gap":
        return np.asarray(required - seen)
    if design.sent == "motivation":
        return facts.motivation + 0.3 * chance
    if design.sent == "after_rise":
        return np.asarray(lately - before + 0.2 * chance)
    if design.sent == "bad_quarter":
        return np.asarray(-lately + 0.2 * chance)
    return chance
