"""The skeleton on which an organisation is simulated: people, units, roles, requirements and learning items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from upwell.engine.errors import FrameError
from upwell.engine.simulate.streams import Flags, Floats, Ints

Texts = np.ndarray[Any, np.dtype[np.object_]]


@dataclass(frozen=True, slots=True)
class Structure:
    """Frames that describe an organisation, real or drawn. Anything offering the Arrow stream protocol is accepted.

    people: `person, unit, manager, role [, hired_on, left_on]` (manager blank at the top);
    requirements: `role, capability, required, weight` (rows without a required level are left out);
    items: `item, capability [, title, hours, cost]`, one row per capability an item teaches;
    units: `unit, parent [, name]`; capabilities: `capability [, family]`.
    """

    people: Any
    requirements: Any
    items: Any
    units: Any | None = None
    capabilities: Any | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A structure as arrays. A cell is one capability one person's role requires; cells are sorted by person."""

    persons: Texts
    units: Texts
    roles: Texts
    capabilities: Texts
    families: int
    unit_of: Ints
    manager_of: Ints
    role_of: Ints
    hired: Ints
    left: Ints
    cell_person: Ints
    cell_capability: Ints
    cell_slot: Ints
    cell_required: Floats
    cell_weight: Floats
    family_of: Ints
    items: Texts
    item_of_row: Ints
    capability_of_row: Ints

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.persons)

    @property
    def widest(self) -> int:
        """The largest number of capabilities any role requires."""
        return int(self.cell_slot.max()) + 1 if len(self.cell_slot) else 1

    def cell(self, person: Ints, capability: Ints) -> Ints:
        """Index of the cell of each person and capability, -1 where the role does not require it."""
        keys = self.cell_person * len(self.capabilities) + self.cell_capability
        order = np.argsort(keys, kind="stable")
        wanted = person * len(self.capabilities) + capability
        if not len(keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        return np.where(keys[order][at] == wanted, order[at], -1)

    def active(self, month_start: int, month_end: int) -> Flags:
        """Who was employed during the whole of a span of days since 1970-01-01."""
        return (self.hired <= month_start) & (self.left > month_end)


def table_of(frame: Any) -> pa.Table:
    """An Arrow table from anything that offers the Arrow stream protocol."""
    return frame if isinstance(frame, pa.Table) else pa.table(frame)


def columns_of(frame: Any, what: str, needed: tuple[str, ...]) -> pa.Table:
    """The table, checked for its columns."""
    table = table_of(frame)
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise FrameError(f"The {what} frame lacks the column {', '.join(missing)}.")
    return table


def texts(table: pa.Table, name: str) -> Texts:
    """A column as Python strings, None where blank."""
    values = table.column(name).to_pylist()
    return np.array([None if v is None or v == "" else str(v) for v in values], dtype=object)


def days(table: pa.Table, name: str, otherwise: int) -> Ints:
    """A date column as days since 1970-01-01; `otherwise` where blank or absent."""
    if name not in table.column_names:
        return np.full(table.num_rows, otherwise, dtype=np.int64)
    epoch = date(1970, 1, 1)
    values = table.column(name).to_pylist()
    return np.array(
        [otherwise if not v else (_date(v) - epoch).days for v in values],
        dtype=np.int64,
    )


def _date(value: Any) -> date:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    return date.fromisoformat(str(value)[:10])


def _codes(values: Texts, of: Texts) -> Ints:
    position = {value: index for index, value in enumerate(of)}
    return np.array([position.get(value, -1) for value in values], dtype=np.int64)


def _ordered(values: Texts) -> Texts:
    return np.array(list(dict.fromkeys(v for v in values if v is not None)), dtype=object)


def _families(capabilities: Texts, given: Any | None) -> tuple[Ints, int]:
    """Family code per capability; without families, neighbours in the list share one of six."""
    if given is not None and "family" in table_of(given).column_names:
        table = columns_of(given, "capabilities", ("capability",))
        named = dict(zip(texts(table, "capability"), texts(table, "family"), strict=True))
        labels = np.array([named.get(c) or "" for c in capabilities], dtype=object)
        kinds = _ordered(labels)
        return _codes(labels, kinds), max(1, len(kinds))
    count = min(6, max(1, len(capabilities)))
    return np.arange(len(capabilities), dtype=np.int64) * count // max(1, len(capabilities)), count


def layout(structure: Structure) -> Layout:
    """Turn the frames of a structure into arrays, checking that they fit together."""
    people = columns_of(structure.people, "people", ("person", "unit", "manager", "role"))
    required = columns_of(structure.requirements, "requirements", ("role", "capability", "required"))
    items = columns_of(structure.items, "items", ("item", "capability"))
    persons = texts(people, "person")
    if not len(persons):
        raise FrameError("The people frame is empty.")
    if len(set(persons)) != len(persons) or None in set(persons):
        raise FrameError("The people frame needs one row per person, each with an id.")
    person_roles = texts(people, "role")
    unit_names = texts(people, "unit")
    roles = _ordered(np.concatenate([texts(required, "role"), person_roles]))
    capabilities = _ordered(texts(required, "capability"))
    units = _ordered(unit_names)
    manager_of = _codes(texts(people, "manager"), persons)
    manager_of[manager_of == np.arange(len(persons))] = -1
    family_of, families = _families(capabilities, structure.capabilities)
    role_rows = _role_rows(required, roles, capabilities)
    role_of = _codes(person_roles, roles)
    cells = _cells(role_of, role_rows, len(roles))
    item_names = _ordered(texts(items, "item"))
    row_capability = _codes(texts(items, "capability"), capabilities)
    known = row_capability >= 0
    return Layout(
        persons=persons,
        units=units,
        roles=roles,
        capabilities=capabilities,
        families=families,
        unit_of=_codes(unit_names, units),
        manager_of=manager_of,
        role_of=role_of,
        hired=days(people, "hired_on", -(10**6)),
        left=days(people, "left_on", 10**6),
        cell_person=cells[0],
        cell_capability=role_rows.capability[cells[1]],
        cell_slot=cells[2],
        cell_required=role_rows.required[cells[1]],
        cell_weight=role_rows.weight[cells[1]],
        family_of=family_of,
        items=item_names,
        item_of_row=_codes(texts(items, "item"), item_names)[known],
        capability_of_row=row_capability[known],
    )


@dataclass(frozen=True, slots=True)
class _RoleRows:
    role: Ints
    capability: Ints
    required: Floats
    weight: Floats


def _role_rows(required: pa.Table, roles: Texts, capabilities: Texts) -> _RoleRows:
    level = np.array([np.nan if v is None else float(v) for v in required.column("required").to_pylist()])
    weight = np.ones(len(level))
    if "weight" in required.column_names:
        weight = np.array([1.0 if v is None else float(v) for v in required.column("weight").to_pylist()])
    role = _codes(texts(required, "role"), roles)
    capability = _codes(texts(required, "capability"), capabilities)
    keep = np.isfinite(level) & (role >= 0) & (capability >= 0)
    _, first = np.unique(np.stack([role[keep], capability[keep]]), axis=1, return_index=True)
    rows = np.flatnonzero(keep)[first]
    if not len(rows):
        raise FrameError("The requirements frame has no row with a role, a capability and a required level.")
    return _RoleRows(role[rows], capability[rows], level[rows], weight[rows])


def _cells(role_of: Ints, rows: _RoleRows, roles: int) -> tuple[Ints, Ints, Ints]:
    """Person, requirement row and slot within the person for every cell."""
    count = np.bincount(rows.role, minlength=roles)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    held = np.where(role_of >= 0, count[np.maximum(role_of, 0)], 0)
    person = np.repeat(np.arange(len(role_of)), held)
    first = np.concatenate([[0], np.cumsum(held)[:-1]])
    slot = np.arange(len(person)) - first[person]
    return person, start[role_of[person]] + slot, slot
