"""What an area reports, and how one piece of work is measured."""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Size(StrEnum):
    """How much is done: QUICK in about 20 seconds an area, FULL at the sizes of the targets."""

    QUICK = "quick"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure. `ratio` is ours divided by the reference's, both measured in this run; below 1 is better."""

    what: str
    value: str
    target: str = ""
    reference: str = ""
    ratio: float | None = None
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work cost: seconds on the clock, seconds of processor time of all threads, megabytes at most."""

    wall: float
    cpu: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, {self.cpu:.2f} CPU s, {self.peak_mb:,.0f} MB"


class Area(Protocol):
    """A module of this package."""

    def measure(self, size: Size) -> Iterator[Line]: ...


def cost_of(work: Callable[[], Any]) -> tuple[Any, Cost]:
    """Run `work` here; the peak is that of the whole process so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    cost = Cost(time.perf_counter() - wall, time.process_time() - cpu, _peak_mb())
    return result, cost


def apart(work: Callable[..., Any], *args: Any) -> Any:
    """The picklable result of `work(*args)` in a fresh process, so that its peak memory is its own.

    `work` is a function of a module; it calls `cost_of` itself, after its imports and its input are there.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(work, args)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
