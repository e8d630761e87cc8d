"""What may not change a level: the order of rows, names, halves that share nobody, or repeats."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.levels.worlds import NAMES, World, organisation

from upwell.engine import levels
from upwell.engine.frames import digest
from upwell.engine.numerics import coding

TABLE, _ = organisation(World(people=24, kept=0.7), 2)
BASE = levels.estimate(TABLE, as_of=100)
FIXED = levels.LevelParameters(learn=False, sweeps=200, tolerance=1e-9)


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_repeats_change_a_digit(random: object) -> None:
    order = [*range(TABLE.num_rows), 0, 3, 3]
    random.shuffle(order)  # type: ignore[attr-defined]
    found = levels.estimate(TABLE.take(pa.array(order)), as_of=100)
    assert digest(found.estimates) == digest(BASE.estimates)
    assert digest(found.raters) == digest(BASE.raters)
    assert found.diagnostics["exact_repeats"] == 3


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(24)), st.booleans())
def test_other_names_for_persons_and_raters_change_no_level(names: list[int], text: bool) -> None:
    table = TABLE
    for place, name in ((0, "person"), (2, "rater")):
        new = [1000 * (key // 24) + names[key % 24] for key in table[name].to_pylist()]
        table = table.set_column(place, name, pa.array([f"{key:06d}" for key in new] if text else new))
    found = {
        (int(row["person"]), row["capability"]): (row["level"], row["sd"])
        for row in levels.estimate(table, as_of=100).estimates.to_pylist()
    }
    for row in BASE.estimates.to_pylist():
        key = (1000 * (row["person"] // 24) + names[row["person"] % 24], row["capability"])
        assert found[key] == pytest.approx((row["level"], row["sd"]), abs=1e-9)


def test_sets_that_share_nobody_can_be_run_apart() -> None:
    other, _ = organisation(World(people=16), 3)
    for place, name in ((0, "person"), (2, "rater")):
        other = other.set_column(place, name, pa.array(np.asarray(other[name]) + 10_000))
    both = levels.estimate(pa.concat_tables([TABLE, other]), as_of=100, parameters=FIXED).estimates
    apart = [levels.estimate(part, as_of=100, parameters=FIXED).estimates for part in (TABLE, other)]
    np.testing.assert_allclose(both["level"], np.concatenate([part["level"] for part in apart]), atol=1e-8)
    assert both["component"].to_numpy().max() >= 1


def test_packed_rows_sort_like_rows_sorted_column_by_column() -> None:
    rng = np.random.default_rng(0)
    columns = [(rng.integers(0, 5, 400), 5), (rng.integers(-9, 9, 400), None), (rng.integers(0, 3, 400), 3)]
    packed, repeats = coding.sorted_rows(list(columns))
    wide, repeats_wide = coding.sorted_rows([*columns, (np.where(np.arange(400) < 400, 2**62, 0), None)])
    huge = rng.integers(-(2**62), 2**62, 400)
    assert repeats == repeats_wide == 400 - len({tuple(int(v[i]) for v, _ in columns) for i in range(400)})
    assert [tuple(map(int, row)) for row in zip(*packed, strict=True)] == sorted(
        {tuple(int(v[i]) for v, _ in columns) for i in range(400)}
    )
    assert [row.tolist() for row in wide[:3]] == [row.tolist() for row in packed]
    far, _ = coding.sorted_rows([*columns, (huge, None)])
    expected = sorted((*(int(v[i]) for v, _ in columns), int(huge[i])) for i in range(400))
    assert [tuple(map(int, row)) for row in zip(*far, strict=True)] == expected


@pytest.mark.parametrize("values", [[5, 3, 5, 9], [10**15, 3, 5, 10**15], ["b", "a", "b", "ö"]])
def test_codes_follow_the_sorted_distinct_values(values: list[object]) -> None:
    code, distinct = coding.coded(pa.chunked_array([pa.array(values)]))
    assert distinct.to_pylist() == sorted(set(values), key=lambda v: (str(type(v)), v))
    assert [distinct[int(c)].as_py() for c in code] == values


def test_months_and_days_far_apart_are_kept_as_given() -> None:
    rows = [(1, 1, 2, "manager", 3, -5), (1, 1, 2, "manager", 3, 90), (1, 2, 3, "peer", 4, 12)]
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(NAMES)})
    found = levels.estimate(table, as_of=100).estimates
    assert found["last_rated_on"].to_pylist() == [90, 12]


@pytest.mark.parametrize("as_of", [24, 500, 100_000])
def test_old_ratings_and_none_at_all_are_dated_from_any_month(as_of: int) -> None:
    rows = [("p1", "c", "r1", "manager", 3, 1), ("p2", "c", "r1", "manager", 4, 12), ("p2", "c", "r2", "peer", 2, 3)]
    names = ("person", "capability", "rater", "source", "category", "rated_on")
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    found = levels.estimate(table, as_of=as_of).estimates
    assert found.num_rows == 2
    assert found["last_rated_on"].to_pylist() == [1, 12]
    assert levels.estimate(table.slice(0, 0), as_of=as_of).estimates.num_rows == 0
