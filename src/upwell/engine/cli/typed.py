"""Options turned from text into values; every kind says in words what it takes."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

LONGEST_SHOWN: Final = 40
MOST: Final = 1e15
"""Amounts above this lose their cents in double precision."""
LARGEST_WHOLE: Final = 10**12


@dataclass(frozen=True, slots=True)
class Kind:
    """A reader of one typed value; `takes` completes the sentence "it takes ..."."""

    takes: str
    read: Callable[[str], Any]

    def __call__(self, text: str) -> Any:
        """The value.

        Raises:
            ArgumentTypeError: the text is not what the option takes; the words complete "--option ...".
        """
        try:
            return self.read(text)
        except ValueError:
            raise ArgumentTypeError(f"is '{shortened(text)}'; it takes {self.takes}") from None


def shortened(text: str) -> str:
    """A typed text fit for a sentence: printable and not too long."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= LONGEST_SHOWN else f"{clean[: LONGEST_SHOWN - 1]}…"


def listed(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def one_of(*names: str) -> Kind:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError
        return text

    return Kind(listed(names), read)


def whole(low: int, high: int = LARGEST_WHOLE) -> Kind:
    """A whole number within limits."""

    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    span = f"from {low} up" if high == LARGEST_WHOLE else f"from {low} to {high:,}"
    return Kind(f"a whole number {span}", read)


def _amount(text: str) -> float:
    value = float(text)
    if not 0 <= value <= MOST:
        raise ValueError
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _positive(text: str) -> float:
    value = _amount(text)
    if value == 0:
        raise ValueError
    return value


def _triangle(text: str) -> tuple[float, float, float]:
    given = [_positive(part) for part in text.split(",")]
    if len(given) not in (1, 3) or given != sorted(given):
        raise ValueError
    return given[0], given[len(given) // 2], given[-1]


def _grid(text: str) -> str:
    if text != "converged" and not (text.isdecimal() and 5 <= int(text) <= 2001):
        raise ValueError
    return text


AMOUNT: Final = Kind("a number from 0 to 1e15", _amount)
POSITIVE: Final = Kind("a number above 0", _positive)
TRIANGLE: Final = Kind("a number above 0, or lowest,likely,highest", _triangle)
SHARE: Final = Kind("a number from 0 to 1", _share)
COUNT: Final = whole(0)
DAY: Final = Kind("a day as YYYY-MM-DD", date.fromisoformat)
GRID: Final = Kind("'converged' or a number of nodes from 5 to 2001", _grid)
