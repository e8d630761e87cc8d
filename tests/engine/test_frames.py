"""Frames are checked at the door, and a table's digest names its content."""

import datetime as dt
import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract, accept, digest

SALES = Contract(
    "sales",
    (
        Column("person", "key"),
        Column("share", "real", "share", 0.0, 1.0),
        Column("note", "text", nullable=True, required=False),
        Column("kind", "text", choices=("new", "old"), required=False),
        Column("on", "date", required=False),
    ),
    unique=("person",),
)


def test_a_good_frame_comes_back_cast_and_without_columns_nobody_asked_for() -> None:
    table = accept(pa.table({"extra": [1], "share": pa.array([1], pa.int8()), "person": ["a"]}), SALES)
    assert table.column_names == ["person", "share"]
    assert table.schema.field("share").type == pa.float64()


def test_anything_with_an_arrow_stream_is_accepted() -> None:
    batch = pa.record_batch({"person": [1], "share": [0.5]})
    assert accept(pa.RecordBatchReader.from_batches(batch.schema, [batch]), SALES).num_rows == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"person": ["a"]}, "no column 'share'"),
        ({"person": ["a", None], "share": [0.1, 0.2]}, "'person' of the sales frame is empty in row 2"),
        ({"person": ["a", "b"], "share": [0.1, 1.2]}, "'share' of the sales frame is 1.2 in row 2, above 1"),
        ({"person": ["a"], "share": [float("nan")]}, "not a finite number in row 1"),
        ({"person": ["a"], "share": ["much"]}, "is of type string; expected a number"),
        ({"person": ["a", "a"], "share": [0.1, 0.2]}, "2 rows for person a"),
        ({"person": ["a"], "share": [0.1], "kind": ["odd"]}, "holds 'odd' in row 1; allowed: new, old"),
        ({"person": [1.5], "share": [0.1]}, "expected an identifier"),
        ({"person": ["a"], "share": [0.1], "on": ["yesterday"]}, "expected a date"),
    ],
)
def test_a_bad_frame_is_refused_in_one_sentence(columns: dict[str, list[object]], words: str) -> None:
    with pytest.raises(FrameError, match=words):
        accept(pa.table(columns), SALES)


def test_something_that_is_no_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="Arrow stream"):
        accept([1, 2], SALES)


rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-5, 5)),
        st.one_of(st.none(), st.text(max_size=3)),
        st.one_of(st.none(), st.floats(allow_infinity=True, allow_nan=True)),
    ),
    max_size=12,
)


def _table(found: list[tuple[object, ...]]) -> pa.Table:
    types = (pa.int64(), pa.string(), pa.float64())
    columns = [pa.array([row[i] for row in found], kind) for i, kind in enumerate(types)]
    return pa.table(columns, names=["a", "b", "c"])


@given(rows, st.randoms())
def test_a_digest_ignores_order_and_chunking(found: list[tuple[object, ...]], chance: random.Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    cut = len(shuffled) // 2
    chunked = pa.concat_tables([_table(shuffled[cut:]), _table(shuffled[:cut])]).select(["c", "a", "b"])
    assert digest(chunked) == digest(_table(found))


def test_a_digest_notices_every_change() -> None:
    base = pa.table({"a": ["ab", "c"], "d": [dt.date(2025, 1, 1)] * 2})
    others = [
        pa.table({"a": ["a", "bc"], "d": [dt.date(2025, 1, 1)] * 2}),
        pa.table({"a": ["ab", None], "d": [dt.date(2025, 1, 1)] * 2}),
        pa.table({"a": ["ab", "c"], "d": [dt.date(2025, 1, 1), dt.date(2025, 1, 2)]}),
        pa.table({"b": ["ab", "c"], "d": [dt.date(2025, 1, 1)] * 2}),
        base.slice(0, 1),
    ]
    assert len({digest(t) for t in [base, *others]}) == 6
