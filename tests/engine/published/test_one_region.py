"""A single treated region through the command line: synthetic DiD with synthetic control and plain DiD beside it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Answer = Callable[..., dict[str, Any]]


@pytest.fixture
def shared() -> Path:
    given = os.environ.get("UPWELL_DATA")
    folder = Path(given) if given else Path(__file__).parents[4] / "shared" / "data"
    if not (folder / "impact" / "targets.json").exists():
        pytest.skip("published panels not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    return folder / "impact"


def test_proposition_99_by_all_three_methods(answer: Answer, shared: Path) -> None:
    goal = json.loads((shared / "targets.json").read_text())["prop99"]
    names = "unit=State,period=Year,outcome=PacksPerCapita"
    file = shared / "california_prop99.csv.gz"
    chosen = ["--mechanism", "judgement", "--synthetic", "--treated", "treated", "--columns", names]
    found = answer("impact", file, *chosen)["synthetic_did"]
    assert found["estimate"] == pytest.approx(goal["sdid"], abs=0.01)
    for method in ("sc", "did"):
        assert found["beside"][method]["estimate"] == pytest.approx(goal[method], abs=0.01)
        assert found["beside"][method]["se"] == pytest.approx(goal["se_placebo_about"][method], rel=0.25)


def test_plain_differences_are_the_difference_of_mean_changes(answer: Answer, tmp_path: Path) -> None:
    rows = ["unit,period,outcome,first_treated"]
    change = []
    for u in range(10):
        values = [u / 3 + ((u * 5 + t * 7) % 11) / 20 + (2.0 if u == 0 and t > 5 else 0.0) for t in range(9)]
        change.append(sum(values[6:]) / 3 - sum(values[:6]) / 6)
        rows += [f"r{u},{t + 1},{value!r},{7 if u == 0 else ''}" for t, value in enumerate(values)]
    path = tmp_path / "regions.csv"
    path.write_text("\n".join(rows))
    found = answer("impact", path, "--mechanism", "judgement", "--synthetic")["synthetic_did"]
    assert found["beside"]["did"]["estimate"] == pytest.approx(change[0] - sum(change[1:]) / 9, abs=1e-9)
