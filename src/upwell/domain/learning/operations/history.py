"""Taking in what people learned before, many enrolments at a time."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from upwell.domain.learning.choices import EnrolmentState
from upwell.domain.learning.models import Enrolment
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.lib import bulk


class PastEnrolment(NamedTuple):
    """One enrolment by ids; `completed_on` None: still taking it."""

    person_id: int
    item_id: int
    enrolled_on: dt.date
    completed_on: dt.date | None


@operation("enrolment.record_history")
def record_history(*, enrolments: Iterable[PastEnrolment], actor: Account | None, at: dt.datetime) -> int:
    """Record past enrolments as they are and count them; of two open ones of a person and item the first is kept."""
    rows = [
        {
            "person_id": one.person_id,
            "item_id": one.item_id,
            "state": EnrolmentState.COMPLETED if one.completed_on else EnrolmentState.STARTED,
            "enrolled_on": one.enrolled_on,
            "completed_on": one.completed_on,
        }
        for one in enrolments
    ]
    return len(bulk.insert(Enrolment, rows))
