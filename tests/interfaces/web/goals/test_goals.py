"""Goals with a measure, steps and progress."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import GoalFactory, MilestoneFactory, ObjectiveFactory, ProgressFactory

from upwell.domain.sources.goals.models import Goal

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def test_the_list_says_what_a_draft_still_needs(cast: Cast, sql_count: SqlCount) -> None:
    GoalFactory(person=cast.ada.person, title="Test first")
    GoalFactory(person=cast.boris.person, title="Not hers")
    client = cast.ada.client()
    with sql_count("goals.list"):
        html = client.get(reverse("goals")).content.decode()
    assert "Test first" in html
    assert "a measure" in html
    assert "Not hers" not in html


@pytest.mark.requirement("R04")
@pytest.mark.parametrize(
    ("measure", "steps", "refusal"),
    [("", 1, "say how it will be known"), ("Half the errors", 0, "name at least one step on the way")],
)
def test_a_goal_without_measure_or_step_is_not_activated_and_the_page_says_what_is_missing(
    cast: Cast, measure: str, steps: int, refusal: str
) -> None:
    goal = GoalFactory(person=cast.ada.person, measure=measure)
    MilestoneFactory.create_batch(steps, goal=goal)
    answer = cast.ada.client().post(reverse("goal-activate", args=[goal.uuid]))
    assert answer.status_code == 422
    assert refusal in answer.content.decode()
    goal.refresh_from_db()
    assert goal.state == "draft"


def test_a_goal_is_drafted_given_a_step_activated_followed_and_reached(cast: Cast) -> None:
    objective = ObjectiveFactory(title="Fewer failed releases")
    client = cast.ada.client()
    client.post(
        reverse("goal-new"), {"title": "Test first", "measure": "Half the errors", "objective": str(objective.uuid)}
    )
    goal = Goal.objects.get()
    assert goal.person == cast.ada.person
    for name, data in (
        ("goal-milestone", {"text": "Count the errors"}),
        ("goal-activate", {}),
        ("goal-progress", {"percent": "40", "note": "counted"}),
        ("goal-reach", {}),
    ):
        assert client.post(reverse(name, args=[goal.uuid]), data).status_code == 302, name
    goal.refresh_from_db()
    assert goal.state == "reached"
    assert list(goal.progress.values_list("percent", flat=True)) == [100, 40]


@pytest.mark.requirement("R01")
def test_the_goal_shows_the_chain_from_goals_above_to_the_mission(cast: Cast, sql_count: SqlCount) -> None:
    mission = ObjectiveFactory(kind="mission", title="Care for every customer")
    objective = ObjectiveFactory(parent=mission, title="Fewer failed releases")
    above = GoalFactory(person=cast.boris.person, title="A calm release", objective=objective)
    goal = GoalFactory(person=cast.ada.person, parent=above, state="active", measure="half")
    MilestoneFactory(goal=goal)
    ProgressFactory(goal=goal, percent=50)
    client = cast.ada.client()
    with sql_count("goals.goal"):
        html = client.get(reverse("goal", args=[goal.uuid])).content.decode()
    serves = html[html.index("What it serves") :]
    places = [serves.index(words) for words in ("A calm release", "Fewer failed releases", "Care for every customer")]
    assert places == sorted(places)


def test_progress_beyond_all_of_it_is_refused_and_kept(cast: Cast) -> None:
    goal = GoalFactory(person=cast.ada.person, state="active", measure="half")
    answer = cast.ada.client().post(reverse("goal-progress", args=[goal.uuid]), {"percent": "140", "note": "great"})
    assert answer.status_code == 422
    assert 'value="great"' in answer.content.decode()


def test_an_active_goal_keeps_its_measure(cast: Cast) -> None:
    goal = GoalFactory(person=cast.ada.person, state="active", measure="half")
    answer = cast.ada.client().post(reverse("goal-edit", args=[goal.uuid]), {"title": "Other", "measure": ""})
    assert answer.status_code == 422
    goal.refresh_from_db()
    assert goal.measure == "half"


def test_giving_up_needs_a_reason_that_stays(cast: Cast) -> None:
    goal = GoalFactory(person=cast.ada.person, state="active", measure="half")
    client = cast.ada.client()
    assert client.post(reverse("goal-drop", args=[goal.uuid])).status_code == 422
    client.post(reverse("goal-drop", args=[goal.uuid]), {"reason": "The service is retired."})
    assert "The service is retired." in client.get(reverse("goal", args=[goal.uuid])).content.decode()


def test_a_manager_reads_a_reports_goal_and_finds_no_button(cast: Cast) -> None:
    goal = GoalFactory(person=cast.ada.person, state="active", measure="half")
    html = cast.boris.client().get(reverse("goal", args=[goal.uuid])).content.decode()
    assert goal.title in html
    assert reverse("goal-reach", args=[goal.uuid]) not in html
