"""Disclosure control: the one function through which every aggregate about people passes.

Small groups are withheld, and so is whatever else would give them away by subtraction from a total, or by
comparing two reports. See ``docs/methods/disclosure.md``.
"""

from collections import deque
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
    hidden = _beyond_bounds(people, _shielded(people, small, families, k), families, k)
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
    """Hide more until no family exposes a hidden cell; only families of a cell that changed are looked at again."""
    hidden = small.copy()
    of_cell: dict[int, list[int]] = {}
    for name, (children, total) in enumerate(families):
        for cell in (*children.tolist(), *(() if total is None else (total,))):
            of_cell.setdefault(cell, []).append(name)
    waiting = deque(range(len(families)))
    queued = set(waiting)
    while waiting:
        name = waiting.popleft()
        queued.discard(name)
        children, total = families[name]
        while (more := _next_to_hide(people, hidden, children, total, k)) is not None:
            hidden[more] = True
            for other in of_cell[more]:
                if other != name and other not in queued:
                    waiting.append(other)
                    queued.add(other)
    return hidden


def _beyond_bounds(
    people: NDArray[np.int64], hidden: NDArray[np.bool_], families: list[Family], k: int
) -> NDArray[np.bool_]:
    """Hide more until nobody who knows the totals can bound a withheld number in an interval narrower than k."""
    of_cell: dict[int, list[int]] = {}
    for name, (children, total) in enumerate(families):
        for cell in (*children.tolist(), *(() if total is None else (total,))):
            of_cell.setdefault(cell, []).append(name)
    while True:
        low, high = _intervals(people, hidden, families)
        narrow = [cell for cell in np.flatnonzero(hidden & (high - low < k)).tolist() if cell in of_cell]
        more = {found for cell in narrow if (found := _near(cell, people, hidden, families, of_cell)) is not None}
        if not more:
            return hidden
        hidden = hidden.copy()
        hidden[list(more)] = True
        hidden = _shielded(people, hidden, families, k)


def _near(
    cell: int,
    people: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    families: list[Family],
    of_cell: dict[int, list[int]],
) -> int | None:
    """The smallest open cell in the nearest family that shares withheld cells with this one."""
    seen, ring = {cell}, [cell]
    while ring:
        around: set[int] = set()
        for one in ring:
            for name in of_cell.get(one, ()):
                children, total = families[name]
                around.update(children.tolist())
                if total is not None:
                    around.add(total)
        open_cells = [c for c in around if not hidden[c] and people[c] > 0]
        if open_cells:
            return min(open_cells, key=lambda c: (people[c], c))
        ring = [c for c in around if hidden[c] and c not in seen]
        seen.update(ring)
    return None


def _intervals(
    people: NDArray[np.int64], hidden: NDArray[np.bool_], families: list[Family]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each number can be for a reader of the shown ones: bounds passed on until they stand still.

    In a tree every number is in at most two sums and no two sums meet twice, so these bounds are exact.
    """
    low = np.where(hidden, 0.0, people)
    high = np.where(hidden, np.inf, people)
    busy = [(c, t) for c, t in families if hidden[c].any() or (t is not None and hidden[t])]
    for _ in range(200):
        moved = False
        for children, total in busy:
            least, most = (float(people[children].sum()),) * 2 if total is None else (low[total], high[total])
            below, above = low[children], high[children]
            sum_low, sum_high = below.sum(), above.sum()
            if total is not None and (sum_low > least or sum_high < most):
                low[total], high[total] = max(least, sum_low), min(most, sum_high)
                least, most, moved = low[total], high[total], True
            endless = np.isinf(above).sum()
            others = np.where(np.isinf(above), np.inf if endless > 1 else above[np.isfinite(above)].sum(), 0.0)
            finite = np.where(np.isfinite(above), sum_high - np.where(np.isfinite(above), above, 0.0), others)
            new_low, new_high = np.maximum(below, least - finite), np.minimum(above, most - (sum_low - below))
            if (new_low > below).any() or (new_high < above).any():
                low[children], high[children], moved = new_low, new_high, True
        if not moved:
            break
    return low, high


def _next_to_hide(
    people: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    children: NDArray[np.int64],
    total: int | None,
    k: int,
) -> int | None:
    """The open cell to hide next, if subtraction within this family exposes a hidden cell."""
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
