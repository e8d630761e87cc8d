"""The loop over a folder: everything once, nothing twice, and one sentence for whatever is wrong."""

from __future__ import annotations

import csv
import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from upwell.__main__ import main


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loop") / "in"
    assert main(["simulate", "--out", str(folder), "--people", "200", "--seed", "7"]) == 0
    return folder


@pytest.fixture(scope="module")
def finished(source: Path) -> Path:
    out = source.parent / "out"
    assert main(["loop", str(source), "--out", str(out), "--budget", "20000", "--seed", "1"]) == 0
    return out


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "in"
    shutil.copytree(source, copy)
    return copy


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["loop", str(folder), "--out", str(folder.parent / "out")]) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "Traceback" not in message
    assert message.startswith("upwell loop: ")
    return message


def test_every_step_leaves_its_tables_and_a_report_without_outside_parts(finished: Path) -> None:
    for name in ("levels", "raters", "gaps", "gaps_by_unit", "needs", "plan", "frontier", "effects", "event_study"):
        assert pq.read_table(finished / f"{name}.parquet").num_columns > 1
    html = (finished / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=|url\(|@import|<script", html)
    assert html.count("<h2>") >= 5
    assert "prefers-color-scheme" in html


def test_the_plan_keeps_the_budget_and_serves_only_needs_that_training_can_close(finished: Path) -> None:
    plan = pq.read_table(finished / "plan.parquet")
    assert 0 < sum(plan["cost"].to_pylist()) <= 20_000
    needs = pq.read_table(finished / "needs.parquet").to_pylist()
    people = {need["person"] for need in needs if need["training_opens"]}
    assert set(plan["person"].to_pylist()) <= people


def test_units_of_fewer_than_five_people_are_withheld(finished: Path) -> None:
    rows = pq.read_table(finished / "gaps_by_unit.parquet").to_pylist()
    assert all(row["n"] is None or row["n"] >= 5 or row["n"] == 0 for row in rows)
    assert any(row["withheld"] for row in rows)


def test_people_who_left_are_in_no_gap_and_no_plan(source: Path, finished: Path) -> None:
    with (source / "people.csv").open(encoding="utf-8", newline="") as lines:
        left = {row["person"] for row in csv.DictReader(lines) if row["left_on"]}
    assert left
    assert not left & set(pq.read_table(finished / "gaps.parquet")["person"].to_pylist())


def test_a_second_run_does_nothing_twice(source: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (finished / "levels.parquet").stat().st_mtime_ns
    assert main(["loop", str(source), "--out", str(finished), "--budget", "20000", "--seed", "1"]) == 0
    assert capsys.readouterr().err.count("unchanged, kept") == 5
    assert (finished / "levels.parquet").stat().st_mtime_ns == before


def test_another_budget_runs_the_assignment_alone(
    source: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["loop", str(source), "--out", str(finished), "--budget", "9000", "--seed", "1"]) == 0
    words = capsys.readouterr().err
    assert words.count("unchanged, kept") == 4
    assert "Assignment\n" in words
    assert json.loads((finished / "summary.json").read_text())["facts"]["assignment"]["spent"] <= 9000


def test_a_damaged_table_is_made_again(source: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = (finished / "effects.parquet").read_bytes()
    (finished / "effects.parquet").write_bytes(b"half a file")
    assert main(["loop", str(source), "--out", str(finished), "--budget", "9000", "--seed", "1"]) == 0
    assert "Impact\n" in capsys.readouterr().err
    assert (finished / "effects.parquet").read_bytes() == good


def test_without_programmes_the_rest_of_the_loop_still_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "programmes.csv").unlink()
    (folder / "items.csv").unlink()
    assert main(["loop", str(folder), "--out", str(folder.parent / "out")]) == 0
    assert "Impact: left out, there is no file 'programmes'" in capsys.readouterr().err


def test_a_missing_folder_file_or_column_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no folder" in refused(folder / "nowhere", capsys)
    ratings = folder / "ratings.csv"
    text = ratings.read_text(encoding="utf-8")
    ratings.write_text(text.replace('"category"', '"mark"', 1), encoding="utf-8")
    assert "'ratings.csv' has no column 'category'" in refused(folder, capsys)
    ratings.unlink()
    assert "no file 'ratings.csv'" in refused(folder, capsys)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("ratings.csv", b"", "is empty"),
        ("ratings.csv", b"person,capability,rater,source,category,rated_on\n", "no rows"),
        ("ratings.csv", b"person,capability,rater,source,category,rated_on\np1,c,p2,manager,many,2026-01-01\n", "many"),
        (
            "ratings.csv",
            b"person,capability,rater,source,category,rated_on\np1,c,p2,manager,9,2026-01-01\n",
            "outside 1 to 5",
        ),
        ("ratings.csv", b"person,capability,rater,source,category,rated_on\np1,c,p2,wizard,3,2026-01-01\n", "wizard"),
        ("people.csv", "person,unit,role\nJos\u00e9,u,r\n".encode("latin-1"), "not UTF-8"),
        ("people.csv", b"person,unit,role\np1,u,r\np1,u,r\n", "2 rows for person p1"),
        ("units.csv", b"unit,parent\nu0000001,u0000002\nu0000002,u0000001\n", "is above itself"),
        ("programmes.csv", b"programme,kpi,mechanism\npractice-labs,output_index,magic\n", "no mechanism 'magic'"),
        ("ratings.parquet", b"not parquet", "has no column 'person'"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, words: str
) -> None:
    (folder / name).write_bytes(content)
    assert words in refused(folder, capsys)


def test_simulate_does_not_write_over_a_folder(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--out", str(source), "--people", "20", "--seed", "1"]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_a_command_of_the_product_says_how_to_install_the_product_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(words: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'django'", name="django")

    if find_spec("django") is not None:
        monkeypatch.setattr("upwell.interfaces.console.main", absent)
    assert main(["serve"]) == 2
    assert "pip install 'upwell[server]'" in capsys.readouterr().err
