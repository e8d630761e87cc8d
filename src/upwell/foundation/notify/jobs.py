"""Emptying the outbox."""

import datetime as dt
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.db import connection

from upwell.foundation.notify import operations, queries
from upwell.foundation.notify.choices import MailState
from upwell.foundation.notify.models import Mail

OUTBOX_LOCK = 5_190_417


def empty_outbox(*, at: dt.datetime, limit: int = 200) -> int:
    """Send what waits, one mail at a time and outside any transaction; says how many left.

    Two workers at once do no harm: the second finds the lock taken and leaves.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [OUTBOX_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return sum(_send(pk, at) for pk in queries.waiting_mail(limit))
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [OUTBOX_LOCK])


def _send(pk: int, at: dt.datetime) -> bool:
    mail = Mail.objects.select_related("to").get(pk=pk)
    if mail.state != MailState.WAITING:
        return False
    try:
        EmailMessage(mail.subject, mail.body, to=[mail.to.email]).send()
    except (SMTPException, OSError) as error:
        operations.note_failure(mail=mail, error=str(error), actor=None, at=at)
        return False
    operations.note_sent(mail=mail, actor=None, at=at)
    return True
