"""Gaps: required minus estimated level, with the probability that the gap is real.

Takes the frame that ``levels`` returns (or any frame with person, capability, level, sd). A requirement without
evidence stays a row with a null level and the state ``no_evidence``; it is never a gap of zero. See
``docs/methods/gaps.md``.
"""

from upwell.engine.gaps.cells import GapCells, hold, hold_readings, rows
from upwell.engine.gaps.changing import what_if
from upwell.engine.gaps.computing import GapsResult, compute
from upwell.engine.gaps.confirming import confirm
from upwell.engine.gaps.contracts import (
    CHANGES,
    CLOSURE,
    CONFIRMED,
    FACTORS,
    HOLDINGS,
    LEVELS,
    OBSERVATIONS,
    READINGS,
    REQUIREMENTS,
    ROLES,
    STATES,
)
from upwell.engine.gaps.rolling import UNIT_SUMS, merged, roll_up, shares, unit_sums

__all__ = [
    "CHANGES",
    "CLOSURE",
    "CONFIRMED",
    "FACTORS",
    "HOLDINGS",
    "LEVELS",
    "OBSERVATIONS",
    "READINGS",
    "REQUIREMENTS",
    "ROLES",
    "STATES",
    "UNIT_SUMS",
    "GapCells",
    "GapsResult",
    "compute",
    "confirm",
    "hold",
    "hold_readings",
    "merged",
    "roll_up",
    "rows",
    "shares",
    "unit_sums",
    "what_if",
]
