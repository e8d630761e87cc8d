"""Enrolling, finishing, leaving. Finishing says that somebody was there, never that it helped."""

import datetime as dt
import uuid

from django.db.models import Q

from upwell.domain.learning.choices import EnrolmentState
from upwell.domain.learning.models import Enrolment, LearningItem
from upwell.domain.records.models import Statement
from upwell.domain.records.queries import says_completed
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person

OPEN = (EnrolmentState.ENROLLED, EnrolmentState.STARTED)


class AlreadyFinished(Exception):
    """The enrolment is completed or withdrawn; enrol again to take the item once more."""


@operation("enrolment.enrol")
def enrol(
    *,
    person: Person,
    item: LearningItem,
    actor: Account | None,
    at: dt.datetime,
    action_uuid: uuid.UUID | None = None,
) -> Enrolment:
    """Enrol a person; a person already taking the item keeps the open enrolment, now tied to the action."""
    enrolment, created = Enrolment.objects.get_or_create(
        person=person,
        item=item,
        state__in=OPEN,
        defaults={"state": EnrolmentState.ENROLLED, "enrolled_on": at.date(), "action_uuid": action_uuid},
    )
    if not created and action_uuid is not None and enrolment.action_uuid is None:
        enrolment.action_uuid = action_uuid
        enrolment.save(update_fields=["action_uuid"])
    return enrolment


@operation("enrolment.start")
def start(*, enrolment: Enrolment, actor: Account | None, at: dt.datetime) -> Enrolment:
    """Note that the person began."""
    _must_be_open(enrolment)
    enrolment.state = EnrolmentState.STARTED
    enrolment.save(update_fields=["state"])
    return enrolment


@operation("enrolment.complete")
def complete(
    *,
    enrolment: Enrolment,
    on: dt.date,
    actor: Account | None,
    at: dt.datetime,
    score: float | None = None,
    statement_uuid: uuid.UUID | None = None,
) -> Enrolment:
    """Note that the person finished on a day; `score` is scaled, -1 to 1."""
    _must_be_open(enrolment)
    enrolment.state = EnrolmentState.COMPLETED
    enrolment.completed_on = on
    enrolment.score = score
    enrolment.statement_uuid = statement_uuid
    enrolment.save(update_fields=["state", "completed_on", "score", "statement_uuid"])
    return enrolment


@operation("enrolment.withdraw")
def withdraw(*, enrolment: Enrolment, actor: Account | None, at: dt.datetime) -> Enrolment:
    """Leave an item before its end."""
    _must_be_open(enrolment)
    enrolment.state = EnrolmentState.WITHDRAWN
    enrolment.save(update_fields=["state"])
    return enrolment


def complete_from_statement(*, statement: Statement, actor: Account | None, at: dt.datetime) -> Enrolment | None:
    """Complete the open enrolment a finishing statement speaks of unless it began later, else None."""
    if statement.person_id is None or not says_completed(statement):
        return None
    enrolment = (
        Enrolment.objects.filter(
            _named_by(statement.object_key),
            person=statement.person_id,
            state__in=OPEN,
            enrolled_on__lte=statement.happened_at.date(),
        )
        .select_related("item", "person")
        .first()
    )
    if enrolment is None:
        return None
    return complete(
        enrolment=enrolment,
        on=statement.happened_at.date(),
        score=statement.score,
        statement_uuid=statement.statement_uuid,
        actor=actor,
        at=at,
    )


def _named_by(object_key: str) -> Q:
    """Items by the name a statement gives them: activity, address, or `urn:uuid:` where they have neither."""
    named = Q(item__activity_iri=object_key) | Q(item__url=object_key)
    try:
        return named | Q(item__uuid=uuid.UUID(object_key.removeprefix("urn:uuid:")))
    except ValueError:
        return named


def _must_be_open(enrolment: Enrolment) -> None:
    if enrolment.state not in OPEN:
        raise AlreadyFinished(f"{enrolment.item} is already {enrolment.get_state_display()} for {enrolment.person}.")
