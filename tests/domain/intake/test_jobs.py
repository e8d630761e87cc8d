"""Applying a checked import as a job."""

import datetime as dt

import pytest

from upwell.domain.intake.choices import BatchState
from upwell.domain.intake.jobs import APPLY, apply_batch
from upwell.domain.intake.operations import Upload, stage
from upwell.foundation.people.models import Person
from upwell.foundation.runs.jobs import Work
from upwell.foundation.runs.models import Run

AT = dt.datetime(2026, 3, 31, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_a_job_tried_twice_applies_the_import_once() -> None:
    batch = stage(uploads=[Upload("p.csv", b"person_key,name,unit_name\n1,Ada,Sales\n")], actor=None, at=AT)
    run = Run.objects.create(kind=APPLY, params={"batch": str(batch.uuid)}, requested_at=AT)
    first = apply_batch(Work(run, AT))
    second = apply_batch(Work(run, AT))
    batch.refresh_from_db()
    assert batch.state == BatchState.APPLIED
    assert first.result == second.result
    assert Person.objects.count() == 1
