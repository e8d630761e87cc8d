"""Goals need a measure and a step before anybody works on them, and show what they serve."""

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOON, Cast
from tests.factories import GoalFactory, MilestoneFactory, ObjectiveFactory, PersonFactory, UnitFactory

from upwell.domain.sources.goals import operations, queries
from upwell.domain.sources.goals.choices import GoalState
from upwell.domain.sources.goals.models import Goal
from upwell.domain.sources.goals.operations import GoalInWrongState, GoalWithoutMeasure, GoalWithoutMilestone
from upwell.domain.strategy.choices import ObjectiveKind

pytestmark = pytest.mark.django_db


def active(**given: object) -> Goal:
    """A goal somebody works on."""
    goal: Goal = GoalFactory(measure="Fewer than 2 defects a month", **given)
    MilestoneFactory(goal=goal)
    return operations.activate(goal=goal, actor=None, at=NOON)


@pytest.mark.requirement("R04", "G8")
@pytest.mark.parametrize("measure", ["", "   "])
def test_a_goal_without_a_measure_cannot_be_activated(measure: str) -> None:
    goal = GoalFactory(measure=measure)
    MilestoneFactory(goal=goal)
    with pytest.raises(GoalWithoutMeasure):
        operations.activate(goal=goal, actor=None, at=NOON)
    assert Goal.objects.get().state == GoalState.DRAFT


@pytest.mark.requirement("R04", "G8")
def test_a_goal_without_a_milestone_cannot_be_activated() -> None:
    goal = GoalFactory(measure="Fewer than 2 defects a month")
    with pytest.raises(GoalWithoutMilestone):
        operations.activate(goal=goal, actor=None, at=NOON)
    assert Goal.objects.get().state == GoalState.DRAFT


@pytest.mark.requirement("R04")
def test_with_both_it_is_activated() -> None:
    assert active().state == GoalState.ACTIVE


def test_a_draft_says_what_it_lacks_and_an_active_goal_lacks_nothing() -> None:
    person = PersonFactory()
    GoalFactory(person=person)
    active(person=person)
    found = {row.state: row.missing for row in queries.goals_of(person)}
    assert found == {"draft": ("a measure", "a milestone"), "active": ()}


def test_an_active_goal_cannot_lose_its_measure_even_behind_the_operations_back() -> None:
    goal = active()
    with pytest.raises(GoalWithoutMeasure):
        operations.revise(
            goal=goal, title="x", measure=" ", objective=None, parent=None, weight=1.0, due_on=None, actor=None, at=NOON
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.filter(pk=goal.pk).update(measure="")


def test_a_goal_belongs_to_a_person_or_to_a_unit_and_never_to_both(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        GoalFactory(person=cast.ada.person, unit=cast.engineering)
    with pytest.raises(IntegrityError), transaction.atomic():
        GoalFactory(person=None)


def test_progress_has_a_history_and_the_newest_percent_is_shown() -> None:
    goal = active()
    for percent in (20, 60):
        operations.record_progress(goal=goal, percent=percent, actor=None, at=NOON)
    found = queries.detail(goal)
    assert found.row.percent == 60
    assert [row.percent for row in found.progress] == [60, 20]


def test_a_draft_has_no_progress_and_a_reached_goal_no_more() -> None:
    with pytest.raises(GoalInWrongState):
        operations.record_progress(goal=GoalFactory(), percent=10, actor=None, at=NOON)
    goal = operations.reach(goal=active(), actor=None, at=NOON)
    with pytest.raises(GoalInWrongState):
        operations.record_progress(goal=goal, percent=10, actor=None, at=NOON)


def test_a_dropped_goal_keeps_how_far_it_was_and_why_it_was_given_up() -> None:
    goal = active()
    operations.record_progress(goal=goal, percent=40, actor=None, at=NOON)
    operations.drop(goal=goal, reason="The product was sold", actor=None, at=NOON)
    newest = queries.detail(goal).progress[0]
    assert (newest.percent, newest.note) == (40, "The product was sold")


@pytest.mark.requirement("R01", "R06")
def test_a_goal_shows_the_goals_and_objectives_above_it_up_to_the_mission() -> None:
    mission = ObjectiveFactory(kind=ObjectiveKind.MISSION)
    strategy = ObjectiveFactory(kind=ObjectiveKind.STRATEGY, parent=mission)
    objective = ObjectiveFactory(parent=strategy)
    of_unit = active(person=None, unit=UnitFactory(), objective=objective)
    own = active(parent=of_unit)
    found = queries.chain_upward(own)
    assert [row.title for row in found.goals] == [of_unit.title]
    assert [row.title for row in found.objectives] == [objective.title, strategy.title, mission.title]
    assert queries.served_by(own.person) == ((own.uuid, own.title, objective.title),)


@pytest.mark.requirement("R01")
def test_active_goals_that_serve_nothing_are_listed_and_drafts_are_not() -> None:
    lost = active()
    GoalFactory()
    active(parent=lost)
    active(objective=ObjectiveFactory())
    assert [row.uuid for row in queries.orphans()] == [lost.uuid]
