"""Medicaid, divorce laws and school reforms through the command line, against programs by other authors."""

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from upwell.__main__ import main
from upwell.engine.numerics.impact_honest import EventStudy, relative_breakdown, relative_magnitudes
from upwell.engine.numerics.impact_honest_smooth import smoothness

Answer = Callable[..., dict[str, Any]]
Figures = dict[str, tuple[float, float]]
MEDICAID = ("medicaid.csv.gz", "unit=stfips,period=year,outcome=dins,first_treated=yexp2")
DIVORCE = ("divorce.csv.gz", "unit=st,period=year,outcome=rate,first_treated=divyear")
SCHOOL = ("school_reform.csv.gz", "unit=state,period=class,outcome=incearn_ln,first_treated=reformyr_math")

CALLAWAY_SANTANNA: dict[tuple[tuple[str, str], str], Figures] = {
    (MEDICAID, "never"): {
        "cs_simple": (0.0668019, 0.0080604),
        "cs_dynamic": (0.0677050, 0.0081859),
        "cs_group": (0.0646585, 0.0073653),
        "cs_calendar": (0.0658416, 0.0080474),
    },
    (MEDICAID, "notyet"): {
        "cs_simple": (0.0679833, 0.0078313),
        "cs_dynamic": (0.0688254, 0.0079722),
        "cs_group": (0.0656911, 0.0070733),
        "cs_calendar": (0.0671269, 0.0078117),
    },
    (DIVORCE, "never"): {
        "cs_simple": (-10.5614282, 3.1236237),
        "cs_dynamic": (-11.1956706, 3.4372969),
        "cs_group": (-10.0497109, 3.1843515),
        "cs_calendar": (-9.3765832, 2.7590367),
    },
    (DIVORCE, "notyet"): {
        "cs_simple": (-8.6926935, 3.4028487),
        "cs_dynamic": (-9.6279797, 3.6250079),
        "cs_group": (-8.2875723, 3.5110989),
        "cs_calendar": (-7.8551130, 3.0679753),
    },
    (SCHOOL, "never"): {
        "cs_simple": (0.0002727, 0.0149227),
        "cs_dynamic": (0.0010734, 0.0159975),
        "cs_group": (0.0001647, 0.0144384),
        "cs_calendar": (0.0130220, 0.0121583),
    },
}
"""Analytical figures of `csdid` 0.4.3; always-treated states left out, later ones taken as untreated."""

OTHERS: dict[tuple[str, str], Figures] = {
    MEDICAID: {"bjs": (0.0733653, 0.0078001), "sun_abraham": (0.0668019, 0.0086550), "twfe": (0.0703207, 0.0074010)},
    DIVORCE: {"bjs": (-4.8452936, 2.9741100), "twfe": (-3.0488947, 2.3206362)},
    SCHOOL: {"bjs": (0.0001373, 0.0124705), "sun_abraham": (0.0002727, 0.0121498), "twfe": (0.0024600, 0.0139674)},
}
"""Imputation and Sun-Abraham by diff-diff 3.13, two-way fixed effects by pyfixest 0.60, errors clustered by state."""

SHARES = {
    MEDICAID: {"treated_vs_never": 0.7926, "earlier_vs_later": 0.1491, "later_vs_earlier": 0.0583},
    DIVORCE: {
        "treated_vs_never": 0.2284669,
        "treated_vs_always": 0.4112404,
        "earlier_vs_later": 0.1062004,
        "later_vs_earlier": 0.2540922,
    },
    SCHOOL: {"treated_vs_never": 0.88382, "earlier_vs_later": 0.06353, "later_vs_earlier": 0.05265},
}
"""Weights of the Goodman-Bacon decomposition: diff-diff 3.13 (Medicaid), README of `bacondecomp` (school reform)."""

HONEST_RELATIVE = {0.5: (0.0241, 0.0673), 1.0: (0.0171, 0.0720), 1.5: (0.00859, 0.0796), 2.0: (-0.00107, 0.0883)}
"""Effect in the first year, printed in the README of HonestDiD, which searches on a grid of steps of .00035."""

HONEST_SMOOTH = {
    0.0: (0.0259, 0.0607),
    0.01: (0.0132, 0.0787),
    0.02: (0.00286, 0.0907),
    0.03: (-0.00714, 0.101),
    0.04: (-0.0171, 0.111),
    0.05: (-0.0271, 0.121),
}


@pytest.fixture
def found(answer: Answer, folder: Path) -> Callable[..., dict[str, Any]]:
    def run(source: tuple[str, str], *more: object) -> dict[str, Any]:
        return answer("impact", folder / source[0], "--mechanism", "staggered", "--columns", source[1], *more)

    return run


@pytest.mark.parametrize(("source", "control"), list(CALLAWAY_SANTANNA))
def test_every_estimator_equals_the_program_of_its_authors(
    found: Callable[..., dict[str, Any]], source: tuple[str, str], control: str
) -> None:
    shown = found(source, "--control", control)["estimators"]
    for name, (value, se) in (CALLAWAY_SANTANNA[source, control] | OTHERS[source]).items():
        assert shown[name]["estimate"] == pytest.approx(value, abs=1e-6), name
        assert shown[name]["se"] == pytest.approx(se, abs=1e-6), name


@pytest.mark.parametrize("source", list(SHARES))
def test_two_way_fixed_effects_fall_apart_as_published(
    found: Callable[..., dict[str, Any]], source: tuple[str, str]
) -> None:
    shown = found(source)
    parts = {part["label"]: part for part in shown["parts"]["bacon"]}
    assert {label: part["weight"] for label, part in parts.items()} == pytest.approx(SHARES[source], abs=5e-5)
    summed = sum(part["weight"] * part["estimate"] for part in parts.values())
    assert summed == pytest.approx(shown["estimators"]["twfe"]["estimate"], abs=1e-9)


def two_groups(folder: Path) -> tuple[list[dict[str, str]], EventStudy]:
    """Rows up to 2015 without the states of 2015; the two-way event study of 2014 with fixest's clustered errors."""
    text = gzip.decompress((folder / MEDICAID[0]).read_bytes()).decode()
    rows = [row for row in csv.DictReader(text.splitlines()) if int(row["year"]) < 2016 and row["yexp2"] != "2015"]
    states = {row["stfips"]: row["yexp2"] == "2014" for row in rows}
    outcome = np.array([[float(r["dins"]) for r in rows if r["stfips"] == state] for state in states])
    years = [int(row["year"]) for row in rows if row["stfips"] == next(iter(states))]
    change = np.delete(outcome - outcome[:, [years.index(2013)]], years.index(2013), axis=1)
    treated = np.array(list(states.values()))
    centre = np.where(treated[:, None], change[treated].mean(axis=0), change[~treated].mean(axis=0))
    influence = (change - centre) * np.where(treated, 1 / treated.sum(), -1 / (~treated).sum())[:, None]
    clusters, cells, fitted = len(states), outcome.size, len(years) + change.shape[1]
    factor = clusters / (clusters - 1) * (cells - 1) / (cells - fitted)
    value = change[treated].mean(axis=0) - change[~treated].mean(axis=0)
    return rows, EventStudy(value, factor * influence.T @ influence, before=5)


def test_honest_intervals_are_those_their_authors_print(folder: Path) -> None:
    study, first = two_groups(folder)[1], np.array([1.0, 0.0])
    robust = relative_magnitudes(study, first, np.array(list(HONEST_RELATIVE)))
    for lo, hi, expected in zip(robust.lo, robust.hi, HONEST_RELATIVE.values(), strict=True):
        assert (lo, hi) == pytest.approx(expected, abs=5e-4)
    assert 1.9 < relative_breakdown(study, first) < 2.0
    smooth = smoothness(study, first, np.array(list(HONEST_SMOOTH)))
    for lo, hi, expected in zip(smooth.lo, smooth.hi, HONEST_SMOOTH.values(), strict=True):
        assert (lo, hi) == pytest.approx(expected, abs=4e-4)


def test_the_command_gives_the_honest_intervals_too(answer: Answer, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "medicaid.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["unit", "period", "outcome", "first_treated"])
        out.writerows([r["stfips"], r["year"], r["dins"], r["yexp2"]] for r in two_groups(folder)[0])
    shown = answer("impact", path, "--mechanism", "judgement")
    rows = [r for r in shown["sensitivity"]["intervals"] if r["target"] == "first" and r["restriction"] == "relative"]
    intervals = {row["multiple"]: (row["lo"], row["hi"]) for row in rows}
    for multiple, expected in HONEST_RELATIVE.items():
        assert intervals[multiple] == pytest.approx(expected, abs=6e-4)
    assert shown["sensitivity"]["breakdown"] == pytest.approx(1.95, abs=0.05)
    assert shown["verdict"]["code"] == 3


def semicolons(rows: list[dict[str, str]]) -> list[list[str]]:
    """As a spreadsheet of a country with decimal commas saves numbers and blanks."""
    own = [[r["stfips"], r["year"], r["dins"].replace(".", ","), r["yexp2"] and r["yexp2"] + ",0"] for r in rows]
    return [["unit", "period", "outcome", "first_treated"], *own]


def in_words(rows: list[dict[str, str]]) -> list[list[str]]:
    own = [[r["stfips"], r["year"], r["dins"], r["yexp2"] or "Never treated"] for r in rows]
    return [["unit", "period", "outcome", "first_treated"], *own]


def flags(rows: list[dict[str, str]]) -> list[list[str]]:
    on = [str(bool(r["yexp2"]) and r["year"] >= r["yexp2"]).upper() for r in rows]
    own = [[r["stfips"], r["year"], r["dins"], flag] for r, flag in zip(rows, on, strict=True)]
    return [["unit", "period", "outcome", "post"], *own]


@pytest.mark.parametrize(
    ("form", "mark", "more"), [(semicolons, ";", ()), (in_words, ",", ()), (flags, ",", ("--treated", "post"))]
)
def test_the_file_may_be_written_as_other_programs_write_it(
    answer: Answer, found: Callable[..., dict[str, Any]], folder: Path, tmp_path: Path, form: Any, mark: str, more: Any
) -> None:
    text = gzip.decompress((folder / MEDICAID[0]).read_bytes()).decode()
    path = tmp_path / "panel.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=mark).writerows(form(list(csv.DictReader(text.splitlines()))))
    same = answer("impact", path, "--mechanism", "staggered", *more)
    for name, one in found(MEDICAID)["estimators"].items():
        assert same["estimators"][name] == (None if one is None else pytest.approx(one, rel=1e-9)), name


def test_flags_of_parquet_and_thousands_are_not_mistaken(
    answer: Answer, found: Callable[..., dict[str, Any]], folder: Path, tmp_path: Path
) -> None:
    text = gzip.decompress((folder / MEDICAID[0]).read_bytes()).decode()
    header, *rows = flags(list(csv.DictReader(text.splitlines())))
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    table = pa.table(
        {
            "unit": [int(v) for v in columns["unit"]],
            "period": [int(v) for v in columns["period"]],
            "outcome": [float(v) for v in columns["outcome"]],
            "post": [v == "TRUE" for v in columns["post"]],
        }
    )
    pq.write_table(table, tmp_path / "flags.parquet")
    same = answer("impact", tmp_path / "flags.parquet", "--mechanism", "staggered", "--treated", "post")
    for name, one in found(MEDICAID)["estimators"].items():
        assert same["estimators"][name] == (None if one is None else pytest.approx(one, rel=1e-9)), name
    path = tmp_path / "thousands.csv"
    path.write_text("unit;period;outcome;first_treated\na;1;1,5;2,000\na;2;1,7;2,000\n")
    assert main(["impact", str(path), "--mechanism", "staggered"]) == 2
