"""Disclosure control at the size of a large organisation: speed, share withheld, and an attack on the result."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from benchmarks.engine.lines import Line, Size, cost_of
from upwell.engine import disclosure

ALL = "all"
K, TRIED = 5, 12


def measure(size: Size) -> Iterator[Line]:
    """A tree of units by capabilities, and a table with both margins; bounds of withheld numbers by HiGHS."""
    units, capabilities = (300, 5) if size is Size.QUICK else (5_000, 15)
    for heads in (0, 1):
        table = tree(units, capabilities, heads, seed=1)
        found, cost = cost_of(
            lambda table=table: disclosure.protect(
                table, keys=["unit", "capability"], count="n", parent=("unit", "above")
            )
        )
        words = "each unit has people of its own" if heads else "all people sit in the lowest teams"
        yield Line(f"tree of {units:,} units x {capabilities} capabilities, {words}", str(cost))
        yield from shares(words, found.estimates, found.diagnostics, table)
    rows, columns = (30, 6) if size is Size.QUICK else (150, 15)
    table = margins(rows, columns, seed=2)
    found, cost = cost_of(
        lambda: disclosure.protect(
            table, keys=["unit", "capability"], count="n", margins={"unit": ALL, "capability": ALL}
        )
    )
    words = f"{rows} x {columns} with both margins"
    yield Line(words, str(cost))
    yield from shares(words, found.estimates, found.diagnostics, table)


def shares(words: str, shown: pa.Table, told: dict[str, object], table: pa.Table) -> Iterator[Line]:
    """How much is withheld, for its own smallness and for others, and how much an attacker bounds within k."""
    people = table["n"].to_numpy()
    filled = int((people > 0).sum())
    hidden = shown["withheld"].to_numpy()
    yield Line(
        f"withheld, {words}",
        f"{hidden.sum() / filled:.1%} of cells ({told['small'] / filled:.1%} small, "  # type: ignore[operator]
        f"{told['shielding'] / filled:.1%} shields); {people[hidden].sum() / people.sum():.1%} of counts",  # type: ignore[operator]
    )
    widths = attack(table, hidden)
    yield Line(
        f"narrowest of {len(widths)} withheld numbers, {words}",
        f"{min(widths):.0f} wide" if widths else "none",
        f"{K} at least",
        met=all(width >= K - 1e-6 for width in widths) and not told["unprotected"],
    )


def attack(table: pa.Table, hidden: NDArray[np.bool_]) -> list[float]:
    """Widths of some withheld numbers, from the shown ones and all sums, each by two linear programmes."""
    rng = np.random.default_rng(1)
    people = table["n"].to_numpy().astype(float)
    below, rest = sums_of_tree(table) if "above" in table.column_names else sums_of_margins(table)
    bounds = np.where(hidden[:, None], [[0.0, np.inf]], people[:, None])
    widths = []
    for cell in rng.choice(np.flatnonzero(hidden), min(TRIED, int(hidden.sum())), replace=False):
        aim = np.zeros(len(people))
        aim[cell] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            equal = {"A_eq": below[rest == 0], "b_eq": np.zeros(int((rest == 0).sum()))} if (rest == 0).any() else {}
            more = {"A_ub": below[rest > 0], "b_ub": np.zeros(int((rest > 0).sum()))} if (rest > 0).any() else {}
            ends.append(linprog(sign * aim, bounds=bounds, **equal, **more))
        widths.append(np.inf if ends[1].status == 3 else float(-ends[1].fun - ends[0].fun))
    return widths


def sums_of_tree(table: pa.Table) -> tuple[csr_array, NDArray[np.float64]]:
    """Children less their parent, per parent and capability, and the people of the parent's own."""
    capability = table["capability"].to_numpy()
    width = int(capability.max()) + 1
    above = table["above"].to_numpy()
    child = np.flatnonzero(np.isfinite(above))
    parent = above[child].astype(int) * width + capability[child]
    size = table.num_rows
    matrix = csr_array((np.ones(len(child)), (parent, child)), shape=(size, size))
    used = np.flatnonzero(np.bincount(parent, minlength=size))
    matrix = (matrix - csr_array((np.ones(len(used)), (used, used)), shape=(size, size)))[used]
    return csr_array(matrix), -(matrix @ table["n"].to_numpy())


def sums_of_margins(table: pa.Table) -> tuple[csr_array, NDArray[np.float64]]:
    """Every row and column of the table less its total; nothing is left over."""
    parts = []
    place = np.arange(table.num_rows)
    for key, other in (("unit", "capability"), ("capability", "unit")):
        _, line = np.unique(table[other].to_numpy(zero_copy_only=False), return_inverse=True)
        sign = np.where(table[key].to_numpy(zero_copy_only=False) == ALL, -1.0, 1.0)
        parts.append(csr_array((sign, (line, place)), shape=(int(line.max()) + 1, len(place))))
    matrix = csr_array(vstack(parts))
    return matrix, np.zeros(matrix.shape[0])


def tree(units: int, capabilities: int, heads: int, *, seed: int) -> pa.Table:
    """Units below one another, about six to a unit; teams of 4 to 14 of whom some need each capability."""
    rng = np.random.default_rng(seed)
    above = np.r_[-1, (np.arange(1, units) - 1) // 6]
    lowest = ~np.isin(np.arange(units), above)
    own = np.where(lowest, rng.integers(4, 15, units), heads * rng.integers(1, 4, units))
    counts = rng.binomial(own[:, None], rng.uniform(0.5, 1.0, capabilities)[None, :])
    for unit in range(units - 1, 0, -1):
        counts[above[unit]] += counts[unit]
    names = np.repeat(np.arange(units), capabilities)
    return pa.table(
        {
            "unit": names,
            "above": pa.array([None if a < 0 else int(a) for a in above[names]], pa.int64()),
            "capability": np.tile(np.arange(capabilities), units),
            "n": counts.ravel(),
        }
    )


def margins(rows: int, columns: int, *, seed: int) -> pa.Table:
    """Units by kinds of people, each person in one kind, with both margins and the grand total as rows."""
    rng = np.random.default_rng(seed)
    inner = rng.poisson(rng.gamma(2.0, 10.0, (rows, 1)) * rng.dirichlet(np.full(columns, 2.0)) * 3)
    full = np.pad(inner, ((0, 1), (0, 1)))
    full[-1, :-1], full[:-1, -1], full[-1, -1] = inner.sum(0), inner.sum(1), inner.sum()
    units = [*map(str, range(rows)), ALL]
    kinds = [*map(str, range(columns)), ALL]
    return pa.table(
        {
            "unit": [unit for unit in units for _ in kinds],
            "capability": [kind for _ in units for kind in kinds],
            "n": full.ravel(),
        }
    )
