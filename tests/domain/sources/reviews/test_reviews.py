"""A review turns ratings into evidence, is locked once handed in, and never ends without a consequence."""

import datetime as dt

import pytest
from tests.cast import NOON, Cast
from tests.factories import (
    CapabilityFactory,
    CycleFactory,
    ObservationFactory,
    RequirementFactory,
    ReviewFactory,
    RoleHoldingFactory,
)
from tests.factories.moments import TODAY

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence import queries as evidence
from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.models import Observation
from upwell.domain.sources.reviews import operations, queries
from upwell.domain.sources.reviews.choices import ReviewKind, ReviewState
from upwell.domain.sources.reviews.models import Review
from upwell.domain.sources.reviews.operations import (
    ReviewEmpty,
    ReviewerUnfit,
    ReviewLocked,
    ReviewNotSubmitted,
    ReviewWithoutConsequence,
)
from upwell.foundation.people.models import Person

pytestmark = pytest.mark.django_db


def review_of_ada(cast: Cast) -> Review:
    """Boris reviews Ada."""
    made: Review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person)
    return made


def rate(review: Review, capability: Capability, category: int | None = 4, comment: str = "Led the release") -> None:
    """Answer one question."""
    operations.save_answer(
        review=review, capability=capability, category=category, comment=comment, actor=None, at=NOON
    )


def submitted(review: Review) -> Review:
    """A review with one rating, handed in."""
    rate(review, CapabilityFactory())
    return operations.submit(review=review, actor=None, at=NOON)


def asked_of(person: Person, capability: Capability) -> None:
    """The person's role asks the capability."""
    holding = RoleHoldingFactory(person=person)
    RequirementFactory(role=holding.role, capability=capability, level=3.0)


def seen(person: Person, capability: Capability, *days_ago: int) -> None:
    """Observations so many days before today."""
    for days in days_ago:
        ObservationFactory(person=person, capability=capability, observed_on=TODAY - dt.timedelta(days=days))


@pytest.mark.requirement("R15")
def test_each_rated_answer_of_a_submitted_review_stands_in_the_ledger_dated_and_from_its_seat(cast: Cast) -> None:
    review, capability = review_of_ada(cast), CapabilityFactory()
    rate(review, capability)
    assert evidence.observations_of(cast.ada.person) == ()
    operations.submit(review=review, actor=None, at=NOON)
    (row,) = evidence.observations_of(cast.ada.person)
    assert (row.capability, row.category, row.observed_on) == (capability.name, 4, TODAY)
    assert (row.rater, row.source, row.origin) == ("Boris Bauer", Source.MANAGER, Origin.REVIEW)
    assert (row.note, row.origin_uuid) == ("Led the release", review.uuid)


@pytest.mark.requirement("R15")
@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (ReviewKind.SELF, Source.SELF),
        (ReviewKind.MANAGER, Source.MANAGER),
        (ReviewKind.PEER, Source.PEER),
        (ReviewKind.UPWARD, Source.REPORT),
    ],
)
def test_the_kind_of_review_decides_the_seat_of_the_evidence(cast: Cast, kind: ReviewKind, source: Source) -> None:
    reviewer = cast.ada if kind == ReviewKind.SELF else cast.farid
    submitted(ReviewFactory(subject=cast.ada.person, reviewer=reviewer.person, kind=kind))
    assert Observation.objects.get().source == source


def test_not_enough_seen_is_an_answer_and_no_evidence(cast: Cast) -> None:
    review = review_of_ada(cast)
    rate(review, CapabilityFactory(), category=None)
    rate(review, CapabilityFactory(), category=2)
    operations.submit(review=review, actor=None, at=NOON)
    assert Observation.objects.get().category == 2


def test_an_empty_review_cannot_be_handed_in(cast: Cast) -> None:
    with pytest.raises(ReviewEmpty):
        operations.submit(review=review_of_ada(cast), actor=None, at=NOON)


def test_a_submitted_review_is_locked(cast: Cast) -> None:
    review = submitted(review_of_ada(cast))
    with pytest.raises(ReviewLocked):
        rate(review, CapabilityFactory())
    with pytest.raises(ReviewLocked):
        operations.save_words(review=review, achieved="More", strengths="", readiness="", actor=None, at=NOON)
    with pytest.raises(ReviewLocked):
        operations.submit(review=review, actor=None, at=NOON)
    assert Observation.objects.count() == 1


def test_a_rating_off_the_scale_hands_in_nothing_at_all(cast: Cast) -> None:
    review = review_of_ada(cast)
    rate(review, CapabilityFactory())
    rate(review, CapabilityFactory(), category=9)
    with pytest.raises(Exception, match="9 is not a level"):
        operations.submit(review=review, actor=None, at=NOON)
    assert not Observation.objects.exists()
    assert Review.objects.get().state == ReviewState.IN_PROGRESS


@pytest.mark.requirement("G5")
def test_a_review_does_not_close_while_a_confirmed_need_has_no_action(cast: Cast) -> None:
    review = submitted(review_of_ada(cast))
    with pytest.raises(ReviewWithoutConsequence, match="Threat modelling") as refused:
        operations.close(review=review, needs_without_action=["Threat modelling"], actor=None, at=NOON)
    assert refused.value.needs == ("Threat modelling",)
    assert Review.objects.get().state == ReviewState.SUBMITTED
    operations.close(review=review, needs_without_action=[], actor=None, at=NOON)
    assert Review.objects.get().state == ReviewState.CLOSED


def test_a_review_that_was_not_handed_in_cannot_be_closed(cast: Cast) -> None:
    with pytest.raises(ReviewNotSubmitted):
        operations.close(review=review_of_ada(cast), needs_without_action=[], actor=None, at=NOON)


@pytest.mark.requirement("R26", "G6")
@pytest.mark.parametrize(
    ("days_ago", "words"),
    [
        ((), "Nothing has been observed yet"),
        ((10,), "one observation only"),
        ((10, 20), ""),
        ((250, 260), "8 months old"),
    ],
)
def test_the_form_warns_of_old_or_thin_evidence_before_rating(
    cast: Cast, days_ago: tuple[int, ...], words: str
) -> None:
    capability = CapabilityFactory()
    asked_of(cast.ada.person, capability)
    seen(cast.ada.person, capability, *days_ago)
    review = review_of_ada(cast)
    (question,) = queries.form(review, as_of=TODAY).questions
    assert words in question.warning
    assert bool(words) == bool(question.warning)
    assert len(question.observations) == len(days_ago)


def test_the_form_shows_what_the_last_review_from_the_same_seat_said(cast: Cast) -> None:
    capability = CapabilityFactory()
    asked_of(cast.ada.person, capability)
    before = review_of_ada(cast)
    rate(before, capability, category=2, comment="First steps")
    operations.submit(review=before, actor=None, at=NOON)
    from_herself = ReviewFactory(subject=cast.ada.person, reviewer=cast.ada.person, kind=ReviewKind.SELF)
    rate(from_herself, capability, category=5)
    operations.submit(review=from_herself, actor=None, at=NOON)
    (question,) = queries.form(review_of_ada(cast), as_of=TODAY).questions
    assert question.previous is not None
    assert (question.previous.category, question.previous.comment) == (2, "First steps")
    assert not question.answered


@pytest.mark.requirement("R24", "R28")
def test_outcomes_strengths_and_readiness_stand_in_fields_of_their_own(cast: Cast) -> None:
    review = review_of_ada(cast)
    operations.save_words(
        review=review,
        achieved="Shipped in May",
        strengths="Explains trade-offs",
        readiness="Ready to lead a project",
        actor=None,
        at=NOON,
    )
    form = queries.form(review, as_of=TODAY)
    assert (form.achieved, form.strengths, form.readiness) == (
        "Shipped in May",
        "Explains trade-offs",
        "Ready to lead a project",
    )


def test_opening_a_cycle_lays_out_self_and_manager_forms_once(cast: Cast) -> None:
    cycle = CycleFactory(unit=cast.engineering)
    assert operations.open_for_cycle(cycle=cycle, actor=None, at=NOON) == 5
    assert operations.open_for_cycle(cycle=cycle, actor=None, at=NOON) == 0
    found = {(row.subject, row.reviewer, row.kind) for row in queries.reviews_in(cycle)}
    assert found == {
        ("Ada Ek", "Ada Ek", "self"),
        ("Ada Ek", "Boris Bauer", "manager"),
        ("Boris Bauer", "Boris Bauer", "self"),
        ("Boris Bauer", "Chen Wu", "manager"),
        ("Chen Wu", "Chen Wu", "self"),
    }
    assert queries.funnel(cycle).to_do == queries.funnel(cycle).total == 5


def test_the_funnel_follows_each_form(cast: Cast) -> None:
    review = review_of_ada(cast)
    rate(review, CapabilityFactory())
    assert queries.funnel(review.cycle).in_progress == 1
    review = operations.submit(review=review, actor=None, at=NOON)
    assert queries.funnel(review.cycle).submitted == 1
    assert queries.waiting_for(cast.boris.person).to_write == ()
    operations.close(review=review, needs_without_action=[], actor=None, at=NOON)
    assert queries.funnel(review.cycle).closed == 1


def test_a_person_reviews_themselves_from_the_own_seat_only(cast: Cast) -> None:
    for subject, reviewer, kind in (
        (cast.ada, cast.ada, ReviewKind.PEER),
        (cast.ada, cast.farid, ReviewKind.SELF),
    ):
        with pytest.raises(ReviewerUnfit):
            operations.invite(
                cycle=CycleFactory(), subject=subject.person, reviewer=reviewer.person, kind=kind, actor=None, at=NOON
            )


def test_inviting_a_peer_twice_gives_one_form(cast: Cast) -> None:
    cycle = CycleFactory()
    forms = {
        operations.invite(
            cycle=cycle, subject=cast.ada.person, reviewer=cast.farid.person, kind=ReviewKind.PEER, actor=None, at=NOON
        ).pk
        for _ in range(2)
    }
    assert len(forms) == 1
