"""Notices and the outbox."""

from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from tests.factories import AccountFactory, MailFactory, PersonFactory
from tests.factories.moments import NOW

from upwell.foundation.audit.models import AuditLine
from upwell.foundation.notify.choices import MailState
from upwell.foundation.notify.jobs import empty_outbox
from upwell.foundation.notify.models import Mail
from upwell.foundation.notify.operations import ATTEMPTS, Letter, queue_mail, tell
from upwell.foundation.notify.queries import inbox, unread_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: EmailMessage, fail_silently: bool = False) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(EmailMessage, "send", fail)


def test_what_is_told_waits_unread_with_its_reason() -> None:
    person = PersonFactory()
    tell(person=person, title="A plan waits", reason="Boris proposed it.", url="/plan/", actor=None, at=NOW)
    assert unread_count(person) == 1
    assert [(row.title, row.reason, row.unread) for row in inbox(person)] == [
        ("A plan waits", "Boris proposed it.", True)
    ]


def test_a_mail_leaves_once_however_often_the_job_runs() -> None:
    letter = Letter("Hello", "The words.")
    queue_mail(to=AccountFactory(email="jo@example.org"), letter=letter, actor=None, at=NOW)
    assert mail.outbox == []
    assert [empty_outbox(at=NOW), empty_outbox(at=NOW)] == [1, 0]
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["jo@example.org"], "Hello")]


def test_the_trail_keeps_that_a_mail_was_queued_and_not_what_it_says() -> None:
    queue_mail(to=AccountFactory(), letter=Letter("Hello", "secret"), actor=None, at=NOW)
    assert "secret" not in str(AuditLine.objects.get(verb="mail.queue").details)


def test_a_server_that_is_away_is_tried_five_times(broken_server: None) -> None:
    waiting = MailFactory()
    for _ in range(ATTEMPTS + 1):
        assert empty_outbox(at=NOW) == 0
    row = Mail.objects.get(pk=waiting.pk)
    assert (row.state, row.attempts) == (MailState.FAILED, ATTEMPTS)
    assert "closed" in row.error
