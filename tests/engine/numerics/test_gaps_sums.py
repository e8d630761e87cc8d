"""Sums per cell and from groups of people to units, against plain loops."""

import numpy as np
import pytest

from upwell.engine.numerics.gaps_sets import alike
from upwell.engine.numerics.gaps_sums import SetSums, over_members, over_rows


def test_rows_are_added_up_in_the_cell_they_name() -> None:
    found = over_rows(np.array([7, 2, 7]), [np.ones(3), np.array([1.5, 4.0, 0.25])], 9)
    assert found.cell.tolist() == [2, 7]
    np.testing.assert_allclose(found.totals, [[1, 2], [4, 1.75]])


@pytest.mark.parametrize("used", [0, 1, 3, 40, 160])
def test_units_get_the_sums_of_all_groups_below_them(used: int) -> None:
    """Few cells are added one by one, many as one table."""
    rng = np.random.default_rng(used)
    people, units, width = 40, 6, 4
    belongs = rng.random((people, units)) < 0.4
    belongs[np.arange(people), rng.integers(0, units, people)] = True
    item, member = (index.astype(np.int64) for index in np.nonzero(belongs))
    sets = alike(item, member, people, units)
    cell = np.sort(rng.choice(sets.groups * width, min(used, sets.groups * width), replace=False))
    totals = rng.integers(1, 9, (3, len(cell))).astype(float)
    plain: dict[int, np.ndarray] = {}
    for k, (group, capability) in enumerate(zip(*np.divmod(cell, width), strict=True)):
        for unit in sets.member[sets.start[group] : sets.start[group + 1]]:
            key = int(unit * width + capability)
            plain[key] = plain.get(key, np.zeros(3)) + totals[:, k]
    found = over_members(SetSums(cell, totals), sets, width, units)
    assert found.cell.tolist() == sorted(plain)
    for key, column in zip(found.cell.tolist(), found.totals.T, strict=True):
        np.testing.assert_allclose(column, plain[key])
