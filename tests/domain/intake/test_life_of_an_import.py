"""Importing an own organisation: changes over time, what is unknown, and what can no longer be undone."""

import datetime as dt

import pytest

from upwell.domain.capabilities.models import Scale
from upwell.domain.evidence.models import Observation
from upwell.domain.intake import queries
from upwell.domain.intake.choices import BatchState
from upwell.domain.intake.models import ImportBatch, ImportFinding
from upwell.domain.intake.operations import UndoRefusedError, Upload, WrongStateError, apply, stage, undo
from upwell.domain.records.models import Statement
from upwell.domain.roles.models import Requirement
from upwell.domain.sources.kpis.models import MetricValue
from upwell.foundation.people.models import Person, ReportingLine, Seat

AT = dt.datetime(2026, 3, 31, 9, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 6, 30, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db

PEOPLE = (
    "person_key,name,unit_key,unit_name,position_key,manager_key,valid_from\n"
    "a,Ada,S,Sales,P1,b,2025-01-01\nb,Boris,S,Sales,P2,,2024-01-01\nc,Chen,S,Sales,P3,,2024-01-01\n"
)
CAPABILITIES = (
    "capability_key,capability_name,level,level_name,level_text\nsql,SQL,1,Basic,reads\nsql,SQL,2,Good,writes\n"
)


def bring(text: str, at: dt.datetime = AT, name: str = "file.csv") -> ImportBatch:
    batch = stage(uploads=[Upload(name, text.encode())], actor=None, at=at)
    return apply(batch=batch, actor=None, at=at)


def codes(batch: ImportBatch) -> dict[str, ImportFinding]:
    return {one.code: one for one in ImportFinding.objects.filter(batch=batch)}


def test_a_new_manager_closes_the_old_line_on_the_day_of_the_change() -> None:
    bring(PEOPLE)
    bring(PEOPLE + "a,Ada,S,Sales,P1,c,2026-02-01\n")
    lines = ReportingLine.objects.filter(position__key="P1").order_by("valid_from")
    assert [(one.manager.key, one.valid_from, one.valid_to) for one in lines] == [
        ("P2", dt.date(2025, 1, 1), dt.date(2026, 2, 1)),
        ("P3", dt.date(2026, 2, 1), None),
    ]
    manager = Seat.objects.get(person__key="a").manager
    assert manager is not None
    assert manager.key == "c"


def test_undoing_a_change_of_manager_restores_the_old_line_and_the_seat() -> None:
    bring(PEOPLE)
    change = bring(PEOPLE + "a,Ada,S,Sales,P1,c,2026-02-01\n")
    undo(batch=change, actor=None, at=LATER)
    line = ReportingLine.objects.get(position__key="P1")
    assert (line.manager.key, line.valid_to) == ("P2", None)


def test_a_manager_from_an_earlier_import_is_found() -> None:
    bring(PEOPLE)
    bring("person_key,name,unit_key,manager_key\nd,Dora,S,b\n")
    assert ReportingLine.objects.get(position__key="post/d").manager.key == "P2"


def test_an_unknown_manager_is_reported_with_its_row() -> None:
    batch = bring("person_key,name,unit_key,manager_key\nd,Dora,S,nobody\n")
    found = codes(batch)["unknown_manager"]
    assert (found.row, found.column, found.value) == (2, "manager_key", "nobody")


def test_ratings_land_on_the_scale_and_unknown_people_are_reported() -> None:
    bring(PEOPLE)
    bring(CAPABILITIES)
    rows = (
        "a,sql,2026-01-05,Good,manager,b\na,sql,2026-01-06,1,self,a\n"
        "x,sql,2026-01-06,1,self,\na,sql,2026-01-07,9,self,a\n"
    )
    batch = bring("person_key,capability_key,rated_on,level,source,rater_key\n" + rows)
    assert sorted(Observation.objects.values_list("category", flat=True)) == [1, 2]
    found = codes(batch)
    assert (found["unknown_person"].row, found["unknown_level"].row) == (4, 5)
    assert queries.detail(batch).batch.errors == 2


def test_a_requirement_the_file_no_longer_has_ends_that_day() -> None:
    bring(CAPABILITIES + "git,Git,1,Basic,\n")
    head = "role_key,role_name,capability_key,level\n"
    bring(head + "dev,Developer,sql,3\ndev,Developer,git,2\n")
    bring(head + "dev,Developer,sql,4\n", LATER)
    held = {(one.capability.key, one.level): one.valid_to for one in Requirement.objects.all()}
    assert held == {("sql", 3.0): LATER.date(), ("git", 2.0): LATER.date(), ("sql", 4.0): None}


def test_a_kpi_value_that_differs_replaces_the_one_before_and_undo_brings_it_back() -> None:
    bring(PEOPLE)
    head = "metric_key,person_key,month,value\n"
    bring(head + "csat,a,2026-01,4.0\n")
    change = bring(head + "csat,a,2026-01,4.5\n")
    assert MetricValue.objects.get().value == 4.5
    undo(batch=change, actor=None, at=LATER)
    assert MetricValue.objects.get().value == 4.0


def test_learning_records_from_a_table_find_their_person() -> None:
    bring(PEOPLE)
    bring("person_key,item_key,happened_on,result,score\na,git-course,2026-02-01,passed,0.8\n")
    statement = Statement.objects.get()
    assert (statement.person.key if statement.person else "", statement.success, statement.score) == ("a", True, 0.8)


def test_an_import_that_later_work_rests_on_cannot_be_undone() -> None:
    people = bring(PEOPLE)
    bring(CAPABILITIES)
    bring("person_key,capability_key,rated_on,level,source,rater_key\na,sql,2026-01-05,Good,manager,b\n")
    with pytest.raises(UndoRefusedError):
        undo(batch=people, actor=None, at=LATER)
    assert Person.objects.count() == 3


def test_an_undo_that_would_overwrite_a_later_change_is_refused() -> None:
    bring(CAPABILITIES)
    change = bring(CAPABILITIES.replace("Basic", "Beginner"), LATER)
    Scale.objects.get().levels.filter(ordinal=1).update(name="Starter")
    with pytest.raises(UndoRefusedError):
        undo(batch=change, actor=None, at=LATER)


def test_a_refused_file_cannot_be_applied() -> None:
    batch = stage(uploads=[Upload("q.csv", b"colour,taste\nred,sweet\n")], actor=None, at=AT)
    assert batch.state == BatchState.REFUSED
    with pytest.raises(WrongStateError):
        apply(batch=batch, actor=None, at=AT)


def test_an_applied_import_cannot_be_applied_again() -> None:
    batch = bring(PEOPLE)
    with pytest.raises(WrongStateError):
        apply(batch=batch, actor=None, at=AT)
