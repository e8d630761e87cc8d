"""Goals are drafted, activated (with measure and milestone), followed and ended."""

import datetime as dt

from upwell.domain.sources.goals.choices import GoalState
from upwell.domain.sources.goals.models import Goal, Milestone, Progress
from upwell.domain.strategy.models import Objective
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person, Unit


class GoalWithoutMeasure(Exception):
    """A goal without a measure cannot be activated (R04)."""


class GoalWithoutMilestone(Exception):
    """A goal without a milestone cannot be activated (R04)."""


class GoalInWrongState(Exception):
    """The step does not fit where the goal stands."""


@operation("goal.draft")
def draft(
    *,
    title: str,
    actor: Account | None,
    at: dt.datetime,
    person: Person | None = None,
    unit: Unit | None = None,
    measure: str = "",
    objective: Objective | None = None,
    parent: Goal | None = None,
    weight: float = 1.0,
    due_on: dt.date | None = None,
) -> Goal:
    """Write down a goal of a person or of a unit (exactly one of the two)."""
    return Goal.objects.create(
        person=person,
        unit=unit,
        title=title,
        measure=measure,
        objective=objective,
        parent=parent,
        weight=weight,
        due_on=due_on,
        created_at=at,
    )


@operation("goal.revise")
def revise(
    *,
    goal: Goal,
    title: str,
    measure: str,
    objective: Objective | None,
    parent: Goal | None,
    weight: float,
    due_on: dt.date | None,
    actor: Account | None,
    at: dt.datetime,
) -> Goal:
    """Reword a goal.

    Raises:
        GoalWithoutMeasure: an active goal would lose its measure.
    """
    if goal.state != GoalState.DRAFT and not measure.strip():
        raise GoalWithoutMeasure("Say how it will be known that the goal is reached.")
    goal.title, goal.measure, goal.objective = title, measure, objective
    goal.parent, goal.weight, goal.due_on = parent, weight, due_on
    goal.save()
    return goal


@operation("goal.add_milestone")
def add_milestone(
    *, goal: Goal, text: str, actor: Account | None, at: dt.datetime, due_on: dt.date | None = None
) -> Milestone:
    """Add a step on the way."""
    return Milestone.objects.create(goal=goal, text=text, due_on=due_on)


@operation("goal.complete_milestone")
def complete_milestone(*, milestone: Milestone, actor: Account | None, at: dt.datetime) -> Milestone:
    """A step is done."""
    milestone.done_on = at.date()
    milestone.save(update_fields=["done_on"])
    return milestone


@operation("goal.activate")
def activate(*, goal: Goal, actor: Account | None, at: dt.datetime) -> Goal:
    """Begin to work on a goal.

    Raises:
        GoalInWrongState: it is not a draft.
        GoalWithoutMeasure, GoalWithoutMilestone: what is missing.
    """
    _expect(goal, GoalState.DRAFT)
    if not goal.measure.strip():
        raise GoalWithoutMeasure("Say how it will be known that the goal is reached.")
    if not goal.milestones.exists():
        raise GoalWithoutMilestone("Name at least one step on the way.")
    return _move(goal, GoalState.ACTIVE)


@operation("goal.record_progress")
def record_progress(*, goal: Goal, percent: int, actor: Account | None, at: dt.datetime, note: str = "") -> Progress:
    """Say how far a goal is (0 to 100 percent).

    Raises:
        GoalInWrongState: it is not active.
    """
    _expect(goal, GoalState.ACTIVE)
    return Progress.objects.create(goal=goal, on=at.date(), percent=percent, note=note)


@operation("goal.reach")
def reach(*, goal: Goal, actor: Account | None, at: dt.datetime, note: str = "") -> Goal:
    """The goal is reached.

    Raises:
        GoalInWrongState: it is not active.
    """
    _expect(goal, GoalState.ACTIVE)
    Progress.objects.create(goal=goal, on=at.date(), percent=100, note=note)
    return _move(goal, GoalState.REACHED)


@operation("goal.drop")
def drop(*, goal: Goal, reason: str, actor: Account | None, at: dt.datetime) -> Goal:
    """Give a goal up; the reason stays in its history.

    Raises:
        GoalInWrongState: it is not active.
    """
    _expect(goal, GoalState.ACTIVE)
    last = goal.progress.values_list("percent", flat=True).first()
    Progress.objects.create(goal=goal, on=at.date(), percent=last or 0, note=reason)
    return _move(goal, GoalState.DROPPED)


@operation("goal.discard_draft")
def discard_draft(*, goal: Goal, actor: Account | None, at: dt.datetime) -> None:
    """Throw a draft away.

    Raises:
        GoalInWrongState: it is not a draft.
    """
    _expect(goal, GoalState.DRAFT)
    goal.delete()


def _expect(goal: Goal, state: GoalState) -> None:
    if goal.state != state:
        raise GoalInWrongState(f"The goal is {goal.get_state_display()}, not {state.label}.")


def _move(goal: Goal, state: GoalState) -> Goal:
    goal.state = state
    goal.save(update_fields=["state"])
    return goal
