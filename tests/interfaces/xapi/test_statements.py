"""The learning-record door: a token, a size, a shape; and a completion that finishes the accepted action."""

import base64
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.factories import ActionFactory, InterventionFactory, LearningItemFactory

from upwell.domain.learning.models import Enrolment
from upwell.domain.plans.models import Action
from upwell.domain.plans.operations import accept
from upwell.domain.records.models import Statement
from upwell.domain.records.operations import issue_token

pytestmark = pytest.mark.django_db

ITEM = "https://learn.example.org/testing"


def statement(**given: Any) -> dict[str, Any]:
    return {
        "id": "0191f000-0000-7000-8000-000000000001",
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": ITEM},
        "timestamp": "2026-03-16T10:00:00Z",
    } | given


@pytest.fixture
def token(db: None) -> str:
    return issue_token(name="Our LMS", actor=None, at=NOON)


@pytest.fixture
def accepted(cast: Cast) -> Action:
    item = LearningItemFactory(activity_iri=ITEM)
    action: Action = ActionFactory(
        plan__person=cast.ada.person,
        plan__state="agreed",
        plan__person_agreed_at=NOON,
        plan__manager_agreed_at=NOON,
        intervention=InterventionFactory(item=item),
    )
    return accept(action=action, by=cast.ada.person, actor=None, at=NOON)


def send(body: object, authorization: str = "") -> HttpResponse:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    headers = {"Authorization": authorization} if authorization else {}
    return Client().post(reverse("xapi:statements"), data, content_type="application/json", headers=headers)


@pytest.mark.requirement("R68")
def test_a_completion_finishes_the_accepted_action_with_nobody_typing(token: str, accepted: Action) -> None:
    answered = send(statement(), f"Bearer {token}")
    assert (answered.status_code, json.loads(answered.content)) == (200, ["0191f000-0000-7000-8000-000000000001"])
    assert answered["X-Experience-API-Version"].startswith("1.0")
    assert Action.objects.get(pk=accepted.pk).state == "done"
    assert Enrolment.objects.get().state == "completed"


def test_sending_twice_is_the_same_as_sending_once(token: str, accepted: Action) -> None:
    for _ in range(2):
        assert send([statement()], f"Bearer {token}").status_code == 200
    assert Statement.objects.count() == 1
    assert Action.objects.get(pk=accepted.pk).state == "done"


def test_a_token_may_come_as_the_password_of_basic_sign_in(token: str, accepted: Action) -> None:
    basic = base64.b64encode(f"lms:{token}".encode()).decode()
    assert send(statement(), f"Basic {basic}").status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer ", "Basic !!", "Basic d3Jvbmc="])
def test_without_the_right_token_nothing_is_kept(token: str, accepted: Action, authorization: str) -> None:
    answered = send(statement(), authorization)
    assert answered.status_code == 401
    assert answered["WWW-Authenticate"]
    assert not Statement.objects.exists()
    assert Action.objects.get(pk=accepted.pk).state == "accepted"


@pytest.mark.parametrize("body", ["{", b"\xff\xfe", "[]", "[1]", '"text"', "{}", json.dumps([{"actor": 1}])])
def test_what_is_no_statement_is_refused_with_the_reason(token: str, body: str | bytes) -> None:
    answered = send(body, f"Bearer {token}")
    assert answered.status_code == 400
    assert json.loads(answered.content)["error"]
    assert not Statement.objects.exists()


def test_a_body_too_large_is_refused(token: str) -> None:
    answered = send('{"filler": "' + "x" * (5 * 1024 * 1024) + '"}', f"Bearer {token}")
    assert answered.status_code in {400, 413}
    assert not Statement.objects.exists()


def test_one_bad_statement_keeps_the_whole_list_out(token: str, accepted: Action) -> None:
    answered = send([statement(), statement(id="no-uuid")], f"Bearer {token}")
    assert answered.status_code == 400
    assert not Statement.objects.exists()
    assert Action.objects.get(pk=accepted.pk).state == "accepted"


def test_reading_statements_is_not_offered(token: str) -> None:
    answered = Client().get(reverse("xapi:statements"), headers={"Authorization": f"Bearer {token}"})
    assert answered.status_code == 405


@pytest.mark.parametrize(
    "given",
    [
        {"result": {"score": 5}},
        {"result": {"score": {"scaled": "x"}}},
        {"result": {"score": {"scaled": 7}}},
        {"result": {"success": "yes"}},
        {"result": {"completion": 1}},
        {"result": {"response": "a\u0000b"}},
        {"timestamp": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_part_of_the_wrong_kind_is_refused_naming_the_entry(token: str, given: dict[str, Any]) -> None:
    other = statement(id="0191f000-0000-7000-8000-000000000002")
    answered = send([other, statement(**given)], f"Bearer {token}")
    assert answered.status_code == 400
    assert json.loads(answered.content)["error"].startswith("Entry 1: ")
    assert not Statement.objects.exists()


def test_another_statement_under_a_known_id_is_a_conflict(token: str) -> None:
    assert send(statement(), f"Bearer {token}").status_code == 200
    assert send(statement(verb={"id": "http://adlnet.gov/expapi/verbs/failed"}), f"Bearer {token}").status_code == 409
    assert Statement.objects.count() == 1
