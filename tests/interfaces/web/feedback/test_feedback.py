"""Feedback: given, asked for, answered, and read by whom it is for."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import FeedbackFactory, FeedbackRequestFactory
from tests.factories.levels import computed

from upwell.domain.evidence.models import Observation
from upwell.domain.gaps.queries import current_standing
from upwell.domain.sources.feedback.models import Feedback, FeedbackRequest
from upwell.foundation.notify.models import Notice

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def test_the_list_shows_what_was_told_and_what_waits(cast: Cast, sql_count: SqlCount) -> None:
    FeedbackFactory(giver=cast.boris.person, receiver=cast.ada.person, text="You asked the right question.")
    FeedbackRequestFactory(asker=cast.chen.person, asked=cast.ada.person, message="How was the meeting?")
    client = cast.ada.client()
    with sql_count("feedback.list"):
        html = client.get(reverse("feedback")).content.decode()
    assert "You asked the right question." in html
    assert "How was the meeting?" in html


def test_a_private_feedback_is_invisible_to_the_manager_and_a_shared_one_is_not(cast: Cast) -> None:
    FeedbackFactory(giver=cast.farid.person, receiver=cast.ada.person, text="between us", audience="private")
    FeedbackFactory(giver=cast.farid.person, receiver=cast.ada.person, text="for both of you", audience="shared")
    html = cast.boris.client().get(reverse("feedback-of", args=[cast.ada.person.uuid])).content.decode()
    assert "for both of you" in html
    assert "between us" not in html
    assert "between us" in cast.ada.client().get(reverse("feedback")).content.decode()


def test_who_gave_a_rating_in_private_is_not_named_to_the_manager_beside_the_level(cast: Cast) -> None:
    capability, _ = computed(cast)
    given = {
        "receiver": cast.ada.person.uuid,
        "text": "between us",
        "capability": capability.uuid,
        "category": "4",
        "audience": "private",
    }
    cast.hana.client().post(reverse("feedback-give"), given)
    html = cast.boris.client().get(reverse("level", args=[cast.ada.person.uuid, capability.uuid])).content.decode()
    assert Observation.objects.filter(rater=cast.hana.person).exists()
    assert "Hana Hall" not in html
    assert "between us" not in html
    assert "A peer" in html


@pytest.mark.requirement("R17")
def test_feedback_with_a_rating_is_one_form_and_moves_the_level_at_once(cast: Cast) -> None:
    capability, _ = computed(cast)
    before = current_standing(cast.ada.person, capability)
    given = {
        "receiver": cast.ada.person.uuid,
        "text": "The model you drew was used by three teams.",
        "capability": capability.uuid,
        "category": "5",
        "audience": "shared",
    }
    answer = cast.boris.client().post(reverse("feedback-give"), given)
    assert answer["Location"] == reverse("feedback")
    after = current_standing(cast.ada.person, capability)
    assert before
    assert after
    assert before.level is not None
    assert after.level is not None
    assert after.level > before.level
    assert Notice.objects.get(person=cast.ada.person).title == "Boris Bauer gave you feedback"


def test_feedback_without_a_rating_needs_no_levels(cast: Cast) -> None:
    given = {"receiver": cast.farid.person.uuid, "text": "Clear answer, thank you.", "audience": "private"}
    assert cast.ada.client().post(reverse("feedback-give"), given).status_code == 302
    assert Feedback.objects.get().audience == "private"
    assert not Observation.objects.exists()


def test_searching_a_person_without_scripts_keeps_what_was_typed(cast: Cast) -> None:
    answer = cast.ada.client().post(reverse("feedback-give"), {"look": "person", "q": "farid", "text": "half a tho"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Farid Fay" in html
    assert "half a tho" in html
    assert not Feedback.objects.exists()


def test_the_list_to_choose_from_starts_with_those_one_works_with(cast: Cast, sql_count: SqlCount) -> None:
    client = cast.ada.client()
    with sql_count("feedback.give"):
        html = client.get(reverse("feedback-give")).content.decode()
    assert "Boris Bauer, Team lead" in html
    assert "Farid" not in html


@pytest.mark.parametrize("wrong", [{"text": ""}, {"receiver": ""}, {"category": "9"}])
def test_what_is_missing_is_said_and_what_was_typed_is_kept(cast: Cast, wrong: dict[str, str]) -> None:
    capability, _ = computed(cast)
    given = {
        "receiver": str(cast.ada.person.uuid),
        "text": "What I typed",
        "capability": str(capability.uuid),
        "category": "3",
        "audience": "shared",
    }
    answer = cast.boris.client().post(reverse("feedback-give"), given | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode() or "field-error" in answer.content.decode()
    assert wrong.get("text") == "" or "What I typed" in answer.content.decode()
    assert not Feedback.objects.exists()


def test_nobody_gives_feedback_to_oneself(cast: Cast) -> None:
    given = {"receiver": cast.ada.person.uuid, "text": "I am great", "audience": "shared"}
    assert cast.ada.client().post(reverse("feedback-give"), given).status_code == 422


def test_asking_reaches_the_inbox_of_who_is_asked_and_is_answered_once(cast: Cast) -> None:
    cast.ada.client().post(reverse("feedback-ask"), {"asked": cast.farid.person.uuid, "message": "How did I do?"})
    made = FeedbackRequest.objects.get()
    url = reverse("feedback-answer", args=[made.uuid])
    assert Notice.objects.get(person=cast.farid.person).url == url
    client = cast.farid.client()
    answer = {"text": "You kept the customer calm.", "audience": "shared"}
    assert client.post(url, answer).status_code == 302
    again = client.post(url, answer)
    assert again.status_code == 422
    assert "Settled already" in again.content.decode()
    assert Feedback.objects.count() == 1


def test_declining_settles_the_request(cast: Cast) -> None:
    made = FeedbackRequestFactory(asker=cast.ada.person, asked=cast.farid.person)
    cast.farid.client().post(reverse("feedback-decline", args=[made.uuid]))
    made.refresh_from_db()
    assert made.state == "declined"
