"""Feedback is given, asked for, answered or declined. An anchored rating becomes an observation."""

import datetime as dt

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence import queries as evidence
from upwell.domain.evidence.choices import Origin
from upwell.domain.evidence.operations import observe
from upwell.domain.sources.feedback.choices import Audience, RequestState
from upwell.domain.sources.feedback.models import Feedback, FeedbackRequest
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person


class RequestNotOpen(Exception):
    """The request was answered or declined before."""


class RatingWithoutCapability(Exception):
    """A rating says nothing without the capability it is about."""


@operation("feedback.give")
def give(
    *,
    giver: Person,
    receiver: Person,
    text: str,
    actor: Account | None,
    at: dt.datetime,
    capability: Capability | None = None,
    category: int | None = None,
    audience: str = Audience.SHARED,
) -> Feedback:
    """Tell somebody something; with `category` it is also one observation, from the seat the giver holds.

    Raises:
        RatingWithoutCapability: a category without a capability.
    """
    return _write(giver, receiver, text, capability, category, audience, None, actor, at)


@operation("feedback.ask")
def ask(
    *,
    asker: Person,
    asked: Person,
    actor: Account | None,
    at: dt.datetime,
    capability: Capability | None = None,
    message: str = "",
) -> FeedbackRequest:
    """Ask somebody for feedback."""
    return FeedbackRequest.objects.create(
        asker=asker, asked=asked, capability=capability, message=message, asked_at=at
    )


@operation("feedback.answer")
def answer(
    *,
    request: FeedbackRequest,
    text: str,
    actor: Account | None,
    at: dt.datetime,
    category: int | None = None,
    audience: str = Audience.SHARED,
) -> Feedback:
    """Answer a request.

    Raises:
        RequestNotOpen: it was answered or declined before.
        RatingWithoutCapability: a category although the request names no capability.
    """
    _settle(request, RequestState.ANSWERED)
    return _write(
        request.asked, request.asker, text, request.capability, category, audience, request, actor, at
    )


@operation("feedback.decline")
def decline(*, request: FeedbackRequest, actor: Account | None, at: dt.datetime) -> FeedbackRequest:
    """Say no to a request.

    Raises:
        RequestNotOpen: it was answered or declined before.
    """
    _settle(request, RequestState.DECLINED)
    return request


def _settle(request: FeedbackRequest, state: str) -> None:
    open_ones = FeedbackRequest.objects.filter(pk=request.pk, state=RequestState.OPEN)
    if not open_ones.update(state=state):
        raise RequestNotOpen("This request is no longer open.")
    request.state = state


def _write(
    giver: Person,
    receiver: Person,
    text: str,
    capability: Capability | None,
    category: int | None,
    audience: str,
    request: FeedbackRequest | None,
    actor: Account | None,
    at: dt.datetime,
) -> Feedback:
    if category is not None and capability is None:
        raise RatingWithoutCapability("Choose the capability that the rating is about.")
    feedback = Feedback.objects.create(
        giver=giver,
        receiver=receiver,
        capability=capability,
        category=category,
        text=text,
        audience=audience,
        request=request,
        given_at=at,
    )
    if category is not None and capability is not None:
        observe(
            person=receiver,
            capability=capability,
            rater=giver,
            source=evidence.seat(giver, receiver),
            category=category,
            note="" if audience == Audience.PRIVATE else text,
            observed_on=at.date(),
            origin=Origin.FEEDBACK,
            origin_uuid=feedback.uuid,
            actor=actor,
            at=at,
        )
    return feedback
