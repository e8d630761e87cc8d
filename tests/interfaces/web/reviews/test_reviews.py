"""Writing a review with the evidence beside it, needs raised inside it, and no closing without consequence."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, rate, require
from tests.factories import (
    CapabilityFactory,
    FeedbackFactory,
    IndicatorFactory,
    NeedFactory,
    ObservationFactory,
    RaterEffectFactory,
    ReviewAnswerFactory,
    ReviewFactory,
    SnapshotFactory,
)
from tests.factories.moments import LONG_AGO

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.models import Observation
from upwell.domain.gaps.models import Need
from upwell.domain.sources.reviews.models import Review, ReviewAnswer

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def testing(cast: Cast) -> Capability:
    capability: Capability = CapabilityFactory(name="Testing")
    IndicatorFactory(capability=capability, text="writes the test first")
    require(cast.ada.person, a=(capability, 4.0), b=(CapabilityFactory(name="Writing"), 3.0))
    return capability


@pytest.fixture
def form(cast: Cast, testing: Capability) -> Review:
    made: Review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person)
    return made


def page(client: Client, review: Review, **query: object) -> str:
    return client.get(reverse("review", args=[review.uuid]), query).content.decode()


def answer(client: Client, review: Review, capability: Capability, **data: object) -> HttpResponse:
    return client.post(reverse("review-answer", args=[review.uuid, capability.uuid]), data)


@pytest.mark.requirement("R26")
def test_anchors_evidence_feedback_and_the_earlier_answer_stand_beside_the_form(
    cast: Cast, form: Review, testing: Capability, sql_count: SqlCount
) -> None:
    rate(cast.ada.person, testing, cast.chen.person, 2)
    FeedbackFactory(receiver=cast.ada.person, giver=cast.chen.person, audience="shared", text="The tests were thin.")
    earlier = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, state="closed")
    ReviewAnswerFactory(review=earlier, capability=testing, category=2, comment="Too few tests")
    client = cast.boris.client()
    with sql_count("reviews.form"):
        words = page(client, form, capability=testing.uuid)
    assert "writes the test first" in words
    assert "Level 2" in words
    assert "The tests were thin." in words
    assert "Too few tests" in words
    assert "Not enough seen" in words
    assert len(words) < 150_000


@pytest.mark.requirement("G6")
def test_old_thin_or_missing_evidence_warns_before_rating(cast: Cast, form: Review, testing: Capability) -> None:
    client = cast.boris.client()
    assert "Nothing has been observed yet" in page(client, form, capability=testing.uuid)
    rate(cast.ada.person, testing, cast.chen.person, 2, on=LONG_AGO)
    assert "months old" in page(client, form, capability=testing.uuid)
    for _ in range(2):
        ObservationFactory(
            person=cast.ada.person, capability=testing, observed_on=timezone.localdate(), rater=cast.chen.person
        )
    assert "Before you rate" not in page(client, form, capability=testing.uuid)


def test_a_draft_is_kept_capability_by_capability_and_opens_the_next(
    cast: Cast, form: Review, testing: Capability
) -> None:
    client = cast.boris.client()
    kept = answer(client, form, testing, category="3", comment="Twice", after="words")
    assert kept.status_code == 302
    assert kept["Location"].endswith("?part=words")
    saved = ReviewAnswer.objects.get()
    assert (saved.category, saved.comment) == (3, "Twice")
    assert "1 of 2" in page(client, form, capability=testing.uuid)
    answer(client, form, testing, category="–", comment="")
    assert ReviewAnswer.objects.get().category is None
    assert not Observation.objects.exists()


def test_a_missing_level_is_said_and_the_comment_stays(cast: Cast, form: Review, testing: Capability) -> None:
    refused = answer(cast.boris.client(), form, testing, comment="I kept this sentence")
    assert refused.status_code == 422
    assert "I kept this sentence" in refused.content.decode()
    assert "Choose the level you have seen" in refused.content.decode()


@pytest.mark.requirement("R24", "R28")
def test_achievements_strengths_and_readiness_are_kept_apart(cast: Cast, form: Review) -> None:
    client = cast.boris.client()
    client.post(
        reverse("review-words", args=[form.uuid]),
        {"achieved": "Shipped", "strengths": "Listens", "readiness": "May lead", "keep": "1"},
    )
    form.refresh_from_db()
    assert (form.achieved, form.strengths, form.readiness, form.state) == (
        "Shipped",
        "Listens",
        "May lead",
        "in_progress",
    )


@pytest.mark.requirement("R15")
def test_handing_in_turns_ratings_into_dated_evidence_and_moves_the_level(
    cast: Cast, form: Review, testing: Capability
) -> None:
    rate(cast.ada.person, testing, cast.chen.person, 2)
    compute()
    client = cast.boris.client()
    answer(client, form, testing, category="5", comment="Led it")
    client.post(reverse("review-submit", args=[form.uuid]))
    seen = Observation.objects.get(origin=Origin.REVIEW)
    assert (seen.category, seen.source, seen.note, seen.origin_uuid) == (5, Source.MANAGER, "Led it", form.uuid)
    words = page(cast.ada.client(), form)
    assert "Led it" in words
    assert "Handed in" in words


def test_nobody_but_the_writer_reads_a_draft(cast: Cast, form: Review) -> None:
    for player in (cast.ada, cast.chen, cast.dora):
        assert player.client().get(reverse("review", args=[form.uuid])).status_code == 404
    assert reverse("review", args=[form.uuid]) not in cast.ada.client().get(reverse("reviews")).content.decode()


def test_a_peer_sees_only_what_they_saw_themselves(cast: Cast, testing: Capability) -> None:
    peer = ReviewFactory(subject=cast.ada.person, reviewer=cast.farid.person, kind="peer")
    ObservationFactory(person=cast.ada.person, capability=testing, rater=cast.boris.person, note="said in confidence")
    words = page(cast.farid.client(), peer, capability=testing.uuid)
    assert "said in confidence" not in words
    assert "Raise a need" not in words
    refused = cast.farid.client().post(reverse("review-need", args=[peer.uuid, testing.uuid]), {})
    assert refused.status_code == 404


@pytest.mark.requirement("R30", "R31")
def test_a_need_raised_in_the_form_is_typed_linked_and_confirmed_only_by_a_pattern(
    cast: Cast, form: Review, testing: Capability
) -> None:
    client, url = cast.boris.client(), reverse("review-need", args=[form.uuid, testing.uuid])
    data = {"kind": "behaviour", "note": "Tests before merging"}
    answered = client.post(url, data, follow=True)
    need = Need.objects.get()
    assert (need.kind, need.state, need.origin_uuid) == ("behaviour", "raised", form.uuid)
    assert "There is no observation yet." in answered.content.decode()
    for rater in (cast.boris.person, cast.chen.person, cast.dora.person):
        for _ in range(2):
            rate(cast.ada.person, testing, rater, 1)
    client.post(url, data)
    need = Need.objects.get()
    assert need.state == "confirmed"
    assert len(need.evidence) == 6


@pytest.mark.requirement("G5")
def test_closing_with_a_confirmed_need_without_action_lists_it_with_two_ways_on(
    cast: Cast, testing: Capability, sql_count: SqlCount
) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, state="submitted", submitted_at=NOON)
    need = NeedFactory(person=cast.ada.person, capability=testing, state="confirmed", origin_uuid=review.uuid)
    client = cast.boris.client()
    refused = client.post(reverse("review-close", args=[review.uuid]))
    assert refused.status_code == 422
    words = refused.content.decode()
    assert "A review without consequence is not closed" in words
    assert reverse("diagnose", args=[need.uuid]) in words
    assert reverse("plan-propose", args=[cast.ada.person.uuid]) in words
    with sql_count("reviews.record"):
        client.get(reverse("review", args=[review.uuid]))
    Need.objects.update(state="dismissed")
    client.post(reverse("review-close", args=[review.uuid]))
    assert Review.objects.get(pk=review.pk).state == "closed"


@pytest.mark.parametrize(("rated", "shown"), [(5, True), (4, False)])
def test_own_severity_is_shown_privately_from_five_people_rated(cast: Cast, rated: int, shown: bool) -> None:
    snapshot = SnapshotFactory()
    RaterEffectFactory(snapshot=snapshot, rater=cast.boris.person, n_persons=rated)
    RaterEffectFactory(snapshot=snapshot, rater=cast.chen.person, n_persons=40, severity=0.9, lo95=0.5, hi95=1.2)
    words = cast.boris.client().get(reverse("reviews")).content.decode()
    assert ("0.5 levels more mildly" in words) is shown
    assert "more severely" not in words


def test_the_list_shows_what_to_write_by_deadline(cast: Cast, form: Review, sql_count: SqlCount) -> None:
    client = cast.boris.client()
    with sql_count("reviews.list"):
        answered = client.get(reverse("reviews"))
    assert [row.subject for _, row, _ in answered.context["to_write"]] == ["Ada Ek"]
