"""Deciding on, finishing and closing the steps of a plan."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from upwell.domain.learning.models import Enrolment
from upwell.domain.learning.operations import complete, complete_from_statement, enrol
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.models import Action, Intervention
from upwell.domain.plans.operations.training import must_be_open
from upwell.domain.records.models import Statement
from upwell.domain.records.operations import already_kept, store_statement
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person


class NotDecidable(Exception):
    """The step is past this decision; the message says where it stands."""


@operation("action.accept")
def accept(*, action: Action, by: Person, actor: Account | None, at: dt.datetime) -> Action:
    """Accept a proposed step of a plan that is not over; a learning item is enrolled in at once."""
    _must_be(action, ActionState.PROPOSED)
    if action.plan.state not in (PlanState.PROPOSED, PlanState.AGREED):
        raise NotDecidable(f"The plan is {action.plan.get_state_display()}; its steps cannot be accepted any more.")
    _decide(action, ActionState.ACCEPTED, by=by, at=at, reason="")
    if action.intervention.item is not None:
        enrol(person=action.plan.person, item=action.intervention.item, action_uuid=action.uuid, actor=actor, at=at)
    return action


@operation("action.decline")
def decline(*, action: Action, by: Person, reason: str, actor: Account | None, at: dt.datetime) -> Action:
    """Decline a step, with a reason."""
    _must_be(action, ActionState.PROPOSED, ActionState.ACCEPTED)
    return _decide(action, ActionState.DECLINED, by=by, at=at, reason=_given(reason, "declined"))


@operation("action.swap")
def swap(
    *,
    action: Action,
    intervention: Intervention,
    by: Person,
    reason: str,
    actor: Account | None,
    at: dt.datetime,
) -> Action:
    """Replace a step by another one for the same need, with a reason; returns the new step.

    Raises TrainingNotOpened where the new step is training and the cause found is another (R35).
    """
    _must_be(action, ActionState.PROPOSED, ActionState.ACCEPTED)
    must_be_open(action.need, intervention)
    successor = Action.objects.create(
        plan=action.plan,
        need=action.need,
        intervention=intervention,
        reason=f"Chosen instead of {action.intervention}: {reason}",
        success_signal=action.success_signal,
        due_on=action.due_on,
    )
    action.swapped_for = successor
    _decide(action, ActionState.SWAPPED, by=by, at=at, reason=_given(reason, "swapped"))
    return successor


@operation("action.finish")
def finish(*, action: Action, on: dt.date, actor: Account | None, at: dt.datetime) -> Action:
    """Note that the step was done. It stays open until its use is shown (G4)."""
    _must_be(action, ActionState.ACCEPTED)
    action.state = ActionState.DONE
    action.done_on = on
    action.save(update_fields=["state", "done_on"])
    enrolment = Enrolment.objects.filter(action_uuid=action.uuid, state__in=("enrolled", "started")).first()
    if enrolment is not None:
        complete(enrolment=enrolment, on=on, actor=actor, at=at)
    return action


@operation("action.mark_applied")
def mark_applied(*, action: Action, actor: Account | None, at: dt.datetime) -> Action:
    """Note that what was learned is used on the job."""
    action.state = ActionState.APPLIED
    action.save(update_fields=["state"])
    return action


@operation("action.close_with_reason")
def close_with_reason(*, action: Action, reason: str, actor: Account | None, at: dt.datetime) -> Action:
    """Close a step that was not used on the job, saying why."""
    action.state = ActionState.CLOSED
    action.decision_reason = _given(reason, "closed")
    action.save(update_fields=["state", "decision_reason"])
    return action


@operation("statement.receive")
def receive_statement(*, raw: Mapping[str, Any], source: str, actor: Account | None, at: dt.datetime) -> Statement:
    """Take in a statement; one that says an item was finished completes the enrolment and the step it serves.

    One that is kept already does nothing more: a replay never finishes what was begun after it.
    """
    known = already_kept(raw)
    if known is not None:
        return known
    statement = store_statement(raw=raw, source=source, actor=actor, at=at)
    enrolment = complete_from_statement(statement=statement, actor=actor, at=at)
    if enrolment is None or enrolment.action_uuid is None:
        return statement
    action = Action.objects.filter(uuid=enrolment.action_uuid, state=ActionState.ACCEPTED).first()
    if action is not None:
        finish(action=action, on=statement.happened_at.date(), actor=actor, at=at)
    return statement


def _must_be(action: Action, *states: ActionState) -> None:
    if action.state not in states:
        raise NotDecidable(f"{action} is {action.get_state_display()}; that cannot be decided any more.")


def _given(reason: str, done: str) -> str:
    if not reason.strip():
        raise NotDecidable(f"A step is {done} with a reason, so that the other side can understand it.")
    return reason.strip()[:300]


def _decide(action: Action, state: ActionState, *, by: Person, at: dt.datetime, reason: str) -> Action:
    action.state = state
    action.decided_by = by
    action.decided_at = at
    action.decision_reason = reason
    action.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "swapped_for"])
    return action
