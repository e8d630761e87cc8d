"""The review form with the evidence beside it, the lists of forms, and how far a cycle is."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from upwell.domain.capabilities import queries as capabilities
from upwell.domain.capabilities.models import ScaleLevel
from upwell.domain.capabilities.queries import LevelRow
from upwell.domain.evidence import queries as evidence
from upwell.domain.evidence.queries import ObservationRow, Recency
from upwell.domain.roles import queries as roles
from upwell.domain.roles.queries import RoleRow
from upwell.domain.sources.reviews.choices import ReviewKind, ReviewState
from upwell.domain.sources.reviews.models import Review, ReviewAnswer
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.models import Person

SMALLEST_UNIT = 5
STALE_MONTHS = 6
"""Evidence older than this calls for a look before rating."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One form in a list."""

    uuid: UUID
    cycle: str
    cycle_uuid: UUID
    due_on: dt.date
    subject: str
    subject_uuid: UUID
    reviewer: str
    reviewer_uuid: UUID
    kind: str
    state: str
    submitted_at: dt.datetime | None
    closed_at: dt.datetime | None

    @property
    def kind_words(self) -> str:
        """The seat, in words."""
        return str(ReviewKind(self.kind).label)

    @property
    def state_words(self) -> str:
        """Where it stands, in words."""
        return str(ReviewState(self.state).label)


@dataclass(frozen=True, slots=True)
class PreviousAnswer:
    """What an earlier review said of the same capability, from the same seat."""

    cycle: str
    category: int
    level_name: str
    comment: str
    answered_at: dt.datetime


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One capability of the form: what is asked, its anchors, the evidence, the answer so far."""

    capability_id: int
    capability_uuid: UUID
    capability: str
    group: str
    required: float
    required_name: str
    levels: tuple[LevelRow, ...]
    observations: tuple[ObservationRow, ...]
    recency: Recency | None
    warning: str
    """Why to look again before rating; empty where the evidence is fresh."""
    previous: PreviousAnswer | None
    category: int | None
    comment: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A whole review form."""

    row: ReviewRow
    role: RoleRow | None
    questions: tuple[QuestionRow, ...]
    achieved: str
    strengths: str
    readiness: str
    n_stale: int

    @property
    def n_answered(self) -> int:
        """How many questions have an answer."""
        return sum(question.answered for question in self.questions)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many forms of a cycle stand where."""

    to_do: int
    in_progress: int
    submitted: int
    closed: int

    @property
    def total(self) -> int:
        """All forms."""
        return self.to_do + self.in_progress + self.submitted + self.closed

    @property
    def written(self) -> int:
        """Forms handed in."""
        return self.submitted + self.closed


@dataclass(frozen=True, slots=True)
class Waiting:
    """The forms that wait for one person: to be filled in, and handed in but not signed off."""

    to_write: tuple[ReviewRow, ...]
    to_close: tuple[ReviewRow, ...]


@dataclass(frozen=True, slots=True)
class RunningCycle:
    """A cycle with the number of its forms that nobody handed in yet, and of all."""

    uuid: UUID
    name: str
    due_on: dt.date
    n_waiting: int
    n_forms: int


@dataclass(frozen=True, slots=True)
class UnitFunnel:
    """The forms about the people of one unit; without `uuid`, of all units of fewer than five people together."""

    uuid: UUID | None
    name: str
    funnel: Funnel

    @property
    def written(self) -> float:
        """The share of forms handed in, 0 to 1."""
        return self.funnel.written / self.funnel.total if self.funnel.total else 0.0


@dataclass(frozen=True, slots=True)
class StepRow:
    """One capability of a form in the list of what is to be rated."""

    capability_id: int
    capability_uuid: UUID
    capability: str
    answered: bool
    category: int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form one capability at a time: all steps, and the question asked now; None where the role asks nothing."""

    steps: tuple[StepRow, ...]
    question: QuestionRow | None

    @property
    def n_answered(self) -> int:
        """How many capabilities have an answer."""
        return sum(step.answered for step in self.steps)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What a review says of one capability; `level_name` is empty where not enough was seen."""

    capability_uuid: UUID
    capability: str
    category: int | None
    level_name: str
    comment: str


def sheet(review: Review, *, as_of: dt.date, capability: UUID | None = None) -> Sheet:
    """The form with one capability open (the first without an answer unless named); at most five statements.

    A peer or a report rates from what they saw themselves: others' observations stay hidden from them.
    """
    required = roles.requirements_of(review.subject, as_of=as_of)
    own, earlier = _answers(review)
    steps = tuple(
        StepRow(
            capability_id=row.capability_id,
            capability_uuid=row.capability_uuid,
            capability=row.capability,
            answered=row.capability_id in own,
            category=own[row.capability_id].category if row.capability_id in own else None,
        )
        for row in required
    )
    if not required:
        return Sheet(steps, None)
    named = [row for row in required if row.capability_uuid == capability]
    waiting = [row for row in required if row.capability_id not in own]
    asked = (named or waiting or list(required))[0]
    levels = capabilities.anchors([asked.capability_id]).get(asked.capability_id, ())
    names = {level.ordinal: level.name for level in levels}
    seen = evidence.observations_of(
        review.subject, capability_ids=[asked.capability_id], until=as_of, with_retracted=False
    )
    if review.kind in {ReviewKind.PEER, ReviewKind.UPWARD}:
        seen = tuple(row for row in seen if row.rater_uuid == review.reviewer.uuid)
        earlier = {}
    recency = _recency(seen)
    answer, before = own.get(asked.capability_id), earlier.get(asked.capability_id)
    question = QuestionRow(
        capability_id=asked.capability_id,
        capability_uuid=asked.capability_uuid,
        capability=asked.capability,
        group=asked.group,
        required=asked.level,
        required_name=asked.level_name,
        levels=levels,
        observations=seen[:8],
        recency=recency,
        warning=warning(recency, as_of=as_of),
        previous=PreviousAnswer(
            before.review.cycle.name,
            before.category,
            names.get(before.category, ""),
            before.comment,
            before.answered_at,
        )
        if before and before.category
        else None,
        category=answer.category if answer else None,
        comment=answer.comment if answer else "",
        answered=answer is not None,
    )
    return Sheet(steps, question)


def answers_of(review: Review) -> tuple[AnswerRow, ...]:
    """What a review says, by capability name; one statement."""
    level = ScaleLevel.objects.filter(scale=OuterRef("capability__scale"), ordinal=OuterRef("category"))
    found = (
        ReviewAnswer.objects.filter(review=review)
        .annotate(level_name=Subquery(level.values("name")[:1]))
        .annotate(a_uuid=F("capability__uuid"), a_name=F("capability__name"))
        .order_by("a_name")
        .values_list("a_uuid", "a_name", "category", "level_name", "comment")
    )
    return tuple(
        AnswerRow(key, name, category, level_name or "", comment) for key, name, category, level_name, comment in found
    )


def form(review: Review, *, as_of: dt.date) -> Form:
    """The form as of a day, with evidence beside each capability; at most nine statements."""
    review = _with_names(Review.objects.filter(pk=review.pk)).get()
    required = roles.requirements_of(review.subject, as_of=as_of)
    ids = [row.capability_id for row in required]
    anchors = capabilities.anchors(ids)
    seen: dict[int, list[ObservationRow]] = defaultdict(list)
    for each in evidence.observations_of(
        review.subject, capability_ids=ids, until=as_of, with_retracted=False
    ):
        seen[each.capability_id].append(each)
    fresh = evidence.recency([review.subject_id], as_of=as_of, capability_ids=ids)
    answers = {answer.capability_id: answer for answer in review.answers.all()}
    before = _previous(review, anchors)
    questions = []
    for row in required:
        recency = fresh.get((review.subject_id, row.capability_id))
        answer = answers.get(row.capability_id)
        questions.append(
            QuestionRow(
                capability_id=row.capability_id,
                capability_uuid=row.capability_uuid,
                capability=row.capability,
                group=row.group,
                required=row.level,
                required_name=row.level_name,
                levels=anchors.get(row.capability_id, ()),
                observations=tuple(seen[row.capability_id][:8]),
                recency=recency,
                warning=warning(recency, as_of=as_of),
                previous=before.get(row.capability_id),
                category=answer.category if answer else None,
                comment=answer.comment if answer else "",
                answered=answer is not None,
            )
        )
    return Form(
        row=_row(review),
        role=roles.role_of(review.subject, as_of=as_of),
        questions=tuple(questions),
        achieved=review.achieved,
        strengths=review.strengths,
        readiness=review.readiness,
        n_stale=sum(bool(question.warning) for question in questions),
    )


def warning(recency: Recency | None, *, as_of: dt.date) -> str:
    """Why the evidence may be too old or too thin to rate from; empty where it is not (guard-rail G6)."""
    if recency is None:
        return (
            "Nothing has been observed yet: rate only what you have seen yourself, or say 'not enough seen'."
        )
    months = recency.months_old(as_of)
    if months >= STALE_MONTHS:
        return f"The newest evidence is {months} months old: think of the last weeks before rating."
    if recency.n == 1:
        return "There is one observation only: a pattern needs more than one."
    return ""


def waiting_for(reviewer: Person, *, limit: int = 100) -> Waiting:
    """What a person has to fill in or to sign off, nearest deadline first; one statement."""
    unwritten = Q(state__in=[ReviewState.TO_DO, ReviewState.IN_PROGRESS])
    unsigned = Q(kind=ReviewKind.MANAGER, state=ReviewState.SUBMITTED)
    found = _with_names(Review.objects.filter(unwritten | unsigned, reviewer=reviewer))
    rows = [_row(review) for review in found.order_by("cycle__due_on", "subject__sort_name")]
    return Waiting(
        to_write=tuple(row for row in rows if row.state != ReviewState.SUBMITTED)[:limit],
        to_close=tuple(row for row in rows if row.state == ReviewState.SUBMITTED)[:limit],
    )


def running(cycles: QuerySet[Cycle]) -> tuple[RunningCycle, ...]:
    """How far each of some cycles is, nearest deadline first; one statement."""
    waiting = Count("id", filter=Q(state__in=[ReviewState.TO_DO, ReviewState.IN_PROGRESS]))
    found = Review.objects.filter(cycle__in=cycles).order_by("cycle__due_on", "cycle__name")
    counted = found.values_list("cycle__uuid", "cycle__name", "cycle__due_on").annotate(n=waiting, total=Count("id"))
    return tuple(RunningCycle(*row) for row in counted)


def reviews_of(subject: Person, *, limit: int = 50) -> tuple[ReviewRow, ...]:
    """Reviews of a person, newest cycle first; one statement."""
    found = Review.objects.filter(subject=subject).order_by("-cycle__opens_on", "kind")
    return tuple(_row(review) for review in _with_names(found)[:limit])


def reviews_in(cycle: Cycle, *, state: str = "", offset: int = 0, limit: int = 100) -> tuple[ReviewRow, ...]:
    """Forms of a cycle by subject; one statement."""
    found = Review.objects.filter(cycle=cycle).order_by("subject__sort_name", "kind")
    if state:
        found = found.filter(state=state)
    return tuple(_row(review) for review in _with_names(found)[offset : offset + limit])


def funnel(cycle: Cycle) -> Funnel:
    """How far a cycle is; one statement."""
    found = Review.objects.filter(cycle=cycle).order_by().values("state").annotate(n=Count("id"))
    counts = dict(found.values_list("state", "n"))
    return Funnel(*(counts.get(state, 0) for state in ReviewState.values))


def _answers(review: Review) -> tuple[dict[int, ReviewAnswer], dict[int, ReviewAnswer]]:
    """The answers of a review and the newest earlier ones from the same seat, by capability id."""
    handed_in = Q(review__state__in=[ReviewState.SUBMITTED, ReviewState.CLOSED], category__isnull=False)
    found = ReviewAnswer.objects.filter(
        Q(review=review) | handed_in, review__subject=review.subject_id, review__kind=review.kind
    ).select_related("review__cycle")
    own: dict[int, ReviewAnswer] = {}
    earlier: dict[int, ReviewAnswer] = {}
    for answer in found.order_by("answered_at"):
        (own if answer.review_id == review.pk else earlier)[answer.capability_id] = answer
    return own, earlier


def _recency(seen: tuple[ObservationRow, ...]) -> Recency | None:
    if not seen:
        return None
    return Recency(
        n=len(seen),
        n_raters=len({row.rater_uuid for row in seen if row.rater_uuid}),
        n_sources=len({row.source for row in seen}),
        last_on=seen[0].observed_on,
    )


def funnel_by_unit(cycle: Cycle) -> tuple[UnitFunnel, ...]:
    """How far each unit is, by name; units of fewer than five people stand together at the end; two statements.

    Where these are fewer than five together, the next larger units stand with them.
    """
    asked = Review.objects.filter(cycle=cycle).order_by()
    counts: dict[tuple[UUID | None, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sizes = dict(
        asked.values("subject__seat__unit")
        .annotate(n=Count("subject", distinct=True))
        .values_list("subject__seat__unit__uuid", "n")
    )
    apart = _large_enough(sizes)
    rows = asked.values("subject__seat__unit__uuid", "subject__seat__unit__name", "state").annotate(n=Count("id"))
    for identifier, name, state, n in rows.values_list(
        "subject__seat__unit__uuid", "subject__seat__unit__name", "state", "n"
    ):
        counts[(identifier, name) if identifier in apart else (None, "")][state] += n
    ordered = sorted(counts.items(), key=lambda entry: (entry[0][0] is None, entry[0][1]))
    return tuple(
        UnitFunnel(identifier, name, Funnel(*(of_it[state] for state in ReviewState.values)))
        for (identifier, name), of_it in ordered
    )


def _large_enough(sizes: Mapping[UUID, int]) -> set[UUID]:
    """The units that may stand alone, so that the others together are none or at least five."""
    apart = sorted((key for key, size in sizes.items() if key and size >= SMALLEST_UNIT), key=lambda key: -sizes[key])
    together = sum(sizes.values()) - sum(sizes[key] for key in apart)
    while apart and 0 < together < SMALLEST_UNIT:
        together += sizes[apart.pop()]
    return set(apart)


def _with_names(found: QuerySet[Review]) -> QuerySet[Review]:
    return found.select_related("cycle", "subject", "reviewer")


def _row(review: Review) -> ReviewRow:
    return ReviewRow(
        uuid=review.uuid,
        cycle=review.cycle.name,
        cycle_uuid=review.cycle.uuid,
        due_on=review.cycle.due_on,
        subject=review.subject.name,
        subject_uuid=review.subject.uuid,
        reviewer=review.reviewer.name,
        reviewer_uuid=review.reviewer.uuid,
        kind=review.kind,
        state=review.state,
        submitted_at=review.submitted_at,
        closed_at=review.closed_at,
    )


def _previous(review: Review, anchors: dict[int, tuple[LevelRow, ...]]) -> dict[int, PreviousAnswer]:
    found = (
        ReviewAnswer.objects.filter(
            review__subject=review.subject_id,
            review__kind=review.kind,
            review__state__in=[ReviewState.SUBMITTED, ReviewState.CLOSED],
            category__isnull=False,
        )
        .exclude(review=review)
        .order_by("capability_id", "-answered_at")
        .distinct("capability_id")
        .values_list("capability_id", "review__cycle__name", "category", "comment", "answered_at")
    )
    rows = {}
    for capability_id, cycle, category, comment, answered_at in found:
        names = {level.ordinal: level.name for level in anchors.get(capability_id, ())}
        rows[capability_id] = PreviousAnswer(
            cycle, category or 0, names.get(category or 0, ""), comment, answered_at
        )
    return rows
