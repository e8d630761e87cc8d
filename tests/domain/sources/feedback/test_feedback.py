"""Feedback is read by whom it is meant for, and an anchored rating in it is evidence."""

import pytest
from tests.cast import NOON, Cast
from tests.factories import CapabilityFactory

from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.models import Observation
from upwell.domain.sources.feedback import operations, queries
from upwell.domain.sources.feedback.choices import Audience, RequestState
from upwell.domain.sources.feedback.models import Feedback, FeedbackRequest
from upwell.domain.sources.feedback.operations import RatingWithoutCapability, RequestNotOpen
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.people.models import Person

pytestmark = pytest.mark.django_db


def tell(giver: Person, receiver: Person, text: str = "Well explained", **given: object) -> Feedback:
    """Somebody tells somebody."""
    return operations.give(giver=giver, receiver=receiver, text=text, actor=None, at=NOON, **given)


@pytest.mark.requirement("R17")
def test_private_feedback_is_read_by_receiver_and_giver_and_shared_feedback_by_the_manager_too(cast: Cast) -> None:
    ada, boris, farid = cast.ada.person, cast.boris.person, cast.farid.person
    tell(farid, ada, "Between us", audience=Audience.PRIVATE)
    tell(farid, ada, "For all to hear")
    texts = {
        reader.name: {row.text for row in queries.received(ada, reader=reader)}
        for reader in (ada, boris, farid, cast.chen.person)
    }
    assert texts == {
        "Ada Ek": {"Between us", "For all to hear"},
        "Farid Fay": {"Between us", "For all to hear"},
        "Boris Bauer": {"For all to hear"},
        "Chen Wu": {"For all to hear"},
    }


def test_the_audit_trail_does_not_repeat_private_feedback(cast: Cast) -> None:
    tell(cast.farid.person, cast.ada.person, "Between us", audience=Audience.PRIVATE)
    assert "Between us" not in str(AuditLine.objects.values_list("thing_name", "details"))


def test_feedback_with_a_rating_becomes_one_observation_from_the_seat_of_the_giver(cast: Cast) -> None:
    capability = CapabilityFactory()
    seats = [(cast.boris, Source.MANAGER), (cast.chen, Source.MANAGER), (cast.farid, Source.PEER)]
    for giver, source in seats:
        feedback = tell(giver.person, cast.ada.person, capability=capability, category=4)
        seen = Observation.objects.get(origin_uuid=feedback.uuid)
        assert (seen.person, seen.rater, seen.source) == (cast.ada.person, giver.person, source)
        assert (seen.category, seen.capability, seen.origin) == (4, capability, Origin.FEEDBACK)
    upward = tell(cast.ada.person, cast.boris.person, capability=capability, category=2)
    assert Observation.objects.get(origin_uuid=upward.uuid).source == Source.REPORT


def test_feedback_in_words_only_is_no_observation(cast: Cast) -> None:
    tell(cast.boris.person, cast.ada.person, capability=CapabilityFactory())
    assert not Observation.objects.exists()


def test_the_words_of_private_feedback_do_not_travel_with_its_rating(cast: Cast) -> None:
    tell(
        cast.farid.person,
        cast.ada.person,
        "Between us",
        capability=CapabilityFactory(),
        category=2,
        audience=Audience.PRIVATE,
    )
    assert Observation.objects.get().note == ""


def test_a_rating_needs_the_capability_it_is_about(cast: Cast) -> None:
    with pytest.raises(RatingWithoutCapability):
        tell(cast.boris.person, cast.ada.person, category=3)
    assert not Feedback.objects.exists()


@pytest.mark.requirement("R17")
def test_asked_feedback_is_answered_once_and_goes_back_to_who_asked(cast: Cast) -> None:
    capability = CapabilityFactory()
    request = operations.ask(asker=cast.ada.person, asked=cast.farid.person, capability=capability, actor=None, at=NOON)
    assert [row.asker for row in queries.requests_to(cast.farid.person)] == ["Ada Ek"]
    operations.answer(request=request, text="You listened", category=4, actor=None, at=NOON)
    (row,) = queries.received(cast.ada.person, reader=cast.ada.person)
    assert (row.giver, row.capability, row.category, row.asked_for) == ("Farid Fay", capability.name, 4, True)
    assert queries.requests_to(cast.farid.person) == ()
    with pytest.raises(RequestNotOpen):
        operations.answer(request=request, text="And again", actor=None, at=NOON)
    assert Feedback.objects.count() == 1


def test_a_request_may_be_declined_and_is_then_over(cast: Cast) -> None:
    request = operations.ask(asker=cast.ada.person, asked=cast.farid.person, actor=None, at=NOON)
    operations.decline(request=request, actor=None, at=NOON)
    assert FeedbackRequest.objects.get().state == RequestState.DECLINED
    with pytest.raises(RequestNotOpen):
        operations.answer(request=request, text="Now then", actor=None, at=NOON)


def test_an_answer_that_fails_leaves_the_request_open(cast: Cast) -> None:
    request = operations.ask(asker=cast.ada.person, asked=cast.farid.person, actor=None, at=NOON)
    with pytest.raises(RatingWithoutCapability):
        operations.answer(request=request, text="Fine", category=3, actor=None, at=NOON)
    assert FeedbackRequest.objects.get().state == RequestState.OPEN


def test_what_somebody_received_is_counted_since_a_moment(cast: Cast) -> None:
    tell(cast.boris.person, cast.ada.person)
    tell(cast.farid.person, cast.ada.person)
    ada, hana = cast.ada.person.pk, cast.hana.person.pk
    assert queries.counts_received([ada, hana], since=NOON) == {ada: 2}
