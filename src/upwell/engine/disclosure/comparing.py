"""Two reports side by side: what their difference would say about few people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from upwell.engine.errors import FrameError, ParameterError

CHANGED: Final = "too few people joined or left since the last report"
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class DifferencingCheck:
    """Whether two groups may both be reported; true in a condition when they may."""

    safe: bool
    only_previous: int
    only_current: int
    reason: str

    def __bool__(self) -> bool:
        return self.safe


def differencing_safe(previous: Iterable[object], current: Iterable[object], k: int = 5) -> DifferencingCheck:
    """May the aggregate over ``current`` be shown after the one over ``previous`` was?

    Both are the identifiers of the people behind one number. It is safe when the people in only one of the two
    are none or at least ``k``, on each side, since the difference of the two numbers speaks about them.

    Raises:
        ParameterError: ``k`` below 2.
    """
    if k < 2:
        raise ParameterError(f"The smallest group that may be shown is at least 2, not {k}.")
    before, now = set(previous), set(current)
    left, joined = len(before - now), len(now - before)
    safe = all(n == 0 or n >= k for n in (left, joined))
    if safe:
        reason = "The two groups are the same or differ by enough people."
    else:
        reason = f"Fewer than {k} people joined or left since the other report; they would stand out."
    return DifferencingCheck(safe, left, joined, reason)


def changed(previous: pa.Table, current: pa.Table, keys: Sequence[str], k: int) -> set[Key]:
    """Keys of the cells whose people differ by 1 to ``k - 1``, on either side, from those shown under the same key."""
    before, now = _people(previous, keys), _people(current, keys)
    return {key for key in before.keys() & now.keys() if not differencing_safe(before[key], now[key], k)}


def _people(members: pa.Table, keys: Sequence[str]) -> dict[Key, set[object]]:
    missing = [name for name in (*keys, "person") if name not in members.column_names]
    if missing:
        raise FrameError(f"The members of a report have no column '{missing[0]}'.")
    found: dict[Key, set[object]] = {}
    columns = [members.column(name).to_pylist() for name in keys]
    for key, person in zip(zip(*columns, strict=True), members.column("person").to_pylist(), strict=True):
        found.setdefault(key, set()).add(person)
    return found
