"""Verbs of the catalogue and of enrolments."""

from upwell.domain.learning.operations.catalogue import add_item, say_what_it_builds
from upwell.domain.learning.operations.enrolments import (
    AlreadyFinished,
    complete,
    complete_from_statement,
    enrol,
    start,
    withdraw,
)
from upwell.domain.learning.operations.history import PastEnrolment, record_history

__all__ = [
    "AlreadyFinished",
    "PastEnrolment",
    "add_item",
    "complete",
    "complete_from_statement",
    "enrol",
    "record_history",
    "say_what_it_builds",
    "start",
    "withdraw",
]
