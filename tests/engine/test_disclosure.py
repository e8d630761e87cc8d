"""No aggregate gives away a few people: not alone, not by subtraction, not by comparing reports."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from upwell.engine import disclosure
from upwell.engine.errors import FrameError, ParameterError

UNITS = pa.table(
    {
        "unit": ["top", "a", "b", "c"],
        "parent": [None, "top", "top", "top"],
        "n": [30, 3, 12, 15],
        "share": [0.1, 0.2, 0.3, 0.4],
    }
)


def _shown(result: object) -> list[object]:
    return [row["unit"] for row in result.estimates.to_pylist() if not row["withheld"]]  # type: ignore[attr-defined]


def test_readers_are_given_one_reason_for_the_small_and_for_their_shields() -> None:
    table = pa.table({"unit": ["a", "b", "c", "d"], "n": [2, 6, 9, 0], "mean": [1.0, 2.0, 3.0, 4.0]})
    found = disclosure.protect(table, keys=["unit"], count="n", within=()).estimates
    assert len(set(found["why"].to_pylist()[:2])) == 2
    shown = disclosure.for_readers(found)
    assert shown["why"].to_pylist() == [disclosure.WITHHELD, disclosure.WITHHELD, "", ""]
    assert shown.drop_columns("why").equals(found.drop_columns("why"))
    with pytest.raises(FrameError, match="no column 'withheld'"):
        disclosure.for_readers(table)


def test_a_small_group_is_withheld_with_its_count_and_measures() -> None:
    rows = disclosure.protect(UNITS, keys=["unit"], count="n").estimates.to_pylist()
    assert (rows[1]["n"], rows[1]["share"], rows[1]["why"]) == (None, None, disclosure.SMALL)
    assert rows[2]["share"] == 0.3


def test_the_smallest_sibling_is_withheld_too_when_the_total_is_known() -> None:
    result = disclosure.protect(UNITS, keys=["unit"], count="n", parent=("unit", "parent"))
    assert _shown(result) == ["top", "c"]
    assert result.estimates.to_pylist()[2]["why"] == disclosure.SHIELD
    assert result.diagnostics["shielding"] == 1


def test_two_small_siblings_that_together_stay_below_the_minimum_need_a_third() -> None:
    table = pa.table({"unit": ["a", "b", "c", "d"], "n": [1, 2, 8, 9]})
    assert _shown(disclosure.protect(table, keys=["unit"], count="n", within=())) == ["d"]


def test_a_withheld_parent_is_not_given_away_by_its_children() -> None:
    table = pa.table(
        {
            "unit": ["top", "p", "q", "p1", "p2"],
            "parent": [None, "top", "top", "p", "p"],
            "n": [15, 11, 4, 5, 6],
        }
    )
    shown = _shown(disclosure.protect(table, keys=["unit"], count="n", parent=("unit", "parent")))
    assert "p" not in shown
    assert {"p1", "p2"} - set(shown)


def test_an_empty_cell_stays_as_it_is() -> None:
    table = pa.table({"unit": ["a", "b"], "n": [0, 9]})
    assert _shown(disclosure.protect(table, keys=["unit"], count="n", within=())) == ["a", "b"]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(2, 10))
def test_what_is_withheld_under_a_known_total_never_adds_up_to_fewer_than_k(counts: list[int], k: int) -> None:
    table = pa.table({"unit": list(range(len(counts))), "n": counts})
    rows = disclosure.protect(table, keys=["unit"], count="n", k=k, within=()).estimates.to_pylist()
    hidden = [n for n, row in zip(counts, rows, strict=True) if row["withheld"]]
    assert all(n in (0, None) or n >= k for n in (row["n"] for row in rows))
    if hidden and sum(counts) >= k and len([n for n in counts if n]) > 1:
        assert len(hidden) > 1
        assert sum(hidden) >= k


def _width_for_an_attacker(rows: list[dict[str, object]], truth: list[int], cell: int) -> float:
    """Between which numbers a withheld count must lie for who solves all sums of the tree by linear programming."""
    place = {row["unit"]: i for i, row in enumerate(rows)}
    sums = []
    for parent, i in place.items():
        children = [j for j, row in enumerate(rows) if row["parent"] == parent]
        if children:
            line = np.zeros(len(rows))
            line[children] = 1.0
            line[i] = -1.0
            sums.append(line)
    bounds = [(0, None) if row["withheld"] else (n, n) for row, n in zip(rows, truth, strict=True)]
    aim = np.zeros(len(rows))
    aim[cell] = 1.0
    ends = [linprog(sign * aim, A_eq=np.array(sums), b_eq=np.zeros(len(sums)), bounds=bounds) for sign in (1, -1)]
    if ends[1].status == 3:
        return float("inf")
    return float(-ends[1].fun - ends[0].fun)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=4), min_size=1, max_size=4).filter(
        lambda units: sum(map(sum, units)) >= 10
    )
)
def test_an_attacker_with_every_sum_of_the_tree_cannot_bound_a_withheld_group_within_k(units: list[list[int]]) -> None:
    names, parents, counts = ["top"], [None], [sum(map(sum, units))]
    for u, teams in enumerate(units):
        names += [f"u{u}", *(f"u{u}t{t}" for t in range(len(teams)))]
        parents += ["top", *([f"u{u}"] * len(teams))]
        counts += [sum(teams), *teams]
    table = pa.table({"unit": names, "parent": pa.array(parents, pa.string()), "n": counts})
    safe = disclosure.protect(table, keys=["unit"], count="n", parent=("unit", "parent")).estimates
    rows = safe.to_pylist()
    for cell, row in enumerate(rows):
        if row["withheld"]:
            assert _width_for_an_attacker(rows, counts, cell) >= 5 - 1e-6


def test_a_small_team_under_a_withheld_unit_is_not_bounded_by_the_unit_above() -> None:
    table = pa.table(
        {
            "unit": ["top", "p", "q", "r", "p1", "p2"],
            "parent": [None, "top", "top", "top", "p", "p"],
            "n": [29, 7, 2, 20, 1, 6],
        }
    )
    rows = disclosure.protect(table, keys=["unit"], count="n", parent=("unit", "parent")).estimates.to_pylist()
    assert _width_for_an_attacker(rows, table["n"].to_pylist(), 4) >= 5


def test_reports_that_differ_by_a_few_people_are_not_both_shown() -> None:
    assert not disclosure.differencing_safe(range(20), range(19))
    assert not disclosure.differencing_safe(range(20), range(2, 40))
    assert disclosure.differencing_safe(range(20), range(20))
    assert disclosure.differencing_safe(range(20), range(5, 25), k=5)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ParameterError, match="at least 2"):
        disclosure.protect(UNITS, keys=["unit"], count="n", k=1)
    with pytest.raises(FrameError, match="no column 'people'"):
        disclosure.protect(UNITS, keys=["unit"], count="people")
    with pytest.raises(FrameError, match="same keys"):
        disclosure.protect(pa.concat_tables([UNITS, UNITS]), keys=["unit"], count="n")
