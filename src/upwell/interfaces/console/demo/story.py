"""What the cast and their colleagues are in the middle of: reviews, 1:1s, feedback, goals, needs and plans."""

import datetime as dt
from collections.abc import Mapping, Sequence

from upwell.domain.capabilities.models import Capability
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.operations import decide, raise_barrier, start_diagnosis
from upwell.domain.evidence.choices import Source
from upwell.domain.gaps.choices import GapState, NeedKind, NeedOrigin, NeedState
from upwell.domain.gaps.models import Need, Standing
from upwell.domain.gaps.operations import confirm_need, raise_need
from upwell.domain.plans import operations as plans
from upwell.domain.plans.models import Action, Plan
from upwell.domain.sources.checkins import operations as checkins
from upwell.domain.sources.checkins.choices import BlockerKind
from upwell.domain.sources.feedback import operations as feedback
from upwell.domain.sources.goals import operations as goals
from upwell.domain.sources.reviews import operations as reviews
from upwell.domain.strategy.models import Objective
from upwell.domain.transfer import operations as transfer
from upwell.foundation.cycles import operations as cycles
from upwell.foundation.cycles.choices import CycleKind
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.models import Person, Seat, Unit

SIMULATED_PLANS = 60
DAY = dt.timedelta(days=1)
WORDS = (
    "Walked the new colleague through the release step by step and let them press the button.",
    "The design note was clear enough that nobody asked twice.",
    "Caught the broken migration before it reached anyone; say earlier next time that you need an hour.",
    "Brought the numbers to the meeting, and the argument was over in five minutes.",
    "I missed the reason why the old way was dropped. A sentence in the ticket would have helped.",
)


def tell(cast: Mapping[str, Person], *, at: dt.datetime) -> None:
    """Lay out everything that is going on as of a moment."""
    team = _reports(cast["boris"])
    open_cycle(cast, at=at)
    talk(cast["boris"], team, at=at)
    give_feedback(cast["boris"], team, at=at)
    set_goals(team, at=at)
    plan_development([*team, *_others(team)], at=at)


def _reports(manager: Person) -> list[Person]:
    return [
        seat.person
        for seat in Seat.objects.filter(manager=manager).select_related("person").order_by("person__sort_name")
    ]


def _others(team: Sequence[Person]) -> list[Person]:
    rest = Seat.objects.exclude(person__in=team).exclude(manager=None).select_related("person").order_by("person_id")
    return [seat.person for seat in rest[:: max(1, rest.count() // SIMULATED_PLANS)]]


def open_cycle(cast: Mapping[str, Person], *, at: dt.datetime) -> Cycle:
    """The half-year review of Chen's unit, open since two weeks; a few self reviews are in."""
    dora = cast["dora"].account
    unit = Unit.objects.get(seats__person=cast["chen"])
    cycle = cycles.draft(
        key="half-year",
        name=f"Half-year review {at:%B %Y}",
        kind=CycleKind.ANNUAL,
        unit=unit,
        opens_on=at.date() - 14 * DAY,
        due_on=at.date() + 14 * DAY,
        actor=dora,
        at=at,
    )
    cycle = cycles.open_cycle(cycle=cycle, actor=dora, at=at)
    reviews.open_for_cycle(cycle=cycle, actor=dora, at=at)
    return cycle


def talk(manager: Person, team: Sequence[Person], *, at: dt.datetime) -> None:
    """Each report had a 1:1 three weeks ago and has the next one this week; one of them lacks a tool."""
    for number, person in enumerate(team):
        before = at - 21 * DAY
        held = checkins.plan(manager=manager, person=person, planned_on=before.date(), actor=manager.account, at=before)
        checkins.agree(
            checkin=held,
            owner=person,
            text="Show the draft to one user before the next 1:1",
            due_on=at.date() + (number - 2) * DAY,
            actor=manager.account,
            at=before,
        )
        if number % 4 == 1:
            checkins.raise_blocker(
                checkin=held,
                kind=BlockerKind.TOOLS,
                text="No access to the staging environment, so nothing can be tried out",
                capability=_thinnest(person),
                actor=manager.account,
                at=before,
            )
        checkins.hold(
            checkin=held, notes="Went through the plan and what is in the way.", actor=manager.account, at=before
        )
        checkins.plan(
            manager=manager, person=person, planned_on=at.date() + (number % 5 + 1) * DAY, actor=manager.account, at=at
        )


def _thinnest(person: Person) -> Capability | None:
    found = Standing.objects.filter(person=person, is_current=True, gap__isnull=False).order_by("-gap").first()
    return found.capability if found else None


def give_feedback(manager: Person, team: Sequence[Person], *, at: dt.datetime) -> None:
    """A little feedback between colleagues over the last months, and one open request."""
    for number, person in enumerate(team):
        giver = team[(number + 1) % len(team)]
        feedback.give(
            giver=giver,
            receiver=person,
            text=WORDS[number % len(WORDS)],
            capability=_thinnest(person),
            actor=giver.account,
            at=at - (5 + 9 * number) * DAY,
        )
    feedback.ask(
        asker=team[0],
        asked=manager,
        message="How did the handover go from where you sat?",
        actor=team[0].account,
        at=at - 2 * DAY,
    )


def set_goals(team: Sequence[Person], *, at: dt.datetime) -> None:
    """One goal each, with a measure and milestones, under an objective."""
    objectives = list(Objective.objects.filter(kind="objective").order_by("key"))
    for number, person in enumerate(team):
        goal = goals.draft(
            title="Release the next step of the service without rework",
            person=person,
            measure="Right first time at or above 0.90 for three months",
            objective=objectives[number % len(objectives)],
            due_on=at.date() + 120 * DAY,
            actor=person.account,
            at=at,
        )
        for weeks, text in ((4, "First slice with one team"), (10, "Second slice with all teams")):
            goals.add_milestone(goal=goal, text=text, due_on=at.date() + weeks * 7 * DAY, actor=person.account, at=at)
        goals.activate(goal=goal, actor=person.account, at=at)
        goals.record_progress(goal=goal, percent=10 + 10 * number % 60, note="", actor=person.account, at=at)


def plan_development(people: Sequence[Person], *, at: dt.datetime) -> None:
    """Needs, diagnoses and plans: each person a little further along than the one before."""
    for number, person in enumerate(people):
        need = _need(person, at=at - 100 * DAY)
        seat = Seat.objects.select_related("manager").filter(person=person).first()
        if need is None or need.state == NeedState.RAISED or seat is None or seat.manager is None or number == 0:
            continue
        stage = number % 9
        manager = seat.manager
        diagnosis = start_diagnosis(need=need, actor=manager.account, at=at - 90 * DAY)
        if stage == 0:
            continue
        lacks_tool = stage == 1
        decide(
            diagnosis=diagnosis,
            cause=Cause.TOOLS if lacks_tool else Cause.SKILL,
            by=manager,
            actor=manager.account,
            at=at - 85 * DAY,
        )
        if lacks_tool:
            raise_barrier(
                diagnosis=diagnosis,
                cause=Cause.TOOLS,
                text="Access to the staging environment",
                owner=manager,
                due_on=at.date() + 14 * DAY,
                actor=manager.account,
                at=at,
            )
        plan = plans.propose(
            person=person,
            manager=manager,
            proposed_by=manager,
            needs=[need],
            actor=manager.account,
            at=at - (80 - stage) * DAY,
        )
        _carry(plan, stage, manager, at=at)


def _need(person: Person, *, at: dt.datetime) -> Need | None:
    """The need of the largest gap of a person, confirmed where the evidence is a pattern."""
    widest = (
        Standing.objects.filter(person=person, is_current=True, state=GapState.BELOW)
        .select_related("capability")
        .order_by("-priority")
        .first()
    )
    if widest is None:
        return None
    need = raise_need(
        person=person,
        capability=widest.capability,
        kind=NeedKind.SKILL_GAP,
        origin=NeedOrigin.RUN,
        origin_uuid=None,
        note="",
        raised_by=None,
        actor=None,
        at=at,
    )
    return confirm_need(need=need, actor=None, at=at)


def _carry(plan: Plan, stage: int, manager: Person, *, at: dt.datetime) -> None:
    """Carry a plan as far as its stage says: waiting, declined, agreed, done, committed, used, re-assessed, closed."""
    person, by = plan.person, manager.account
    if stage <= 2:
        return
    if stage == 3:
        plans.decline_plan(
            plan=plan, reason="The release comes first; look again in spring.", actor=by, at=at - 60 * DAY
        )
        return
    plans.agree(plan=plan, by=person, actor=person.account, at=at - 70 * DAY)
    plans.agree(plan=plan, by=manager, actor=by, at=at - 69 * DAY)
    action = Action.objects.select_related("plan__person", "intervention__item", "need").get(plan=plan)
    if stage == 4:
        return
    plans.finish(action=action, on=at.date() - 40 * DAY, actor=person.account, at=at - 40 * DAY)
    if stage == 5:
        return
    commitment = transfer.commit(
        action=action,
        when="I open a change for review",
        will="write the test first and link it",
        actor=person.account,
        at=at - 39 * DAY,
    )
    if stage == 6:
        transfer.log_application(
            commitment=commitment,
            used=False,
            what="",
            obstacle="No time in the sprint",
            actor=person.account,
            at=at - 20 * DAY,
        )
        return
    transfer.log_application(
        commitment=commitment,
        used=True,
        what="Two changes this week, both with the test first.",
        obstacle="",
        seen_by=manager,
        actor=person.account,
        at=at - 25 * DAY,
    )
    if stage == 7 and action.need is not None:
        planned = transfer.plan_reassessment(
            need=action.need, action=action, assessor=manager, due_on=at.date() + 7 * DAY, actor=by, at=at - 24 * DAY
        )
        if planned.level_before is not None and plan.pk % 2:
            transfer.reassess(
                reassessment=planned, source=Source.MANAGER, category=4, note="Seen in three changes.", actor=by, at=at
            )
