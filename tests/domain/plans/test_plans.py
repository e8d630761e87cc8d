"""Plans come from needs with a known cause; both sides decide; nothing is taken without a reason."""

import datetime as dt
from typing import Any

import pytest
from tests.cast import NOON, Cast
from tests.factories import (
    ActionFactory,
    DiagnosisFactory,
    InterventionFactory,
    LearningItemFactory,
    NeedFactory,
    PlanFactory,
    ReviewFactory,
    StandingFactory,
)
from tests.factories.moments import IN_A_MONTH

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.models import Diagnosis
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import NotConfirmed
from upwell.domain.learning.models import Enrolment
from upwell.domain.plans import operations, queries
from upwell.domain.plans.choices import ActionState, InterventionKind, PlanState
from upwell.domain.plans.models import Action, Intervention, Plan
from upwell.domain.sources.reviews.choices import ReviewState
from upwell.domain.sources.reviews.operations import ReviewWithoutConsequence
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.people.operations import set_reporting_line

pytestmark = pytest.mark.django_db


def diagnosed(cast: Cast, cause: Cause = Cause.SKILL, **given: Any) -> Need:
    need: Need = NeedFactory(person=cast.ada.person, state=NeedState.DIAGNOSED, **given)
    DiagnosisFactory(need=need, cause=cause, training_open=cause == Cause.SKILL, decided_at=NOON)
    return need


def course(need: Need, **given: Any) -> Intervention:
    made: Intervention = InterventionFactory(capability=need.capability, hours=4, **given)
    return made


def proposed(cast: Cast, *needs: Need) -> Plan:
    return operations.propose(
        person=cast.ada.person,
        manager=cast.boris.person,
        proposed_by=cast.boris.person,
        needs=needs,
        actor=cast.boris.account,
        at=NOON,
    )


def added(plan: Plan, need: Need | None, intervention: Intervention, **given: Any) -> Action:
    wanted = {"reason": "", "success_signal": "Does it alone", "due_on": IN_A_MONTH}
    return operations.add_action(
        plan=plan, need=need, intervention=intervention, actor=None, at=NOON, **(wanted | given)
    )


@pytest.mark.requirement("R38")
def test_a_proposal_answers_the_need_with_reason_signal_and_date(cast: Cast) -> None:
    need = diagnosed(cast, required=3.0)
    course(need, title="Practice week", effect=0.4, effect_sd=0.1)
    row = queries.plan_row(proposed(cast, need), on=NOON.date())
    step = row.actions[0]
    assert (row.state, step.title) == (PlanState.PROPOSED, "Practice week")
    assert step.reason.startswith("Answers knowledge or skill")
    assert step.success_signal.endswith("at or above 3.0")
    assert step.due_on > NOON.date()
    assert Need.objects.get(pk=need.pk).state == NeedState.PLANNED


@pytest.mark.requirement("G7")
def test_a_gap_whose_cause_is_a_missing_tool_is_routed_away_from_training(cast: Cast) -> None:
    need = diagnosed(cast, Cause.TOOLS)
    course(need, title="Course", effect=3.0, effect_sd=0.1)
    InterventionFactory(title="Get the tool", kind=InterventionKind.FIX, cause=Cause.TOOLS)
    row = queries.plan_row(proposed(cast, need), on=NOON.date())
    assert [step.title for step in row.actions] == ["Get the tool"]
    options = queries.options_for_need(need)
    assert [(one.title, one.fits_cause) for one in options] == [("Get the tool", True), ("Course", False)]


@pytest.mark.requirement("R35")
def test_training_for_another_cause_is_refused_when_added_or_swapped_in(cast: Cast) -> None:
    need = diagnosed(cast, Cause.TOOLS)
    training = course(need)
    InterventionFactory(kind=InterventionKind.FIX, cause=Cause.TOOLS)
    plan = proposed(cast, need)
    with pytest.raises(operations.TrainingNotOpened):
        added(plan, need, training)
    with pytest.raises(operations.TrainingNotOpened):
        operations.swap(
            action=plan.actions.get(),
            intervention=training,
            by=cast.ada.person,
            reason="I like courses",
            actor=None,
            at=NOON,
        )
    assert plan.actions.get().state == ActionState.PROPOSED


def test_training_for_a_need_nobody_diagnosed_is_refused(cast: Cast) -> None:
    need = NeedFactory(person=cast.ada.person, state=NeedState.CONFIRMED)
    course(need)
    with pytest.raises(operations.NothingToAddress):
        proposed(cast, need)
    assert not Plan.objects.exists()


@pytest.mark.requirement("G1")
def test_a_step_without_a_need_is_refused_unless_a_reason_is_given_and_logged(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person)
    intervention = InterventionFactory()
    with pytest.raises(operations.NothingToAddress):
        added(plan, None, intervention, override_reason=" ")
    step = added(plan, None, intervention, override_reason="Fire drill: a legal duty")
    assert (step.reason, step.override_reason) == ("Fire drill: a legal duty", "Fire drill: a legal duty")
    line = AuditLine.objects.get(verb="action.add")
    assert line.thing_uuid == step.uuid
    assert line.details["override_reason"] == "Fire drill: a legal duty"


def test_a_plan_without_a_need_is_refused(cast: Cast) -> None:
    with pytest.raises(operations.NothingToAddress):
        proposed(cast)


@pytest.mark.requirement("R39")
def test_a_plan_holds_only_when_both_agree_and_then_its_steps_are_accepted(cast: Cast) -> None:
    need = diagnosed(cast)
    item = LearningItemFactory()
    course(need, item=item)
    plan = proposed(cast, need)
    operations.agree(plan=plan, by=cast.boris.person, actor=None, at=NOON)
    assert Plan.objects.get().state == PlanState.PROPOSED
    with pytest.raises(operations.NotDecidable):
        operations.agree(plan=plan, by=cast.farid.person, actor=None, at=NOON)
    assert Plan.objects.get().state == PlanState.PROPOSED
    operations.agree(plan=plan, by=cast.ada.person, actor=None, at=NOON)
    assert Plan.objects.get().state == PlanState.AGREED
    assert Action.objects.get().state == ActionState.ACCEPTED
    assert Enrolment.objects.get().item == item


@pytest.mark.requirement("R39")
def test_swapping_and_declining_need_a_reason_and_leave_it_beside_the_step(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need, title="Course")
    other = course(need, title="Pairing", kind=InterventionKind.PEER)
    plan = proposed(cast, need)
    step = plan.actions.get()
    with pytest.raises(operations.NotDecidable):
        operations.swap(action=step, intervention=other, by=cast.ada.person, reason=" ", actor=None, at=NOON)
    step.refresh_from_db()
    assert step.state == ActionState.PROPOSED
    successor = operations.swap(
        action=step, intervention=other, by=cast.ada.person, reason="I learn by doing", actor=None, at=NOON
    )
    step.refresh_from_db()
    assert (step.state, step.decision_reason, step.swapped_for) == (ActionState.SWAPPED, "I learn by doing", successor)
    operations.decline(action=successor, by=cast.ada.person, reason="No time this year", actor=None, at=NOON)
    assert (successor.state, successor.decided_by) == (ActionState.DECLINED, cast.ada.person)


def test_a_declined_plan_takes_no_more_decisions(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need)
    plan = proposed(cast, need)
    operations.decline_plan(plan=plan, reason="Another year", actor=None, at=NOON)
    with pytest.raises(operations.NotDecidable):
        operations.accept(action=Action.objects.get(), by=cast.ada.person, actor=None, at=NOON)


@pytest.mark.requirement("G5")
def test_a_review_with_a_confirmed_need_closes_only_once_the_need_has_an_action(cast: Cast) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, state=ReviewState.SUBMITTED)
    need = diagnosed(cast, capability__name="Testing")
    course(need)
    with pytest.raises(ReviewWithoutConsequence) as refused:
        operations.close_review(review=review, actor=None, at=NOON)
    assert refused.value.needs == ("Testing",)
    plan = proposed(cast, need)
    assert operations.close_review(review=review, actor=None, at=NOON).state == ReviewState.CLOSED
    operations.decline_plan(plan=plan, reason="no", actor=None, at=NOON)
    assert [row.pk for row in queries.needs_without_action(cast.ada.person)] == [need.pk]


def test_a_need_nobody_confirmed_does_not_keep_a_review_open(cast: Cast) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, state=ReviewState.SUBMITTED)
    NeedFactory(person=cast.ada.person)
    assert operations.close_review(review=review, actor=None, at=NOON).state == ReviewState.CLOSED


def test_options_name_the_share_of_the_gap_they_close_with_an_interval(cast: Cast) -> None:
    need = diagnosed(cast)
    StandingFactory(person=need.person, capability=need.capability, level=2.0, required=3.0, gap=1.0, state="below")
    course(need, effect=0.5, effect_sd=0.2)
    (option,) = queries.options_for_need(need)
    assert option.closes == pytest.approx(0.5)
    assert (option.effect_lo, option.effect_hi) == (pytest.approx(0.171, abs=0.001), pytest.approx(0.829, abs=0.001))


@pytest.mark.requirement("G3")
def test_an_empty_late_or_forgotten_plan_says_what_is_wrong_and_expires(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person, state=PlanState.PROPOSED)
    later = NOON.date() + dt.timedelta(days=40)
    assert queries.plan_row(plan, on=later).health == (
        "It has no live step.",
        "It has waited for a decision since 16 Mar 2026.",
    )
    ActionFactory(plan=plan, due_on=NOON.date())
    assert "1 of 1 steps are past their date." in queries.plan_row(plan, on=later).health
    assert operations.expire_plans(actor=None, at=NOON + dt.timedelta(days=40)) == 1
    assert Plan.objects.get().state == PlanState.EXPIRED


def test_a_manager_watches_agreed_plans_that_show_a_weakness_alone(cast: Cast) -> None:
    agreed = {"state": PlanState.AGREED, "person_agreed_at": NOON, "manager_agreed_at": NOON}
    well = PlanFactory(person=cast.ada.person, manager=cast.boris.person, **agreed)
    ActionFactory(plan=well)
    empty = PlanFactory(person=cast.ada.person, manager=cast.boris.person, **agreed)
    assert [row.uuid for row in queries.plans_to_watch(cast.boris.person, on=NOON.date())] == [empty.uuid]


def test_a_plan_follows_its_person_to_a_new_manager(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person, state=PlanState.PROPOSED)
    posts = {name: getattr(cast, name).person.seat.position for name in ("ada", "chen")}
    set_reporting_line(position=posts["ada"], manager=posts["chen"], on=NOON.date(), actor=None, at=NOON)
    waiting = {name: queries.waiting_for(getattr(cast, name).person) for name in ("boris", "chen")}
    assert (waiting["boris"], [row.uuid for row in waiting["chen"]]) == ((), [plan.uuid])
    with pytest.raises(operations.NotDecidable, match="the person and their manager"):
        operations.agree(plan=plan, by=cast.boris.person, actor=None, at=NOON)
    assert operations.agree(plan=plan, by=cast.chen.person, actor=None, at=NOON).manager == cast.chen.person


@pytest.mark.requirement("R25")
def test_no_step_answers_a_need_that_no_pattern_confirms_whatever_the_reason(cast: Cast) -> None:
    raised = NeedFactory(person=cast.ada.person)
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person)
    with pytest.raises(NotConfirmed):
        added(plan, raised, InterventionFactory(), override_reason="I know best")
    assert not Action.objects.exists()


def agreed(cast: Cast, plan: Plan) -> Plan:
    for side in (cast.ada, cast.boris):
        plan = operations.agree(plan=plan, by=side.person, actor=None, at=NOON)
    return plan


def test_a_step_accepted_by_one_side_is_enrolled_in_only_once_both_agree(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need, item=LearningItemFactory())
    plan = proposed(cast, need)
    operations.accept(action=plan.actions.get(), by=cast.ada.person, actor=None, at=NOON)
    assert not Enrolment.objects.exists()
    agreed(cast, plan)
    assert Enrolment.objects.get().state == "enrolled"


def test_a_plan_is_not_agreed_to_when_the_cause_found_is_another_by_now(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need)
    plan = proposed(cast, need)
    Diagnosis.objects.update(cause=Cause.TOOLS, training_open=False)
    with pytest.raises(operations.TrainingNotOpened):
        agreed(cast, plan)
    assert Plan.objects.get().state == PlanState.PROPOSED
    assert Action.objects.get().state == ActionState.PROPOSED


def test_the_reason_of_an_exception_stays_on_the_step_and_opens_it(cast: Cast) -> None:
    need = diagnosed(cast, Cause.TOOLS)
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person, state=PlanState.PROPOSED)
    added(plan, need, course(need), override_reason="The tool comes in May")
    agreed(cast, plan)
    (row,) = queries.plan_row(plan, on=NOON.date()).actions
    assert (row.state, row.override_reason) == (ActionState.ACCEPTED, "The tool comes in May")


def test_declining_an_accepted_step_leaves_its_enrolment(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need, item=LearningItemFactory())
    plan = agreed(cast, proposed(cast, need))
    operations.decline(action=plan.actions.get(), by=cast.ada.person, reason="No time", actor=None, at=NOON)
    assert Enrolment.objects.get().state == "withdrawn"


def test_a_step_of_a_plan_that_is_over_is_not_changed(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person, state=PlanState.EXPIRED)
    step = ActionFactory(plan=plan, state=ActionState.ACCEPTED)
    with pytest.raises(operations.NotDecidable):
        operations.finish(action=step, on=NOON.date(), actor=None, at=NOON)
    with pytest.raises(operations.NotDecidable):
        operations.decline(action=step, by=cast.ada.person, reason="No", actor=None, at=NOON)
    assert Action.objects.get().state == ActionState.ACCEPTED


def test_a_step_added_to_an_agreed_plan_waits_where_both_sides_see_it(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need)
    plan = agreed(cast, proposed(cast, need))
    assert queries.waiting_for(cast.boris.person) == ()
    step = added(plan, need, course(need))
    waiting = queries.steps_waiting(cast.ada.person)
    assert [row.agreed for row in waiting if row.action_uuid == step.uuid] == [False]
    assert [row.uuid for row in queries.waiting_for(cast.boris.person)] == [plan.uuid]


def test_a_plan_is_completed_with_its_last_step_and_does_not_expire(cast: Cast) -> None:
    need = diagnosed(cast)
    course(need)
    plan = agreed(cast, proposed(cast, need))
    step = plan.actions.get()
    operations.finish(action=step, on=NOON.date(), actor=None, at=NOON)
    assert Plan.objects.get().state == PlanState.AGREED
    operations.mark_applied(action=step, actor=None, at=NOON)
    assert Plan.objects.get().state == PlanState.COMPLETED
    assert operations.expire_plans(actor=None, at=NOON + dt.timedelta(days=999)) == 0


def test_nothing_is_proposed_where_nothing_answers_the_cause_found(cast: Cast) -> None:
    need = diagnosed(cast, Cause.TOOLS)
    InterventionFactory(kind=InterventionKind.FIX, cause=Cause.CAPACITY)
    with pytest.raises(operations.NothingToAddress):
        proposed(cast, need)
    assert not Plan.objects.exists()
