"""From a table and limits with names to arrays with codes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.assignment.contracts import ALL, Key, Limits
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.numerics.knapsack import ENDLESS, Floats, Ints, Problem, Shorts

ELSEWHERE = "elsewhere"
"""The pot of rows that no amount of the first layer holds."""


@dataclass(frozen=True)
class Layer:
    """One kind of budget: the pot of each row (-1: none), and what each pot is called and holds."""

    kind: str
    pot: Shorts
    names: list[tuple[Key, ...]]
    amounts: list[float]

    @property
    def can_bind(self) -> bool:
        """Whether any amount is a limit."""
        return any(math.isfinite(amount) for amount in self.amounts)


@dataclass(frozen=True)
class Laid:
    """The problem, the row of the table behind each of its candidates, and the names of its codes.

    pots: (kind, names) of each budget of the problem. `first`: how many of them are the first kind, whose amounts add
    """

    problem: Problem
    rows: Ints
    people: pa.Array
    items: pa.Array
    units: pa.Array
    pots: list[tuple[str, tuple[Key, ...]]]
    first: int
    sessions: list[Key]


def lay_out(table: pa.Table, limits: Limits) -> Laid:
    """The problem without duties, prerequisites and floors.

    Raises:
        FrameError: two rows for one person, intervention and period.
        ParameterError: three kinds of budget at once.
    """
    person, people = _column(table, "person", 0)
    item, items = _column(table, "intervention", 0)
    slot, periods = _column(table, "period", 0)
    unit, units = _column(table, "unit", 0)
    group, _ = _column(table, "overlap", -1)
    rows = table.num_rows
    total = len(people) if rows else 0
    key = (person.astype(np.int64) * len(items) + item) * len(periods) + slot
    order: Ints = np.argsort(key, kind="stable").astype(np.int64)
    _check_once(table, order, key)
    session, sessions = _sessions(table, limits.seats)
    first, second, pots = _two_layers(_layers(limits, unit, units.to_pylist(), slot, periods.to_pylist()), rows)
    start = np.searchsorted(person[order], np.arange(total + 1))
    problem = Problem(
        start=start.astype(np.int64),
        value=_numbers(table, "value")[order],
        cost=_numbers(table, "cost")[order],
        hours=_numbers(table, "hours")[order],
        pot=first.pot[order],
        second=np.where(second.pot >= 0, second.pot + len(first.amounts), -1).astype(np.int32)[order],
        session=session[order],
        item=item[order],
        slot=slot[order],
        group=group[order],
        forced=np.zeros(rows, dtype=np.bool_),
        need_start=np.zeros(rows + 1, dtype=np.int64),
        need=np.zeros(0, dtype=np.int32),
        unit=unit[order][start[:-1]],
        hours_limit=_hours(limits.hours, people, total),
        budgets=np.array(first.amounts + second.amounts, dtype=np.float64),
        seats=np.array([float(places) for places in limits.seats.values()]),
        floor=np.zeros(len(units)),
        discount=float(limits.discount),
    )
    return Laid(problem, order, people, items, units, pots, len(first.amounts), sessions)


def _coded(column: pa.ChunkedArray) -> tuple[Shorts, pa.Array]:
    """Codes in the order of the keys (-1 for none) and the keys, so that the order of rows changes nothing."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    rank[-1] = -1
    indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return rank[indices], encoded.dictionary.take(order)


def _column(table: pa.Table, name: str, otherwise: int) -> tuple[Shorts, pa.Array]:
    if name in table.column_names and table.num_rows:
        return _coded(table[name])
    return np.full(table.num_rows, otherwise, dtype=np.int32), pa.array([ALL])


def _numbers(table: pa.Table, name: str) -> Floats:
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def _check_once(table: pa.Table, order: Ints, key: Ints) -> None:
    twice = np.flatnonzero(np.diff(key[order]) == 0)
    if not len(twice):
        return
    row = table.slice(int(order[twice[0]]), 1).to_pylist()[0]
    period = f", period {row['period']}" if "period" in row else ""
    raise FrameError(
        f"The candidates frame has two rows for person {row['person']}, intervention {row['intervention']}{period}."
    )


def _sessions(table: pa.Table, seats: Mapping[Key, int]) -> tuple[Shorts, list[Key]]:
    """The place in `seats` of each row's session, -1 where it has no limit."""
    if not seats or "session" not in table.column_names or not table.num_rows:
        return np.full(table.num_rows, -1, dtype=np.int32), list(seats)
    codes, names = _coded(table["session"])
    known = {name: i for i, name in enumerate(seats)}
    return np.array([*(known.get(name, -1) for name in names.to_pylist()), -1], dtype=np.int32)[codes], list(seats)


def _hours(hours: float | Mapping[Key, float] | None, people: pa.Array, total: int) -> Floats:
    if isinstance(hours, Mapping):
        return np.array([min(float(hours[name]), ENDLESS) for name in people.to_pylist()[:total]], dtype=np.float64)
    return np.full(total, ENDLESS if hours is None else min(float(hours), ENDLESS))


def _layers(limits: Limits, unit: Shorts, units: list[Key], slot: Shorts, periods: list[Key]) -> list[Layer]:
    """Every kind of budget, the widest first."""
    out = []
    if not isinstance(limits.budget, Mapping):
        out.append(Layer("budget", np.zeros(len(unit), dtype=np.int32), [(ALL,)], [float(limits.budget)]))
    for kind, code, names, amounts in (
        ("unit", unit, units, limits.per_unit),
        ("period", slot, periods, limits.period_budget),
    ):
        if amounts:
            held = [name for name in names if name in amounts]
            place = np.array([held.index(name) if name in amounts else -1 for name in names], dtype=np.int32)
            out.append(Layer(kind, place[code], [(name,) for name in held], [float(amounts[name]) for name in held]))
    if limits.cell_budget:
        cells = sorted(limits.cell_budget, key=lambda cell: (str(cell[0]), str(cell[1])))
        grid = np.full((len(units), len(periods)), -1, dtype=np.int32)
        row, column = ({name: i for i, name in enumerate(names)} for names in (units, periods))
        for at, (one, when) in enumerate(cells):
            if one in row and when in column:
                grid[row[one], column[when]] = at
        amounts_of = [float(limits.cell_budget[cell]) for cell in cells]
        out.append(Layer("unit and period", grid[unit, slot], list(cells), amounts_of))
    return out


def _two_layers(layers: list[Layer], rows: int) -> tuple[Layer, Layer, list[tuple[str, tuple[Key, ...]]]]:
    """The two kinds of budget that can bind; every row of the first has a pot.

    A budget for all that the others together cannot exceed does not bind.
    """
    binding = [layer for layer in layers if layer.can_bind] or layers[:1]
    if len(binding) > 2 and binding[0].kind == "budget":
        most = binding[0].amounts[0]
        if any((layer.pot >= 0).all() and sum(layer.amounts) <= most for layer in binding[1:]):
            binding = binding[1:]
    if len(binding) > 2:
        kinds = " and ".join(f"per {layer.kind}" if layer.kind != "budget" else "for all" for layer in binding)
        raise ParameterError(f"Budgets of at most two kinds can be kept at once; these are {kinds}.")
    nothing = Layer("", np.full(rows, -1, dtype=np.int32), [], [])
    first, second = (*binding, nothing, nothing)[:2]
    if (first.pot < 0).any() and len(binding) == 2 and (second.pot >= 0).all():
        first, second = second, first
    if (first.pot < 0).any():
        loose = np.where(first.pot >= 0, first.pot, len(first.amounts)).astype(np.int32)
        first = Layer(first.kind, loose, [*first.names, (ELSEWHERE,)], [*first.amounts, math.inf])
    pots = [(layer.kind, names) for layer in (first, second) for names in layer.names]
    return first, second, pots
