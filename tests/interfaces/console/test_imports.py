"""`upwell import` at a terminal."""

import json
from pathlib import Path

import pytest

from upwell.foundation.people.models import Person
from upwell.interfaces.console.imports import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text("person_key,name,unit_name,manager_key\n1,Ada,Sales,2\n2,Boris,Sales,\n2,Boris,Sales,\n")
    return str(path)


def test_without_apply_only_the_report_is_printed(people: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([people]) == 0
    assert not Person.objects.exists()
    printed = capsys.readouterr().out
    assert "3 rows = 2 made + 0 merged + 1 rejected" in printed
    assert "row 4" in printed


def test_apply_and_undo(people: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([people, "--apply", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["batch"]["state"] == "applied"
    assert Person.objects.count() == 2
    assert main(["--undo", report["batch"]["uuid"]]) == 0
    assert not Person.objects.exists()
    assert main(["--undo", report["batch"]["uuid"]]) == 1


def test_an_unknown_file_gives_exit_code_1_and_the_known_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "q.csv"
    path.write_text("colour,taste\nred,sweet\n")
    assert main([str(path)]) == 1
    assert "capability_key" in capsys.readouterr().out
