"""What the night brings: plans whose time has run out end."""

import datetime as dt

from upwell.domain.plans import operations


def end_the_late(*, at: dt.datetime) -> None:
    """Let the plans expire whose last day has passed; safe to run twice."""
    operations.expire_plans(actor=None, at=at)
