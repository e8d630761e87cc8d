"""The months of a simulated window, as days since 1970-01-01."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from upwell.engine.simulate.streams import Ints

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive calendar months; `first[t]` and `last[t]` are the first and last day of month t."""

    first: Ints
    last: Ints

    @property
    def months(self) -> int:
        """Number of months in the window."""
        return len(self.first)

    def month_of(self, day: Ints) -> Ints:
        """Index of the month a day falls in, clipped to the window."""
        return np.clip(np.searchsorted(self.first, day, side="right") - 1, 0, self.months - 1)


def window(as_of: date, months: int) -> Calendar:
    """The last `months` full calendar months that are over on the day after `as_of`."""
    after = date.fromordinal(as_of.toordinal() + 1)
    end = after.year * 12 + after.month - 1
    starts = [date((m // 12), m % 12 + 1, 1) for m in range(end - months, end + 1)]
    edges = np.array([(d - EPOCH).days for d in starts], dtype=np.int64)
    return Calendar(first=edges[:-1], last=edges[1:] - 1)
