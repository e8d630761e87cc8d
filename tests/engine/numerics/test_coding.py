"""Keys to codes, and rows to one order, against plain sorting."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from upwell.engine.numerics import coding
from upwell.engine.numerics.coding import coded, counted, narrowed, present, sorted_rows, taken


@pytest.mark.parametrize(
    "values", [[5, 3, 5, -2], [10**12, 3, 10**12], ["b", "ä", "a", "b"], [7], [2.5, -1.0, 2.5], [0, 1123], [0, 10**6]]
)
def test_codes_rise_with_the_values_and_lead_back_to_them(values: list[object]) -> None:
    code, distinct = coded(pa.chunked_array([pa.array(values)]))
    back = distinct.to_pylist()
    assert back == sorted(set(values))  # type: ignore[type-var]
    assert [back[c] for c in code] == values


@pytest.mark.parametrize("size", [9, 10_000_000])
def test_renumbering_leaves_no_holes(size: int) -> None:
    new, old = present(np.array([8, 2, 2, 5]), size)
    np.testing.assert_array_equal(new, [2, 0, 0, 1])
    np.testing.assert_array_equal(old, [2, 5, 8])


def plain(columns: list[NDArray[np.int64]], kept: tuple[int, int] | None) -> list[tuple[int, ...]]:
    rows = sorted(zip(*(c.tolist() for c in columns), strict=True))
    return [r for k, r in enumerate(rows) if k == 0 or r != rows[k - 1] or (kept is not None and r[kept[0]] == kept[1])]


@pytest.mark.parametrize("kept", [None, (0, 1), (1, -3), (2, 0)])
@pytest.mark.parametrize("far", [4, 2**40, 2**61])
def test_rows_are_sorted_and_repeats_left_out(kept: tuple[int, int] | None, far: int) -> None:
    rng = np.random.default_rng(1)
    columns = [rng.integers(0, 3, 60), rng.integers(-3, 1, 60), rng.choice([0, 1, far], 60)]
    found, repeats = sorted_rows([(columns[0], 3), (columns[1], None), (columns[2], far + 1)], kept)
    expected = plain(columns, kept)
    assert list(zip(*(c.tolist() for c in found), strict=True)) == expected
    assert repeats == 60 - len(expected) > 0


@pytest.mark.parametrize(
    ("values", "width"),
    [
        ([0, 2**30 - 1], np.int32),
        ([-(2**30), 2**30 - 1], np.int32),
        ([0, 2**31], np.int64),
        ([-(2**31) - 1, 5], np.int64),
    ],
)
def test_numbers_that_need_more_than_32_bits_are_kept_whole(values: list[int], width: type) -> None:
    ((found,), _) = sorted_rows([(np.array(values, dtype=np.int64), None)])
    assert found.tolist() == values
    assert found.dtype == width


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_blocks_of_rows_change_no_answer(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "_BLOCK", block)
    rng = np.random.default_rng(4)
    codes, values, marked = rng.integers(-1, 9, 100), rng.normal(size=9), rng.random(100) < 0.5
    np.testing.assert_array_equal(taken(values, codes), values[codes])
    np.testing.assert_array_equal(counted(codes, 9), [(codes == c).sum() for c in range(9)])
    np.testing.assert_array_equal(counted(codes, 9, marked), [(codes[marked] == c).sum() for c in range(9)])
    new, old = present(codes + 1, 40)
    np.testing.assert_array_equal(old[new], codes + 1)
    columns = [rng.integers(0, 3, 60), rng.integers(-300, 1, 60)]
    found, _ = sorted_rows([(columns[0], 3), (columns[1], None)])
    assert list(zip(*(c.tolist() for c in found), strict=True)) == plain(columns, None)


@pytest.mark.parametrize(
    ("values", "kind", "low", "width"),
    [
        ([-100, 100], pa.int8(), -100, np.int16),
        ([0, 127], pa.int64(), 0, np.int8),
        ([-129], pa.int64(), 0, np.int16),
        ([2**62, 2**62 + 40_000], pa.int64(), 2**62, np.int32),
        ([-(2**63), 2**63 - 1], pa.int64(), 0, np.int64),
    ],
)
def test_the_narrowest_type_holds_every_number(values: list[int], kind: pa.DataType, low: int, width: type) -> None:
    found = narrowed(pa.chunked_array([pa.array(values[:1], kind), pa.array(values[1:], kind)]), low)
    assert [int(v) + low for v in found] == values
    assert found.dtype == width
    assert not len(narrowed(pa.chunked_array([pa.array([], kind)])))
