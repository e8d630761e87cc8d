"""The Python code on the how-to pages runs as it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-the-engine-alone.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
STATIONS = ("levels", "gaps", "disclosure", "diagnosis", "assignment", "impact", "returns")


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """The names that the page's code leaves behind, its blocks run one after the other."""
    names: dict[str, Any] = {"__name__": "page"}
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_page_goes_through_every_station(run: dict[str, Any]) -> None:
    assert set(STATIONS) <= set(run)
    assert run["found"].estimates.num_rows > 1_000
    assert run["short"].estimates.num_rows > 1_000
    assert run["shown"]["withheld"].to_pylist().count(True) > 0
    assert 0 < run["plan"].spent <= 20_000


def test_the_page_ends_with_what_is_true_of_the_simulated_programme(run: dict[str, Any]) -> None:
    truth = next(r for r in run["larger"].truth_effects.to_pylist() if r["programme"] == "practice-labs")
    effect = run["effect"].headline
    assert effect.lo95 <= truth["effect_kpi"] <= effect.hi95
    assert run["effect"].verdict.code == 2
    assert isinstance(run["worth"], run["returns"].Return)
    assert run["worth"].roi_lo95_pct <= run["worth"].roi_pct <= run["worth"].roi_hi95_pct
