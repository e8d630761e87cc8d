"""An attacker who solves everything published by linear programming cannot bound a small group within k."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from upwell.engine import disclosure
from upwell.engine.errors import FrameError, ParameterError

ALL = "all"


def _widths(atoms: np.ndarray, shown: np.ndarray, numbers: np.ndarray, aims: np.ndarray) -> list[float]:
    """Width of each number in ``aims`` (sums of atoms) given the shown ``numbers`` (sums of atoms, one row each)."""
    known = numbers[shown]
    widths = []
    for aim in aims:
        ends = [
            linprog(sign * aim, A_eq=known if len(known) else None, b_eq=known @ atoms if len(known) else None)
            for sign in (1, -1)
        ]
        widths.append(float("inf") if ends[1].status == 3 else float(-ends[1].fun - ends[0].fun))
    return widths


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 14), min_size=3, max_size=3), min_size=2, max_size=4))
def test_both_margins_of_a_table_do_not_give_a_small_cell_away(counts: list[list[int]]) -> None:
    grid = np.array(counts)
    atoms = grid.ravel()
    rows, numbers = [], []
    for u in [*range(len(grid)), ALL]:
        for c in [*range(3), ALL]:
            mask = np.zeros(grid.shape)
            mask[slice(None) if u == ALL else u, slice(None) if c == ALL else c] = 1.0
            rows.append((str(u), str(c), int((mask * grid).sum())))
            numbers.append(mask.ravel())
    table = pa.table(dict(zip(("unit", "capability", "n"), map(list, zip(*rows, strict=True)), strict=True)))
    found = disclosure.protect(table, keys=["unit", "capability"], count="n", margins={"unit": ALL, "capability": ALL})
    hidden = found.estimates["withheld"].to_numpy()
    matrix = np.array(numbers)
    if found.diagnostics["unprotected"]:
        assert hidden[np.array([n > 0 for _, _, n in rows])].all(), "something open was left to withhold"
        return
    assert all(width >= 5 - 1e-6 for width in _widths(atoms, ~hidden, matrix, matrix[hidden]))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.integers(0, 12), min_size=1, max_size=3)), min_size=1, max_size=4
    ),
    st.integers(0, 6),
)
def test_the_own_people_of_units_are_not_what_the_teams_below_leave_over(
    units: list[tuple[int, list[int]]], at_the_top: int
) -> None:
    names, above, own = ["top"], [None], [at_the_top]
    for u, (direct, teams) in enumerate(units):
        names += [f"u{u}", *(f"u{u}t{t}" for t in range(len(teams)))]
        above += ["top", *([f"u{u}"] * len(teams))]
        own += [direct, *teams]
    inside = np.array([[name == up or up == "top" or name.startswith(f"{up}t") for name in names] for up in names])
    atoms = np.array(own)
    table = pa.table({"unit": names, "above": pa.array(above, pa.string()), "n": inside @ atoms})
    found = disclosure.protect(table, keys=["unit"], count="n", parent=("unit", "above"))
    hidden = found.estimates["withheld"].to_numpy()
    if found.diagnostics["unprotected"]:
        assert hidden[(inside @ atoms) > 0].all()
        return
    small_own = np.eye(len(names))[(atoms > 0) & (atoms < 5)]
    # Units with nobody of their own are known from the tree: the attacker leaves these atoms out.
    real = (atoms > 0) | (inside.sum(axis=1) == 1)
    aims = np.vstack([inside[hidden], small_own])[:, real]
    assert all(width >= 5 - 1e-6 for width in _widths(atoms[real], ~hidden, inside[:, real].astype(float), aims))


def test_the_head_of_a_unit_is_not_the_unit_less_its_teams() -> None:
    table = pa.table({"unit": ["p", "a", "b", "c"], "above": [None, "p", "p", "p"], "n": [31, 8, 10, 12]})
    rows = disclosure.protect(table, keys=["unit"], count="n", parent=("unit", "above")).estimates.to_pylist()
    assert [row["unit"] for row in rows if row["withheld"]] == ["a"]


def test_teams_that_overlap_are_guarded_as_if_their_sum_were_known() -> None:
    table = pa.table({"unit": ["p", "a", "b"], "above": [None, "p", "p"], "n": [10, 9, 3]})
    rows = disclosure.protect(table, keys=["unit"], count="n", parent=("unit", "above")).estimates.to_pylist()
    assert [row["unit"] for row in rows if row["withheld"]] == ["a", "b"]


def test_a_cell_that_lost_one_person_since_the_last_report_is_withheld_with_a_shield() -> None:
    table = pa.table({"unit": ["a", "b", "c"], "n": [9, 10, 20]})
    before = pa.table({"unit": ["a"] * 10 + ["b"] * 10, "person": list(range(20))})
    now = pa.table({"unit": ["a"] * 9 + ["b"] * 10 + ["c"] * 20, "person": [*range(9), *range(10, 40)]})
    found = disclosure.protect(table, keys=["unit"], count="n", within=(), members=now, released=before)
    why = found.estimates["why"].to_pylist()
    assert why == [disclosure.CHANGED, disclosure.SHIELD, ""]
    assert found.diagnostics["changed"] == 1
    alone = disclosure.protect(table, keys=["unit"], count="n", within=(), members=now, released=now)
    assert not any(alone.estimates["withheld"].to_pylist())


def test_the_order_of_rows_does_not_matter_for_what_stays_safe() -> None:
    table = pa.table({"unit": ["p", "a", "b", "c"], "above": [None, "p", "p", "p"], "n": [31, 8, 10, 12]})
    turned = table.take(pa.array([3, 1, 0, 2]))
    hidden = [
        {row["unit"] for row in disclosure.protect(t, keys=["unit"], count="n", parent=("unit", "above"))
         .estimates.to_pylist() if row["withheld"]}
        for t in (table, turned)
    ]  # fmt: skip
    assert hidden[0] == hidden[1]


def test_several_outer_totals_are_attacked_together() -> None:
    rows = [("a", "x", 2), ("a", "y", 9), ("a", "z", 30), ("b", "x", 8), ("b", "y", 7), ("b", "z", 30)]
    table = pa.table(dict(zip(("unit", "kind", "n"), map(list, zip(*rows, strict=True)), strict=True)))
    found = disclosure.protect(table, keys=["unit", "kind"], count="n", within=[("unit",), ("kind",)])
    hidden = found.estimates["withheld"].to_numpy()
    assert hidden.sum() >= 4
    atoms = np.array([n for _, _, n in rows])
    totals = [[name in row for row in rows] for name in "abxyz"]
    numbers = np.vstack([np.eye(6), np.array(totals, float)])
    shown = np.r_[~hidden, np.ones(5, dtype=bool)]
    assert min(_widths(atoms, shown, numbers, np.eye(6)[hidden])) >= 5


def test_half_a_comparison_is_refused() -> None:
    table = pa.table({"unit": ["a"], "n": [9]})
    people = pa.table({"unit": ["a"], "person": [1]})
    with pytest.raises(ParameterError, match="both 'members' and 'released'"):
        disclosure.protect(table, keys=["unit"], count="n", members=people)
    with pytest.raises(FrameError, match="no column 'person'"):
        disclosure.protect(
            table, keys=["unit"], count="n", members=people, released=people.rename_columns(["unit", "who"])
        )
