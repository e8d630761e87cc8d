"""Questions about levels, gaps and needs."""

from upwell.domain.gaps.queries.needs import NeedRow, need_row, needs_of, open_needs_of_people
from upwell.domain.gaps.queries.raters import SeverityRow, own_severity
from upwell.domain.gaps.queries.standings import (
    StandingRow,
    current_snapshot,
    current_standing,
    history_of,
    snapshot_of_run,
    standings_of,
)

__all__ = [
    "NeedRow",
    "SeverityRow",
    "StandingRow",
    "current_snapshot",
    "current_standing",
    "history_of",
    "need_row",
    "needs_of",
    "open_needs_of_people",
    "own_severity",
    "snapshot_of_run",
    "standings_of",
]
