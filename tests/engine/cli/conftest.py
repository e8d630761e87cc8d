"""Small files as analysts have them, and one way to run a command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from upwell.__main__ import main

Answer = Callable[..., dict[str, Any]]
Refusal = Callable[..., str]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    """The strict JSON a command prints."""

    def run(*words: object) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == 0, capsys.readouterr().err

        def never(name: str) -> float:
            raise AssertionError(f"{name} is not JSON")

        return dict(json.loads(capsys.readouterr().out, parse_constant=never))

    return run


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """The one sentence a command refuses with."""

    def run(*words: object) -> str:
        capsys.readouterr()
        assert main([str(word) for word in words]) == 2
        shown = capsys.readouterr()
        lines = shown.err.strip().splitlines()
        assert len(lines) == 1, shown.err
        assert lines[0].startswith(f"upwell {words[0]}: ")
        assert "Traceback" not in lines[0]
        assert shown.out == ""
        return lines[0]

    return run


@pytest.fixture
def panel(tmp_path: Path) -> Callable[..., Path]:
    """40 units over 10 periods, half of them treated from the sixth on, as CSV with any wording of time."""

    def write(
        name: str = "panel.csv",
        *,
        period: Callable[[int], object] = lambda t: 2001 + t,
        treated: Callable[[int], object] = lambda t: 2001 + t,
        never: object = "",
        mark: str = ",",
        decimal: str = ".",
        header: str = "unit,period,outcome,first_treated",
    ) -> Path:
        rows = [header.replace(",", mark)]
        for unit in range(40):
            start = treated(5) if unit % 2 else never
            for t in range(10):
                value = ((unit * 7 + t * 3) % 11) / 4 + (1.5 if unit % 2 and t >= 5 else 0)
                rows.append(mark.join((f"u{unit:02d}", str(period(t)), str(value).replace(".", decimal), str(start))))
        path = tmp_path / name
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """30 persons, 5 raters of known order of severity, categories 0 to 3, nothing but the three needed columns."""
    rows = ["person,rater,category"]
    for person in range(30):
        for rater in range(5):
            noise = (person * 7 + rater * 13) % 5 / 5
            rows.append(f"p{person},r{rater},{min(3, max(0, int(person / 7.5 + noise - 0.3 * (rater - 2))))}")
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path
