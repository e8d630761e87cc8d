"""Today, capabilities, roles, feedback, observations and goals."""

from tests.cast import Cast
from tests.factories import (
    FeedbackRequestFactory,
    GoalFactory,
    MilestoneFactory,
    ObservationFactory,
    RoleFactory,
    StandingFactory,
)
from tests.interfaces.web.access_table import Row, everyone, only


def standing_of_ada(cast: Cast) -> dict[str, object]:
    row = StandingFactory(person=cast.ada.person)
    return {"person": cast.ada.person.uuid, "capability": row.capability.uuid}


def ada(cast: Cast) -> dict[str, object]:
    return {"uuid": cast.ada.person.uuid}


def some_role(_cast: Cast) -> dict[str, object]:
    return {"uuid": RoleFactory().uuid}


def asked_of_boris(cast: Cast) -> dict[str, object]:
    return {"uuid": FeedbackRequestFactory(asker=cast.ada.person, asked=cast.boris.person).uuid}


def seen_of_ada(cast: Cast) -> dict[str, object]:
    return {"uuid": ObservationFactory(person=cast.ada.person, rater=cast.boris.person).uuid}


def draft_of_ada(cast: Cast) -> dict[str, object]:
    goal = GoalFactory(person=cast.ada.person, measure="Half the errors")
    MilestoneFactory(goal=goal)
    return {"uuid": goal.uuid}


def active_of_ada(cast: Cast) -> dict[str, object]:
    return {"uuid": GoalFactory(person=cast.ada.person, measure="Half the errors", state="active").uuid}


def step_of_ada(cast: Cast) -> dict[str, object]:
    step = MilestoneFactory(goal=GoalFactory(person=cast.ada.person))
    return {"uuid": step.goal.uuid, "number": step.pk}


def a_step(_cast: Cast) -> dict[str, object]:
    return {"text": "Measure where we are"}


def halfway(_cast: Cast) -> dict[str, object]:
    return {"percent": "50"}


def a_reason(_cast: Cast) -> dict[str, object]:
    return {"reason": "The service is retired."}


ONES_OWN = everyone(200, gita=403)
MANAGERS = only("boris", "chen")
EDITED = everyone(404, ada=302, boris=403, chen=403, gita=403)

ROWS = {
    "today": Row(everyone(200)),
    "my-capabilities": Row(ONES_OWN),
    "level": Row(only("ada", "boris", "chen", "dora", "gita", otherwise=404), standing_of_ada),
    "roles": Row(everyone(200)),
    "role": Row(everyone(200), some_role),
    "role-aim": Row(everyone(302, gita=403), some_role, method="POST"),
    "role-drop": Row(everyone(302, gita=403), some_role, method="POST"),
    "feedback": Row(ONES_OWN),
    "feedback-of": Row(everyone(404, ada=200, boris=200, gita=403), ada),
    "feedback-give": Row(ONES_OWN),
    "feedback-ask": Row(ONES_OWN),
    "feedback-answer": Row(everyone(404, boris=200, gita=403), asked_of_boris),
    "feedback-decline": Row(everyone(404, boris=302, gita=403), asked_of_boris, method="POST"),
    "observe": Row(MANAGERS),
    "observe-person": Row(MANAGERS, ada),
    "observation": Row(MANAGERS, seen_of_ada),
    "goals": Row(ONES_OWN),
    "goal-new": Row(ONES_OWN),
    "goal": Row(everyone(404, ada=200, boris=200, chen=200, gita=403), draft_of_ada),
    "goal-edit": Row(everyone(404, ada=200, boris=403, chen=403, gita=403), draft_of_ada),
    "goal-activate": Row(EDITED, draft_of_ada, method="POST"),
    "goal-milestone": Row(EDITED, draft_of_ada, method="POST", data=a_step),
    "goal-milestone-done": Row(EDITED, step_of_ada, method="POST"),
    "goal-progress": Row(EDITED, active_of_ada, method="POST", data=halfway),
    "goal-reach": Row(EDITED, active_of_ada, method="POST"),
    "goal-drop": Row(EDITED, active_of_ada, method="POST", data=a_reason),
    "goal-discard": Row(everyone(404, ada=302, gita=403), draft_of_ada, method="POST"),
}
