"""Minimum wages and teen employment (Callaway and Sant'Anna 2021) through the command line, however it is written."""

import csv
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Answer = Callable[..., dict[str, Any]]
Rows = list[dict[str, str]]
NAMES = "unit=countyreal,period=year,outcome=lemp,first_treated=first.treat"

DID = {
    "cs_simple": (-0.0400, 0.0123),
    "cs_dynamic": (-0.0772, 0.0200),
    "cs_group": (-0.0310, 0.0124),
    "cs_calendar": (-0.0417, 0.0160),
}
"""Never-treated controls, as printed by the R package `did` (bootstrapped standard errors)."""

EXACT = {
    "never": {
        "cs_simple": (-0.039951, 0.012034),
        "cs_dynamic": (-0.077240, 0.019965),
        "cs_group": (-0.031018, 0.012446),
        "cs_calendar": (-0.041700, 0.015972),
    },
    "notyet": {
        "cs_simple": (-0.039764, 0.012052),
        "cs_dynamic": (-0.077399, 0.019560),
        "cs_group": (-0.030462, 0.012575),
        "cs_calendar": (-0.044267, 0.015571),
    },
}
"""Analytical figures of `csdid` 0.4.3."""

OTHERS = {
    "bjs": (-0.047710, 0.013222),
    "sun_abraham": (-0.039951, 0.011796),
    "twfe": (-0.036549, 0.013265),
    "bacon": (-0.036549, 0.013265),
}
"""Figures of diff-diff 3.13 (imputation, Sun-Abraham, Goodman-Bacon) and pyfixest 0.60 (two-way fixed effects)."""

EVENTS = {0: -0.0199, 1: -0.0510, 2: -0.1373, 3: -0.1008}
"""Effects by years since the rise, never-treated controls, as printed by `did`."""


@pytest.fixture(scope="module")
def rows() -> Rows:
    packed = (Path(__file__).parent / "mpdta.csv.gz").read_bytes()
    return list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode())))


def written(rows: Rows, path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def figures(found: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {n: (e["estimate"], e["se"]) for n, e in found["estimators"].items() if e is not None}


def same(one: dict[str, Any], other: dict[str, Any], factor: float = 1.0) -> None:
    left, right = figures(one), figures(other)
    assert left.keys() == right.keys()
    assert len(left) >= 13
    for name, (value, se) in left.items():
        assert right[name][0] == pytest.approx(factor * value, rel=1e-8, abs=1e-10), name
        assert right[name][1] == pytest.approx(abs(factor) * se, rel=1e-8, abs=1e-10), name
    assert one["verdict"]["code"] == other["verdict"]["code"]


@pytest.fixture
def plain(answer: Answer, folder: Path) -> Callable[..., dict[str, Any]]:
    def run(*more: object) -> dict[str, Any]:
        return answer("impact", folder / "mpdta.csv.gz", "--mechanism", "staggered", "--columns", NAMES, *more)

    return run


def test_the_four_averages_are_those_the_authors_print(plain: Callable[..., dict[str, Any]]) -> None:
    found = figures(plain("--control", "never"))
    for name, (value, se) in DID.items():
        assert found[name][0] == pytest.approx(value, abs=6e-5)
        assert found[name][1] == pytest.approx(se, rel=0.08)
    shown = plain("--control", "never")["event_study"]
    values = {row["relative_period"]: row["estimate"] for row in shown}
    for relative, value in EVENTS.items():
        assert values[relative] == pytest.approx(value, abs=6e-5)
    assert values[-1] == 0.0


@pytest.mark.parametrize("control", ["never", "notyet"])
def test_every_estimator_equals_its_reference_to_six_digits(plain: Callable[..., dict[str, Any]], control: str) -> None:
    found = figures(plain("--control", control))
    for name, (value, se) in (EXACT[control] | OTHERS).items():
        assert found[name][0] == pytest.approx(value, abs=1.1e-6), name
        assert found[name][1] == pytest.approx(se, abs=1.1e-6), name


def test_the_verdict_says_why_an_interval_without_zero_is_not_enough(plain: Callable[..., dict[str, Any]]) -> None:
    found = plain()
    assert found["bracket"]["hi"] < 0
    assert found["verdict"]["code"] == 6
    assert "Zero lies outside, but the first periods after treatment show no clear effect" in found["verdict"]["words"]


@pytest.mark.parametrize("never", ["", "NA", "Inf", "never", "NULL", "9999"])
def test_never_may_be_written_in_many_ways(
    plain: Callable[..., dict[str, Any]], answer: Answer, rows: Rows, tmp_path: Path, never: str
) -> None:
    changed = [row | {"first.treat": never if row["first.treat"] == "0" else row["first.treat"]} for row in rows]
    path = written(changed, tmp_path / "panel.csv")
    same(plain(), answer("impact", path, "--mechanism", "staggered", "--columns", NAMES))


def test_order_names_and_real_dates_change_nothing(
    plain: Callable[..., dict[str, Any]], answer: Answer, rows: Rows, tmp_path: Path
) -> None:
    changed = [
        {
            "first_treated": "" if row["first.treat"] == "0" else f"{row['first.treat']}-05-17",
            "outcome": row["lemp"],
            "unit": f"Landkreis {int(row['countyreal']) * 7919 % 100003:06d} ü",
            "period": f"{row['year']}-12-31",
        }
        for row in rows
    ]
    random.Random(4).shuffle(changed)
    same(plain(), answer("impact", written(changed, tmp_path / "panel.csv"), "--mechanism", "staggered"))


@pytest.mark.parametrize("factor", [-3.0, 1e6, 1e-6])
def test_another_unit_of_the_outcome_scales_everything(
    plain: Callable[..., dict[str, Any]], answer: Answer, rows: Rows, tmp_path: Path, factor: float
) -> None:
    changed = [row | {"lemp": repr(float(row["lemp"]) * factor)} for row in rows]
    path = written(changed, tmp_path / "panel.csv")
    more = ["--lower-is-better"] if factor < 0 else []
    same(plain(), answer("impact", path, "--mechanism", "staggered", "--columns", NAMES, *more), factor)
