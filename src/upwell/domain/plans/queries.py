"""Questions about plans, and what could close a need."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.models import Diagnosis
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need, Standing
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.models import Action, Intervention, Plan
from upwell.foundation.people.models import Person

LIVE = (ActionState.PROPOSED, ActionState.ACCEPTED, ActionState.DONE, ActionState.APPLIED)
STALE_AFTER = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One way to close a need. `closes` is the share of the gap it is expected to close, None where unknown."""

    uuid: UUID
    title: str
    kind: str
    kind_words: str
    hours: float
    cost: Decimal
    effect: float | None
    effect_lo: float | None
    effect_hi: float | None
    closes: float | None
    fits_cause: bool
    is_training: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One step of a plan."""

    uuid: UUID
    title: str
    kind: str
    kind_words: str
    capability: str
    capability_uuid: UUID | None
    state: str
    state_words: str
    reason: str
    success_signal: str
    due_on: dt.date
    done_on: dt.date | None
    hours: float
    cost: Decimal
    item_uuid: UUID | None
    need_uuid: UUID | None
    decision_reason: str
    override_reason: str
    swapped_for: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan with its steps and its health in words."""

    uuid: UUID
    name: str
    person: str
    person_uuid: UUID
    manager: str
    proposed_by: str
    state: str
    state_words: str
    created_at: dt.datetime
    expires_on: dt.date
    person_agreed: bool
    manager_agreed: bool
    actions: tuple[ActionRow, ...]
    health: tuple[str, ...]

    @property
    def hours(self) -> float:
        """Hours of the live steps."""
        return sum(row.hours for row in self.actions if row.state in LIVE)

    @property
    def cost(self) -> Decimal:
        """Cost of the live steps."""
        return sum((row.cost for row in self.actions if row.state in LIVE), Decimal(0))


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """One step of a plan that waits for its person: for a decision where not `agreed`, else to be done."""

    plan_uuid: UUID
    plan: str
    plan_created_at: dt.datetime
    agreed: bool
    action_uuid: UUID
    title: str
    capability: str
    reason: str
    due_on: dt.date
    hours: float


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    """A plan that waits for a manager's decision."""

    uuid: UUID
    name: str
    person: str
    person_uuid: UUID
    created_at: dt.datetime


def steps_waiting(person: Person, *, limit: int = 50) -> tuple[WaitingStep, ...]:
    """Steps a person has to decide on, or has accepted and not done, nearest date first; one statement."""
    to_decide = Q(plan__state=PlanState.PROPOSED, plan__person_agreed_at=None, state=ActionState.PROPOSED)
    to_decide |= Q(plan__state=PlanState.AGREED, state=ActionState.PROPOSED)
    to_do = Q(plan__state=PlanState.AGREED, state=ActionState.ACCEPTED)
    found = Action.objects.filter(to_decide | to_do, plan__person=person).order_by("due_on", "id")
    joined = found.select_related("plan", "intervention", "need__capability")[:limit]
    return tuple(
        WaitingStep(
            plan_uuid=action.plan.uuid,
            plan=action.plan.name,
            plan_created_at=action.plan.created_at,
            agreed=action.state == ActionState.ACCEPTED,
            action_uuid=action.uuid,
            title=action.intervention.title,
            capability=action.need.capability.name if action.need else "",
            reason=action.reason,
            due_on=action.due_on,
            hours=action.intervention.hours,
        )
        for action in joined
    )


def waiting_for(manager: Person, *, limit: int = 20) -> tuple[WaitingPlan, ...]:
    """Plans that wait for a manager, oldest first; one statement."""
    found = _waiting_plans(manager)
    fields = ("uuid", "name", "person__name", "person__uuid", "created_at")
    return tuple(WaitingPlan(*values) for values in found.order_by("created_at").values_list(*fields)[:limit])


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One step as a need sees it."""

    uuid: UUID
    plan_uuid: UUID
    title: str
    state: str
    state_words: str


def options_for_need(need: Need, *, limit: int = 8) -> tuple[OptionRow, ...]:
    """What could close a need: first what answers its cause, then by the gap closed for each hour.

    Options for another cause come last and are marked; a need without a decided cause is treated as undiagnosed, so
    nothing is said to fit.
    """
    diagnosis = Diagnosis.objects.filter(need=need).first()
    cause = diagnosis.cause if diagnosis else ""
    opened = diagnosis is not None and diagnosis.training_open
    standing = Standing.objects.filter(person=need.person_id, capability=need.capability_id, is_current=True).first()
    gap = standing.gap if standing and standing.gap else None
    general = Q(capability=None) & ~Q(cause=Cause.SKILL)
    found = Intervention.objects.filter(general | Q(capability=need.capability_id), retired_on=None)
    rows = [_option(row, cause=cause, training_open=opened, gap=gap, need=need) for row in found]
    rows.sort(key=lambda row: (not row.fits_cause, -(row.closes or 0) / (row.hours + 2), row.title))
    return tuple(rows[:limit])


def best_option(need: Need, *, gap: float | None) -> OptionRow | None:
    """What answers the cause found and closes most of a gap (in levels) for each hour, or None; one statement."""
    diagnosed = Diagnosis.objects.filter(need=need.pk)
    general = Q(capability=None) & ~Q(cause=Cause.SKILL)
    found = Intervention.objects.filter(general | Q(capability=need.capability_id), retired_on=None).annotate(
        found_cause=Subquery(diagnosed.values("cause")[:1]), opened=Subquery(diagnosed.values("training_open")[:1])
    )
    rows = [
        _option(row, cause=row.found_cause or "", training_open=bool(row.opened), gap=gap, need=need) for row in found
    ]
    fitting = [row for row in rows if row.fits_cause]
    return min(fitting, key=lambda row: (-(row.closes or 0) / (row.hours + 2), row.title), default=None)


def plans_of(person: Person, *, on: dt.date) -> tuple[PlanRow, ...]:
    """A person's plans, newest first."""
    return _plans(Plan.objects.filter(person=person), on=on)


def plan_row(plan: Plan, *, on: dt.date) -> PlanRow:
    """One plan."""
    return _plans(Plan.objects.filter(pk=plan.pk), on=on)[0]


def plans_to_decide(manager: Person, *, on: dt.date) -> tuple[PlanRow, ...]:
    """Plans that wait for a manager."""
    return _plans(_waiting_plans(manager), on=on)


def plans_to_watch(manager: Person, *, on: dt.date) -> tuple[PlanRow, ...]:
    """Plans of a manager's reports of today that hold and show a weakness; two statements."""
    held = Plan.objects.filter(person__seat__manager=manager, state=PlanState.AGREED)
    return tuple(row for row in _plans(held, on=on) if row.health)


def actions_for(need: Need, *, among: QuerySet[Action]) -> tuple[ActionLine, ...]:
    """Those of some steps that answer a need, newest plan first; one statement."""
    found = among.filter(need=need).select_related("plan", "intervention").order_by("-plan__created_at", "id")
    return tuple(
        ActionLine(row.uuid, row.plan.uuid, row.intervention.title, row.state, row.get_state_display()) for row in found
    )


def matching_interventions(text: str, *, need: Need | None, limit: int = 20) -> QuerySet[Intervention]:
    """Interventions whose title holds every word of `text`; with a need only those for its capability and fixes."""
    found = Intervention.objects.filter(retired_on=None)
    if need is not None:
        found = found.filter(Q(capability=need.capability_id) | (Q(capability=None) & ~Q(cause=Cause.SKILL)))
    for word in text.split():
        found = found.filter(title__icontains=word)
    return found.order_by("title", "id")[:limit]


def needs_without_action(person: Person) -> QuerySet[Need]:
    """Confirmed needs of a person with no live step in any plan that still holds."""
    acted = Action.objects.filter(
        need=OuterRef("pk"), state__in=LIVE, plan__state__in=(PlanState.PROPOSED, PlanState.AGREED, PlanState.COMPLETED)
    )
    confirmed = (NeedState.CONFIRMED, NeedState.DIAGNOSED, NeedState.PLANNED)
    return Need.objects.filter(person=person, state__in=confirmed).exclude(Exists(acted)).select_related("capability")


def share_of_non_courses(people: QuerySet[Person]) -> float | None:
    """The share of live steps that are not learning items, from 0 to 1; None where there are no steps (G7)."""
    steps = Action.objects.filter(plan__person__in=people, state__in=LIVE)
    total = steps.count()
    return steps.filter(intervention__item=None).count() / total if total else None


def _waiting_plans(manager: Person) -> QuerySet[Plan]:
    """Plans of a manager's reports of today to agree to, and those agreed that got another step since."""
    proposed = Action.objects.filter(plan=OuterRef("pk"), state=ActionState.PROPOSED)
    undecided = Q(state=PlanState.PROPOSED, manager_agreed_at=None) | Q(Exists(proposed), state=PlanState.AGREED)
    return Plan.objects.filter(undecided, person__seat__manager=manager)


def _option(row: Intervention, *, cause: str, training_open: bool, gap: float | None, need: Need) -> OptionRow:
    is_training = row.cause == Cause.SKILL
    fits = row.cause == cause or (is_training and training_open)
    closes = min(1.0, max(0.0, row.effect / gap)) if row.effect is not None and gap else None
    spread = 1.6449 * row.effect_sd if row.effect is not None and row.effect_sd is not None else None
    return OptionRow(
        uuid=row.uuid,
        title=row.title,
        kind=row.kind,
        kind_words=row.get_kind_display(),
        hours=row.hours,
        cost=row.cost,
        effect=row.effect,
        effect_lo=row.effect - spread if row.effect is not None and spread is not None else None,
        effect_hi=row.effect + spread if row.effect is not None and spread is not None else None,
        closes=closes,
        fits_cause=fits,
        is_training=is_training,
        reason=_reason(row, need=need, gap=gap, closes=closes, fits=fits),
    )


def _reason(row: Intervention, *, need: Need, gap: float | None, closes: float | None, fits: bool) -> str:
    if not fits:
        return f"Answers {row.get_cause_display()}, which is not the cause found."
    parts = [f"Answers {row.get_cause_display()}"]
    if gap is not None:
        parts.append(f"the gap in {need.capability} is {gap:.1f}")
    if closes is not None:
        parts.append(f"expected to close {closes:.0%} of it in {round(row.hours, 1):g} h")
    return "; ".join(parts) + "."


def _plans(plans: QuerySet[Plan], *, on: dt.date) -> tuple[PlanRow, ...]:
    found = list(plans.select_related("person", "manager", "proposed_by").order_by("-created_at"))
    steps: dict[int, list[Action]] = {plan.pk: [] for plan in found}
    joined = Action.objects.filter(plan__in=found).select_related(
        "intervention__item", "need__capability", "swapped_for__intervention"
    )
    for action in joined.order_by("due_on", "id"):
        steps[action.plan_id].append(action)
    return tuple(_plan(plan, steps[plan.pk], on=on) for plan in found)


def _plan(plan: Plan, actions: list[Action], *, on: dt.date) -> PlanRow:
    return PlanRow(
        uuid=plan.uuid,
        name=plan.name,
        person=plan.person.name,
        person_uuid=plan.person.uuid,
        manager=plan.manager.name if plan.manager else "",
        proposed_by=plan.proposed_by.name if plan.proposed_by else "",
        state=plan.state,
        state_words=plan.get_state_display(),
        created_at=plan.created_at,
        expires_on=plan.expires_on,
        person_agreed=plan.person_agreed_at is not None,
        manager_agreed=plan.manager_agreed_at is not None,
        actions=tuple(_action(action) for action in actions),
        health=_health(plan, actions, on=on),
    )


def _action(action: Action) -> ActionRow:
    intervention, need = action.intervention, action.need
    return ActionRow(
        uuid=action.uuid,
        title=intervention.title,
        kind=intervention.kind,
        kind_words=intervention.get_kind_display(),
        capability=need.capability.name if need else "",
        capability_uuid=need.capability.uuid if need else None,
        state=action.state,
        state_words=action.get_state_display(),
        reason=action.reason,
        success_signal=action.success_signal,
        due_on=action.due_on,
        done_on=action.done_on,
        hours=intervention.hours,
        cost=intervention.cost,
        item_uuid=intervention.item.uuid if intervention.item else None,
        need_uuid=need.uuid if need else None,
        decision_reason=action.decision_reason,
        override_reason=action.override_reason,
        swapped_for=action.swapped_for.intervention.title if action.swapped_for else "",
    )


def _health(plan: Plan, actions: list[Action], *, on: dt.date) -> tuple[str, ...]:
    """What is wrong with a plan, in words; empty when nothing is (G3)."""
    live = [action for action in actions if action.state in LIVE]
    findings = []
    if not live:
        findings.append("It has no live step.")
    if plan.state == PlanState.PROPOSED and on - plan.created_at.date() > STALE_AFTER:
        findings.append(f"It has waited for a decision since {plan.created_at:%d %b %Y}.")
    late = [action for action in live if action.due_on < on and action.state in ("proposed", "accepted")]
    if late:
        findings.append(f"{len(late)} of {len(live)} steps are past their date.")
    unused = [a for a in live if a.state == ActionState.DONE and a.done_on and on - a.done_on > STALE_AFTER]
    if unused:
        findings.append(f"{len(unused)} done without use on the job for a month.")
    return tuple(findings)
