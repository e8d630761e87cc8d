"""No aggregate gives away a few people: not alone, not by subtraction, not by comparing reports."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
