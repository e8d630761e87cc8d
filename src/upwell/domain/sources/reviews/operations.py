"""A review is opened for a cycle, answered, submitted (ratings become evidence) and closed with a consequence."""

import datetime as dt
from collections.abc import Sequence

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.operations import observe
from upwell.domain.sources.reviews.choices import ReviewKind, ReviewState
from upwell.domain.sources.reviews.models import Review, ReviewAnswer
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.models import Person, Seat

_SOURCES = {
    ReviewKind.SELF: Source.SELF,
    ReviewKind.MANAGER: Source.MANAGER,
    ReviewKind.PEER: Source.PEER,
    ReviewKind.UPWARD: Source.REPORT,
}


class ReviewLocked(Exception):
    """A submitted review is not changed any more."""


class ReviewEmpty(Exception):
    """Nothing was rated: there is nothing to submit."""


class ReviewNotSubmitted(Exception):
    """Only a submitted review can be closed."""


class ReviewWithoutConsequence(Exception):
    """A confirmed need has no action yet; `needs` names them."""

    def __init__(self, needs: Sequence[str]) -> None:
        super().__init__(f"Confirmed needs without an action: {', '.join(needs)}.")
        self.needs = tuple(needs)


class ReviewerUnfit(Exception):
    """Who reviews and from which seat contradict each other."""


@operation("review.open_cycle")
def open_for_cycle(*, cycle: Cycle, actor: Account | None, at: dt.datetime) -> int:
    """Lay out the self and the manager form of everyone seated in the cycle's unit or below; count the new ones.

    Safe to run twice: forms that exist are left as they are. Who has no manager gets the self form only.
    """
    seats = Seat.objects.filter(person__left_on__isnull=True)
    if cycle.unit is not None:
        seats = seats.filter(unit__chain_up__ancestor=cycle.unit)
    forms = []
    for person_id, manager_id in seats.values_list("person_id", "manager_id"):
        forms.append(_form(cycle, person_id, person_id, ReviewKind.SELF, at))
        if manager_id is not None:
            forms.append(_form(cycle, person_id, manager_id, ReviewKind.MANAGER, at))
    before = Review.objects.filter(cycle=cycle).count()
    Review.objects.bulk_create(forms, batch_size=5000, ignore_conflicts=True)
    return Review.objects.filter(cycle=cycle).count() - before


@operation("review.invite")
def invite(
    *, cycle: Cycle, subject: Person, reviewer: Person, kind: str, actor: Account | None, at: dt.datetime
) -> Review:
    """Ask one more person, such as a peer or a report, to review somebody.

    Raises:
        ReviewerUnfit: somebody else writes a self review, or a person reviews themselves from another seat.
    """
    if (subject.pk == reviewer.pk) != (kind == ReviewKind.SELF):
        raise ReviewerUnfit(f"{reviewer} cannot write a {kind} review of {subject}.")
    review, _ = Review.objects.get_or_create(
        cycle=cycle, subject=subject, reviewer=reviewer, kind=kind, defaults={"created_at": at}
    )
    return review


@operation("review.answer")
def save_answer(
    *,
    review: Review,
    capability: Capability,
    category: int | None,
    comment: str,
    actor: Account | None,
    at: dt.datetime,
) -> ReviewAnswer:
    """Keep the rating of one capability; None says that not enough was seen.

    Raises:
        ReviewLocked: the review was submitted before.
    """
    _begin(review)
    answer, _ = ReviewAnswer.objects.update_or_create(
        review=review,
        capability=capability,
        defaults={"category": category, "comment": comment, "answered_at": at},
    )
    return answer


@operation("review.write")
def save_words(
    *,
    review: Review,
    achieved: str,
    strengths: str,
    readiness: str,
    actor: Account | None,
    at: dt.datetime,
) -> Review:
    """Keep what was achieved, the strengths and the readiness, each in its own field.

    Raises:
        ReviewLocked: the review was submitted before.
    """
    _begin(review)
    review.achieved, review.strengths, review.readiness = achieved, strengths, readiness
    review.save(update_fields=["achieved", "strengths", "readiness"])
    return review


@operation("review.submit")
def submit(*, review: Review, actor: Account | None, at: dt.datetime) -> Review:
    """Hand in a review: every rated capability becomes one dated observation.

    Raises:
        ReviewLocked: it was submitted before.
        ReviewEmpty: no capability was rated and nothing was written.
    """
    review = (
        Review.objects.select_for_update(of=("self",)).select_related("subject", "reviewer").get(pk=review.pk)
    )
    if review.state not in {ReviewState.TO_DO, ReviewState.IN_PROGRESS}:
        raise ReviewLocked("This review has been submitted already.")
    rated = list(review.answers.filter(category__isnull=False).select_related("capability__scale"))
    if not rated and not (review.achieved or review.strengths or review.readiness):
        raise ReviewEmpty("Rate at least one capability, or write what you saw.")
    for answer in rated:
        if answer.category is not None:
            observe(
                person=review.subject,
                capability=answer.capability,
                rater=review.reviewer,
                source=_SOURCES[ReviewKind(review.kind)],
                category=answer.category,
                note=answer.comment,
                observed_on=at.date(),
                origin=Origin.REVIEW,
                origin_uuid=review.uuid,
                actor=actor,
                at=at,
            )
    review.state, review.submitted_at = ReviewState.SUBMITTED, at
    review.save(update_fields=["state", "submitted_at"])
    return review


@operation("review.close")
def close(
    *, review: Review, needs_without_action: Sequence[str], actor: Account | None, at: dt.datetime
) -> Review:
    """Sign a review off. The caller names the confirmed needs of the subject that have no action yet.

    Raises:
        ReviewNotSubmitted: it was not handed in.
        ReviewWithoutConsequence: there are such needs.
    """
    if review.state != ReviewState.SUBMITTED:
        raise ReviewNotSubmitted("Only a submitted review can be closed.")
    if needs_without_action:
        raise ReviewWithoutConsequence(needs_without_action)
    review.state, review.closed_at = ReviewState.CLOSED, at
    review.save(update_fields=["state", "closed_at"])
    return review


def _begin(review: Review) -> None:
    if review.state == ReviewState.TO_DO:
        review.state = ReviewState.IN_PROGRESS
        review.save(update_fields=["state"])
    elif review.state != ReviewState.IN_PROGRESS:
        raise ReviewLocked("A submitted review is not changed any more.")


def _form(cycle: Cycle, subject_id: int, reviewer_id: int, kind: str, at: dt.datetime) -> Review:
    return Review(cycle=cycle, subject_id=subject_id, reviewer_id=reviewer_id, kind=kind, created_at=at)
