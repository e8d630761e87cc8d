"""The outline of an item as pages show it, whatever the catalogue gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lesson:
    """One part of an item; `minutes` is None where unknown."""

    title: str
    minutes: int | None
    objectives: tuple[str, ...]


def lessons(outline: Sequence[Mapping[str, object]]) -> list[Lesson]:
    """The parts that have a title, in order."""
    return [_lesson(part) for part in outline if part.get("title")]


def _lesson(part: Mapping[str, object]) -> Lesson:
    minutes, given = part.get("minutes"), part.get("objectives")
    objectives = tuple(str(one) for one in given if one) if isinstance(given, list) else ()
    if isinstance(given, str) and given:
        objectives = (given,)
    return Lesson(str(part["title"]), minutes if isinstance(minutes, int) else None, objectives)
