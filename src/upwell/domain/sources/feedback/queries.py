"""Feedback as each party may read it. Private feedback is read by giver and receiver only."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from upwell.domain.sources.feedback.choices import Audience, RequestState
from upwell.domain.sources.feedback.models import Feedback, FeedbackRequest
from upwell.foundation.people.models import Person


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One piece of feedback."""

    uuid: UUID
    giver: str
    giver_uuid: UUID
    receiver: str
    receiver_uuid: UUID
    capability: str
    capability_uuid: UUID | None
    category: int | None
    text: str
    audience: str
    given_at: dt.datetime
    asked_for: bool

    @property
    def audience_words(self) -> str:
        """Who reads it, in words."""
        return str(Audience(self.audience).label)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request for feedback."""

    uuid: UUID
    asker: str
    asker_uuid: UUID
    asked: str
    asked_uuid: UUID
    capability: str
    capability_uuid: UUID | None
    message: str
    state: str
    asked_at: dt.datetime


def received(person: Person, *, reader: Person, limit: int = 50) -> tuple[FeedbackRow, ...]:
    """What a person was told, newest first, as far as `reader` may know of it; one statement."""
    found = Feedback.objects.filter(receiver=person)
    if reader.pk != person.pk:
        found = found.filter(audience=Audience.SHARED) | found.filter(giver=reader)
    return _feedback(found, limit)


def given(person: Person, *, limit: int = 50) -> tuple[FeedbackRow, ...]:
    """What a person told others, newest first; one statement."""
    return _feedback(Feedback.objects.filter(giver=person), limit)


def requests_to(person: Person, *, limit: int = 50) -> tuple[RequestRow, ...]:
    """Open requests waiting for a person's answer, oldest first; one statement."""
    return _requests(FeedbackRequest.objects.filter(asked=person, state=RequestState.OPEN), limit)


def requests_of(person: Person, *, limit: int = 50) -> tuple[RequestRow, ...]:
    """What a person has asked of others, in any state, oldest first; one statement."""
    return _requests(FeedbackRequest.objects.filter(asker=person), limit)


def counts_received(person_ids: Iterable[int], *, since: dt.datetime) -> dict[int, int]:
    """How much feedback each person received since a moment, by person id; one statement."""
    found = Feedback.objects.filter(receiver__in=list(person_ids), given_at__gte=since).order_by()
    return dict(found.values("receiver_id").annotate(n=Count("id")).values_list("receiver_id", "n"))


def _feedback(found: QuerySet[Feedback], limit: int) -> tuple[FeedbackRow, ...]:
    page = found.order_by("-given_at").select_related("giver", "receiver", "capability")[:limit]
    return tuple(
        FeedbackRow(
            uuid=each.uuid,
            giver=each.giver.name,
            giver_uuid=each.giver.uuid,
            receiver=each.receiver.name,
            receiver_uuid=each.receiver.uuid,
            capability=each.capability.name if each.capability else "",
            capability_uuid=each.capability.uuid if each.capability else None,
            category=each.category,
            text=each.text,
            audience=each.audience,
            given_at=each.given_at,
            asked_for=each.request_id is not None,
        )
        for each in page
    )


def _requests(found: QuerySet[FeedbackRequest], limit: int) -> tuple[RequestRow, ...]:
    page = found.order_by("asked_at").select_related("asker", "asked", "capability")[:limit]
    return tuple(
        RequestRow(
            uuid=each.uuid,
            asker=each.asker.name,
            asker_uuid=each.asker.uuid,
            asked=each.asked.name,
            asked_uuid=each.asked.uuid,
            capability=each.capability.name if each.capability else "",
            capability_uuid=each.capability.uuid if each.capability else None,
            message=each.message,
            state=each.state,
            asked_at=each.asked_at,
        )
        for each in page
    )
