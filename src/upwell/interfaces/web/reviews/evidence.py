"""The evidence that stands beside a question of a review, and how severe its reader rates."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from upwell.domain.evidence.queries import ObservationRow
from upwell.domain.gaps.queries import NeedRow, own_severity
from upwell.domain.sources.feedback import queries as feedback
from upwell.domain.sources.reviews.choices import ReviewKind
from upwell.domain.sources.reviews.models import Review
from upwell.domain.sources.reviews.queries import QuestionRow
from upwell.foundation.people.models import Person
from upwell.interfaces.web.charts import numbers
from upwell.interfaces.web.parts import Entry

CLEAR = 0.1
"""From this severity on, in levels, a rater is told of it where the interval leaves zero out."""


def observed(rows: Iterable[ObservationRow]) -> list[Entry]:
    """Observations, newest first."""
    return [
        Entry(
            f"{row.level_name}",
            row.observed_on,
            note=" · ".join(part for part in (row.rater, row.source_words, row.kind_words) if part),
            icon="eye",
            quote=row.note,
        )
        for row in rows
    ]


def told(review: Review, question: QuestionRow) -> list[Entry]:
    """Feedback on the capability, or on none in particular, that the reviewer may read."""
    rows = feedback.received(review.subject, reader=review.reviewer)
    if review.kind in {ReviewKind.PEER, ReviewKind.UPWARD}:
        rows = tuple(row for row in rows if row.giver_uuid == review.reviewer.uuid)
    fitting = [row for row in rows if row.capability_uuid in {None, question.capability_uuid}]
    return [
        Entry(row.giver, row.given_at.date(), note=row.capability, icon="message-square-heart", quote=row.text)
        for row in fitting[:5]
    ]


def severity_words(person: Person | None) -> str:
    """How the person's own ratings compare with those of others, for their eyes only; empty where too few."""
    found = own_severity(person) if person else None
    if found is None:
        return ""
    facts = {
        "size": f"{abs(found.severity):.1f}",
        "lo": numbers.signed(found.lo95),
        "hi": numbers.signed(found.hi95),
        "n": found.n_persons,
    }
    if found.lo95 <= 0 <= found.hi95 or abs(found.severity) < CLEAR:
        return _("Your ratings of %(n)d people are neither mild nor severe beyond chance (%(lo)s to %(hi)s).") % facts
    low, high = sorted((abs(found.lo95), abs(found.hi95)))
    facts |= {"lo": f"{low:.1f}", "hi": f"{high:.1f}"}
    if found.severity > 0:
        return (
            _("You rate about %(size)s levels more severely than others do (%(lo)s to %(hi)s, %(n)d people).") % facts
        )
    return _("You rate about %(size)s levels more mildly than others do (%(lo)s to %(hi)s, %(n)d people).") % facts


def fitting(needs: Iterable[NeedRow], question: QuestionRow) -> NeedRow | None:
    """The open need on the capability asked about."""
    return next(
        (
            row
            for row in needs
            if row.capability_id == question.capability_id and row.state not in {"closed", "dismissed"}
        ),
        None,
    )
