"""Deciding on, finishing and closing the steps of a plan."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from upwell.domain.learning.models import Enrolment
from upwell.domain.learning.operations import complete, complete_from_statement, enrol, withdraw
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.models import Action, Intervention, Plan
from upwell.domain.plans.operations.training import must_be_open
from upwell.domain.records.models import Statement
from upwell.domain.records.operations import already_kept, store_statement
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person

OPEN = (PlanState.PROPOSED, PlanState.AGREED)


class NotDecidable(Exception):
    """The step is past this decision; the message says where it stands."""


@operation("action.accept")
def accept(*, action: Action, by: Person, actor: Account | None, at: dt.datetime) -> Action:
    """Accept a proposed step of a plan that is not over; its learning item is enrolled in once both sides agree.

    Raises TrainingNotOpened where the cause found is another by now and no reason stands on the step (R35).
    """
    _hold(action)
    _must_be(action, ActionState.PROPOSED)
    _decide(action, ActionState.ACCEPTED, by=by, at=at, reason="")
    return take_up(action, actor=actor, at=at)


def take_up(action: Action, *, actor: Account | None, at: dt.datetime) -> Action:
    """Enrol in the item of an accepted step of an agreed plan, if training is still open for its need."""
    if action.need is not None and not action.override_reason:
        must_be_open(action.need, action.intervention)
    if action.plan.state == PlanState.AGREED and action.intervention.item is not None:
        enrol(person=action.plan.person, item=action.intervention.item, action_uuid=action.uuid, actor=actor, at=at)
    return action


@operation("action.decline")
def decline(*, action: Action, by: Person, reason: str, actor: Account | None, at: dt.datetime) -> Action:
    """Decline a step of a plan that is not over, with a reason; an enrolment begun for it is left."""
    _hold(action)
    _must_be(action, ActionState.PROPOSED, ActionState.ACCEPTED)
    _decide(action, ActionState.DECLINED, by=by, at=at, reason=_given(reason, "declined"))
    _leave(action, actor=actor, at=at)
    _complete_plan(action.plan)
    return action


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
    """Replace a step by another one for the same need, with a reason; returns the new step. An enrolment is left.

    Raises TrainingNotOpened where the new step is training and the cause found is another (R35).
    """
    _hold(action)
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
    _leave(action, actor=actor, at=at)
    return successor


@operation("action.finish")
def finish(*, action: Action, on: dt.date, actor: Account | None, at: dt.datetime) -> Action:
    """Note that the step was done. It stays open until its use is shown (G4), unless it was before."""
    _hold(action)
    _must_be(action, ActionState.ACCEPTED)
    action.state = ActionState.APPLIED if action.used_on else ActionState.DONE
    action.done_on = on
    action.save(update_fields=["state", "done_on"])
    enrolment = Enrolment.objects.filter(action_uuid=action.uuid, state__in=("enrolled", "started")).first()
    if enrolment is not None:
        complete(enrolment=enrolment, on=on, actor=actor, at=at)
    _complete_plan(action.plan)
    return action


@operation("action.note_use")
def note_use(*, action: Action, on: dt.date, actor: Account | None, at: dt.datetime) -> Action:
    """Note a use on the job: a step done is applied by it, one not done yet will be as soon as it is."""
    Action.objects.select_for_update().get(pk=action.pk)
    action.refresh_from_db(fields=["state", "used_on"])
    if action.used_on is None:
        action.used_on = on
        action.save(update_fields=["used_on"])
    return mark_applied(action=action, actor=actor, at=at) if action.state == ActionState.DONE else action


@operation("action.mark_applied")
def mark_applied(*, action: Action, actor: Account | None, at: dt.datetime) -> Action:
    """Note that what was learned is used on the job."""
    action.state = ActionState.APPLIED
    action.save(update_fields=["state"])
    _complete_plan(action.plan)
    return action


@operation("action.close_with_reason")
def close_with_reason(*, action: Action, reason: str, actor: Account | None, at: dt.datetime) -> Action:
    """Close a step that was not used on the job, saying why."""
    action.state = ActionState.CLOSED
    action.decision_reason = _given(reason, "closed")
    action.save(update_fields=["state", "decision_reason"])
    _complete_plan(action.plan)
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
    steps = Action.objects.filter(state=ActionState.ACCEPTED, plan__state__in=OPEN)
    action = steps.filter(uuid=enrolment.action_uuid).first()
    if action is not None:
        finish(action=action, on=statement.happened_at.date(), actor=actor, at=at)
    return statement


def hold_plan(plan: Plan) -> None:
    """Keep others from deciding on a plan until the transaction ends, and read where it stands now."""
    Plan.objects.select_for_update().get(pk=plan.pk)
    plan.refresh_from_db(fields=["state", "person_agreed_at", "manager_agreed_at"])


def _hold(action: Action) -> None:
    """Hold the step and its plan; NotDecidable where the plan is over."""
    hold_plan(action.plan)
    Action.objects.select_for_update().get(pk=action.pk)
    action.refresh_from_db(fields=["state", "used_on"])
    if action.plan.state not in OPEN:
        raise NotDecidable(f"The plan is {action.plan.get_state_display()}; its steps cannot be changed any more.")


def _leave(action: Action, *, actor: Account | None, at: dt.datetime) -> None:
    for enrolment in Enrolment.objects.filter(action_uuid=action.uuid, state__in=("enrolled", "started")):
        withdraw(enrolment=enrolment, actor=actor, at=at)


def _complete_plan(plan: Plan) -> None:
    """Complete an agreed plan with its last live step: some were used or closed with a reason, and none waits."""
    states = set(plan.actions.values_list("state", flat=True))
    waiting = {ActionState.PROPOSED, ActionState.ACCEPTED, ActionState.DONE}
    ended = {ActionState.APPLIED, ActionState.CLOSED}
    if plan.state == PlanState.AGREED and states & ended and not states & waiting:
        plan.state = PlanState.COMPLETED
        plan.save(update_fields=["state"])


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
