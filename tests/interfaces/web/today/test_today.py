"""The first page."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.cast import Cast
from tests.factories import (
    ActionFactory,
    CheckInFactory,
    CommitmentFactory,
    DecisionFactory,
    EffectFactory,
    FeedbackRequestFactory,
    GoalFactory,
    ObjectiveFactory,
    PlanFactory,
    ReassessmentFactory,
    ReviewFactory,
    StandingFactory,
)

from upwell.domain.sources.reviews.queries import waiting_for
from upwell.foundation.people.models import Person
from upwell.interfaces.web.today import steps as of_today
from upwell.interfaces.web.today.steps import NextStep

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def day(days: int = 0) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def next_steps(person: Person) -> tuple[NextStep, ...]:
    return of_today.next_steps(person, forms=waiting_for(person), on=day())


def team_steps(manager: Person) -> tuple[NextStep, ...]:
    return of_today.team_steps(manager, forms=waiting_for(manager))


def everything_waits(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person, state="proposed", name="Autumn plan")
    ActionFactory(plan=plan, state="proposed")
    done = ActionFactory(plan__person=cast.ada.person, state="done")
    CommitmentFactory(action=done, when="I review code", will="ask first", next_check_on=day(-1))
    FeedbackRequestFactory(asker=cast.chen.person, asked=cast.ada.person, asked_at=timezone.now())
    ReviewFactory(subject=cast.ada.person, reviewer=cast.ada.person, kind="self")
    CheckInFactory(manager=cast.boris.person, person=cast.ada.person, planned_on=day(2))


def test_at_most_three_steps_are_shown_each_with_reason_and_minutes(cast: Cast) -> None:
    everything_waits(cast)
    steps = next_steps(cast.ada.person)
    assert len(steps) == 3
    assert all(step.reason and step.minutes > 0 and step.url for step in steps)
    assert [step.by for step in steps] == sorted(step.by for step in steps)


def test_the_lead_names_the_step_most_worth_doing(cast: Cast, sql_count: SqlCount) -> None:
    everything_waits(cast)
    first = next_steps(cast.ada.person)[0]
    client = cast.ada.client()
    with sql_count("today"):
        html = client.get(reverse("today")).content.decode()
    lead = html.split('class="page-lead"')[1].split("</div>")[0]
    assert first.title in lead
    assert first.url in lead


def test_several_of_one_kind_are_one_step_that_says_how_many_wait(cast: Cast) -> None:
    for asker in (cast.chen, cast.dora, cast.farid):
        FeedbackRequestFactory(asker=asker.person, asked=cast.ada.person)
    (step,) = next_steps(cast.ada.person)
    assert step.more == 2


def test_what_is_due_later_does_not_press_today(cast: Cast) -> None:
    CheckInFactory(manager=cast.boris.person, person=cast.ada.person, planned_on=day(40))
    ActionFactory(plan__person=cast.ada.person, plan__state="proposed", state="accepted", due_on=day(60))
    ReassessmentFactory(assessor=cast.ada.person, due_on=day(60))
    assert next_steps(cast.ada.person) == ()


def test_a_manager_also_sees_what_the_team_waits_for(cast: Cast, sql_count: SqlCount) -> None:
    PlanFactory(person=cast.ada.person, manager=cast.boris.person, state="proposed", name="Autumn plan")
    ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, kind="manager", state="submitted")
    titles = {step.title for step in team_steps(cast.boris.person)}
    assert titles == {"Decide on the plan of Ada Ek", "Close the review of Ada Ek"}
    client = cast.boris.client()
    with sql_count("today.manager"):
        html = client.get(reverse("today")).content.decode()
    assert "Decide on the plan of Ada Ek" in html
    assert "Your team waits for" not in cast.ada.client().get(reverse("today")).content.decode()


def test_who_runs_cycles_sees_where_the_running_one_stands(cast: Cast, sql_count: SqlCount) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, cycle__state="open")
    client = cast.dora.client()
    with sql_count("today.hr_partner"):
        html = client.get(reverse("today")).content.decode()
    assert f"See where {review.cycle.name} stands" in html
    assert "0 of 1 forms are handed in" in html
    assert "Nothing waits for you." not in html


def test_who_decides_on_programmes_sees_a_verdict_until_it_is_acted_on(cast: Cast) -> None:
    effect = EffectFactory(programme__name="Threat modelling at work", verdict=5)
    page = cast.emil.client().get(reverse("today")).content.decode()
    assert "Decide on Threat modelling at work" in page
    assert "no worthwhile effect" in page
    DecisionFactory(programme=effect.programme, decided_at=timezone.now())
    assert "Threat modelling at work" not in cast.emil.client().get(reverse("today")).content.decode()


def test_nothing_waiting_is_said_with_what_could_be_done_instead(cast: Cast) -> None:
    html = cast.ada.client().get(reverse("today")).content.decode()
    assert "Nothing waits for you." in html
    assert "All done" in html


@pytest.mark.requirement("R06")
def test_the_page_says_which_objective_ones_goal_serves_and_shows_the_widest_gaps(cast: Cast) -> None:
    objective = ObjectiveFactory(title="Fewer failed releases")
    GoalFactory(person=cast.ada.person, state="active", measure="half", title="Test first", objective=objective)
    StandingFactory(
        person=cast.ada.person, capability__name="Testing", level=2.0, lo80=1.5, hi80=2.5, required=3.0, gap=1.0,
        state="below", n_ratings=3,
    )  # fmt: skip
    html = cast.ada.client().get(reverse("today")).content.decode()
    assert "serves: Fewer failed releases" in html
    assert "Testing" in html


def test_an_account_without_a_person_is_shown_where_its_work_is(cast: Cast) -> None:
    html = cast.gita.client().get(reverse("today")).content.decode()
    assert "belongs to nobody" in html
    assert reverse("audit") in html
