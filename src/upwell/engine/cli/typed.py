"""Options turned from text into values, with the sentence for a wrong one."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date


def amount(text: str) -> float:
    """A finite number from zero up."""
    try:
        value = float(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no number") from None
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError("must be zero or more")
    return value


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = amount(text)
    if value > 1:
        raise ArgumentTypeError("must lie between 0 and 1")
    return value


def count(text: str) -> int:
    """A whole number from zero up."""
    try:
        value = int(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no whole number") from None
    if value < 0:
        raise ArgumentTypeError("must be zero or more")
    return value


def seed(text: str) -> int:
    """A whole number from zero up."""
    return count(text)


def grid(text: str) -> str:
    """`converged`, or a number of nodes."""
    if text != "converged" and not (text.isdigit() and 5 <= int(text) <= 2001):
        raise ArgumentTypeError("is 'converged' or a number of nodes from 5 to 2001")
    return text


def day(text: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no date; write YYYY-MM-DD") from None
