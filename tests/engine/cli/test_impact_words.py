"""What `upwell impact` says of other panels than months of people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from upwell.__main__ import main

Answer = Callable[..., dict[str, Any]]
Panel = Callable[..., Path]


def test_units_treated_from_the_start_stand_apart_in_the_first_lines(
    panel: Panel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = panel().read_text().replace("u00,", "z,").splitlines()
    early = [f"e{k},{2001 + t},{(k * 5 + t) % 7},2001" for k in range(6) for t in range(10)]
    path = tmp_path / "early.csv"
    path.write_text("\n".join([*text, *early]))
    assert main(["impact", str(path), "--mechanism", "staggered"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("20 treated, 20 to compare with; 6 more treated from the first period on and left out;")
    assert any("dates were not drawn" in line and "efficient_simple" in line for line in lines)


def test_the_answer_speaks_of_units_and_of_the_step_of_the_file(answer: Answer, panel: Panel) -> None:
    quarters = panel("q.csv", period=lambda t: f"{2020 + t // 4}Q{t % 4 + 1}", treated=lambda t: f"{2021}Q2")
    assert "per unit and quarter" in answer("impact", quarters, "--mechanism", "lottery")["verdict"]["words"]
    people = answer("impact", quarters, "--mechanism", "lottery", "--unit-word", "people")
    assert "per person and quarter" in people["verdict"]["words"]
