"""What may be chosen, and every limit a plan must keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from upwell.engine.frames import Column, Contract

Key = str | int
Method = Literal["auto", "decomposition", "exact"]
Fairness = Literal["people", "need"]

CANDIDATES: Final = Contract(
    "candidates",
    (
        Column("person", "key"),
        Column("intervention", "key"),
        Column("value", "real", "expected weighted gap closure", low=0.0),
        Column("cost", "real", "money", low=0.0),
        Column("hours", "real", "hours", low=0.0),
        Column("unit", "key", required=False),
        Column("session", "key", nullable=True, required=False),
        Column("overlap", "key", nullable=True, required=False),
        Column("period", "key", required=False),
    ),
)
"""One row per person, intervention and, where given, period; periods are in the order of their keys."""
ALL: Final = "all"
"""The name of a budget for everybody."""


@dataclass(frozen=True)
class Limits:
    """Every limit of one plan, as `solve` takes them; None or empty where there is no such limit."""

    budget: float | Mapping[Key, float]
    unit_budget: Mapping[Key, float] = field(default_factory=dict)
    period_budget: Mapping[Key, float] = field(default_factory=dict)
    cell_budget: Mapping[tuple[Key, Key], float] = field(default_factory=dict)
    seats: Mapping[Key, int] = field(default_factory=dict)
    hours: float | Mapping[Key, float] | None = None
    prerequisites: Mapping[Key, Sequence[Key]] = field(default_factory=dict)
    held: Collection[tuple[Key, Key]] = ()
    duties: frozenset[tuple[Key, Key]] = frozenset()
    floor: float = 0.0
    floor_of: Fairness = "people"
    discount: float = 0.5

    @property
    def per_unit(self) -> Mapping[Key, float]:
        """Amounts per unit, whichever way they were given."""
        return self.budget if isinstance(self.budget, Mapping) else self.unit_budget
