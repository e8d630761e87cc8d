"""Drawing the structure itself: a reporting tree, units that move, roles, requirements and items."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from upwell.engine.errors import ParameterError
from upwell.engine.simulate.defects import Defects, spoil
from upwell.engine.simulate.designs import ProgrammeDesign, RatingDesign
from upwell.engine.simulate.months import Calendar, window
from upwell.engine.simulate.organisation import SimulatedOrganisation, day_column
from upwell.engine.simulate.overlay import on, three_programmes
from upwell.engine.simulate.streams import Ints, Streams
from upwell.engine.simulate.structure import Structure

EXITS_A_YEAR = 0.12
MOVES_A_HALF_YEAR = 0.16
SMALLEST_WITH_PROGRAMMES = 150
CAPABILITIES = 40
ROLES = 24
FAMILIES = 6
LAST_DAY = date(2026, 6, 30)


def organisation(
    n: int,
    *,
    seed: int,
    months: int = 24,
    as_of: date = LAST_DAY,
    framework: Any | None = None,
    defects: Defects = "none",
    tree: Structure | None = None,
    programmes: tuple[ProgrammeDesign, ...] | None = None,
    rating: RatingDesign | None = None,
) -> SimulatedOrganisation:
    """An organisation of `n` people over `months` full months up to `as_of`, with known truth.

    `framework` is a requirements frame (`role, capability, required, weight`) to use in place of a drawn one; `tree`
    a whole structure, in which case `n` must be its number of people. From 150 people on, three programmes are added
    unless others are given. About 12 % of people who lead nobody leave each year. `defects` spoils people and
    ratings the way exports are spoiled (`real`) or worse (`hostile`); truth tables are never spoiled.

    Raises:
        ParameterError: fewer than ten people, or a tree of another size.
    """
    if n < 10:
        raise ParameterError("A simulated organisation needs at least ten people.")
    structure = tree if tree is not None else draw(Streams(seed), n, window(as_of, months), framework)
    if tree is not None and pa.table(tree.people).num_rows != n:
        raise ParameterError(f"The tree has {pa.table(tree.people).num_rows} people, not {n}.")
    designs = programmes
    if designs is None:
        designs = three_programmes(structure, months=months) if n >= SMALLEST_WITH_PROGRAMMES else ()
    drawn = on(structure, seed=seed, as_of=as_of, months=months, programmes=designs, rating=rating)
    return spoil(drawn, defects, Streams(seed))


def draw(streams: Streams, n: int, calendar: Calendar, framework: Any | None = None) -> Structure:
    """A structure of `n` people."""
    manager = reporting_tree(streams, n)
    leads = np.bincount(manager[manager >= 0], minlength=n) > 0
    unit = np.where(leads, np.arange(n), np.maximum(manager, 0))
    persons = np.array([f"p{i + 1:07d}" for i in range(n)], dtype=object)
    names = np.array([f"u{i + 1:07d}" for i in range(n)], dtype=object)
    requirements, capabilities = _framework(streams) if framework is None else (pa.table(framework), None)
    roles = np.array(list(dict.fromkeys(requirements["role"].to_pylist())), dtype=object)
    chance = streams.uniform("people.role", n)
    share = np.arange(1, len(roles) + 1, dtype=float) ** -1.1
    role = np.minimum(np.searchsorted(np.cumsum(share / share.sum()), chance), len(roles) - 1)
    hired, left, gone = _employment(streams, n, calendar, leads)
    people = pa.table(
        {
            "person": pa.array(persons, pa.string()),
            "name": pa.array(_names(streams, n), pa.string()),
            "unit": pa.array(names[unit], pa.string()),
            "manager": pa.array(persons[manager], pa.string(), mask=manager < 0),
            "role": pa.array(roles[role], pa.string()),
            "hired_on": day_column(hired),
            "left_on": day_column(left, blank=~gone),
        }
    )
    return Structure(
        people,
        requirements,
        _items(streams, requirements),
        _units(streams, manager, leads, names, calendar),
        capabilities,
    )


def reporting_tree(streams: Streams, n: int) -> Ints:
    """Manager of each person, -1 at the top. Person 0 is the head; managers come before the people they lead.

    Spans: front line 1 + NB(mean 8, size 3), leaders 1 + NB(mean 3.3, size 1.31).
    """
    rng = streams.generator("people.tree")
    widths = [max(1, round(n * 0.86))]
    spans: list[Ints] = []
    mean, size = 8.0, 3.0
    while widths[-1] > 1:
        drawn = 1 + rng.negative_binomial(size, size / (size + mean), widths[-1])
        needed = int(np.searchsorted(np.cumsum(drawn), widths[-1])) + 1
        if needed >= widths[-1]:
            needed, drawn = 1, np.array([widths[-1]])
        spans.append(drawn[:needed].astype(np.int64))
        widths.append(needed)
        mean, size = 3.3, 1.31
    widths[0] = n - sum(widths[1:])
    if widths[0] < 1:
        raise ParameterError("The drawn tree has no room for front-line people; use more people.")
    starts = np.cumsum([0, *widths[::-1]])[:-1][::-1]
    manager = np.full(n, -1, dtype=np.int64)
    for floor in range(len(spans)):
        count = widths[floor]
        lead = np.repeat(np.arange(widths[floor + 1]), spans[floor])[:count]
        extra = rng.integers(0, widths[floor + 1], max(0, count - len(lead)))
        lead = np.concatenate([lead, extra])
        if floor == 0:
            lead[: widths[1]] = np.arange(widths[1])[: len(lead)]
        manager[starts[floor] : starts[floor] + count] = starts[floor + 1] + lead
    return manager


def _employment(streams: Streams, n: int, calendar: Calendar, leads: Any) -> tuple[Ints, Ints, Any]:
    tenure = streams.gamma("people.tenure", n, None, 1.89) * 6.79 * 365.25
    end = int(calendar.last[-1])
    hired = end - np.minimum(tenure, 45 * 365.25).astype(np.int64) - 1
    chance = streams.uniform("people.exit", n, 2)
    years = calendar.months / 12
    gone = (chance[:, 0] < 1 - np.exp(-EXITS_A_YEAR * years)) & ~leads
    left = calendar.first[0] + 1 + (chance[:, 1] * (end - calendar.first[0] - 1)).astype(np.int64)
    gone &= left > hired + 30
    return hired, left, gone


def _framework(streams: Streams) -> tuple[pa.Table, pa.Table]:
    """24 roles, each requiring six to ten of 40 capabilities in six families."""
    rng = streams.generator("roles")
    capabilities = [f"capability {c + 1:02d}" for c in range(CAPABILITIES)]
    rows: list[tuple[str, str, float, float]] = []
    for role in range(ROLES):
        family = role % FAMILIES
        near = np.array([3.0 if c % FAMILIES == family else 1.0 for c in range(CAPABILITIES)])
        held = rng.choice(CAPABILITIES, int(rng.integers(6, 11)), replace=False, p=near / near.sum())
        grade = 3 + role % 2
        for c in np.sort(held):
            level = float(np.clip(grade + rng.integers(-1, 2), 2, 5))
            rows.append((f"role {role + 1:02d}", capabilities[int(c)], level, float(rng.integers(1, 4))))
    names = ("role", "capability", "required", "weight")
    requirements = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    families = [f"family {c % FAMILIES + 1}" for c in range(CAPABILITIES)]
    return requirements, pa.table({"capability": capabilities, "family": families})


def _items(streams: Streams, requirements: pa.Table) -> pa.Table:
    """Three items per capability, the cheapest first."""
    capabilities = list(dict.fromkeys(requirements["capability"].to_pylist()))
    rng = streams.generator("items")
    kinds = (("module", 60.0, 3.0), ("workshop", 420.0, 12.0), ("coaching", 900.0, 10.0))
    rows = [
        (f"{kind} on {capability}", capability, f"{kind.title()}: {capability}", hours, cost)
        for capability in capabilities
        for kind, cost, hours in kinds
    ]
    noise = np.exp(0.25 * rng.standard_normal(len(rows)))
    return pa.table(
        {
            "item": [row[0] for row in rows],
            "capability": [row[1] for row in rows],
            "title": [row[2] for row in rows],
            "hours": [row[3] for row in rows],
            "cost": np.round(np.array([row[4] for row in rows]) * noise, -1),
        }
    )


def _units(streams: Streams, manager: Ints, leads: Any, names: Any, calendar: Calendar) -> pa.Table:
    """One unit per manager; 16 % get another parent at the same depth every half-year, walked backwards."""
    unit = np.flatnonzero(leads)
    parent = manager.copy()
    depth = np.zeros(len(manager), dtype=np.int64)
    for i in unit[1:]:
        depth[i] = depth[manager[i]] + 1
    ends = {int(i): -1 for i in unit}
    rows: list[tuple[int, int, int, int]] = []
    edges = [int(calendar.first[m]) for m in range(calendar.months - 6, 0, -6)]
    for edge in edges:
        chance = streams.uniform(f"units.move.{edge}", len(unit), 2)
        for i, (move, pick) in zip(unit, chance, strict=True):
            if move >= MOVES_A_HALF_YEAR or depth[i] < 2:
                continue
            others = unit[(depth[unit] == depth[i] - 1) & (unit != parent[i])]
            if len(others):
                rows.append((int(i), int(parent[i]), edge, ends[int(i)]))
                ends[int(i)] = edge
                parent[i] = others[int(pick * len(others))]
    rows.extend((int(i), int(parent[i]), int(calendar.first[0]), ends[int(i)]) for i in unit)
    rows.sort(key=lambda row: (row[0], row[2]))
    of, above, start, stop = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return pa.table(
        {
            "unit": pa.array(names[of], pa.string()),
            "parent": pa.array(names[above], pa.string(), mask=above < 0),
            "name": pa.array([f"Team {i + 1}" for i in of], pa.string()),
            "valid_from": day_column(start),
            "valid_to": day_column(stop, blank=stop < 0),
        }
    )


FIRST = (
    "Ada",
    "Bo",
    "Chen",
    "Dara",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jun",
    "Kofi",
    "Lea",
    "Mia",
    "Noor",
    "Ola",
    "Pia",
)
LAST = (
    "Abel",
    "Berg",
    "Costa",
    "Diaz",
    "Endo",
    "Fox",
    "Gray",
    "Hoang",
    "Ito",
    "Jensen",
    "Kaya",
    "Lund",
    "Mori",
    "Novak",
)


def _names(streams: Streams, n: int) -> list[str]:
    chance = streams.uniform("people.name", n, 2)
    first = (chance[:, 0] * len(FIRST)).astype(np.int64)
    last = (chance[:, 1] * len(LAST)).astype(np.int64)
    return [f"{FIRST[a]} {LAST[b]}" for a, b in zip(first, last, strict=True)]
