"""The demonstration organisation as a database of its own, loaded once for each state of the source and each day."""

import datetime as dt
import hashlib
import os

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tests import database

from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.models import Run
from upwell.interfaces.console import worker
from upwell.interfaces.console.demo import command, strategy
from upwell.interfaces.console.demo.structure import SAMPLE

PASSWORD = strategy.PASSWORD
AS_IT_IS = "UPWELL_TEST_DEMO_AS_IT_IS"
"""Set to 1 to keep using the organisation loaded last while the source under it changes."""


def create(worker: str) -> str:
    """A fresh copy of the demonstration for this process, which Django uses from now on; returns its name."""
    return database.create_filled(worker, "demo", _digest(), _fill)


def _digest() -> str:
    """Changes with the day, with the migrations, and with all that decides what the loader writes; not with pages."""
    if os.environ.get(AS_IT_IS) == "1":
        return f"as_it_is_{database.migrations_digest()}"
    digest = hashlib.sha256(f"{database.migrations_digest()} {dt.date.today()}".encode())
    source = [path for path in settings.PACKAGE.rglob("*.py") if settings.PACKAGE / "interfaces" not in path.parents]
    loader = (settings.PACKAGE / "interfaces" / "console" / "demo").rglob("*.py")
    sample = [path for path in SAMPLE.rglob("*") if path.is_file()]
    for path in sorted({*source, *loader, *sample}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _fill() -> None:
    assert worker.JOBS, "Without the list of jobs the runs of the loader would find no handler."
    with transaction.atomic():
        command.load(at=timezone.now())
    failed = [f"{run.kind}: {run.message}" for run in Run.objects.exclude(state=RunState.SUCCEEDED)]
    assert not failed, f"These runs of the demonstration did not succeed: {failed}"
