"""Verbs of use on the job: commit, log, re-assess, and close what was shown or explained."""

import datetime as dt

from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.operations import observe
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import close_need, refresh
from upwell.domain.gaps.queries import current_standing
from upwell.domain.plans.choices import ActionState
from upwell.domain.plans.models import Action
from upwell.domain.plans.operations import close_with_reason, mark_applied, note_use
from upwell.domain.transfer.models import Application, Commitment, Reassessment
from upwell.domain.transfer.queries import has_use_on_the_job
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person

CHECK_EVERY = (dt.timedelta(days=14), dt.timedelta(days=30), dt.timedelta(days=60))


class NotYetDone(Exception):
    """The action is not done, so there is nothing to commit to yet."""


class StepIsOver(Exception):
    """The step was declined, swapped or closed with a reason, so no use of it is logged."""


class SeenByOneself(Exception):
    """A use is confirmed by somebody else than the person who logged it."""


class NoUseShown(Exception):
    """The action stays open: log its use on the job, or close it with a reason."""


@operation("commitment.make")
def commit(*, action: Action, when: str, will: str, actor: Account | None, at: dt.datetime) -> Commitment:
    """Make the commitment "when X, I will Y" for an action that is accepted or done; asked after in two weeks."""
    if action.state not in (ActionState.ACCEPTED, ActionState.DONE):
        raise NotYetDone(f"{action} is {action.get_state_display()}; accept it before committing to its use.")
    commitment, _ = Commitment.objects.update_or_create(
        action=action,
        defaults={"when": when, "will": will, "made_at": at, "next_check_on": at.date() + CHECK_EVERY[0]},
    )
    return commitment


@operation("application.log")
def log_application(
    *,
    commitment: Commitment,
    used: bool,
    what: str,
    obstacle: str,
    actor: Account | None,
    at: dt.datetime,
    on: dt.date | None = None,
    seen_by: Person | None = None,
) -> Application:
    """Log use on the job or what stood in its way. The next question comes later each time, then stops.

    Raises StepIsOver where the step was declined, swapped or closed.
    """
    if commitment.action.state in (ActionState.DECLINED, ActionState.SWAPPED, ActionState.CLOSED):
        raise StepIsOver(f"{commitment.action} is {commitment.action.get_state_display()}; no use of it is logged.")
    entry = Application.objects.create(
        commitment=commitment,
        on=on or at.date(),
        used=used,
        what=what,
        obstacle=obstacle,
        seen_by=seen_by,
        logged_at=at,
    )
    asked = commitment.applications.count()
    pause = CHECK_EVERY[asked] if asked < len(CHECK_EVERY) else None
    commitment.next_check_on = at.date() + pause if pause else None
    commitment.save(update_fields=["next_check_on"])
    if used:
        note_use(action=commitment.action, on=entry.on, actor=actor, at=at)
    return entry


@operation("application.see")
def see_application(
    *, application: Application, seen_by: Person, actor: Account | None, at: dt.datetime
) -> Application:
    """A second person says that they saw the use.

    Raises SeenByOneself where it is the person who used it.
    """
    if application.commitment.action.plan.person_id == seen_by.pk:
        raise SeenByOneself("Somebody else says that they saw it.")
    application.seen_by = seen_by
    application.save(update_fields=["seen_by"])
    return application


def close_action(*, action: Action, reason: str, actor: Account | None, at: dt.datetime) -> Action:
    """Close an action: used on the job, or with a reason why not. Without either it stays open (G4)."""
    if has_use_on_the_job(action):
        return mark_applied(action=action, actor=actor, at=at)
    if not reason.strip():
        raise NoUseShown(f"{action} has no logged use yet. Log its use, or say why it is closed without.")
    return close_with_reason(action=action, reason=reason, actor=actor, at=at)


@operation("reassessment.plan")
def plan_reassessment(
    *, need: Need, action: Action | None, assessor: Person, due_on: dt.date, actor: Account | None, at: dt.datetime
) -> Reassessment:
    """Plan a re-rating of the capability of a need, keeping the level as it is now."""
    before = current_standing(need.person, need.capability)
    return Reassessment.objects.create(
        need=need,
        action=action,
        assessor=assessor,
        due_on=due_on,
        level_before=before.level if before else None,
        sd_before=before.sd if before else None,
    )


@operation("reassessment.complete")
def reassess(
    *,
    reassessment: Reassessment,
    source: Source,
    category: int,
    note: str,
    actor: Account | None,
    at: dt.datetime,
) -> Reassessment:
    """Rate again: the rating becomes evidence, the level moves, and the need is closed if the gap is.

    One done already is returned as it is; a need that is over meanwhile stays as it was ended.
    """
    Reassessment.objects.select_for_update().get(pk=reassessment.pk)
    reassessment.refresh_from_db(fields=["done_on"])
    if reassessment.done_on is not None:
        return reassessment
    need = reassessment.need
    need.refresh_from_db(fields=["state"])
    observation = observe(
        person=need.person,
        capability=need.capability,
        rater=reassessment.assessor,
        source=source,
        category=category,
        note=note,
        observed_on=at.date(),
        origin=Origin.REASSESSMENT,
        origin_uuid=reassessment.uuid,
        actor=actor,
        at=at,
    )
    refresh(person=need.person, actor=actor, at=at)
    after = current_standing(need.person, need.capability)
    reassessment.done_on = at.date()
    reassessment.observation_uuid = observation.uuid
    reassessment.level_after = after.level if after else None
    reassessment.sd_after = after.sd if after else None
    reassessment.save()
    is_over = need.state in (NeedState.CLOSED, NeedState.DISMISSED)
    if after is not None and after.state in ("meets", "above") and not is_over:
        close_need(need=need, reason="Re-assessed: the level now meets what the role asks.", actor=actor, at=at)
    return reassessment
