"""The catalogue, an item, and one's own learning up to the statement that arrives."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import (
    ActionFactory,
    CapabilityFactory,
    EffectFactory,
    EnrolmentFactory,
    ItemCapabilityFactory,
    LearningItemFactory,
    PlanFactory,
    PrerequisiteFactory,
    ProgrammeFactory,
)
from tests.factories.moments import NOW

from upwell.domain.learning.models import Enrolment
from upwell.domain.plans.choices import ActionState
from upwell.domain.records.models import Statement

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def test_the_catalogue_is_searched_by_words_kind_and_capability(cast: Cast, sql_count: SqlCount) -> None:
    capability = CapabilityFactory(name="Threat modelling")
    ItemCapabilityFactory(item=LearningItemFactory(title="Draw the attack tree"), capability=capability)
    LearningItemFactory.create_batch(60, kind="module")
    client = cast.ada.client()
    with sql_count("learning.catalogue"):
        answer = client.get(reverse("catalogue"))
    assert len(answer.context["rows"]) == 50
    assert answer.context["pager"].pages == 2
    for query in ({"q": "attack"}, {"q": "threat"}, {"kind": "course"}, {"capability": str(capability.uuid)}):
        rows = client.get(reverse("catalogue"), query).context["rows"]
        assert [row.title for row in rows] == ["Draw the attack tree"], query
    assert "Nothing matches" in client.get(reverse("catalogue"), {"q": "xyzzy"}).content.decode()


def test_an_item_says_what_it_is_expected_to_add_and_on_what_that_rests(cast: Cast, sql_count: SqlCount) -> None:
    item = LearningItemFactory(
        outline=[{"title": "Makefiles", "minutes": 40, "objectives": ["Write one."]}, {"title": "Rules"}]
    )
    ItemCapabilityFactory(item=item, effect=0.35, effect_sd=0.25)
    ItemCapabilityFactory(item=item, effect=0.5, basis="measured")
    ItemCapabilityFactory(item=item)
    before = PrerequisiteFactory(item=item).requires
    EffectFactory(programme=ProgrammeFactory(item=item), words="It raised delivery.")
    client = cast.ada.client()
    with sql_count("learning.item"):
        words = client.get(reverse("learning-item", args=[item.uuid])).content.decode()
    for expected in ("assumed until measured", "measured here", "not known", "Makefiles", "It raised delivery."):
        assert expected in words
    assert before.title in words


def test_fewer_than_five_learners_are_not_counted_out(cast: Cast) -> None:
    few, many = LearningItemFactory(title="Few"), LearningItemFactory(title="Many")
    for item, people in ((few, 4), (many, 5)):
        for _ in range(people):
            EnrolmentFactory(item=item, state="completed")
    pages = [cast.ada.client().get(reverse("learning-item", args=[item.uuid])).content.decode() for item in (few, many)]
    finished = ["Finished it</dt><dd>fewer than 5 <", "Finished it</dt><dd>5 <"]
    assert [words in page for words, page in zip(finished, pages, strict=True)] == [True, True]


def test_learning_without_a_plan_is_welcome_and_shown_as_such(cast: Cast, sql_count: SqlCount) -> None:
    item = LearningItemFactory()
    client = cast.ada.client()
    client.post(reverse("learning-enrol", args=[item.uuid]))
    EnrolmentFactory(person=cast.ada.person, action_uuid=uuid.uuid4())
    EnrolmentFactory(person=cast.boris.person)
    with sql_count("learning.mine"):
        answer = client.get(reverse("my-learning"))
    assert len(answer.context["underway"]) == 2
    assert answer.context["n_unlinked"] == 1
    assert "not in a plan" in answer.content.decode()


@pytest.mark.parametrize(
    "named", [{"activity_iri": "https://learn.example/a"}, {"url": "https://learn.example/page"}, {}]
)
def test_saying_that_one_finished_brings_a_statement_that_completes_the_enrolment(
    cast: Cast, named: dict[str, str]
) -> None:
    item = LearningItemFactory(**named)
    enrolment = EnrolmentFactory(person=cast.ada.person, item=item)
    client = cast.ada.client()
    url = reverse("learning-finish", args=[enrolment.uuid])
    client.post(url)
    statement = Statement.objects.get()
    assert statement.person == cast.ada.person
    assert statement.raw["verb"]["id"].endswith("completed")
    enrolment.refresh_from_db()
    assert enrolment.state == "completed"
    assert enrolment.statement_uuid == statement.statement_uuid
    client.post(url)
    assert Statement.objects.count() == 1


def test_finishing_a_step_of_the_plan_leaves_it_open_for_its_use(cast: Cast) -> None:
    item = LearningItemFactory(url="https://learn.example/page")
    plan = PlanFactory(person=cast.ada.person, state="agreed", person_agreed_at=NOW, manager_agreed_at=NOW)
    action = ActionFactory(plan=plan, state=ActionState.ACCEPTED)
    enrolment = EnrolmentFactory(person=cast.ada.person, item=item, action_uuid=action.uuid)
    answer = cast.ada.client().post(reverse("learning-finish", args=[enrolment.uuid]), follow=True)
    action.refresh_from_db()
    assert action.state == ActionState.DONE
    assert "stays open until you have used it" in answer.content.decode()


def test_nobody_finishes_for_somebody_else(cast: Cast) -> None:
    enrolment = EnrolmentFactory(person=cast.ada.person)
    assert cast.farid.client().post(reverse("learning-finish", args=[enrolment.uuid])).status_code == 404
    assert Enrolment.objects.get(pk=enrolment.pk).state == "enrolled"
