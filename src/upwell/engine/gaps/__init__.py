"""Gaps: required minus estimated level, with the probability that the gap is real.

Takes the frame that ``levels`` returns (or any frame with person, capability, level, sd). A requirement without
evidence stays a row with a null level and the state ``no_evidence``; it is never a gap of zero. See
``docs/methods/gaps.md``.
"""

from upwell.engine.gaps.computing import GapsResult, compute, what_if
from upwell.engine.gaps.confirming import confirm
from upwell.engine.gaps.contracts import (
    CHANGES,
    CLOSURE,
    CONFIRMED,
    FACTORS,
    LEVELS,
    OBSERVATIONS,
    REQUIREMENTS,
    STATES,
)
from upwell.engine.gaps.rolling import roll_up

__all__ = [
    "CHANGES",
    "CLOSURE",
    "CONFIRMED",
    "FACTORS",
    "LEVELS",
    "OBSERVATIONS",
    "REQUIREMENTS",
    "STATES",
    "GapsResult",
    "compute",
    "confirm",
    "roll_up",
    "what_if",
]
