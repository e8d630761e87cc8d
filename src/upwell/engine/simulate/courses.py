"""Everyday learning: enrolments outside programmes, and what each course truly does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwell.engine.simulate.latent import FADE_MONTHS, Training
from upwell.engine.simulate.months import Calendar
from upwell.engine.simulate.streams import Flags, Floats, Ints, Streams
from upwell.engine.simulate.structure import Layout

ENROLMENTS_A_YEAR = 1.25
SECOND_THOUGHTS = 3
"""How often a person who has had an item looks for another."""


@dataclass(frozen=True, slots=True)
class Enrolments:
    """One row per person and item; days since 1970-01-01, -1 where the item was not finished."""

    person: Ints
    item: Ints
    started: Ints
    completed: Ints
    applied: Flags


def item_effects(streams: Streams, layout: Layout) -> Floats:
    """True effect of each item in levels: none for 40 %, harm for 5 %, else normal with mean .35 and sd .15."""
    kind = streams.uniform("items.kind", len(layout.items))
    size = np.maximum(0.02, 0.35 + 0.15 * streams.normal("items.effect", len(layout.items)))
    return np.where(kind < 0.40, 0.0, np.where(kind < 0.45, -0.5 * size, size))


def enrolments(streams: Streams, layout: Layout, calendar: Calendar, reserved: Ints) -> Enrolments:
    """Draw enrolments at 1.25 a year for each person, in items that teach something the role requires, none twice.

    Enrolments that fall on a reserved item are left out, so that reserving one moves no other enrolment.
    """
    count = streams.poisson("learning.count", layout.size, ENROLMENTS_A_YEAR * calendar.months / 12)
    count = np.where(np.bincount(layout.cell_person, minlength=layout.size) > 0, count, 0)
    person = np.repeat(np.arange(layout.size), count)
    drawn = streams.events("learning.draw", len(person), 5)
    item = _item_for(layout, person, drawn[:, :2], reserved)
    span = calendar.last[-1] - calendar.first[0]
    started = calendar.first[0] + (drawn[:, 2] * span).astype(np.int64)
    completed = started + 7 + (drawn[:, 4] * 60).astype(np.int64)
    done = (drawn[:, 3] < 0.8) & (completed <= calendar.last[-1]) & (completed < layout.left[person])
    there = (layout.hired[person] <= started) & (layout.left[person] > started)
    for attempt in range(SECOND_THOUGHTS):
        twice = _seen_before(person, np.where(there, item, -1), len(layout.items))
        if not twice.any():
            break
        again = streams.events(f"learning.again.{attempt}", len(person), 2)[twice]
        item[twice] = _item_for(layout, person[twice], again, reserved)
    kept = np.flatnonzero(there & (item >= 0) & ~_seen_before(person, np.where(there, item, -1), len(layout.items)))
    applied = streams.events("learning.applied", len(person))[kept] < 0.45
    return Enrolments(
        person=person[kept],
        item=item[kept],
        started=started[kept],
        completed=np.where(done[kept], completed[kept], -1),
        applied=applied & done[kept],
    )


def training_of(layout: Layout, taken: Enrolments, effects: Floats, calendar: Calendar) -> Training:
    """The effect of finished enrolments on every cell the item teaches; applied learning does not fade."""
    rows_by_item = np.argsort(layout.item_of_row, kind="stable")
    per_item = np.bincount(layout.item_of_row, minlength=len(layout.items))
    start = np.concatenate([[0], np.cumsum(per_item)[:-1]]).astype(np.int64)
    done = np.flatnonzero(taken.completed >= 0)
    repeats = per_item[taken.item[done]]
    enrolment = np.repeat(done, repeats)
    inner = np.arange(len(enrolment)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    row = rows_by_item[start[taken.item[enrolment]] + inner]
    cell = layout.cell(taken.person[enrolment], layout.capability_of_row[row])
    held = cell >= 0
    enrolment = enrolment[held]
    return Training(
        cell=cell[held],
        month=calendar.month_of(taken.completed[enrolment]),
        effect=effects[taken.item[enrolment]],
        fade=np.where(taken.applied[enrolment], np.inf, FADE_MONTHS),
    )


def _item_for(layout: Layout, person: Ints, chance: Floats, reserved: Ints) -> Ints:
    """An item that teaches one of the capabilities the person's role requires; -1 where it is reserved or none does."""
    cell = _random_cell(layout, person, chance[:, 0])
    row = _random_item_row(layout, layout.cell_capability[cell], chance[:, 1])
    if len(layout.item_of_row):
        row[np.isin(layout.item_of_row[row], reserved)] = -1
    return np.where(row >= 0, layout.item_of_row[row], -1) if len(layout.item_of_row) else row


def _seen_before(person: Ints, item: Ints, items: int) -> Flags:
    """Rows whose person and item stand in an earlier row; -1 counts as no item."""
    key = np.where(item >= 0, person * (items + 1) + item, -1 - np.arange(len(item)))
    first = np.zeros(len(key), dtype=np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    return ~first


def _random_cell(layout: Layout, person: Ints, chance: Floats) -> Ints:
    held = np.bincount(layout.cell_person, minlength=layout.size)
    first = np.concatenate([[0], np.cumsum(held)[:-1]])
    return np.asarray(first[person] + (chance * held[person]).astype(np.int64))


def _random_item_row(layout: Layout, capability: Ints, chance: Floats) -> Ints:
    """A row of the item table that teaches the capability, -1 where none does."""
    order = np.argsort(layout.capability_of_row, kind="stable").astype(np.int64)
    if not len(order):
        return np.full(len(capability), -1, dtype=np.int64)
    count = np.bincount(layout.capability_of_row[order], minlength=len(layout.capabilities))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    at = first[capability] + (chance * count[capability]).astype(np.int64)
    return np.where(count[capability] > 0, order[np.minimum(at, len(order) - 1)], -1)
