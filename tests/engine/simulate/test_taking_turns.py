"""Blocks drawn by two threads come in order, and names repeated are names taken many times."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine.simulate.names import Names
from upwell.engine.simulate.taking_turns import in_order


def test_slow_and_quick_blocks_come_in_the_order_asked_for() -> None:
    def make(number: int) -> int:
        time.sleep(0.02 if number % 3 == 0 else 0.0)
        return number

    assert list(in_order(make, [3, 1, 4, 0, 9, 2, 6])) == [3, 1, 4, 0, 9, 2, 6]
    assert list(in_order(make, [])) == []


def test_what_goes_wrong_in_a_block_is_told() -> None:
    def make(number: int) -> float:
        return 1 / (number - 2)

    with pytest.raises(ZeroDivisionError):
        list(in_order(make, range(5)))


@pytest.mark.parametrize("names", [["p1", "p2", "p3"], ["a", "", "größer", "ccc"]])
def test_a_name_repeated_is_the_name_taken_many_times(names: list[str]) -> None:
    known, numbers = Names(pa.array(names)), np.array([2, 0, 0, 1, 2])
    assert known.repeated(numbers, 4).equals(known.at(np.repeat(numbers, 4)))
    assert Names(pa.array(["x", *names]).slice(1)).repeated(numbers, 2).equals(known.at(np.repeat(numbers, 2)))
    assert len(known.repeated(np.empty(0, dtype=np.int64), 3)) == 0
