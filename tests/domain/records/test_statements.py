"""A statement is kept as received, once, and finishes the accepted action whose item it names."""

from typing import Any

import pytest
from tests.cast import NOON, Cast
from tests.factories import ActionFactory, InterventionFactory, LearningItemFactory, PlanFactory

from upwell.domain.learning.models import Enrolment, LearningItem
from upwell.domain.learning.operations import enrol
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.models import Action
from upwell.domain.plans.operations import accept, receive_statement
from upwell.domain.records.models import Statement
from upwell.domain.records.operations import StatementConflict, StatementRejected

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


def received(raw: dict[str, Any]) -> Statement:
    return receive_statement(raw=raw, source="LMS", actor=None, at=NOON)


@pytest.fixture
def accepted(cast: Cast) -> Action:
    plan = PlanFactory(
        person=cast.ada.person,
        manager=cast.boris.person,
        state=PlanState.AGREED,
        person_agreed_at=NOON,
        manager_agreed_at=NOON,
    )
    item = LearningItemFactory(activity_iri=ITEM)
    action: Action = ActionFactory(plan=plan, intervention=InterventionFactory(item=item))
    return accept(action=action, by=cast.ada.person, actor=None, at=NOON)


@pytest.mark.requirement("R68")
def test_a_completion_finishes_the_action_and_leaves_it_open_for_use(accepted: Action) -> None:
    received(statement())
    action = Action.objects.get(pk=accepted.pk)
    assert (action.state, str(action.done_on)) == (ActionState.DONE, "2026-03-16")
    assert Enrolment.objects.get().state == "completed"


def test_the_same_statement_twice_is_kept_once_and_changes_nothing(accepted: Action) -> None:
    received(statement())
    received(statement())
    assert Statement.objects.count() == 1
    assert Action.objects.get(pk=accepted.pk).state == ActionState.DONE


@pytest.mark.parametrize(
    "given",
    [
        {"actor": {"mbox": "mailto:nobody@example.org"}},
        {"object": {"id": "https://learn.example.org/else"}},
        {"verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"}},
    ],
)
def test_another_person_item_or_verb_finishes_nothing(accepted: Action, given: dict[str, Any]) -> None:
    received(statement(**given))
    assert Statement.objects.count() == 1
    assert Action.objects.get(pk=accepted.pk).state == ActionState.ACCEPTED


@pytest.mark.parametrize("missing", ["actor", "verb", "object"])
def test_a_statement_without_its_parts_is_refused(missing: str) -> None:
    raw = statement()
    del raw[missing]
    with pytest.raises(StatementRejected):
        received(raw)
    assert not Statement.objects.exists()


def test_a_replayed_statement_leaves_a_later_enrolment_alone(cast: Cast, accepted: Action) -> None:
    received(statement())
    again = enrol(person=cast.ada.person, item=LearningItem.objects.get(), actor=None, at=NOON)
    received(statement())
    again.refresh_from_db()
    assert again.state == "enrolled"


def test_a_completion_from_before_the_enrolment_finishes_nothing(accepted: Action) -> None:
    received(statement(timestamp="2026-03-15T10:00:00Z"))
    assert Action.objects.get(pk=accepted.pk).state == ActionState.ACCEPTED
    assert Enrolment.objects.get().state == "enrolled"


def test_another_statement_under_a_known_id_is_refused(accepted: Action) -> None:
    received(statement())
    with pytest.raises(StatementConflict):
        received(statement(object={"id": "https://learn.example.org/else"}))
    assert Statement.objects.get().object_key == ITEM
