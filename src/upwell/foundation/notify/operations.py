"""Telling people, and keeping account of the mails that went out."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.notify.choices import MailState
from upwell.foundation.notify.models import Mail, Notice
from upwell.foundation.people.models import Person

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. The audit line keeps that it was queued and not its words, which may hold a secret link."""

    subject: str
    body: str


@operation("notice.tell")
def tell(*, person: Person, title: str, reason: str, url: str, actor: Account | None, at: dt.datetime) -> Notice:
    """Put a line into a person's inbox: what, why, and the address where to act."""
    return Notice.objects.create(person=person, title=title[:200], reason=reason[:300], url=url, created_at=at)


@operation("notice.mark_read")
def mark_read(*, person: Person, notices: Iterable[UUID] | None, actor: Account | None, at: dt.datetime) -> int:
    """Mark notices of a person as read, all of them for None; says how many were unread. Others' are left alone."""
    rows = Notice.objects.filter(person=person, read_at=None)
    if notices is not None:
        rows = rows.filter(uuid__in=list(notices))
    return rows.update(read_at=at)


@operation("mail.queue")
def queue_mail(*, to: Account, letter: Letter, actor: Account | None, at: dt.datetime) -> Mail:
    """Put a mail into the outbox; it leaves after the transaction, when the job comes round."""
    return Mail.objects.create(to=to, subject=letter.subject[:200], body=letter.body, created_at=at)


@operation("mail.sent")
def note_sent(*, mail: Mail, actor: Account | None, at: dt.datetime) -> Mail:
    """A mail has been handed to the mail server."""
    Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=at, attempts=mail.attempts + 1, error="")
    return mail


@operation("mail.failed")
def note_failure(*, mail: Mail, error: str, actor: Account | None, at: dt.datetime) -> Mail:
    """The mail server did not take a mail; after five attempts it is given up."""
    attempts = mail.attempts + 1
    state = MailState.FAILED if attempts >= ATTEMPTS else MailState.WAITING
    Mail.objects.filter(pk=mail.pk).update(state=state, attempts=attempts, error=error[:300])
    return mail
