"""How well every person fits every role."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from upwell.engine import VERSION
from upwell.engine.frames import Result
from upwell.engine.talent.reading import ASSUMED, Read


@dataclass(frozen=True)
class Matches(Result):
    """``estimates``: person, role, match (expected share of the weight met, 0 to 1) with lo95 and hi95, p_must
    (probability that every must-have is met), p_ready (that besides at least ``ready_at`` of the weight is met),
    unknown (requirements without evidence). Best first within each role."""


def match(
    levels: object,
    requirements: object,
    *,
    ready_at: float = 0.8,
    unknown_level: float = 2.0,
    unknown_sd: float = 1.0,
) -> Matches:
    """How well every person fits every role.

    Args:
        levels: frame of ``LEVELS`` (posterior mean and standard deviation, as the levels step gives them).
        requirements: frame of ``REQUIREMENTS``; weight 1 and no must-have where absent.
        ready_at: share of a role's weight that must be met to be ready, above 0 to 1.
        unknown_level, unknown_sd: belief about a capability without evidence.

    Raises:
        FrameError: contract broken, keys of different kinds, no requirements, or a role whose weights are all 0.
        ParameterError: an argument out of range.
    """
    read = Read.of(levels, requirements, ready_at, unknown_level, unknown_sd)
    rows = [matched(read, role) for role in read.roles]
    estimates = pa.concat_tables(rows).sort_by(
        [("role", "ascending"), ("p_ready", "descending"), ("match", "descending"), ("person", "ascending")]
    )
    return Matches(estimates, {"ready_at": ready_at, "version": VERSION}, ASSUMED)


def matched(read: Read, role: Any) -> pa.Table:
    found = read.met(role, slice(None))
    count = len(read.people)
    return pa.table(
        {
            "person": pa.array(read.people, read.person_type),
            "role": pa.array([role] * count, read.role_type),
            "match": found.share,
            "lo95": found.lo95,
            "hi95": found.hi95,
            "p_must": found.p_must,
            "p_ready": found.p_ready,
            "unknown": (~read.seen[:, read.roles[role][0]]).sum(axis=1),
        }
    )
