"""Making a plan: from needs to actions, each with its reason, agreed by both sides."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from upwell.domain.capabilities.models import Capability
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import advance_need, must_be_confirmed
from upwell.domain.learning.models import LearningItem
from upwell.domain.plans.choices import ActionState, InterventionKind, PlanState
from upwell.domain.plans.models import Action, Budget, Intervention, Plan
from upwell.domain.plans.operations.actions import NotDecidable, accept, hold_plan, take_up
from upwell.domain.plans.operations.training import must_be_open
from upwell.domain.plans.queries import options_for_need
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person, Seat, Unit

PLAN_LASTS = dt.timedelta(days=180)
STEP_LASTS = dt.timedelta(days=45)


class NothingToAddress(Exception):
    """There is no open need that a plan could address."""


@operation("intervention.add")
def add_intervention(
    *,
    key: str,
    kind: InterventionKind,
    title: str,
    cause: Cause,
    actor: Account | None,
    at: dt.datetime,
    item: LearningItem | None = None,
    capability: Capability | None = None,
    description: str = "",
    hours: float = 0,
    cost: Decimal = Decimal(0),
    effect: float | None = None,
    effect_sd: float | None = None,
) -> Intervention:
    """Add one way to close a gap. `hours` of the person's time, `cost` in money, `effect` in levels."""
    return Intervention.objects.create(
        key=key,
        kind=kind,
        title=title,
        cause=cause,
        item=item,
        capability=capability,
        description=description,
        hours=hours,
        cost=cost,
        effect=effect,
        effect_sd=effect_sd,
    )


@operation("plan.propose")
def propose(
    *,
    person: Person,
    manager: Person | None,
    proposed_by: Person | None,
    needs: Sequence[Need],
    actor: Account | None,
    at: dt.datetime,
) -> Plan:
    """Propose a plan: for each need the option that closes most of the gap for its hours, with the reason."""
    if not needs:
        raise NothingToAddress("Pick at least one need; a plan without one would be a formality.")
    plan = Plan.objects.create(
        person=person,
        manager=manager,
        proposed_by=proposed_by,
        name=f"Plan of {at.date():%B %Y}",
        state=PlanState.PROPOSED,
        created_at=at,
        expires_on=at.date() + PLAN_LASTS,
    )
    for need in needs:
        options = options_for_need(need)
        if not options:
            raise NothingToAddress(f"No intervention addresses {need.capability} yet. Add one to the catalogue first.")
        best = options[0]
        if not best.fits_cause:
            raise NothingToAddress(f"Nothing in the catalogue answers the cause found for {need.capability}.")
        add_action(
            plan=plan,
            need=need,
            intervention=Intervention.objects.get(uuid=best.uuid),
            reason=best.reason,
            success_signal=f"{need.capability} re-assessed at or above {need.required or 0:.1f}",
            due_on=at.date() + STEP_LASTS,
            actor=actor,
            at=at,
        )
    return plan


@operation("action.add", says=("override_reason",))
def add_action(
    *,
    plan: Plan,
    need: Need | None,
    intervention: Intervention,
    reason: str,
    success_signal: str,
    due_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
    override_reason: str = "",
) -> Action:
    """Add a step. Without a need (G1), or training for another cause than skill (R35), an override needs a reason.

    Raises NotConfirmed where no pattern stands behind the need yet (R25); no reason overrides that.
    """
    if need is not None:
        must_be_confirmed(need)
    if need is None and not override_reason.strip():
        raise NothingToAddress("A step needs a need it answers, or a reason why it is taken without one.")
    if not override_reason.strip():
        must_be_open(need, intervention)
    action = Action.objects.create(
        plan=plan,
        need=need,
        intervention=intervention,
        reason=reason or override_reason,
        success_signal=success_signal,
        due_on=due_on,
        override_reason=override_reason[:300],
    )
    if need is not None:
        advance_need(need=need, state=NeedState.PLANNED, actor=actor, at=at)
    return action


@operation("plan.agree")
def agree(*, plan: Plan, by: Person, actor: Account | None, at: dt.datetime) -> Plan:
    """One side agrees; when both have, the plan holds and its open proposals are accepted.

    The plan follows its person to a new manager. Raises NotDecidable for anybody but the person and the manager they
    have today (the planned one where they have none), and once it is decided.
    """
    hold_plan(plan)
    if plan.state != PlanState.PROPOSED:
        raise NotDecidable(f"The plan is {plan.get_state_display()}; it cannot be agreed to any more.")
    if by == plan.person:
        plan.person_agreed_at = at
    elif by == _manager_today(plan):
        plan.manager = by
        plan.manager_agreed_at = at
    else:
        raise NotDecidable("Only the person and their manager agree to a plan.")
    if plan.person_agreed_at and plan.manager_agreed_at:
        plan.state = PlanState.AGREED
    plan.save(update_fields=["manager", "person_agreed_at", "manager_agreed_at", "state"])
    if plan.state == PlanState.AGREED:
        _take_up_all(plan, by=by, actor=actor, at=at)
    return plan


def _manager_today(plan: Plan) -> Person | None:
    seat = Seat.objects.filter(person=plan.person, manager__isnull=False).select_related("manager").first()
    return seat.manager if seat else plan.manager


def _take_up_all(plan: Plan, *, by: Person, actor: Account | None, at: dt.datetime) -> None:
    joined = plan.actions.select_related("plan__person", "intervention__item", "need")
    for action in joined.filter(state__in=(ActionState.PROPOSED, ActionState.ACCEPTED)):
        if action.state == ActionState.PROPOSED:
            accept(action=action, by=by, actor=actor, at=at)
        else:
            take_up(action, actor=actor, at=at)


@operation("plan.decline")
def decline_plan(*, plan: Plan, reason: str, actor: Account | None, at: dt.datetime) -> Plan:
    """Decline a whole plan, with a reason."""
    plan.state = PlanState.DECLINED
    plan.closing_reason = reason[:300]
    plan.save(update_fields=["state", "closing_reason"])
    return plan


@operation("plan.expire")
def expire_plans(*, actor: Account | None, at: dt.datetime) -> int:
    """Let the plans end whose time has run out; returns how many (G3)."""
    late = Plan.objects.filter(state__in=(PlanState.PROPOSED, PlanState.AGREED), expires_on__lte=at.date())
    return late.update(state=PlanState.EXPIRED, closing_reason="Its time ran out.")


@operation("budget.set")
def set_budget(*, unit: Unit, year: int, amount: Decimal, actor: Account | None, at: dt.datetime) -> Budget:
    """Set what a unit may spend on development in a year."""
    budget, _ = Budget.objects.update_or_create(unit=unit, year=year, defaults={"amount": amount})
    return budget
