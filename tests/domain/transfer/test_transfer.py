"""An action stays open until its use is shown or a reason given; what was developed is looked at again."""

import datetime as dt
from typing import Any

import pytest
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, rate, require
from tests.factories import (
    ActionFactory,
    ApplicationFactory,
    CapabilityFactory,
    CommitmentFactory,
    NeedFactory,
    PersonFactory,
    PlanFactory,
    ReassessmentFactory,
)
from tests.factories.moments import IN_A_MONTH

from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.models import Observation
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.queries import current_standing
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.models import Action
from upwell.domain.plans.operations import finish
from upwell.domain.transfer import operations, queries
from upwell.domain.transfer.frames import protected
from upwell.domain.transfer.models import Application, Commitment
from upwell.foundation.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(cast: Cast) -> Action:
    made: Action = ActionFactory(
        plan__person=cast.ada.person, plan__manager=cast.boris.person, state=ActionState.DONE, done_on=NOON.date()
    )
    return made


def committed(action: Action) -> Commitment:
    return operations.commit(action=action, when="I open a change", will="write the test", actor=None, at=NOON)


def logged(commitment: Commitment, *, used: bool = True, at: dt.datetime = NOON, **given: Any) -> Application:
    said = {"what": "Twice this week", "obstacle": ""} if used else {"what": "", "obstacle": "No time"}
    return operations.log_application(commitment=commitment, used=used, actor=None, at=at, **(said | given))


@pytest.mark.requirement("G4")
def test_an_action_done_cannot_be_closed_without_use_or_a_reason(done: Action) -> None:
    with pytest.raises(operations.NoUseShown):
        operations.close_action(action=done, reason="  ", actor=None, at=NOON)
    logged(committed(done), used=False)
    with pytest.raises(operations.NoUseShown):
        operations.close_action(action=done, reason="", actor=None, at=NOON)
    assert Action.objects.get().state == ActionState.DONE


@pytest.mark.requirement("G4")
def test_an_action_closes_by_use_or_with_a_reason_that_is_kept(done: Action) -> None:
    other = ActionFactory(plan=done.plan, state=ActionState.DONE)
    logged(committed(done))
    assert Action.objects.get(pk=done.pk).state == ActionState.APPLIED
    closed = operations.close_action(action=other, reason="The project was stopped", actor=None, at=NOON)
    assert (closed.state, closed.decision_reason) == (ActionState.CLOSED, "The project was stopped")


@pytest.mark.requirement("R50")
def test_use_is_asked_after_at_growing_intervals_and_then_no_more(done: Action) -> None:
    commitment = committed(done)
    asked = [commitment.next_check_on]
    at = NOON
    for _ in range(3):
        at += dt.timedelta(days=1)
        logged(commitment, used=False, at=at)
        asked.append(commitment.next_check_on)
    assert [day and (day - NOON.date()).days for day in asked] == [14, 31, 62, None]


def test_nothing_is_committed_to_before_the_action_is_accepted(cast: Cast) -> None:
    with pytest.raises(operations.NotYetDone):
        committed(ActionFactory(plan__person=cast.ada.person))
    assert not Commitment.objects.exists()


@pytest.mark.requirement("R50")
def test_a_use_is_confirmed_by_somebody_else(cast: Cast, done: Action) -> None:
    entry = logged(committed(done))
    assert [row.uuid for row in queries.uses_to_confirm(cast.boris.person)] == [entry.uuid]
    with pytest.raises(operations.SeenByOneself):
        operations.see_application(application=entry, seen_by=cast.ada.person, actor=None, at=NOON)
    operations.see_application(application=entry, seen_by=cast.boris.person, actor=None, at=NOON)
    assert queries.uses_to_confirm(cast.boris.person) == ()
    assert queries.commitments_of(cast.ada.person)[0].applications[0].seen_by == "Boris Bauer"


@pytest.mark.requirement("R51")
def test_a_reassessment_moves_the_level_of_the_same_gap_and_keeps_before_and_after(cast: Cast) -> None:
    capability, ada, boris = CapabilityFactory(), cast.ada.person, cast.boris.person
    require(ada, a=(capability, 5.0))
    for rater in (boris, cast.chen.person):
        rate(ada, capability, rater, 2, source=Source.MANAGER)
    compute()
    need = NeedFactory(person=ada, capability=capability, state=NeedState.PLANNED)
    planned = operations.plan_reassessment(
        need=need, action=None, assessor=boris, due_on=IN_A_MONTH, actor=None, at=NOON
    )
    rated = operations.reassess(reassessment=planned, source=Source.MANAGER, category=5, note="", actor=None, at=NOON)
    assert rated.level_before is not None
    assert rated.level_after is not None
    assert rated.level_after > rated.level_before
    seen = Observation.objects.get(uuid=rated.observation_uuid)
    assert (seen.origin, seen.capability, seen.category) == (Origin.REASSESSMENT, capability, 5)
    after = current_standing(ada, capability)
    assert after is not None
    assert after.level == pytest.approx(rated.level_after)
    assert queries.reassessment_of_need(need) is not None
    assert Need.objects.get(pk=need.pk).state == NeedState.PLANNED


@pytest.mark.requirement("R51")
def test_a_need_is_closed_once_the_level_found_again_meets_what_is_asked(cast: Cast) -> None:
    capability, ada = CapabilityFactory(), cast.ada.person
    require(ada, a=(capability, 1.0))
    for rater in (cast.boris.person, cast.chen.person, cast.dora.person, cast.emil.person):
        rate(ada, capability, rater, 5)
    compute()
    need = NeedFactory(person=ada, capability=capability, state=NeedState.PLANNED)
    planned = ReassessmentFactory(need=need, assessor=cast.boris.person)
    operations.reassess(reassessment=planned, source=Source.MANAGER, category=5, note="", actor=None, at=NOON)
    closed = Need.objects.get(pk=need.pk)
    assert (closed.state, closed.closing_reason[:12]) == (NeedState.CLOSED, "Re-assessed:")


def test_the_funnel_counts_from_done_to_seen_and_withholds_what_few_people_stand_behind(cast: Cast) -> None:
    people = [PersonFactory() for _ in range(6)]
    for number, person in enumerate(people):
        action = ActionFactory(plan__person=person, state=ActionState.DONE, done_on=NOON.date())
        commitment = CommitmentFactory(action=action)
        if number < 5:
            ApplicationFactory(commitment=commitment)
        ApplicationFactory(commitment=commitment, used=False, what="", obstacle="No time" if number else "Told nobody")
    found = queries.funnel(Person.objects.filter(pk__in=[person.pk for person in people]))
    assert [(row.key, row.times, row.people) for row in found.stages] == [
        ("done", 6, 6),
        ("committed", 6, 6),
        ("used", 5, 5),
        ("seen", 0, 0),
    ]
    shown = protected(found)
    assert not shown.too_few
    assert [(row.key, row.times, row.why) for row in shown.stages] == [
        ("done", 6, ""),
        ("committed", 6, ""),
        ("used", None, "withheld to protect small groups"),
        ("seen", 0, ""),
    ]
    assert [(row.key, row.times) for row in shown.obstacles] == [("No time", 5)]
    assert shown.n_obstacles_withheld == 1


def test_a_stage_is_shown_where_enough_people_passed_it_and_enough_did_not() -> None:
    stages = [("done", 40), ("committed", 22), ("used", 20), ("seen", 9)]
    found = protected(queries.Funnel(tuple(queries.Stage(key, n, n) for key, n in stages), ()))
    assert [row.times for row in found.stages] == [40, 22, None, 9]


def test_a_funnel_of_four_people_shows_nothing(cast: Cast) -> None:
    for _ in range(4):
        ActionFactory(plan__person=PersonFactory(), state=ActionState.DONE, done_on=NOON.date())
    assert protected(queries.funnel(Person.objects.all())).too_few


def test_a_use_logged_before_the_step_is_done_counts_once_it_is(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, state=PlanState.PROPOSED)
    step = ActionFactory(plan=plan, state=ActionState.ACCEPTED)
    logged(committed(step))
    assert Action.objects.get().state == ActionState.ACCEPTED
    finish(action=step, on=NOON.date(), actor=None, at=NOON)
    assert Action.objects.get().state == ActionState.APPLIED


@pytest.mark.parametrize("state", [ActionState.DECLINED, ActionState.SWAPPED, ActionState.CLOSED])
def test_no_use_is_logged_of_a_step_that_is_over(cast: Cast, state: ActionState) -> None:
    step = ActionFactory(plan__person=cast.ada.person, state=state, decision_reason="No time")
    commitment = CommitmentFactory(action=step)
    with pytest.raises(operations.StepIsOver):
        logged(commitment)
    assert not Application.objects.exists()


def test_a_reassessment_of_a_need_that_is_over_is_kept_once(cast: Cast) -> None:
    capability, ada = CapabilityFactory(), cast.ada.person
    require(ada, a=(capability, 1.0))
    for rater in (cast.boris.person, cast.chen.person, cast.dora.person, cast.emil.person):
        rate(ada, capability, rater, 5)
    compute()
    need = NeedFactory(person=ada, capability=capability, state=NeedState.DISMISSED, closing_reason="None after all")
    planned = ReassessmentFactory(need=need, assessor=cast.boris.person)
    for _ in range(2):
        operations.reassess(reassessment=planned, source=Source.MANAGER, category=5, note="", actor=None, at=NOON)
    assert Observation.objects.filter(origin=Origin.REASSESSMENT).count() == 1
    assert Need.objects.get().closing_reason == "None after all"
