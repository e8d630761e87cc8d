"""The skeleton on which an organisation is simulated: people, units, roles, requirements and learning items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.errors import FrameError
from upwell.engine.simulate.streams import BLOCK, Flags, Floats, Ints

Texts = np.ndarray[Any, np.dtype[np.object_]]


@dataclass(frozen=True, slots=True)
class Structure:
    """Frames that describe an organisation, real or drawn. Anything offering the Arrow stream protocol is accepted.

    people: `person, unit, manager, role [, hired_on, left_on]` (manager blank at the top);
    requirements: `role, capability, required, weight` (rows without a required level are left out);
    items: `item, capability [, title, hours, cost]`, one row per capability an item teaches;
    units: `unit, parent [, name]`; capabilities: `capability [, family]`;
    reporting: `person, manager, valid_from, valid_to`, by default the present manager since the start or the hire.
    """

    people: Any
    requirements: Any
    items: Any
    units: Any | None = None
    capabilities: Any | None = None
    reporting: Any | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A structure as arrays. A cell is one capability one person's role requires; cells are sorted by person and
    capability. `widest` is the largest number of capabilities any role requires. Managers are numbered within the
    whole even in the layout of one block, whose first person is number `first` of the whole."""

    persons: pa.Array
    units: Texts
    roles: Texts
    capabilities: Texts
    families: int
    widest: int
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
    first: int = 0

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.persons)

    @property
    def blocks(self) -> int:
        """Number of blocks of people."""
        return -(-self.size // BLOCK)

    def block(self, number: int) -> Layout:
        """The layout of one block of people."""
        low, high = number * BLOCK, min((number + 1) * BLOCK, self.size)
        start, stop = (int(at) for at in np.searchsorted(self.cell_person, (low, high)))
        return replace(
            self,
            persons=self.persons.slice(low, high - low),
            unit_of=self.unit_of[low:high],
            manager_of=self.manager_of[low:high],
            role_of=self.role_of[low:high],
            hired=self.hired[low:high],
            left=self.left[low:high],
            cell_person=self.cell_person[start:stop] - low,
            cell_capability=self.cell_capability[start:stop],
            cell_slot=self.cell_slot[start:stop],
            cell_required=self.cell_required[start:stop],
            cell_weight=self.cell_weight[start:stop],
            first=low,
        )

    def cell(self, person: Ints, capability: Ints) -> Ints:
        """Index of the cell of each person and capability, -1 where the role does not require it."""
        keys = self.cell_person * len(self.capabilities) + self.cell_capability
        wanted = person * len(self.capabilities) + capability
        if not len(keys):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[at] == wanted, at, -1)

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


def words(table: pa.Table, name: str) -> pa.Array:
    """A column as text, null where blank."""
    column = table.column(name).cast(pa.string()).combine_chunks()
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def texts(table: pa.Table, name: str) -> Texts:
    """A column as Python strings, None where blank."""
    return _objects(words(table, name))


def days(table: pa.Table, name: str, otherwise: int) -> Ints:
    """A column of dates, or text that begins with one, as days since 1970-01-01; `otherwise` where blank or absent."""
    if name not in table.column_names:
        return np.full(table.num_rows, otherwise, dtype=np.int64)
    column = table.column(name)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_slice_codeunits(words(table, name), 0, 10)
    try:
        found = column.cast(pa.date32()).cast(pa.int32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as reason:
        raise FrameError(f"The column '{name}' cannot be read as dates: {reason}.") from reason
    return np.asarray(pc.fill_null(found, otherwise).to_numpy(), dtype=np.int64)


def _objects(column: pa.Array) -> Texts:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def _codes(values: pa.Array | Texts, of: pa.Array | Texts) -> Ints:
    found = pc.index_in(_array(values), value_set=_array(of))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _array(values: pa.Array | Texts) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, pa.string())


def _ordered(*values: pa.Array) -> Texts:
    """Different values in the order in which they first occur."""
    return _objects(pc.drop_null(pc.unique(pa.concat_arrays(values))))


def _families(capabilities: Texts, given: Any | None) -> tuple[Ints, int]:
    """Family code per capability; without families, neighbours in the list share one of six."""
    if given is not None and "family" in table_of(given).column_names:
        table = columns_of(given, "capabilities", ("capability",))
        named = dict(zip(texts(table, "capability"), texts(table, "family"), strict=True))
        labels = pa.array([named.get(c) or "" for c in capabilities], pa.string())
        kinds = _ordered(labels)
        return _codes(labels, kinds), max(1, len(kinds))
    count = min(6, max(1, len(capabilities)))
    return np.arange(len(capabilities), dtype=np.int64) * count // max(1, len(capabilities)), count


def layout(structure: Structure) -> Layout:
    """Turn the frames of a structure into arrays, checking that they fit together."""
    people = columns_of(structure.people, "people", ("person", "unit", "manager", "role"))
    required = columns_of(structure.requirements, "requirements", ("role", "capability", "required"))
    items = columns_of(structure.items, "items", ("item", "capability"))
    persons = words(people, "person")
    if not len(persons):
        raise FrameError("The people frame is empty.")
    if persons.null_count or pc.count_distinct(persons).as_py() != len(persons):
        raise FrameError("The people frame needs one row per person, each with an id.")
    person_roles, unit_names = words(people, "role"), words(people, "unit")
    roles = _ordered(words(required, "role"), person_roles)
    capabilities = _ordered(words(required, "capability"))
    units = _ordered(unit_names)
    manager_of = _codes(words(people, "manager"), persons)
    manager_of[manager_of == np.arange(len(persons))] = -1
    family_of, families = _families(capabilities, structure.capabilities)
    role_rows = _role_rows(required, roles, capabilities)
    role_of = _codes(person_roles, roles)
    cells = _cells(role_of, role_rows, len(roles))
    item_names = _ordered(words(items, "item"))
    row_capability = _codes(words(items, "capability"), capabilities)
    known = row_capability >= 0
    return Layout(
        persons=persons,
        units=units,
        roles=roles,
        capabilities=capabilities,
        families=families,
        widest=int(cells[2].max(initial=0)) + 1,
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
        item_of_row=_codes(words(items, "item"), item_names)[known],
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
    role = _codes(words(required, "role"), roles)
    capability = _codes(words(required, "capability"), capabilities)
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
