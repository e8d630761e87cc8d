"""Drawing a reporting tree: departments of lognormal size, each with its own floors of leaders."""

from __future__ import annotations

import numpy as np

from upwell.engine.simulate.streams import Ints, Streams

DEPARTMENT_LOG_MEAN, DEPARTMENT_LOG_SD = 6.1, 2.05
FRONT_LINE = (8.0, 3.0)
LEADERS = (3.3, 1.31)
"""Mean and size of the negative binomial that is added to 1 for a span."""
FLOORS = 24


def departments(streams: Streams, people: int) -> Ints:
    """Sizes of departments that add up to `people`: exp(normal(6.1, 2.05)), rounded up; the last one is cut to fit."""
    rng = streams.generator("departments")
    sizes = np.empty(0, dtype=np.int64)
    while sizes.sum() < people:
        more = np.ceil(np.exp(rng.normal(DEPARTMENT_LOG_MEAN, DEPARTMENT_LOG_SD, 64)))
        sizes = np.concatenate([sizes, np.minimum(more, people).astype(np.int64)])
    used = int(np.searchsorted(np.cumsum(sizes), people)) + 1
    sizes = sizes[:used]
    sizes[-1] -= sizes.sum() - people
    return sizes


def reporting_tree(streams: Streams, n: int) -> tuple[Ints, Ints]:
    """Manager of each seat (-1 at the top) and the department it belongs to (-1 for the head of all).

    Seat 0 is the head, to whom the heads of departments report; managers come before the people they lead. Spans below
    a department's head: front line 1 + NB(mean 8, size 3), leaders 1 + NB(mean 3.3, size 1.31); the last leader of
    a floor takes what is left, and a handful of people who would need a team of their own join one at random.
    """
    manager = np.full(n, -1, dtype=np.int64)
    department = np.full(n, -1, dtype=np.int64)
    start = 1
    for number, size in enumerate(departments(streams, n - 1) if n > 1 else ()):
        inside = _department(streams.generator("people.tree", number), int(size))
        manager[start : start + size] = np.where(inside < 0, 0, inside + start)
        department[start : start + size] = number
        start += int(size)
    return manager, department


def _department(rng: np.random.Generator, n: int) -> Ints:
    ends = [np.cumsum(spans) for spans in _floors(rng, n)]
    low, high = 1, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(_widths(ends, middle)) <= n else (low, middle - 1)
    widths = _widths(ends, low)
    spare = n - sum(widths)
    if len(widths) == 1 and spare:
        widths, spare = [n - 1, 1], 0
    starts = n - np.cumsum([widths[0] + spare, *widths[1:]])
    manager = np.full(n, -1, dtype=np.int64)
    for floor, count in enumerate(widths[:-1]):
        leader = np.searchsorted(ends[floor], np.arange(count), side="right")
        leader = np.minimum(leader, widths[floor + 1] - 1)
        if floor == 0:
            leader = np.concatenate([leader, rng.integers(0, widths[1], spare)])
        manager[starts[floor] : starts[floor] + len(leader)] = starts[floor + 1] + leader
    return manager


def _floors(rng: np.random.Generator, n: int) -> list[Ints]:
    """Spans for every floor that might be needed, more than enough of them."""
    floors: list[Ints] = []
    count, (mean, size) = n, FRONT_LINE
    for _ in range(FLOORS):
        count = int(1.3 * count / (1 + mean)) + 16
        floors.append(1 + rng.negative_binomial(size, size / (size + mean), count).astype(np.int64))
        mean, size = LEADERS
    return floors


def _widths(ends: list[Ints], front: int) -> list[int]:
    """People on each floor from the front line up to one head."""
    widths = [front]
    for end in ends:
        if widths[-1] == 1:
            return widths
        needed = min(int(np.searchsorted(end, widths[-1])) + 1, len(end))
        widths.append(needed if needed < widths[-1] else 1)
    return widths
