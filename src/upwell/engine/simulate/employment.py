"""Who sat where and when: leaving, replacement, units that move, and the reporting lines that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from upwell.engine.simulate.months import Calendar
from upwell.engine.simulate.organisation import day_column
from upwell.engine.simulate.streams import Floats, Ints, Streams

EXITS_A_YEAR = 0.12
MOVES_A_HALF_YEAR = 0.16
TENURE_SHAPE, TENURE_YEARS = 1.89, 6.79
LONGEST_YEARS = 45
LONGEST_VACANCY = 45
SHORTEST_STAY = 30
OPEN = 10**6
"""A day after every window: not over yet."""


@dataclass(frozen=True, slots=True)
class Spells:
    """One row per person: seat and days in it, [hired, left). The first `seats` people begin."""

    seat: Ints
    hired: Ints
    left: Ints
    seats: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Parent seat of a leader's seat over time, sorted by seat and day; `until` is OPEN for the present one."""

    seat: Ints
    parent: Ints
    since: Ints
    until: Ints


def seats_for(people: int, calendar: Calendar) -> int:
    """Seats so that their holders and the replacements of those who leave are `people` together."""
    return min(people, max(5, round(people / (1 + EXITS_A_YEAR * calendar.months / 12))))


def spells(streams: Streams, people: int, seats: int, calendar: Calendar) -> Spells:
    """Employment of `people` in `seats`: exits fall on seats and days at random, and everybody who leaves is replaced.

    Tenure at the start of the window is gamma(1.89) x 6.79 years. The head of all stays.
    """
    start, end = int(calendar.first[0]), int(calendar.last[-1])
    tenure = streams.gamma("people.tenure", seats, None, TENURE_SHAPE) * TENURE_YEARS
    exits = people - seats
    drawn = streams.uniform("people.exit", exits, 3)
    seat = 1 + (drawn[:, 0] * (seats - 1)).astype(np.int64)
    day = start + 1 + (drawn[:, 1] * (end - start - 1)).astype(np.int64)
    order = np.lexsort((day, seat))
    seat, day = seat[order], day[order]
    same = np.flatnonzero(seat[1:] == seat[:-1])
    following = np.full(exits, end + 1, dtype=np.int64)
    following[same] = day[same + 1]
    room = np.maximum(following - day - SHORTEST_STAY, 0)
    wait = np.minimum((drawn[order, 2] * LONGEST_VACANCY).astype(np.int64), np.minimum(room, end - day))
    left = np.full(people, OPEN, dtype=np.int64)
    holder = np.arange(seats, people) - 1
    first = np.ones(exits, dtype=np.bool_)
    first[same + 1] = False
    left[np.where(first, seat, holder)] = day
    return Spells(
        seat=np.concatenate([np.arange(seats), seat]),
        hired=np.concatenate([start - 1 - _days(tenure), day + wait]),
        left=left,
        seats=seats,
    )


def moves(streams: Streams, manager: Ints, leads: np.ndarray[tuple[int], np.dtype[np.bool_]], when: Calendar) -> Moves:
    """Each half-year 16 % of the units below a department's head get another parent of the same depth."""
    unit = np.flatnonzero(leads)
    depth = _depths(manager)[unit]
    parent, until = manager[unit], np.full(len(unit), OPEN, dtype=np.int64)
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for edge in (int(when.first[m]) for m in range(when.months - 6, 0, -6)):
        chance = streams.uniform(f"units.move.{edge}", len(unit), 2)
        going = (chance[:, 0] < MOVES_A_HALF_YEAR) & (depth >= 2)
        for level in np.unique(depth[going]):
            above = unit[depth == level - 1]
            here = np.flatnonzero(going & (depth == level))
            if len(above) < 2:
                continue
            other = (chance[here, 1] * (len(above) - 1)).astype(np.int64)
            other += other >= np.searchsorted(above, parent[here])
            parts.append((unit[here], parent[here], np.full(len(here), edge), until[here]))
            parent[here], until[here] = above[other], edge
    parts.append((unit, parent, np.full(len(unit), int(when.first[0])), until))
    rows = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((rows[2], rows[0]))
    return Moves(*(row[order] for row in rows))


def reporting(manager: Ints, held: Spells, moved: Moves, calendar: Calendar) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, manager (person), first and last-excluded day of every reporting line within the window.

    Days on which the seat above was empty have no line; the head of all has one line without a manager (-1).
    """
    start = int(calendar.first[0])
    person = np.arange(len(held.seat))
    line = _seats_above(manager, moved, held)
    row, at = _each(person, held.seat, line[0])
    begin = np.maximum(np.maximum(held.hired[row], line[2][at]), start)
    stop = np.minimum(held.left[row], line[3][at])
    keep = begin < stop
    row, above, begin, stop = row[keep], line[1][at[keep]], begin[keep], stop[keep]
    by_seat = np.argsort(held.seat, kind="stable")
    top = above < 0
    pair, place = _each(np.flatnonzero(~top), above[~top], held.seat[by_seat])
    boss = by_seat[place]
    since = np.maximum(begin[pair], held.hired[boss])
    until = np.minimum(stop[pair], held.left[boss])
    real = since < until
    who = np.concatenate([row[top], row[pair[real]]])
    order = np.lexsort((np.concatenate([begin[top], since[real]]), who))
    columns = (
        who,
        np.concatenate([np.full(int(top.sum()), -1), boss[real]]),
        np.concatenate([begin[top], since[real]]),
        np.concatenate([stop[top], until[real]]),
    )
    return columns[0][order], columns[1][order], columns[2][order], columns[3][order]


def units_table(moved: Moves, names: pa.Array) -> pa.Table:
    """The history of units; a unit is named after its leader's seat."""
    return pa.table(
        {
            "unit": names.take(pa.array(moved.seat)),
            "parent": names.take(pa.array(moved.parent, mask=moved.parent < 0)),
            "name": pa.array([f"Team {i + 1}" for i in moved.seat], pa.string()),
            "valid_from": day_column(moved.since),
            "valid_to": day_column(moved.until, blank=moved.until >= OPEN),
        }
    )


def _days(years: Floats) -> Ints:
    return (np.minimum(years, LONGEST_YEARS) * 365.25).astype(np.int64)


def _depths(manager: Ints) -> Ints:
    depth = np.zeros(len(manager), dtype=np.int64)
    above = manager.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, manager[above], -1)
    return depth


def _seats_above(manager: Ints, moved: Moves, held: Spells) -> tuple[Ints, Ints, Ints, Ints]:
    """Seat, seat above, since, until: the history of leaders' seats and one open row for every other seat."""
    still = np.ones(len(manager), dtype=np.bool_)
    still[moved.seat] = False
    rest = np.flatnonzero(still)
    seat = np.concatenate([moved.seat, rest])
    order = np.argsort(seat, kind="stable")
    parent = np.concatenate([moved.parent, manager[rest]])[order]
    since = np.concatenate([moved.since, np.zeros(len(rest), dtype=np.int64)])[order]
    until = np.concatenate([moved.until, np.full(len(rest), OPEN)])[order]
    return seat[order], parent, since, until


def _each(rows: Ints, key: Ints, among: Ints) -> tuple[Ints, Ints]:
    """Every pair of a row and a place in the sorted `among` with the row's key; `key` is per entry of `rows`."""
    low = np.searchsorted(among, key, side="left")
    count = np.searchsorted(among, key, side="right") - low
    inner = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(rows, count), np.repeat(low, count) + inner
