"""The names in the JSON of the analysts' commands: a public contract, kept word for word."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Answer = Callable[..., dict[str, Any]]

ESTIMATORS = (
    "cs_simple cs_dynamic cs_group cs_calendar cs_event bjs bjs_event sun_abraham twfe bacon efficient_simple "
    "efficient_cohort efficient_calendar sequential_trial detrended"
).split()
LEVELS = "person capability level sd lo80 hi80 lo95 hi95 n_ratings n_raters component provisional".split()
RATERS = "rater severity lo95 hi95 n_persons infit outfit se".split()


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def is_plain(value: Any) -> bool:
    """Every leaf is text, a truth value, null, or a finite number."""
    return all(not isinstance(leaf, float) or math.isfinite(leaf) for leaf in leaves(value))


@pytest.mark.parametrize("mechanism", ["lottery", "queue", "staggered", "rule", "judgement", "self", "universal"])
def test_impact_prints_every_name_of_the_contract(answer: Answer, panel: Callable[..., Path], mechanism: str) -> None:
    found = answer("impact", panel(), "--mechanism", mechanism, "--control", "never", "--smallest-worthwhile", "0.5")
    assert list(found)[:7] == ["estimators", "bracket", "event_study", "pretrend", "sensitivity", "mde", "verdict"]
    assert list(found["estimators"])[:15] == ESTIMATORS
    for name, one in found["estimators"].items():
        assert one is None or {"estimate", "se", "lo95", "hi95"} <= set(one), name
        assert (one is None) == (name in found["reasons"]), name
    assert set(found["bracket"]) == {"lo", "hi"}
    assert isinstance(found["event_study"], list)
    assert found["verdict"]["code"] in range(1, 7)
    assert isinstance(found["verdict"]["words"], str)
    assert {"engine", "mechanism", "control", "smallest_worthwhile", "donut", "seed", "input"} <= set(found["run"])
    assert is_plain(found)


def test_too_few_people_are_not_judged_and_leave_nulls(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    rows = [f"u{u},{t},{(u * 7 + t) % 5},{4 if u < 3 else ''}" for u in range(8) for t in range(1, 8)]
    path.write_text("\n".join(["unit,period,outcome,first_treated", *rows]), encoding="utf-8")
    found = answer("impact", path, "--mechanism", "lottery")
    assert found["verdict"]["code"] == 1
    assert list(found["estimators"])[:15] == ESTIMATORS
    assert found["bracket"] == {"lo": None, "hi": None}
    assert is_plain(found)


@pytest.mark.parametrize("model", ["ep", "mfrm"])
def test_levels_print_every_name_of_the_contract(answer: Answer, ratings: Path, model: str) -> None:
    found = answer("levels", ratings, "--model", model)
    assert {"raters", "fit", "levels", "run"} <= set(found)
    assert set(LEVELS) <= set(found["levels"][0])
    assert set(RATERS) <= set(found["raters"][0])
    assert "deviance" in found["fit"]
    assert (found["fit"]["deviance"] is None) == (model == "ep")
    assert is_plain(found)


def test_the_smaller_commands_say_how_they_were_run(answer: Answer, tmp_path: Path) -> None:
    levels, required, candidates = (tmp_path / name for name in ("levels.csv", "required.csv", "candidates.csv"))
    levels.write_text("person,capability,level,sd\na,c,2,0.3\n", encoding="utf-8")
    required.write_text("person,capability,role,required,weight\na,c,r,3,1\nb,c,r,3,1\n", encoding="utf-8")
    candidates.write_text("person,intervention,value,cost,hours\na,x,1,100,2\n", encoding="utf-8")
    gaps = answer("gaps", levels, required)
    assert {"states", "gaps", "assumptions", "run"} <= set(gaps)
    assert any(row["level"] is None for row in gaps["gaps"])
    plan = answer("assign", candidates, "--budget", "500")
    names = "value bound gap spent shadow_price frontier plan dropped assumptions run"
    assert set(names.split()) <= set(plan)
    drawn = answer("simulate", "--out", tmp_path / "company", "--people", "40", "--seed", "2")
    assert {"rows", "files", "run"} <= set(drawn)
    for found in (gaps, plan, drawn):
        assert found["run"]["engine"]
        assert is_plain(found)
