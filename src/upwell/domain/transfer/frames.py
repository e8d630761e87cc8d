"""The funnel from done to used through disclosure control."""

from dataclasses import dataclass

import pyarrow as pa

from upwell.domain.transfer.queries import Funnel, Stage
from upwell.engine.disclosure import WITHHELD, protect

FEWEST = 5
"""Fewer people than this behind a number, and the number is withheld."""


@dataclass(frozen=True, slots=True)
class ShownStage:
    """One stage or obstacle as it may be shown; `times` is None where it is withheld."""

    key: str
    times: int | None
    people: int | None
    why: str


@dataclass(frozen=True, slots=True)
class ShownFunnel:
    """The funnel as it may be shown."""

    stages: tuple[ShownStage, ...]
    obstacles: tuple[ShownStage, ...]
    n_obstacles_withheld: int

    @property
    def too_few(self) -> bool:
        """Whether not even the first stage may be shown."""
        return not self.stages or self.stages[0].times is None


def protected(funnel: Funnel) -> ShownFunnel:
    """Withhold every number behind which stand fewer than five people.

    Withheld is also a stage that fewer than five people left out of those of the stage before: the difference of two
    numbers would count them. A stage is a part of the one before, so the stages are a tree of one branch.
    """
    before = [None, *(row.key for row in funnel.stages)]
    stages = _protect(funnel.stages, before[: len(funnel.stages)])
    obstacles = _protect(funnel.obstacles, [None] * len(funnel.obstacles))
    shown = tuple(row for row in obstacles if row.times is not None)
    return ShownFunnel(stages, shown, len(obstacles) - len(shown))


def _protect(rows: tuple[Stage, ...], above: list[str | None]) -> tuple[ShownStage, ...]:
    if not rows:
        return ()
    table = pa.table(
        {
            "key": pa.array([row.key for row in rows], pa.string()),
            "above": pa.array(above, pa.string()),
            "times": pa.array([row.times for row in rows], pa.int64()),
            "people": pa.array([row.people for row in rows], pa.int64()),
        }
    )
    safe = protect(table, keys=["key"], count="people", k=FEWEST, parent=("key", "above"))
    found = safe.estimates.to_pylist()
    return tuple(
        ShownStage(row["key"], row["times"], row["people"], WITHHELD if row["withheld"] else "") for row in found
    )
