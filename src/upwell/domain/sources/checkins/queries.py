"""1:1s as the two who talk read them: next, agenda, history, open agreements and blockers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from upwell.domain.sources.checkins.choices import BlockerKind, ItemKind
from upwell.domain.sources.checkins.models import AgendaItem, Agreement, Blocker, CheckIn, PrivateNote
from upwell.foundation.people.models import Person


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """One 1:1 in a list."""

    uuid: UUID
    manager: str
    manager_uuid: UUID
    person: str
    person_uuid: UUID
    planned_on: dt.date
    held_at: dt.datetime | None
    notes: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One agenda item."""

    uuid: UUID
    kind: str
    text: str
    origin_uuid: UUID | None
    done: bool

    @property
    def kind_words(self) -> str:
        """Where it comes from, in words."""
        return str(ItemKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreed action."""

    uuid: UUID
    checkin_uuid: UUID
    owner: str
    owner_uuid: UUID
    text: str
    due_on: dt.date | None
    done_on: dt.date | None


@dataclass(frozen=True, slots=True)
class BlockerRow:
    """One thing in the way."""

    uuid: UUID
    person: str
    person_uuid: UUID
    kind: str
    capability: str
    capability_uuid: UUID | None
    text: str
    raised_on: dt.date
    resolved_on: dt.date | None

    @property
    def kind_words(self) -> str:
        """What it is, in words."""
        return str(BlockerKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class Talk:
    """One 1:1 with its agenda, what was agreed, and the reader's own private note."""

    row: CheckInRow
    items: tuple[ItemRow, ...]
    agreements: tuple[AgreementRow, ...]
    blockers: tuple[BlockerRow, ...]
    private_note: str


def detail(checkin: CheckIn, *, reader: Person) -> Talk:
    """A 1:1 as `reader` may see it; six statements."""
    found = _with_names(CheckIn.objects.filter(pk=checkin.pk)).get()
    note = PrivateNote.objects.filter(checkin=checkin, owner=reader).values_list("text", flat=True).first()
    return Talk(
        row=_row(found),
        items=agenda(checkin),
        agreements=_agreements(Agreement.objects.filter(checkin=checkin)),
        blockers=_blockers(Blocker.objects.filter(checkin=checkin)),
        private_note=note or "",
    )


def agenda(checkin: CheckIn) -> tuple[ItemRow, ...]:
    """Agenda of a 1:1 in the order it was built; one statement."""
    found = AgendaItem.objects.filter(checkin=checkin).values_list("uuid", "kind", "text", "origin_uuid", "done")
    return tuple(ItemRow(*values) for values in found)


def history(person: Person, *, other: Person | None = None, limit: int = 20) -> tuple[CheckInRow, ...]:
    """1:1s in which a person takes part (with `other` only, if given), newest first; one statement."""
    found = CheckIn.objects.filter(Q(person=person) | Q(manager=person))
    if other is not None:
        found = found.filter(Q(person=other) | Q(manager=other))
    return tuple(_row(each) for each in _with_names(found)[:limit])


def upcoming(person: Person, *, limit: int = 20) -> tuple[CheckInRow, ...]:
    """1:1s planned and not held in which a person takes part, nearest first; one statement."""
    found = CheckIn.objects.filter(Q(person=person) | Q(manager=person), held_at__isnull=True)
    return tuple(_row(each) for each in _with_names(found.order_by("planned_on", "id"))[:limit])


def last_held(manager: Person, person_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """When a manager last talked with each person, by person id; one statement."""
    found = (
        CheckIn.objects.filter(manager=manager, person__in=list(person_ids), held_at__isnull=False)
        .order_by("person_id", "-held_at")
        .distinct("person_id")
        .values_list("person_id", "held_at")
    )
    return {person_id: held_at for person_id, held_at in found if held_at is not None}


def open_agreements(person: Person, *, manager: Person | None = None, limit: int = 50) -> tuple[AgreementRow, ...]:
    """What was agreed in a person's 1:1s and is not done, nearest date first; one statement."""
    found = Agreement.objects.filter(checkin__person=person, done_on__isnull=True)
    if manager is not None:
        found = found.filter(checkin__manager=manager)
    return _agreements(found.order_by("due_on", "id")[:limit])


def open_blockers(person_ids: Iterable[int]) -> dict[int, tuple[BlockerRow, ...]]:
    """What is in the way of each person, newest first, by person id; one statement."""
    rows: dict[int, list[BlockerRow]] = defaultdict(list)
    found = Blocker.objects.filter(person__in=list(person_ids), resolved_on__isnull=True)
    for each in found.select_related("person", "capability"):
        rows[each.person_id].append(_blocker(each))
    return {person_id: tuple(of_one) for person_id, of_one in rows.items()}


def _with_names(found: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
    return found.select_related("manager", "person")


def _row(checkin: CheckIn) -> CheckInRow:
    return CheckInRow(
        uuid=checkin.uuid,
        manager=checkin.manager.name,
        manager_uuid=checkin.manager.uuid,
        person=checkin.person.name,
        person_uuid=checkin.person.uuid,
        planned_on=checkin.planned_on,
        held_at=checkin.held_at,
        notes=checkin.notes,
    )


def _agreements(found: QuerySet[Agreement]) -> tuple[AgreementRow, ...]:
    values = found.values_list("uuid", "checkin__uuid", "owner__name", "owner__uuid", "text", "due_on", "done_on")
    return tuple(AgreementRow(*each) for each in values)


def _blockers(found: QuerySet[Blocker]) -> tuple[BlockerRow, ...]:
    return tuple(_blocker(each) for each in found.select_related("person", "capability"))


def _blocker(blocker: Blocker) -> BlockerRow:
    return BlockerRow(
        uuid=blocker.uuid,
        person=blocker.person.name,
        person_uuid=blocker.person.uuid,
        kind=blocker.kind,
        capability=blocker.capability.name if blocker.capability else "",
        capability_uuid=blocker.capability.uuid if blocker.capability else None,
        text=blocker.text,
        raised_on=blocker.raised_on,
        resolved_on=blocker.resolved_on,
    )
