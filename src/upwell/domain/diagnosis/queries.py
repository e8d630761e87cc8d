"""Questions about causes: what the data offers before anyone is asked, and what was decided."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from upwell.domain.diagnosis.models import Barrier, Diagnosis
from upwell.domain.gaps.choices import GapState
from upwell.domain.gaps.models import Need, Standing
from upwell.domain.roles.models import RoleHolding
from upwell.domain.sources.checkins.models import Blocker
from upwell.domain.sources.feedback.models import Feedback
from upwell.foundation.people.models import Chain, Person, Seat

RECENT = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """What the data says of a need. Levels and gaps in levels, shares from 0 to 1, None where unknown."""

    level: float | None
    sd: float | None
    required: float | None
    gap: float | None
    n_team: int
    n_team_below: int
    n_unit: int
    n_unit_below: int
    months_in_role: float | None
    blockers: dict[str, int]
    feedback_recent: int


@dataclass(frozen=True, slots=True)
class BarrierRow:
    """Something to remove."""

    uuid: UUID
    cause_words: str
    text: str
    owner: str
    due_on: dt.date
    resolved_on: dt.date | None
    resolution: str


@dataclass(frozen=True, slots=True)
class DiagnosisRow:
    """A diagnosis as a page shows it."""

    uuid: UUID
    need_uuid: UUID
    person: str
    person_uuid: UUID
    capability: str
    hints: dict[str, Any]
    answers: dict[str, str]
    ranking: tuple[dict[str, Any], ...]
    questions: tuple[dict[str, Any], ...]
    other_options: tuple[str, ...]
    shared: dict[str, Any]
    cause: str
    cause_words: str
    training_open: bool
    override_reason: str
    decided_at: dt.datetime | None
    decided_by: str
    barriers: tuple[BarrierRow, ...]


def facts_of(need: Need, *, on: dt.date) -> NeedFacts:
    """Collect what the data offers on a need as of a day."""
    standing = Standing.objects.filter(person=need.person_id, capability=need.capability_id, is_current=True).first()
    seat = Seat.objects.filter(person=need.person_id).first()
    team = _below(need, Seat.objects.filter(manager=seat.manager_id) if seat and seat.manager_id else None)
    unit = _below(need, Seat.objects.filter(unit=seat.unit_id) if seat else None)
    holding = RoleHolding.objects.as_of(on).filter(person=need.person_id).first()
    kinds = Blocker.objects.filter(person=need.person_id, resolved_on=None).values_list("kind", flat=True)
    blockers: dict[str, int] = {}
    for kind in kinds:
        blockers[kind] = blockers.get(kind, 0) + 1
    return NeedFacts(
        level=standing.level if standing else None,
        sd=standing.sd if standing else None,
        required=standing.required if standing else None,
        gap=standing.gap if standing else None,
        n_team=team[0],
        n_team_below=team[1],
        n_unit=unit[0],
        n_unit_below=unit[1],
        months_in_role=(on - holding.valid_from).days / 30.44 if holding else None,
        blockers=blockers,
        feedback_recent=_feedback_recent(need.person, on=on),
    )


def gaps_around(need: Need) -> tuple[tuple[int, int, int, int, float], ...]:
    """Everybody's gap in the need's capability: person, team (its manager), manager above the team, unit above, gap."""
    standings = Standing.objects.filter(capability=need.capability_id, is_current=True)
    gaps = {person: gap for person, gap in standings.values_list("person", "gap") if gap is not None}
    seats = Seat.objects.filter(person__in=gaps, manager__isnull=False).values_list(
        "person", "manager", "manager__seat__manager", "manager__seat__unit"
    )
    return tuple(
        (person, team, manager or team, unit or 0, gaps[person])
        for person, team, manager, unit in seats.order_by("person")
    )


def diagnosis_row(diagnosis: Diagnosis) -> DiagnosisRow:
    """One diagnosis."""
    need = diagnosis.need
    barriers = Barrier.objects.filter(diagnosis=diagnosis).select_related("owner")
    return DiagnosisRow(
        uuid=diagnosis.uuid,
        need_uuid=need.uuid,
        person=need.person.name,
        person_uuid=need.person.uuid,
        capability=need.capability.name,
        hints=diagnosis.hints,
        answers=diagnosis.answers,
        ranking=tuple(diagnosis.ranking),
        questions=tuple(diagnosis.questions),
        other_options=tuple(diagnosis.other_options),
        shared=diagnosis.shared,
        cause=diagnosis.cause,
        cause_words=diagnosis.get_cause_display() if diagnosis.cause else "",
        training_open=diagnosis.training_open,
        override_reason=diagnosis.override_reason,
        decided_at=diagnosis.decided_at,
        decided_by=diagnosis.decided_by.name if diagnosis.decided_by else "",
        barriers=tuple(
            BarrierRow(
                uuid=row.uuid,
                cause_words=row.get_cause_display(),
                text=row.text,
                owner=row.owner.name,
                due_on=row.due_on,
                resolved_on=row.resolved_on,
                resolution=row.resolution,
            )
            for row in barriers
        ),
    )


def possible_owners(need: Need) -> tuple[Person, ...]:
    """Who could remove a barrier: the manager and those above, nearest first, then the person; one statement."""
    links = Chain.objects.filter(person=need.person_id, depth__gte=0).select_related("manager").order_by("depth")
    above = [link.manager for link in links if link.manager_id != need.person_id]
    return (*above, need.person)


def diagnosis_of(need: Need) -> DiagnosisRow | None:
    """The diagnosis of a need, if one was started."""
    found = Diagnosis.objects.filter(need=need).select_related("need__person", "need__capability", "decided_by").first()
    return diagnosis_row(found) if found else None


def cause_of(need: Need) -> str | None:
    """The decided cause in words, "" while it is looked for, None where nobody looks; one statement."""
    found = Diagnosis.objects.filter(need=need).first()
    return (found.get_cause_display() if found.cause else "") if found else None


def _below(need: Need, seats: QuerySet[Seat] | None) -> tuple[int, int]:
    """How many others of these seats are asked for the capability, and how many of them are below."""
    if seats is None:
        return 0, 0
    others = Standing.objects.filter(
        capability=need.capability_id, is_current=True, person__in=seats.values("person"), required__isnull=False
    ).exclude(person=need.person_id)
    counts = others.aggregate(n=Count("pk"), below=Count("pk", filter=Q(state=GapState.BELOW)))
    return counts["n"], counts["below"]


def _feedback_recent(person: Person, *, on: dt.date) -> int:
    """How many pieces of feedback the person received in the last three months."""
    since = dt.datetime.combine(on - RECENT, dt.time(), dt.UTC)
    return Feedback.objects.filter(receiver=person, given_at__gte=since).count()
