"""Reading the trail."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.models import AuditLine


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for; empty fields ask for all. Days are inclusive, in UTC."""

    text: str = ""
    kind: str = ""
    verb: str = ""
    subject: uuid.UUID | None = None
    thing: uuid.UUID | None = None
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One line as the trail shows it."""

    at: dt.datetime
    kind: LineKind
    verb: str
    actor_name: str
    thing_type: str
    thing_uuid: uuid.UUID | None
    thing_name: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trail:
    """A stretch of the trail, newest first; `older` is the key of the next stretch, empty at the end."""

    rows: list[TrailRow] = field(default_factory=list)
    older: str = ""


def trail(lines: QuerySet[AuditLine], wanted: Wanted, *, before: str = "", limit: int = 50) -> Trail:
    """The newest `limit` lines that are wanted and older than the key `before`."""
    found = list(_older_than(lines.filter(_wanted(wanted)), before).order_by("-at", "-id")[: limit + 1])
    shown = found[:limit]
    rows = [
        TrailRow(
            line.at,
            LineKind(line.kind),
            line.verb,
            line.actor_name,
            line.thing_type,
            line.thing_uuid,
            line.thing_name,
            line.details,
        )
        for line in shown
    ]
    return Trail(rows, _key(shown[-1]) if len(found) > limit else "")


def about(subject: uuid.UUID, *, kind: LineKind, limit: int = 50) -> list[TrailRow]:
    """The newest lines of a kind about a person: for LineKind.SEEN, who viewed their data."""
    return trail(AuditLine.objects.all(), Wanted(kind=kind, subject=subject), limit=limit).rows


def _wanted(wanted: Wanted) -> Q:
    condition = Q()
    if wanted.text:
        condition &= Q(actor_name__icontains=wanted.text) | Q(thing_name__icontains=wanted.text)
    if wanted.kind:
        condition &= Q(kind=wanted.kind)
    if wanted.verb:
        condition &= Q(verb=wanted.verb)
    if wanted.subject:
        condition &= Q(subject_uuid=wanted.subject)
    if wanted.thing:
        condition &= Q(thing_uuid=wanted.thing)
    if wanted.since:
        condition &= Q(at__gte=_midnight(wanted.since))
    if wanted.until:
        condition &= Q(at__lt=_midnight(wanted.until + dt.timedelta(days=1)))
    return condition


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def _key(line: AuditLine) -> str:
    return f"{line.at.isoformat()}~{line.pk}"


def _older_than(lines: QuerySet[AuditLine], key: str) -> QuerySet[AuditLine]:
    """Lines after a key in the order of the trail; a key that cannot be read is as no key."""
    moment, _, pk = key.partition("~")
    try:
        at, number = dt.datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return lines
    return lines.filter(Q(at__lt=at) | Q(at=at, pk__lt=number))
