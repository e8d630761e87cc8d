"""Accounts, audit lines, cycles, files, runs, notices and mails."""

import factory
from factory.django import DjangoModelFactory
from tests.factories import moments
from tests.factories.people import PersonFactory

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.cycles.choices import CycleKind
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.files.models import StoredFile
from upwell.foundation.notify.models import Mail, Notice
from upwell.foundation.runs.models import Run, RunLine


class AccountFactory(DjangoModelFactory[Account]):
    """An account that signs in with the password ``"correct horse"``."""

    class Meta:
        model = Account
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"account{n}@example.org")
    name = factory.Sequence(lambda n: f"Account {n}")
    password = factory.django.Password("correct horse")


class AuditLineFactory(DjangoModelFactory[AuditLine]):
    """Something the system did."""

    class Meta:
        model = AuditLine

    at = moments.NOW
    kind = LineKind.DONE
    verb = "plan.approve"
    actor_name = "system"


class CycleFactory(DjangoModelFactory[Cycle]):
    """A draft yearly cycle for everyone."""

    class Meta:
        model = Cycle

    key = factory.Sequence(lambda n: f"cycle-{n}")
    name = factory.Sequence(lambda n: f"Cycle {n}")
    kind = CycleKind.ANNUAL
    opens_on = moments.TODAY
    due_on = moments.IN_A_MONTH


class StoredFileFactory(DjangoModelFactory[StoredFile]):
    """The row of a file; its bytes are nowhere."""

    class Meta:
        model = StoredFile

    name = "people.csv"
    size = 10
    sha256 = "0" * 64
    path = "00/nothing"
    uploaded_at = moments.NOW


class RunFactory(DjangoModelFactory[Run]):
    """A requested run."""

    class Meta:
        model = Run

    kind = "gaps.compute"
    requested_at = moments.NOW


class RunLineFactory(DjangoModelFactory[RunLine]):
    """One line of a run's log."""

    class Meta:
        model = RunLine

    run = factory.SubFactory(RunFactory)
    at = moments.NOW
    level = "info"
    text = "started"


class NoticeFactory(DjangoModelFactory[Notice]):
    """An unread notice."""

    class Meta:
        model = Notice

    person = factory.SubFactory(PersonFactory)
    title = factory.Sequence(lambda n: f"Notice {n}")
    created_at = moments.NOW


class MailFactory(DjangoModelFactory[Mail]):
    """A waiting mail."""

    class Meta:
        model = Mail

    to = factory.SubFactory(AccountFactory)
    subject = "Hello"
    body = "Hello."
    created_at = moments.NOW
