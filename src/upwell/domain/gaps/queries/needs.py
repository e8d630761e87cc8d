"""Needs and where they stand."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.foundation.people.models import Person

OVER = (NeedState.CLOSED, NeedState.DISMISSED)


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One need. Levels 0 to 5, None where unknown."""

    id: int
    uuid: UUID
    person_id: int
    person_uuid: UUID
    person: str
    capability_id: int
    capability_uuid: UUID
    capability: str
    kind: str
    kind_words: str
    state: str
    state_words: str
    origin_words: str
    origin_uuid: UUID | None
    note: str
    confirmation: str
    level_at_start: float | None
    required: float | None
    raised_by: str
    raised_at: dt.datetime
    closed_at: dt.datetime | None
    closing_reason: str


def need_row(need: Need) -> NeedRow:
    """One need as pages show it; no statement where its person, capability and raiser are already loaded."""
    return NeedRow(
        id=need.pk,
        uuid=need.uuid,
        person_id=need.person_id,
        person_uuid=need.person.uuid,
        person=need.person.name,
        capability_id=need.capability_id,
        capability_uuid=need.capability.uuid,
        capability=need.capability.name,
        kind=need.kind,
        kind_words=need.get_kind_display(),
        state=need.state,
        state_words=need.get_state_display(),
        origin_words=need.get_origin_display(),
        origin_uuid=need.origin_uuid,
        note=need.note,
        confirmation=need.confirmation,
        level_at_start=need.level_at_start,
        required=need.required,
        raised_by=need.raised_by.name if need.raised_by else "",
        raised_at=need.raised_at,
        closed_at=need.closed_at,
        closing_reason=need.closing_reason,
    )


def needs_of(person: Person, *, origin_uuid: UUID | None = None) -> tuple[NeedRow, ...]:
    """A person's needs, newest first; only those of one review or 1:1 where `origin_uuid` is given."""
    needs = Need.objects.filter(person=person)
    return _rows(needs.filter(origin_uuid=origin_uuid) if origin_uuid else needs)


def open_needs_of_people(person_ids: Iterable[int]) -> tuple[NeedRow, ...]:
    """Open needs of some people, newest first; one statement."""
    return _rows(Need.objects.filter(person__in=list(person_ids)).exclude(state__in=OVER))


def _rows(needs: QuerySet[Need]) -> tuple[NeedRow, ...]:
    found = needs.select_related("person", "capability", "raised_by").order_by("-raised_at", "-id")
    return tuple(need_row(need) for need in found)
