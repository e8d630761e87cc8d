"""Which numbers of a table add up to which: what a reader can subtract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Family = tuple[Codes, int | None]
Groups = dict[tuple[object, ...], list[int]]


@dataclass
class Sums:
    """Cells, and families of cells that add up to another cell or to a total known elsewhere (None).

    The first ``rows`` cells are those of the table. Those after them are remainders: what a total has beyond its
    parts. Nobody publishes them, and everybody can subtract.
    """

    people: Codes
    rows: int
    families: list[Family] = field(default_factory=list)

    def add(self, children: Sequence[int], total: int | None) -> None:
        """A family; where its total is a cell that exceeds the children, the remainder becomes a cell too.

        Children that exceed their total overlap, and no subtraction leads from one to the other; the children are
        guarded as if their sum were known.
        """
        cells = np.asarray(children, dtype=np.int64)
        if total is not None:
            rest = int(self.people[total] - self.people[cells].sum())
            if rest < 0:
                total = None
            elif rest > 0:
                cells = np.append(cells, len(self.people))
                self.people = np.append(self.people, rest)
        self.families.append((cells, total))

    def of_cell(self) -> dict[int, list[int]]:
        """The families in which each cell stands."""
        found: dict[int, list[int]] = {}
        for name, family in enumerate(self.families):
            for cell in cells_of(family):
                found.setdefault(cell, []).append(name)
        return found


def cells_of(family: Family) -> list[int]:
    """All cells of a family, its total last."""
    children, total = family
    return [*children.tolist(), *(() if total is None else (total,))]


def outer_totals(table: pa.Table, within: Sequence[str]) -> Iterator[tuple[list[int], None]]:
    """Rows alike in ``within`` add up to a total known elsewhere."""
    for rows in _grouped(table, within).values():
        yield rows, None


def margin_rows(table: pa.Table, keys: Sequence[str], margins: Mapping[str, Any]) -> Iterator[tuple[list[int], int]]:
    """Rows that differ in one column alone add up to the row that has the margin's label there."""
    for name, label in margins.items():
        values = table.column(name).to_pylist()
        for rows in _grouped(table, [key for key in keys if key != name]).values():
            totals = [row for row in rows if values[row] == label]
            parts = [row for row in rows if values[row] != label]
            if totals and parts:
                yield parts, totals[0]


def parent_rows(
    table: pa.Table, keys: Sequence[str], parent: tuple[str, str]
) -> Iterator[tuple[list[int], int | None]]:
    """Rows of the units directly below one unit add up to its row, or to a total known elsewhere without one."""
    unit, above = parent
    others = [table.column(name).to_pylist() for name in keys if name not in parent]
    units, aboves = table.column(unit).to_pylist(), table.column(above).to_pylist()
    rest = [tuple(column[row] for column in others) for row in range(table.num_rows)]
    place = {(units[row], rest[row]): row for row in range(table.num_rows)}
    groups: Groups = {}
    for row in range(table.num_rows):
        if aboves[row] is not None:
            groups.setdefault((aboves[row], rest[row]), []).append(row)
    for (name, other), rows in groups.items():
        yield rows, place.get((name, other))  # type: ignore[arg-type]


def _grouped(table: pa.Table, names: Sequence[str]) -> Groups:
    groups: Groups = {}
    columns = [table.column(name).to_pylist() for name in names]
    for row in range(table.num_rows):
        groups.setdefault(tuple(column[row] for column in columns), []).append(row)
    return groups
