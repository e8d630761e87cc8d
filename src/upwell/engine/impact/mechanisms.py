"""Why people were sent, which decides what can be concluded."""

from enum import StrEnum

from upwell.engine.errors import ParameterError


class Mechanism(StrEnum):
    """How it was decided who is treated and when; recorded before launch."""

    LOTTERY = "lottery"
    QUEUE = "queue"
    STAGGERED = "staggered"
    RULE = "rule"
    JUDGEMENT = "judgement"
    SELF = "self"
    UNIVERSAL = "universal"


RANDOM = frozenset({Mechanism.LOTTERY, Mechanism.QUEUE})
"""Mechanisms whose dates carry no information about the person; a queue only where it proves balanced."""

ASSUMPTIONS: dict[Mechanism, str] = {
    Mechanism.LOTTERY: "Who was treated, and when, was drawn by lot.",
    Mechanism.QUEUE: "Places in the queue have nothing to do with results; the balance test can only refute this.",
    Mechanism.STAGGERED: "The planned order of starts is not drawn by lot, so it may be related to results.",
    Mechanism.RULE: "A rule on a rating sent people; their results may return to normal without treatment.",
    Mechanism.JUDGEMENT: "A manager's judgement of a gap sent people; results may return to normal by themselves.",
    Mechanism.SELF: "People chose for themselves; motivation may explain part of the difference.",
    Mechanism.UNIVERSAL: "Everybody had to take part; only differences in date can be compared.",
}


def mechanism_of(name: str) -> Mechanism:
    """The mechanism of this name.

    Raises:
        ParameterError: no such mechanism.
    """
    try:
        return Mechanism(name)
    except ValueError:
        known = ", ".join(Mechanism)
        raise ParameterError(f"There is no mechanism '{name}'; choose one of {known}.") from None
