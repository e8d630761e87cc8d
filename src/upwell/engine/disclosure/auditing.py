"""What a reader of the shown numbers can find out about each withheld one: exact bounds by linear programming."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from upwell.engine.disclosure.sums import Family, Sums

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def narrow_cells(sums: Sums, hidden: Flags, k: int) -> list[int]:
    """Withheld cells that the sums bound in an interval narrower than ``k``.

    Two solutions of the sums that are ``k`` apart in a cell clear it. Each programme clears many cells at once, since
    it pulls at all that are left; what stays is bounded one by one. In tables of at most two dimensions, each perhaps
    a tree, whole numbers do no better than fractions (two laminar families: the matrix is totally unimodular).
    """
    found: list[int] = []
    for cells, matrix, right, most in _components(sums, hidden):
        low = sums.people[cells].astype(float)
        high = low.copy()
        left = np.ones(len(cells), dtype=bool)
        rng = np.random.default_rng(len(cells))
        for _ in range(4):
            for sign in (1.0, -1.0):
                aim = np.where(left, sign * rng.uniform(0.5, 1.5, len(cells)) * rng.choice((-1, 1), len(cells)), 0.0)
                _widen(aim, matrix, right, most, low, high)
            left = high - low < k - 1e-6
            if not left.any():
                break
        for cell in np.flatnonzero(left):
            if high[cell] - low[cell] >= k - 1e-6:
                continue
            for sign in (1.0, -1.0):
                aim = np.zeros(len(cells))
                aim[cell] = sign
                _widen(aim, matrix, right, most, low, high)
        found += cells[high - low < k - 1e-6].tolist()
    return found


def _widen(aim: Reals, matrix: csr_array, right: Reals, most: float, low: Reals, high: Reals) -> None:
    solved = linprog(aim, A_eq=matrix, b_eq=right, bounds=(0, most), method="highs")
    if solved.status == 0:
        np.minimum(low, solved.x, out=low)
        np.maximum(high, solved.x, out=high)


def _components(sums: Sums, hidden: Flags) -> list[tuple[NDArray[np.int64], csr_array, Reals, float]]:
    """Withheld cells that hang together, with their sums."""
    busy = [family for family in sums.families if _touched(family, hidden)]
    matrix, right = _equations(sums, hidden, busy)
    used = np.unique(matrix.indices)
    if not len(used):
        return []
    matrix = csr_array(matrix[:, used])
    _, label = connected_components(matrix.T @ matrix, directed=False)
    of_row = label[matrix.indices[matrix.indptr[:-1]]]
    most = float(sums.people.sum())
    return [
        (used[label == part], csr_array(matrix[of_row == part][:, label == part]), right[of_row == part], most)
        for part in range(int(label.max()) + 1)
    ]


def _touched(family: Family, hidden: Flags) -> bool:
    children, total = family
    return bool(hidden[children].any()) or (total is not None and bool(hidden[total]))


def _equations(sums: Sums, hidden: Flags, busy: list[Family]) -> tuple[csr_array, Reals]:
    row: list[int] = []
    column: list[int] = []
    sign: list[float] = []
    for name, (children, total) in enumerate(busy):
        out = children[hidden[children]].tolist()
        row += [name] * len(out)
        column += out
        sign += [1.0] * len(out)
        if total is not None and hidden[total]:
            row.append(name)
            column.append(total)
            sign.append(-1.0)
    matrix = csr_array((sign, (row, column)), shape=(len(busy), len(hidden)))
    return matrix, matrix @ sums.people.astype(float)
