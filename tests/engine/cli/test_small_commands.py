"""`upwell gaps`, `assign` and `simulate`: their JSON, tables and charts; and the help of all."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.csv as csv
import pytest

from upwell.__main__ import main
from upwell.engine.cli import charts, commands, options, png

Answer = Callable[..., dict[str, Any]]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    levels, required = tmp_path / "levels.csv", tmp_path / "requirements.csv"
    levels.write_text("person,capability,level,sd\n" + "".join(f"{i},c,{i / 4},0.2\n" for i in range(1, 17)))
    required.write_text("person,capability,role,required,weight\n" + "".join(f"{i},c,r,3,1\n" for i in range(1, 18)))
    return levels, required


def test_gaps_are_stated_with_their_states(answer: Answer, files: tuple[Path, Path], tmp_path: Path) -> None:
    found = answer("gaps", *files, "--out", tmp_path / "gaps.csv", "--plot", tmp_path / "gaps.svg")
    assert {"states", "gaps", "assumptions", "run"} <= set(found)
    assert sum(found["states"].values()) == 17
    assert found["states"]["no_evidence"] == 1
    assert csv.read_csv(tmp_path / "gaps.csv").num_rows == 17
    assert "<rect" in (tmp_path / "gaps.svg").read_text()


def test_gaps_take_other_names_for_either_file(answer: Answer, files: tuple[Path, Path]) -> None:
    levels, required = files
    levels.write_text(levels.read_text().replace("level,sd", "score,sd"))
    required.write_text(required.read_text().replace("required,", "asked,"))
    assert answer("gaps", *files, "--columns", "level=score,required=asked")["run"]["input"]["levels"] == 16


def test_a_plan_keeps_its_budget_and_says_how_good_it_is(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "candidates.csv"
    rows = [f"p{i},course{j},{(i * j) % 7 + 1},{100 + 10 * j},{j}" for i in range(20) for j in range(1, 4)]
    path.write_text("person,intervention,value,cost,hours\n" + "\n".join(rows))
    found = answer("assign", path, "--budget", "1500", "--hours", "4", "--plot", tmp_path / "plan.svg")
    assert found["spent"] <= 1500
    assert found["value"] <= found["bound"]
    assert len(found["plan"]) > 0
    assert {"gap", "shadow_price", "frontier", "dropped", "assumptions", "run"} <= set(found)


def test_simulate_says_what_it_wrote(answer: Answer, tmp_path: Path) -> None:
    found = answer("simulate", "--out", tmp_path / "company", "--people", "60", "--seed", "3", "--format", "parquet")
    assert found["rows"]["people"] == 60
    assert "ratings.parquet" in found["files"]
    assert any(name.startswith("truth/") for name in found["files"])


@pytest.mark.parametrize("name", commands.NAMES)
def test_help_has_a_purpose_and_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert "example" in shown
    assert f"  upwell {name}" in shown
    assert max(map(len, shown.splitlines())) <= 79


@pytest.mark.parametrize("name", commands.NAMES)
def test_every_option_is_explained_and_states_its_default(name: str) -> None:
    for action in options.command(name).options():
        words = action.help or ""
        assert words, action
        if action.option_strings and action.nargs != 0 and not action.required:
            assert "default" in words, action.option_strings


def test_help_of_a_command_may_be_asked_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["help", "gaps"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("usage: upwell gaps")


def test_gaps_take_what_is_asked_of_roles(
    answer: Answer, refusal: Callable[..., str], files: tuple[Path, Path], tmp_path: Path
) -> None:
    levels, required = files
    required.write_text("role,capability,required,weight\nr,c,3,1\n")
    people = tmp_path / "people.csv"
    people.write_text("person,role\n" + "".join(f"{i},{'r' if i < 15 else 'other'}\n" for i in range(1, 21)))
    assert "say who has which role with --people FILE" in refusal("gaps", levels, required)
    found = answer("gaps", levels, required, "--people", people)
    assert sum(found["states"].values()) == 14
    people.write_text("person,role\n1,other\n")
    assert "No role of 'people.csv' is asked for anything" in refusal("gaps", levels, required, "--people", people)


def test_plots_leave_every_chart_as_svg_and_png(answer: Answer, files: tuple[Path, Path], tmp_path: Path) -> None:
    answer("gaps", *files, "--plots", tmp_path / "charts")
    answer("simulate", "--out", tmp_path / "company", "--people", "60", "--seed", "3", "--plots", tmp_path / "charts")
    names = {path.name for path in (tmp_path / "charts").iterdir()}
    assert names == {"gaps.svg", "gaps.png", "ratings.svg", "ratings.png"}
    assert (tmp_path / "charts" / "gaps.png").read_bytes().startswith(b"\x89PNG")


def test_a_chart_of_its_own_says_what_it_shows(tmp_path: Path) -> None:
    drawn = charts.bars(
        [charts.Bar("a", 0.5, None, None, "50 %")], "A is <short> & thin by 1.5 levels. And more words."
    )
    alone = charts.standalone(drawn)
    root = ElementTree.fromstring(alone)
    titles = [node.text for node in root.iter() if node.attrib.get("class") == "title"]
    assert titles == ["A is <short> & thin by 1.5 levels"]
    top = float(root.attrib["viewBox"].split()[1])
    assert all(float(node.attrib["y"]) >= top for node in root.iter() if "y" in node.attrib)
    assert png.render(drawn).startswith(b"\x89PNG")


def test_a_long_title_is_broken_into_lines(tmp_path: Path) -> None:
    drawn = charts.bars([charts.Bar("a", 0.5, None, None, "")], "word " * 60)
    lines = re.findall(r'class="title"[^>]*>([^<]*)<', charts.titled(drawn))
    assert len(lines) == 3
    assert max(map(len, lines)) <= charts.TITLE_CHARACTERS


def test_impact_draws_the_course_and_every_estimate(answer: Answer, panel: Callable[..., Path], tmp_path: Path) -> None:
    answer("impact", panel(), "--mechanism", "staggered", "--plots", tmp_path / "charts")
    assert {path.stem for path in (tmp_path / "charts").iterdir()} == {"event_study", "estimates"}
