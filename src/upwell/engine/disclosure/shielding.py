"""Which further cells to withhold, so that no sum gives a withheld one away."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from upwell.engine.disclosure.auditing import narrow_cells
from upwell.engine.disclosure.sums import Codes, Family, Sums, cells_of

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def shielded(sums: Sums, primary: Flags, k: int, *, crossed: bool) -> tuple[Flags, list[int]]:
    """Withheld cells around the ``primary`` ones, and those that stay bounded within ``k`` whatever is withheld.

    ``crossed`` says that sums run in more than one direction; then bounds that are passed from sum to sum are too
    wide, and a linear programme decides.
    """
    of_cell = sums.of_cell()
    hidden = _complemented(sums, primary, of_cell, k)
    narrow: list[int] = []
    while True:
        low, high = _intervals(sums.people, hidden, sums.families)
        narrow = [cell for cell in np.flatnonzero(hidden & (high - low < k)).tolist() if cell in of_cell]
        more = _around(narrow, sums, hidden, of_cell)
        if not more and crossed:
            narrow = narrow_cells(sums, hidden, k)
            more = _around(narrow, sums, hidden, of_cell)
        if not more:
            return hidden, narrow
        hidden = hidden.copy()
        hidden[list(more)] = True
        hidden = _complemented(sums, hidden, of_cell, k)


def _around(narrow: list[int], sums: Sums, hidden: Flags, of_cell: dict[int, list[int]]) -> set[int]:
    return {found for cell in narrow if (found := _near(cell, sums, hidden, of_cell)) is not None}


def _complemented(sums: Sums, primary: Flags, of_cell: dict[int, list[int]], k: int) -> Flags:
    """Hide more until no family exposes a hidden cell; only families of a cell that changed are looked at again."""
    hidden = primary.copy()
    waiting = deque(range(len(sums.families)))
    queued = set(waiting)
    while waiting:
        name = waiting.popleft()
        queued.discard(name)
        while (more := _next_to_hide(sums, hidden, sums.families[name], k)) is not None:
            hidden[more] = True
            for other in of_cell[more]:
                if other != name and other not in queued:
                    waiting.append(other)
                    queued.add(other)
    return hidden


def _next_to_hide(sums: Sums, hidden: Flags, family: Family, k: int) -> int | None:
    """The open cell to hide next, if subtraction within this family exposes a hidden cell."""
    children, total = family
    people = sums.people
    out = children[hidden[children]]
    open_cells = children[~hidden[children] & (people[children] > 0)]
    if total is not None and hidden[total]:
        exposed = len(out) == 0 and len(open_cells) > 0
    else:
        exposed = len(out) == 1 or (len(out) > 1 and int(people[out].sum()) < k)
    if not exposed:
        return None
    if len(open_cells):
        return _cheapest(open_cells.tolist(), sums)
    return total if total is not None and not hidden[total] else None


def _near(cell: int, sums: Sums, hidden: Flags, of_cell: dict[int, list[int]]) -> int | None:
    """The cheapest open cell in the nearest family that shares withheld cells with this one."""
    seen, ring = {cell}, [cell]
    while ring:
        around = {other for one in ring for name in of_cell.get(one, ()) for other in cells_of(sums.families[name])}
        open_cells = [c for c in around if not hidden[c] and sums.people[c] > 0]
        if open_cells:
            return _cheapest(open_cells, sums)
        ring = [c for c in around if hidden[c] and c not in seen]
        seen.update(ring)
    return None


def _cheapest(cells: list[int], sums: Sums) -> int:
    """Remainders first, since nobody publishes them; then the smallest."""
    return min(cells, key=lambda c: (c < sums.rows, int(sums.people[c]), c))


def _intervals(people: Codes, hidden: Flags, families: list[Family]) -> tuple[Reals, Reals]:
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
