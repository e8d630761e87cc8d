"""What is in an inbox and in the outbox."""

import datetime as dt
import uuid
from dataclasses import dataclass

from upwell.foundation.notify.choices import MailState
from upwell.foundation.notify.models import Mail, Notice
from upwell.foundation.people.models import Person


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line of an inbox."""

    uuid: uuid.UUID
    title: str
    reason: str
    url: str
    created_at: dt.datetime
    unread: bool


def unread_count(person: Person) -> int:
    """How many notices a person has not read."""
    return Notice.objects.filter(person=person, read_at=None).count()


def inbox(person: Person, *, start: int = 0, limit: int = 50) -> list[NoticeRow]:
    """A stretch of a person's notices, newest first."""
    rows = Notice.objects.filter(person=person).order_by("-created_at", "-id")[start : start + limit]
    return [NoticeRow(row.uuid, row.title, row.reason, row.url, row.created_at, row.read_at is None) for row in rows]


def inbox_size(person: Person) -> int:
    """How many notices a person has altogether."""
    return Notice.objects.filter(person=person).count()


def waiting_mail(limit: int) -> list[int]:
    """The ids of mails still to be sent, oldest first."""
    rows = Mail.objects.filter(state=MailState.WAITING).order_by("attempts", "created_at", "id")
    return list(rows.values_list("pk", flat=True)[:limit])
