"""Files handed in, checked, applied and taken back in the browser."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.factories import RequirementFactory

from upwell.domain.capabilities.models import Capability
from upwell.domain.intake.models import ImportBatch
from upwell.foundation.people.models import Person
from upwell.foundation.runs.models import Run
from upwell.interfaces.web.imports import forms, views

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]

PEOPLE = (
    "person_key,name,unit_key,unit_name,manager_key,valid_from\n"
    "jo,Jo Jung,ops,Operations,,2025-01-01\nkai,Kai Kern,ops,Operations,nobody,2025-01-01\n"
)
CAPABILITIES = (
    "capability_key,capability_name,level,level_name,level_text\nsql,SQL,1,Basic,reads\nsql,SQL,2,Good,writes\n"
)


def hand_in(client: Client, text: str, name: str = "people.csv", **fields: str) -> ImportBatch:
    client.post(reverse("import-new"), {"uploads": SimpleUploadedFile(name, text.encode()), **fields})
    return ImportBatch.objects.latest("id")


def test_files_are_checked_applied_and_taken_back(cast: Cast, sql_count: SqlCount) -> None:
    client = cast.ivo.client()
    batch = hand_in(client, PEOPLE)
    url = reverse("import", args=[batch.uuid])
    with sql_count("imports.batch"):
        answer = client.get(url)
    words = answer.content.decode()
    assert not Person.objects.filter(key="jo").exists()
    (problem,) = [one for one in answer.context["problems"] if one.column == "manager_key"]
    assert (problem.row, problem.value) == (3, "nobody")
    for expected in ("Applied, it would add", "Jo Jung", "people.csv", "Apply it"):
        assert expected in words
    client.post(reverse("import-apply", args=[batch.uuid]))
    assert Person.objects.filter(key="jo").exists()
    assert "Take it back" in client.get(url).content.decode()
    client.post(reverse("import-undo", args=[batch.uuid]))
    assert not Person.objects.filter(key="jo").exists()
    assert "Taken back" in client.get(url).content.decode()


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    client = cast.ivo.client()
    first = hand_in(client, CAPABILITIES, "skills.csv", key="own")
    client.post(reverse("import-apply", args=[first.uuid]))
    again = hand_in(client, CAPABILITIES, "skills.csv", key="own")
    row = client.get(reverse("import", args=[again.uuid])).context["row"]
    assert (row.added, row.changed) == (0, 0)
    assert row.same


def test_what_rests_on_an_import_keeps_it_from_being_taken_back(cast: Cast) -> None:
    client = cast.ivo.client()
    batch = hand_in(client, CAPABILITIES, "skills.csv", key="own")
    client.post(reverse("import-apply", args=[batch.uuid]))
    RequirementFactory(capability=Capability.objects.get(key__endswith="sql"))
    answer = client.post(reverse("import-undo", args=[batch.uuid]))
    assert answer.status_code == 422
    assert "It was not taken back" in answer.content.decode()
    assert Capability.objects.filter(key__endswith="sql").exists()


def test_a_file_nobody_can_read_is_refused_with_the_reason(cast: Cast) -> None:
    client = cast.ivo.client()
    batch = hand_in(client, "what,is,this\n1,2,3\n", "odd.csv")
    words = client.get(reverse("import", args=[batch.uuid])).content.decode()
    assert "Nothing in these files can be used." in words
    assert "Apply it" not in words


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "This field is required."),
        ([SimpleUploadedFile("empty.csv", b"")], "The submitted file is empty."),
        ([SimpleUploadedFile(f"{n}.csv", b"a") for n in range(21)], "At most 20 files at once."),
    ],
)
def test_an_upload_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    cast: Cast, files: list[SimpleUploadedFile], words: str
) -> None:
    answer = cast.ivo.client().post(reverse("import-new"), {"uploads": files, "name": "Own framework"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert 'value="Own framework"' in text
    assert not ImportBatch.objects.exists()


def test_more_than_fits_is_sent_to_the_command(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "LARGEST", 10)
    answer = cast.ivo.client().post(reverse("import-new"), {"uploads": SimpleUploadedFile("a.csv", b"a" * 11)})
    assert answer.status_code == 422
    assert "upwell import" in answer.content.decode()


def test_a_large_import_is_applied_by_a_run(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    client = cast.ivo.client()
    batch = hand_in(client, PEOPLE)
    answer = client.post(reverse("import-apply", args=[batch.uuid]))
    run = Run.objects.get(kind="import.apply")
    assert answer["Location"] == reverse("run", args=[run.uuid])
    assert reverse("import", args=[batch.uuid]) in client.get(answer["Location"]).content.decode()
    assert not Person.objects.filter(key="jo").exists()


def test_findings_are_paged_and_narrowed(cast: Cast) -> None:
    rows = "".join(f"p{n},Person {n},ops,boss{n}\n" for n in range(80))
    client = cast.ivo.client()
    batch = hand_in(client, f"person_key,name,unit_key,manager_key\n{rows}")
    url = reverse("import", args=[batch.uuid])
    whole = client.get(url).context["pager"]
    errors = client.get(url, {"severity": "error"}).context
    assert errors["pager"].total <= whole.total
    assert all(one.blocks for one in errors["problems"])
    last = client.get(url, {"page": whole.pages}).context["problems"]
    assert len(last) <= 50


def test_the_auditor_reads_imports_and_applies_none(cast: Cast, sql_count: SqlCount) -> None:
    batch = hand_in(cast.ivo.client(), PEOPLE)
    client = cast.gita.client()
    with sql_count("imports.list"):
        words = client.get(reverse("imports")).content.decode()
    assert reverse("import", args=[batch.uuid]) in words
    assert "Apply it" not in client.get(reverse("import", args=[batch.uuid])).content.decode()
