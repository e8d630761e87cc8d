"""What belongs on the agenda of a 1:1 from elsewhere: open plan steps, active goals, commitments to ask about."""

import datetime as dt

from django.utils.translation import gettext as _

from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.queries import plans_of
from upwell.domain.sources.checkins.choices import ItemKind
from upwell.domain.sources.checkins.operations import ItemSpec
from upwell.domain.sources.goals.choices import GoalState
from upwell.domain.sources.goals.queries import goals_of
from upwell.domain.transfer.queries import due_checks
from upwell.foundation.people.models import Person
from upwell.interfaces.web.charts.numbers import day

OPEN = (ActionState.PROPOSED, ActionState.ACCEPTED, ActionState.DONE)
HELD = (PlanState.PROPOSED, PlanState.AGREED)


def offered(person: Person, *, on: dt.date) -> list[ItemSpec]:
    """What to talk about on a day: steps of plans that hold, active goals, commitments due for a question."""
    steps = [
        ItemSpec(
            ItemKind.PLAN,
            _("%(step)s: %(state)s, due %(day)s")
            % {"step": step.title, "state": step.state_words, "day": day(step.due_on)},
            step.uuid,
        )
        for plan in plans_of(person, on=on)
        if plan.state in HELD
        for step in plan.actions
        if step.state in OPEN
    ]
    goals = [
        ItemSpec(ItemKind.GOAL, goal.title + ("" if goal.percent is None else f": {goal.percent} %"), goal.uuid)
        for goal in goals_of(person, states=(GoalState.ACTIVE,))
    ]
    pledges = [
        ItemSpec(
            ItemKind.COMMITMENT,
            _("When %(when)s, I will %(will)s. Used %(n)d times so far.")
            % {"when": row.when, "will": row.will, "n": row.n_used},
            row.uuid,
        )
        for row in due_checks(person, on=on)
    ]
    return [*steps, *goals, *pledges]
