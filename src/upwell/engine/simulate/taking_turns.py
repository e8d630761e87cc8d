"""Blocks drawn by two threads at a time, handed over in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")
THREADS = 2


def in_order(make: Callable[[int], Made], numbers: Iterable[int]) -> Iterator[Made]:
    """`make(number)` for each number, in their order; while one is used the next two are being made."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for number in numbers:
            waiting.append(pool.submit(make, number))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
