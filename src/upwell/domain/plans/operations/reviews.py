"""A review closes only with consequence; plans know whether there is one."""

import datetime as dt

from upwell.domain.plans.queries import needs_without_action
from upwell.domain.sources.reviews.models import Review
from upwell.domain.sources.reviews.operations import close
from upwell.foundation.accounts.models import Account


def close_review(*, review: Review, actor: Account | None, at: dt.datetime) -> Review:
    """Close a review whose confirmed needs all have an action (G5); raises `ReviewWithoutConsequence` otherwise."""
    missing = [str(need.capability) for need in needs_without_action(review.subject)]
    return close(review=review, needs_without_action=missing, actor=actor, at=at)
