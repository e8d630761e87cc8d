"""Disclosure control: the one function through which every aggregate about people passes.

Small groups are withheld, and so is whatever else would give them away by subtraction from a total, or by
comparing two reports. See ``docs/methods/disclosure.md``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine import VERSION
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Result

SMALL: Final = "fewer people than may be shown"
SHIELD: Final = "withheld to protect a smaller group"
Family = tuple[NDArray[np.int64], int | None]


@dataclass(frozen=True, slots=True)
class DifferencingCheck:
    """Whether two groups may both be reported; true in a condition when they may."""

    safe: bool
    only_previous: int
    only_current: int
    reason: str

    def __bool__(self) -> bool:
        return self.safe


def protect(
    table: pa.Table,
    *,
    keys: Sequence[str],
    count: str,
    k: int = 5,
    within: Sequence[str] | None = None,
    parent: tuple[str, str] | None = None,
) -> Result:
    """Withhold cells with fewer than ``k`` people and the cells from which they could be worked out.

    Args:
        table: one row per cell; ``keys`` name it, ``count`` says how many people are behind it (null counts as 0),
            every other column is a measure.
        k: smallest group that may be shown, at least 2 (5 for gaps, 10 for ratings and protected groups).
        within: key columns whose cells add up to a total that is known elsewhere; ``()`` is one grand total.
        parent: ``(unit column, column naming the unit above)`` when totals are rows of the same table; cells of
            one parent add up to the parent's row with the same other keys.

    Returns:
        ``estimates``: the table in its order with count and measures null where withheld, plus ``withheld`` (bool)
        and ``why``. An empty cell (count 0) keeps its row. ``diagnostics`` counts both reasons.

    Raises:
        FrameError: a named column is missing, or two rows have the same keys.
        ParameterError: ``k`` below 2.
    """
    if k < 2:
        raise ParameterError(f"The smallest group that may be shown is at least 2, not {k}.")
    for name in (*keys, count, *(within or ()), *(parent or ())):
        if name not in table.column_names:
            raise FrameError(f"The table to protect has no column '{name}'.")
    people = pc.fill_null(table.column(count), 0).to_numpy().astype(np.int64)
    labels = list(zip(*(table.column(name).to_pylist() for name in keys), strict=True))
    if len(set(labels)) < len(labels):
        raise FrameError("The table to protect has two rows with the same keys.")
    small = (people > 0) & (people < k)
    families: list[Family] = []
    if within is not None:
        families += _with_outer_total(table, within)
    if parent is not None:
        families += _with_parent_row(table, keys, parent)
    hidden = _shielded(people, small, families, k)
    withheld = pa.array(hidden)
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        shown = name in keys or (parent is not None and name == parent[1])
        columns[name] = column if shown else pc.if_else(withheld, pa.scalar(None, column.type), column)
    why = np.where(small, SMALL, np.where(hidden, SHIELD, ""))
    columns["withheld"] = withheld
    columns["why"] = pa.array(why.tolist(), pa.string())
    diagnostics = {
        "small": int(small.sum()),
        "shielding": int((hidden & ~small).sum()),
        "k": k,
        "version": VERSION,
    }
    return Result(
        pa.table(columns),
        diagnostics,
        ("Readers know the totals, and nothing about single people beyond what is shown.",),
    )


def differencing_safe(previous: Iterable[object], current: Iterable[object], k: int = 5) -> DifferencingCheck:
    """May the aggregate over ``current`` be shown after the one over ``previous`` was?

    Both are the identifiers of the people behind one number. It is safe when the people in only one of the two
    are none or at least ``k``, on each side, since the difference of the two numbers speaks about them.

    Raises:
        ParameterError: ``k`` below 2.
    """
    if k < 2:
        raise ParameterError(f"The smallest group that may be shown is at least 2, not {k}.")
    before, now = set(previous), set(current)
    left, joined = len(before - now), len(now - before)
    safe = all(n == 0 or n >= k for n in (left, joined))
    if safe:
        reason = "The two groups are the same or differ by enough people."
    else:
        reason = f"Fewer than {k} people joined or left since the other report; they would stand out."
    return DifferencingCheck(safe, left, joined, reason)


def _with_outer_total(table: pa.Table, within: Sequence[str]) -> Iterator[Family]:
    groups: dict[tuple[object, ...], list[int]] = {}
    columns = [table.column(name).to_pylist() for name in within]
    for row in range(table.num_rows):
        groups.setdefault(tuple(column[row] for column in columns), []).append(row)
    for rows in groups.values():
        yield np.array(rows), None


def _with_parent_row(table: pa.Table, keys: Sequence[str], parent: tuple[str, str]) -> Iterator[Family]:
    unit, above = parent
    others = [table.column(name).to_pylist() for name in keys if name not in parent]
    units, aboves = table.column(unit).to_pylist(), table.column(above).to_pylist()
    rest = [tuple(column[row] for column in others) for row in range(table.num_rows)]
    place = {(units[row], rest[row]): row for row in range(table.num_rows)}
    groups: dict[tuple[object, tuple[object, ...]], list[int]] = {}
    for row in range(table.num_rows):
        if aboves[row] is not None:
            groups.setdefault((aboves[row], rest[row]), []).append(row)
    for key, rows in groups.items():
        yield np.array(rows), place.get(key)


def _shielded(
    people: NDArray[np.int64], small: NDArray[np.bool_], families: list[Family], k: int
) -> NDArray[np.bool_]:
    hidden = small.copy()
    changed = True
    while changed:
        changed = False
        for children, total in families:
            more = _next_to_hide(people, hidden, children, total, k)
            if more is not None:
                hidden[more] = changed = True
    return hidden


def _next_to_hide(
    people: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    children: NDArray[np.int64],
    total: int | None,
    k: int,
) -> int | None:
    out = children[hidden[children]]
    open_cells = children[~hidden[children] & (people[children] > 0)]
    if total is not None and hidden[total]:
        exposed = len(out) == 0 and len(open_cells) > 0
    else:
        exposed = len(out) == 1 or (len(out) > 1 and int(people[out].sum()) < k)
    if not exposed:
        return None
    if len(open_cells):
        return int(open_cells[np.argmin(people[open_cells])])
    return total if total is not None and not hidden[total] else None
