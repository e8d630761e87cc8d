"""Verbs of levels, gaps and needs."""

from upwell.domain.gaps.operations.needs import (
    NeedIsOver,
    NotConfirmed,
    advance_need,
    close_need,
    confirm_need,
    dismiss_need,
    must_be_confirmed,
    raise_need,
)
from upwell.domain.gaps.operations.snapshots import (
    REPLAY_KIND,
    RUN_KIND,
    NoSnapshotYet,
    refresh,
    replay,
    request_replay,
    request_snapshot,
    take_snapshot,
)

__all__ = [
    "REPLAY_KIND",
    "RUN_KIND",
    "NeedIsOver",
    "NoSnapshotYet",
    "NotConfirmed",
    "advance_need",
    "close_need",
    "confirm_need",
    "dismiss_need",
    "must_be_confirmed",
    "raise_need",
    "refresh",
    "replay",
    "request_replay",
    "request_snapshot",
    "take_snapshot",
]
