"""What a bulk import hands to the apps, and what it hears back: rows to make true, and rows that cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upwell.lib.bulk import Outcome

Wishes = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not be made true; `row` is its number in the file, 0 where that is not known."""

    code: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Effect:
    """What a bulk import did, table after table, in order."""

    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def did(self, outcome: Outcome) -> None:
        """Remember what happened to a table."""
        self.outcomes.append(outcome)

    def refuse(self, code: str, wish: Mapping[str, Any], column: str, reason: str) -> None:
        """Remember a row that could not be made true."""
        self.problems.append(Problem(code, int(wish.get("row", 0)), column, str(wish.get(column, "")), reason))
