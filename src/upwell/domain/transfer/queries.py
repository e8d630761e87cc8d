"""Questions about use on the job."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from upwell.domain.gaps.models import Need
from upwell.domain.plans.choices import ActionState
from upwell.domain.plans.models import Action
from upwell.domain.transfer.models import Application, Commitment, Reassessment
from upwell.foundation.people.models import Person


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One answer to "did you use it?"."""

    uuid: UUID
    on: dt.date
    used: bool
    what: str
    obstacle: str
    seen_by: str


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """A commitment with everything logged on it."""

    uuid: UUID
    action_uuid: UUID
    action: str
    when: str
    will: str
    made_at: dt.datetime
    next_check_on: dt.date | None
    applications: tuple[ApplicationRow, ...]

    @property
    def n_used(self) -> int:
        """How often it was used."""
        return sum(row.used for row in self.applications)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A commitment that a person is asked about, without its log."""

    uuid: UUID
    action_uuid: UUID
    action: str
    when: str
    will: str
    check_on: dt.date


@dataclass(frozen=True, slots=True)
class ReassessmentRow:
    """A re-rating that is due or done. Levels on the latent scale from 0 to 5."""

    uuid: UUID
    person_uuid: UUID
    person: str
    capability_uuid: UUID
    capability: str
    assessor: str
    due_on: dt.date
    done_on: dt.date | None
    level_before: float | None
    level_after: float | None
    sd_before: float | None
    sd_after: float | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage from done to used, or one obstacle: how many actions, of how many people."""

    key: str
    times: int
    people: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """From done to used (stages done, committed, used, seen), and what stood in the way, most frequent first.

    Never shown as it is: pass it through `frames.protected`.
    """

    stages: tuple[Stage, ...]
    obstacles: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class UseRow:
    """A logged use that nobody has confirmed yet."""

    uuid: UUID
    person: str
    person_uuid: UUID
    action: str
    on: dt.date
    what: str


def commitments_of(person: Person) -> tuple[CommitmentRow, ...]:
    """A person's commitments, newest first."""
    rows = (
        Commitment.objects.filter(action__plan__person=person)
        .select_related("action__intervention")
        .prefetch_related("applications__seen_by")
        .order_by("-made_at")
    )
    return tuple(_commitment(row) for row in rows)


def due_checks(person: Person, *, on: dt.date) -> tuple[CommitmentRow, ...]:
    """The commitments a person should be asked about by a day."""
    return tuple(row for row in commitments_of(person) if row.next_check_on is not None and row.next_check_on <= on)


def checks_asked(person: Person, *, on: dt.date, limit: int = 20) -> tuple[CheckRow, ...]:
    """What a person is asked about by a day, oldest question first; one statement."""
    found = Commitment.objects.filter(action__plan__person=person, next_check_on__lte=on).order_by(
        "next_check_on", "id"
    )
    fields = ("uuid", "action__uuid", "action__intervention__title", "when", "will", "next_check_on")
    return tuple(CheckRow(*values) for values in found.values_list(*fields)[:limit])


def reassessments_for(assessor: Person) -> tuple[ReassessmentRow, ...]:
    """The re-ratings an assessor still owes, most urgent first."""
    return _reassessments(Q(assessor=assessor, done_on=None))


def reassessments_of(person: Person) -> tuple[ReassessmentRow, ...]:
    """All re-ratings of a person."""
    return _reassessments(Q(need__person=person))


def reassessment_of_need(need: Need) -> ReassessmentRow | None:
    """The newest re-rating of a need."""
    rows = _reassessments(Q(need=need))
    return rows[-1] if rows else None


def commitment_of(action: Action) -> CommitmentRow | None:
    """The commitment of one action; at most three statements."""
    found = Commitment.objects.filter(action=action).select_related("action__intervention")
    rows = found.prefetch_related("applications__seen_by")
    return next((_commitment(row) for row in rows), None)


def uses_to_confirm(manager: Person, *, limit: int = 20) -> tuple[UseRow, ...]:
    """Uses logged by a manager's reports of today, not yet seen by anybody, newest first; one statement."""
    found = Application.objects.filter(used=True, seen_by=None, commitment__action__plan__person__seat__manager=manager)
    joined = found.select_related("commitment__action__plan__person", "commitment__action__intervention")
    return tuple(
        UseRow(
            uuid=row.uuid,
            person=row.commitment.action.plan.person.name,
            person_uuid=row.commitment.action.plan.person.uuid,
            action=row.commitment.action.intervention.title,
            on=row.on,
            what=row.what,
        )
        for row in joined.order_by("-on", "-id")[:limit]
    )


def funnel(people: QuerySet[Person]) -> Funnel:
    """The commitment funnel of these people; three statements."""
    reached = (ActionState.DONE, ActionState.APPLIED, ActionState.CLOSED)
    ids = people.values("pk")
    done = Action.objects.filter(plan__person__in=ids, done_on__isnull=False) | Action.objects.filter(
        plan__person__in=ids, state__in=reached
    )
    finished = done.aggregate(times=Count("pk", distinct=True), people=Count("plan__person", distinct=True))
    used, seen = Q(applications__used=True), Q(applications__used=True, applications__seen_by__isnull=False)
    counts = Commitment.objects.filter(action__plan__person__in=ids).aggregate(
        committed=Count("pk", distinct=True),
        committed_people=Count("action__plan__person", distinct=True),
        used=Count("pk", distinct=True, filter=used),
        used_people=Count("action__plan__person", distinct=True, filter=used),
        seen=Count("pk", distinct=True, filter=seen),
        seen_people=Count("action__plan__person", distinct=True, filter=seen),
    )
    obstacles = (
        Application.objects.filter(commitment__action__plan__person__in=ids)
        .exclude(obstacle="")
        .order_by()
        .values("obstacle")
        .annotate(times=Count("pk"), people=Count("commitment__action__plan__person", distinct=True))
        .order_by("-times", "obstacle")
    )
    stages = [Stage("done", finished["times"], finished["people"])]
    stages += [Stage(key, counts[key], counts[f"{key}_people"]) for key in ("committed", "used", "seen")]
    return Funnel(tuple(stages), tuple(Stage(row["obstacle"], row["times"], row["people"]) for row in obstacles[:30]))


def has_use_on_the_job(action: Action) -> bool:
    """Whether any use of the action's commitment was logged."""
    return Application.objects.filter(commitment__action=action, used=True).exists()


def _commitment(row: Commitment) -> CommitmentRow:
    return CommitmentRow(
        uuid=row.uuid,
        action_uuid=row.action.uuid,
        action=row.action.intervention.title,
        when=row.when,
        will=row.will,
        made_at=row.made_at,
        next_check_on=row.next_check_on,
        applications=tuple(
            ApplicationRow(
                uuid=entry.uuid,
                on=entry.on,
                used=entry.used,
                what=entry.what,
                obstacle=entry.obstacle,
                seen_by=entry.seen_by.name if entry.seen_by else "",
            )
            for entry in row.applications.all()
        ),
    )


def _reassessments(which: Q) -> tuple[ReassessmentRow, ...]:
    rows = Reassessment.objects.filter(which).select_related("need__person", "need__capability", "assessor")
    return tuple(
        ReassessmentRow(
            uuid=row.uuid,
            person_uuid=row.need.person.uuid,
            person=row.need.person.name,
            capability_uuid=row.need.capability.uuid,
            capability=row.need.capability.name,
            assessor=row.assessor.name,
            due_on=row.due_on,
            done_on=row.done_on,
            level_before=row.level_before,
            level_after=row.level_after,
            sd_before=row.sd_before,
            sd_after=row.sd_after,
        )
        for row in rows.order_by("done_on", "due_on")
    )
