"""Drawing a whole organisation: a tree with history, roles from a real framework, and items that teach them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from upwell.engine.errors import ParameterError
from upwell.engine.simulate import employment, framework
from upwell.engine.simulate.defects import Defects, spoil
from upwell.engine.simulate.designs import ProgrammeDesign, RatingDesign
from upwell.engine.simulate.months import Calendar, window
from upwell.engine.simulate.organisation import SimulatedOrganisation, day_column
from upwell.engine.simulate.overlay import on, parts, three_programmes
from upwell.engine.simulate.streams import Ints, Streams
from upwell.engine.simulate.structure import Structure
from upwell.engine.simulate.tree import reporting_tree

SMALLEST_WITH_PROGRAMMES = 150
ZIPF = -1.1
PUBLIC = RatingDesign(cuts=None)
MONTHS = 36
LAST_DAY = date(2026, 6, 30)
KINDS = (("Module", 60.0, 3.0), ("Workshop", 420.0, 12.0), ("Coaching", 900.0, 10.0))
"""Kind of item with its typical cost and hours."""


def organisation(
    n: int,
    *,
    seed: int,
    months: int = MONTHS,
    as_of: date = LAST_DAY,
    framework: Any | None = None,
    defects: Defects = "none",
    tree: Structure | None = None,
    programmes: tuple[ProgrammeDesign, ...] | None = None,
    rating: RatingDesign | None = None,
    only: Collection[str] | None = None,
) -> SimulatedOrganisation:
    """An organisation of `n` people over `months` full months up to `as_of`, with known truth.

    `n` counts everybody who was there at any time: 12 % a year leave, each is replaced. `framework` is a requirements
    frame (`role, capability, required, weight`), most frequent role first, to use in place of the built-in real one;
    `tree` a whole structure, in which case `n` must be its number of people. From 150 people on, three programmes
    are added unless others are given. `defects` spoils people and ratings the way exports are spoiled (`real`) or
    worse (`hostile`); truth tables are never spoiled. Without `rating` the thresholds give the shares 12/8/37/20/23 %
    (`truth_cuts`; pass them to `levels.estimate` as its scale). `only` names the tables that are wanted; the others
    are left empty and cost nothing, and those that are made stay the same.

    Raises:
        ParameterError: fewer than ten people, a tree of another size, or a table that does not exist.
    """
    structure, designs = _planned(n, seed, months, as_of, framework, tree, programmes)
    made = on(structure, seed=seed, as_of=as_of, months=months, programmes=designs, rating=rating or PUBLIC, only=only)
    return spoil(made, defects, Streams(seed))


def blocks(
    n: int,
    *,
    seed: int,
    months: int = MONTHS,
    as_of: date = LAST_DAY,
    framework: Any | None = None,
    programmes: tuple[ProgrammeDesign, ...] | None = None,
    rating: RatingDesign | None = None,
    only: Collection[str] | None = None,
    numbers: Collection[int] | None = None,
) -> Iterator[SimulatedOrganisation]:
    """The same organisation in parts of 10,000 people, so that no more than one part is held in memory.

    The first part carries the tables that are not about single people's months (people, units, requirements, programmes
    and so on); ratings, results, learning and the truth of levels come in the part of the person they are about.
    `numbers` picks parts by number from 0; each is drawn without drawing the others. Put together, the parts are
    the tables of `organisation` with the same arguments.

    Raises:
        ParameterError: as `organisation`.
    """
    structure, designs = _planned(n, seed, months, as_of, framework, None, programmes)
    yield from parts(
        structure,
        seed=seed,
        as_of=as_of,
        months=months,
        programmes=designs,
        rating=rating or PUBLIC,
        only=only,
        numbers=numbers,
    )


def draw(streams: Streams, n: int, calendar: Calendar, requirements: Any | None = None) -> Structure:
    """A structure of `n` people with its history of reporting lines."""
    seats = employment.seats_for(n, calendar)
    manager, department = reporting_tree(streams, seats)
    leads = np.bincount(manager[manager >= 0], minlength=seats) > 0
    held = employment.spells(streams, n, seats, calendar)
    moved = employment.moves(streams, manager, leads, calendar)
    who, boss, since, until = employment.reporting(manager, held, moved, calendar)
    last = np.full(n, -1, dtype=np.int64)
    last[who] = boss
    required, capabilities = _framework(streams) if requirements is None else (pa.table(requirements), None)
    roles = pa.array(dict.fromkeys(required["role"].to_pylist()), pa.string())
    persons, units = _numbered("p", n), _numbered("u", seats)
    unit = np.where(leads, np.arange(seats), np.maximum(manager, 0))
    of_department = department[held.seat]
    people = pa.table(
        {
            "person": persons,
            "name": _names(streams, n),
            "unit": units.take(pa.array(unit[held.seat])),
            "manager": persons.take(pa.array(last, mask=last < 0)),
            "role": roles.take(pa.array(_roles(streams, seats, len(roles))[held.seat])),
            "hired_on": day_column(held.hired),
            "left_on": day_column(held.left, blank=held.left >= employment.OPEN),
            "department": _numbered("d", int(department.max(initial=0)) + 1).take(
                pa.array(of_department, mask=of_department < 0)
            ),
        }
    )
    lines = pa.table(
        {
            "person": persons.take(pa.array(who)),
            "manager": persons.take(pa.array(boss, mask=boss < 0)),
            "valid_from": day_column(since),
            "valid_to": day_column(until, blank=until >= employment.OPEN),
        }
    )
    return Structure(
        people, required, _items(streams, required), employment.units_table(moved, units), capabilities, lines
    )


def _planned(
    n: int,
    seed: int,
    months: int,
    as_of: date,
    requirements: Any | None,
    tree: Structure | None,
    programmes: tuple[ProgrammeDesign, ...] | None,
) -> tuple[Structure, tuple[ProgrammeDesign, ...]]:
    if n < 10:
        raise ParameterError("A simulated organisation needs at least ten people.")
    structure = tree if tree is not None else draw(Streams(seed), n, window(as_of, months), requirements)
    if tree is not None and pa.table(tree.people).num_rows != n:
        raise ParameterError(f"The tree has {pa.table(tree.people).num_rows} people, not {n}.")
    if programmes is not None:
        return structure, programmes
    return structure, three_programmes(structure, months=months) if n >= SMALLEST_WITH_PROGRAMMES else ()


def _roles(streams: Streams, seats: int, kinds: int) -> Ints:
    """A role per seat; the k-th role of the framework has a share proportional to k^-1.1."""
    share = np.arange(1, kinds + 1, dtype=float) ** ZIPF
    chance = streams.uniform("people.role", seats)
    return np.minimum(np.searchsorted(np.cumsum(share / share.sum()), chance), kinds - 1)


def _framework(streams: Streams) -> tuple[pa.Table, pa.Table]:
    """The built-in framework with weights 1 to 3, which it does not state, drawn."""
    rng = streams.generator("roles")
    rows = [
        (role, capability, float(level), float(rng.integers(1, 4)))
        for role, levels in framework.REQUIRED.items()
        for level, skills in levels.items()
        for capability in skills
    ]
    names = ("role", "capability", "required", "weight")
    requirements = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    families = [(skill, family) for family, skills in framework.FAMILIES.items() for skill in skills]
    columns = {"capability": [skill for skill, _ in families], "family": [family for _, family in families]}
    return requirements, pa.table(columns)


def _items(streams: Streams, requirements: pa.Table) -> pa.Table:
    """Three items per capability, the cheapest first."""
    capabilities = list(dict.fromkeys(requirements["capability"].to_pylist()))
    rng = streams.generator("items")
    rows = [
        (f"{kind} on {capability}", capability, f"{kind}: {capability}", hours, cost)
        for capability in capabilities
        for kind, cost, hours in KINDS
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


FIRST = ("Ada", "Bo", "Chen", "Dara", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kofi", "Lea", "Mia", "Noor", "Ola")
LAST = ("Abel", "Berg", "Costa", "Diaz", "Endo", "Fox", "Gray", "Hoang", "Ito", "Jensen", "Kaya", "Lund", "Mori")


def _names(streams: Streams, n: int) -> pa.Array:
    chance = streams.uniform("people.name", n, 2)
    every = pa.array([f"{first} {last}" for first in FIRST for last in LAST])
    first, last = (chance * (len(FIRST), len(LAST))).astype(np.int64).T
    return every.take(pa.array(first * len(LAST) + last))


def _numbered(letter: str, count: int) -> pa.Array:
    """letter0000001, letter0000002, ..."""
    spelled = np.full((count, 8), ord(letter), dtype=np.uint8)
    rest = np.arange(1, count + 1)
    for place in range(7, 0, -1):
        spelled[:, place] = ord("0") + rest % 10
        rest //= 10
    offsets = np.arange(0, 8 * count + 1, 8, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(spelled))
