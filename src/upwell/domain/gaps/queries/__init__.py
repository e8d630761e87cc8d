"""Questions about levels, gaps and needs."""

from upwell.domain.gaps.queries.needs import NeedRow, need_row, needs_of, open_needs_of_people
from upwell.domain.gaps.queries.standings import (
    StandingRow,
    current_snapshot,
    current_standing,
    history_of,
    standings_of,
)

__all__ = [
    "NeedRow",
    "StandingRow",
    "current_snapshot",
    "current_standing",
    "history_of",
    "need_row",
    "needs_of",
    "open_needs_of_people",
    "standings_of",
]
