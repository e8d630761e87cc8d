"""The trail tells that somebody wrote about a person, and never repeats the words."""

import pytest
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.factories import ActionFactory, CapabilityFactory, ReviewFactory

from upwell.domain.gaps.choices import NeedKind, NeedOrigin
from upwell.domain.gaps.operations import raise_need
from upwell.domain.sources.reviews.operations import save_words
from upwell.foundation.audit.models import AuditLine

pytestmark = pytest.mark.django_db


def test_the_line_of_a_commitment_names_the_person_and_not_the_promise(cast: Cast) -> None:
    action = ActionFactory(plan__person=cast.ada.person, plan__manager=cast.boris.person, state="done")
    url = reverse("commitment-make", args=[action.uuid])
    assert cast.ada.client().post(url, {"when": "I feel unsure", "will": "ask for help"}).status_code == 302
    line = AuditLine.objects.get(verb="commitment.make")
    assert line.thing_name == "Commitment of Ada Ek"
    assert "unsure" not in str((line.thing_name, line.details))
    assert "ask for help" not in str((line.thing_name, line.details))


def test_the_line_of_a_need_tells_how_long_the_note_is(cast: Cast) -> None:
    raise_need(
        person=cast.ada.person,
        capability=CapabilityFactory(),
        kind=NeedKind.SKILL_GAP,
        origin=NeedOrigin.SELF,
        origin_uuid=None,
        note="I am afraid of it",
        raised_by=cast.ada.person,
        actor=cast.ada.account,
        at=NOON,
    )
    assert AuditLine.objects.get(verb="need.raise").details["note"] == "17 characters"


def test_the_line_of_a_review_repeats_no_word_of_it(cast: Cast) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person)
    save_words(review=review, achieved="Shipped", strengths="Calm", readiness="Soon", actor=None, at=NOON)
    details = AuditLine.objects.get(verb="review.write").details
    assert [details[name] for name in ("achieved", "strengths", "readiness")] == [
        "7 characters",
        "4 characters",
        "4 characters",
    ]
