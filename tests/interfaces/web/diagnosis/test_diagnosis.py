"""From a need to its cause, one question at a time; what is no lack of skill goes to a barrier, not to a course."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.factories import InterventionFactory, NeedFactory, ObservationFactory

from upwell.domain.diagnosis.models import Barrier, Diagnosis
from upwell.domain.gaps.models import Need
from upwell.interfaces.web.diagnosis.words import facts_in_words

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def need(cast: Cast) -> Need:
    made: Need = NeedFactory(person=cast.ada.person, capability__name="Testing", state="confirmed")
    return made


def post(client: Client, name: str, need: Need, **data: object) -> int:
    return client.post(reverse(name, args=[need.uuid]), data).status_code


def decided(client: Client, need: Need, cause: str) -> None:
    post(client, "diagnosis-start", need)
    assert post(client, "diagnosis-decide", need, cause=cause) == 302


@pytest.mark.parametrize(("unit", "said"), [(12, True), (9, False), (7, True)])
def test_the_unit_is_left_unsaid_where_subtracting_the_team_leaves_few(unit: int, said: bool) -> None:
    words = facts_in_words({"n_team": 7, "n_team_below": 3, "n_unit": unit, "n_unit_below": 4})
    assert "3 of 7 others in the team are below as well." in words
    assert (f"4 of {unit} others in the unit are below as well." in words) is said


def test_looking_at_a_diagnosis_nobody_began_writes_nothing(cast: Cast, need: Need) -> None:
    words = cast.boris.client().get(reverse("diagnose", args=[need.uuid])).content.decode()
    assert "Start from the data" in words
    assert not Diagnosis.objects.exists()


@pytest.mark.requirement("R35")
def test_questions_come_one_at_a_time_and_move_the_causes(cast: Cast, need: Need, sql_count: SqlCount) -> None:
    client, url = cast.boris.client(), reverse("diagnose", args=[need.uuid])
    post(client, "diagnosis-start", need)
    with sql_count("diagnosis.page"):
        answered = client.get(url)
    assert answered.context["number"] == 1
    for key, value in (("could_if_life_depended", "yes"), ("has_what_is_needed", "no")):
        post(client, "diagnosis-answer", need, question=key, value=value)
    answered = client.get(url)
    assert answered.context["question"]["key"] not in {"could_if_life_depended", "has_what_is_needed"}
    assert answered.context["bars"][0].key == "tools"
    assert "question 3 of at most 5" in answered.content.decode()


def test_an_answer_that_was_not_offered_changes_nothing(cast: Cast, need: Need) -> None:
    post(cast.boris.client(), "diagnosis-answer", need, question="time_enough", value="maybe")
    assert Diagnosis.objects.get().answers == {}


@pytest.mark.requirement("R35", "R36")
def test_another_cause_than_skill_closes_training_and_gets_a_barrier_with_owner_and_date(
    cast: Cast, need: Need
) -> None:
    InterventionFactory(title="Course on testing", capability=need.capability)
    InterventionFactory(title="Get the tool", kind="fix", cause="tools")
    client, url = cast.boris.client(), reverse("diagnose", args=[need.uuid])
    decided(client, need, "tools")
    words = client.get(url).content.decode()
    assert "Training is closed" in words
    assert "Get the tool" in words
    assert "Course on testing" not in words
    refused = client.post(reverse("barrier-add", args=[need.uuid]), {"text": "No licence"})
    assert refused.status_code == 422
    assert "No licence" in refused.content.decode()
    data = {"text": "No licence", "owner": cast.chen.person.uuid, "due_on": "2026-12-01"}
    assert post(client, "barrier-add", need, **data) == 302
    barrier = Barrier.objects.get()
    assert (barrier.owner, str(barrier.due_on), barrier.cause) == (cast.chen.person, "2026-12-01", "tools")
    client.post(reverse("barrier-resolve", args=[barrier.uuid]), {"reason": "Bought"})
    assert Barrier.objects.get().resolution == "Bought"


@pytest.mark.parametrize(("reason", "status"), [("", 422), ("The tool comes in spring", 302)])
def test_opening_training_for_another_cause_needs_a_reason(cast: Cast, need: Need, reason: str, status: int) -> None:
    client = cast.boris.client()
    got = post(client, "diagnosis-decide", need, cause="tools", open_training="on", override_reason=reason)
    assert got == status
    assert Diagnosis.objects.get().training_open is (status == 302)


def test_a_need_shows_its_way_its_evidence_and_its_next_step(cast: Cast, need: Need, sql_count: SqlCount) -> None:
    seen = ObservationFactory(person=cast.ada.person, capability=need.capability, rater=cast.chen.person)
    Need.objects.update(evidence=[str(seen.uuid)])
    client = cast.boris.client()
    with sql_count("diagnosis.need"):
        answered = client.get(reverse("need", args=[need.uuid]))
    assert [(step.name, step.state) for step in answered.context["steps"]][:2] == [
        ("raised", "done"),
        ("confirmed", "now"),
    ]
    words = answered.content.decode()
    assert "part of the pattern" in words
    assert "find the cause before choosing anything" in words


@pytest.mark.parametrize(("reason", "status", "state"), [("", 422, "confirmed"), ("A new role", 302, "dismissed")])
def test_a_need_is_dismissed_with_a_reason_only(cast: Cast, need: Need, reason: str, status: int, state: str) -> None:
    assert post(cast.boris.client(), "need-dismiss", need, reason=reason) == status
    assert Need.objects.get().state == state
