"""`upwell impact`: the names of its JSON are a contract, and time may be written in any usual way."""

import gzip
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from upwell.__main__ import main

NAMES = (
    "cs_simple",
    "cs_dynamic",
    "cs_group",
    "cs_calendar",
    "cs_event",
    "bjs",
    "bjs_event",
    "sun_abraham",
    "twfe",
    "bacon",
    "efficient_simple",
    "efficient_cohort",
    "efficient_calendar",
    "sequential_trial",
    "detrended",
)
Answer = Callable[..., dict[str, Any]]
Panel = Callable[..., Path]


def numbers(found: dict[str, Any]) -> dict[str, Any]:
    return {name: one and round(one["estimate"], 10) for name, one in found["estimators"].items()}


def test_the_names_of_the_answer_are_a_contract(answer: Answer, panel: Panel) -> None:
    found = answer("impact", panel(), "--mechanism", "lottery", "--smallest-worthwhile", "0.5")
    assert tuple(found)[:8] == (
        "estimators",
        "bracket",
        "event_study",
        "pretrend",
        "sensitivity",
        "mde",
        "verdict",
        "reasons",
    )
    assert tuple(found["estimators"])[: len(NAMES)] == NAMES
    for name, one in found["estimators"].items():
        if one is None:
            assert found["reasons"][name]
        else:
            assert {"estimate", "se", "lo95", "hi95"} <= set(one)
    assert set(found["bracket"]) == {"lo", "hi"}
    assert {"code", "words"} == set(found["verdict"])
    assert {"relative_period", "estimate", "lo", "hi"} <= set(found["event_study"][0])
    assert found["run"]["mechanism"] == "lottery"
    assert found["run"]["input"]["units"] == 40
    assert len(found["run"]["input"]["sha256"]) == 64


def test_a_refused_design_still_has_every_name(answer: Answer, panel: Panel) -> None:
    found = answer("impact", panel(never=2006), "--mechanism", "universal")
    assert found["verdict"]["code"] == 1
    assert all(found["estimators"][name] is None and found["reasons"][name] for name in NAMES)
    assert found["bracket"] == {"lo": None, "hi": None}


def day(t: int) -> date:
    return date(2024, 1 + t, 28 - t)


WAYS = [
    ("year", lambda t: 2001 + t, "year"),
    ("year as a fraction", lambda t: f"{2001 + t}.0", "year"),
    ("plain number", lambda t: t + 1, "period"),
    ("every second year", lambda t: 2001 + 2 * t, "2 years"),
    ("year and month", lambda t: 202401 + t, "month"),
    ("month", lambda t: f"2024-{1 + t:02d}", "month"),
    ("day of the month", day, "month"),
    ("date and time", lambda t: f"2024-{1 + t:02d}-01 00:00:00", "month"),
    ("quarter", lambda t: f"{2020 + t // 4}Q{t % 4 + 1}", "quarter"),
    ("quarter end", lambda t: date(2020 + t // 4, t % 4 * 3 + 3, 28), "quarter"),
    ("year end", lambda t: date(2001 + t, 12, 31), "year"),
    ("ISO week", lambda t: f"2024-W{10 + t}", "week"),
    ("Mondays", lambda t: date(2024, 2, 26) + timedelta(weeks=t), "week"),
    ("days", lambda t: date(2024, 2, 26) + timedelta(days=t), "day"),
    ("American", lambda t: f"{1 + t}/1/2024", "month"),
    ("German", lambda t: f"15.{1 + t:02d}.2024", "month"),
]


@pytest.mark.parametrize(("period", "step"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_time_may_be_written_in_any_usual_way(
    answer: Answer, panel: Panel, period: Callable[[int], object], step: str
) -> None:
    wide = np.array([[(u * 7 + t * 3) % 11 / 4 + 1.5 * (u % 2 and t >= 5) for t in range(10)] for u in range(40)])
    change = wide[:, 5:].mean(axis=1) - wide[:, :5].mean(axis=1)
    expected = change[1::2].mean() - change[::2].mean()
    found = answer("impact", panel("dated.csv", period=period, treated=period), "--mechanism", "lottery")
    assert found["run"]["input"]["period"]["step"] == step
    assert found["run"]["input"]["period"]["count"] == 10
    assert [row["relative_period"] for row in found["event_study"]] == list(range(-5, 5))
    assert found["estimators"]["twfe"]["estimate"] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("never", ["NA", "NaN", "inf", "never", "0", "2050"])
def test_never_treated_may_be_written_in_any_usual_way(answer: Answer, panel: Panel, never: str) -> None:
    found = answer("impact", panel("other.csv", never=never), "--mechanism", "lottery")
    assert found["run"]["input"]["rows"] == 400
    assert found["diagnostics"]["treated"] == 20
    assert found["diagnostics"]["controls"] == 20


def test_a_first_treatment_inside_a_period_counts_for_the_whole_of_it(answer: Answer, panel: Panel) -> None:
    plain = answer("impact", panel("plain.csv"), "--mechanism", "lottery")
    years = panel("years.csv", treated=lambda t: date(2001 + t, 9, 17))
    found = answer("impact", years, "--mechanism", "lottery")
    assert numbers(found) == numbers(plain)
    assert any("reduced to its year" in note for note in found["run"]["notes"])
    quarters = panel(
        "quarters.csv", period=lambda t: f"{2020 + t // 4}Q{t % 4 + 1}", treated=lambda t: date(2021, 6, 30)
    )
    assert numbers(answer("impact", quarters, "--mechanism", "lottery")) == numbers(plain)


def test_the_form_of_the_file_does_not_matter(answer: Answer, panel: Panel, tmp_path: Path) -> None:
    plain = panel("plain.csv")
    expected = numbers(answer("impact", plain, "--mechanism", "lottery"))
    table = csv.read_csv(plain)
    shuffled = table.take(pa.array([(i * 7) % table.num_rows for i in range(table.num_rows)]))
    pq.write_table(shuffled, tmp_path / "any.csv")
    (tmp_path / "packed.data").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "packed.parquet").write_bytes(gzip.compress((tmp_path / "any.csv").read_bytes()))
    (tmp_path / "marked.csv").write_bytes(b"\xef\xbb\xbf" + plain.read_bytes().replace(b"\n", b"\r\n"))
    european = panel("european.csv", mark=";", decimal=",")
    tabbed = panel("tabbed.tsv", mark="\t")
    capital = panel("capital.csv", header="Unit,PERIOD,Outcome,First_Treated")
    for path in (
        tmp_path / "any.csv",
        tmp_path / "packed.data",
        tmp_path / "packed.parquet",
        european,
        tabbed,
        capital,
    ):
        assert numbers(answer("impact", path, "--mechanism", "lottery")) == expected, path.name
    assert numbers(answer("impact", tmp_path / "marked.csv", "--mechanism", "lottery")) == expected


def test_other_names_and_a_flag_in_place_of_a_date(answer: Answer, panel: Panel, tmp_path: Path) -> None:
    expected = numbers(answer("impact", panel("plain.csv"), "--mechanism", "lottery"))
    rows = ["state,year,rate,post"]
    for line in panel("again.csv").read_text().splitlines()[1:]:
        unit, period, outcome, first = line.split(",")
        rows.append(f"{unit},{period},{outcome},{int(bool(first) and int(period) >= int(first))}")
    path = tmp_path / "flags.csv"
    path.write_text("\n".join(rows))
    words = ("--mechanism", "lottery", "--columns", "unit=state,period=year", "--columns", "outcome=rate")
    assert numbers(answer("impact", path, *words, "--treated", "post")) == expected


def test_rows_without_a_result_are_left_out_where_that_is_asked_for(answer: Answer, panel: Panel) -> None:
    path = panel()
    lines = path.read_text().splitlines()
    lines[3] = lines[3].replace(lines[3].split(",")[2], "NA", 1)
    path.write_text("\n".join(lines))
    found = answer("impact", path, "--mechanism", "lottery", "--drop-missing")
    assert found["run"]["input"]["rows"] == 399
    assert "1 rows without a result" in found["run"]["notes"][0]


def test_tables_summary_and_chart_are_left_behind(panel: Panel, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["impact", str(panel()), "--mechanism", "lottery", "--out", str(out)]) == 0
    assert pq.read_table(out / "estimates.parquet").num_rows >= len(NAMES)
    assert (out / "plot.svg").read_text().startswith("<?xml")
    assert "<style>" in (out / "plot.svg").read_text()
    assert '"verdict"' in (out / "summary.json").read_text()
    assert main(["impact", str(panel()), "--mechanism", "lottery", "--out", str(tmp_path / "e.csv")]) == 0
    assert csv.read_csv(tmp_path / "e.csv").num_rows >= len(NAMES)
    assert csv.read_csv(tmp_path / "e.event_study.csv").num_rows == 10


def test_png_is_drawn(panel: Panel, tmp_path: Path) -> None:
    plot = tmp_path / "effect.png"
    assert main(["impact", str(panel()), "--mechanism", "lottery", "--plot", str(plot)]) == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_people_read_the_verdict_first(panel: Panel, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["impact", str(panel()), "--mechanism", "lottery"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Verdict 2: Raised the outcome")
    assert "(year: 2001 to 2010)" in lines[1]


def test_weights_add_the_weighted_regression_alone(answer: Answer, panel: Panel, tmp_path: Path) -> None:
    plain = answer("impact", panel("plain.csv"), "--mechanism", "lottery")
    lines = panel("again.csv").read_text().splitlines()
    path = tmp_path / "weighted.csv"
    path.write_text("\n".join([lines[0] + ",weight", *(f"{line},{1 + i % 3}" for i, line in enumerate(lines[1:]))]))
    found = answer("impact", path, "--mechanism", "lottery")
    weighted = found["estimators"].pop("twfe_weighted")
    assert numbers(found) == numbers(plain)
    assert weighted["estimate"] != pytest.approx(plain["estimators"]["twfe"]["estimate"], abs=1e-6)
    level = tmp_path / "level.csv"
    level.write_text("\n".join([lines[0] + ",weight", *(f"{line},2" for line in lines[1:])]))
    same = answer("impact", level, "--mechanism", "lottery")["estimators"]["twfe_weighted"]
    assert same["estimate"] == pytest.approx(plain["estimators"]["twfe"]["estimate"], abs=1e-9)


def test_a_single_treated_region_is_judged_by_its_synthetic_self(answer: Answer, tmp_path: Path) -> None:
    rows = ["unit,period,outcome,first_treated"]
    for u in range(12):
        for t in range(12):
            value = u / 3 + (u % 3) * t / 4 + ((u * 5 + t * 7) % 11) / 20 + (2.0 if u == 0 and t >= 9 else 0.0)
            rows.append(f"r{u},{t + 1},{value},{10 if u == 0 else ''}")
    path = tmp_path / "regions.csv"
    path.write_text("\n".join(rows))
    found = answer("impact", path, "--mechanism", "judgement", "--synthetic")
    assert found["verdict"]["code"] == 1
    assert found["synthetic_did"]["estimate"] == pytest.approx(2.0, abs=0.3)
    assert {"se", "lo95", "hi95", "placebo_p", "units", "course", "words"} <= set(found["synthetic_did"])


def test_published_castle_numbers_through_the_command(answer: Answer, tmp_path: Path) -> None:
    given = os.environ.get("UPWELL_DATA")
    root = Path(__file__).resolve().parents[3]
    source = (Path(given) if given else root.parent / "shared" / "data") / "impact" / "castle_doctrine.csv.gz"
    if not source.exists():
        pytest.skip("published panels not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    names = "unit=sid,period=year,outcome=l_homicide,weight=popwt"
    found = answer("impact", source, "--mechanism", "staggered", "--columns", names, "--treated", "post")
    both = ("estimate", "se")
    assert [found["estimators"]["twfe"][k] for k in both] == pytest.approx([0.069398, 0.05586], abs=1e-5)
    assert [found["estimators"]["twfe_weighted"][k] for k in both] == pytest.approx([0.075533, 0.033194], abs=1e-5)
    assert [found["estimators"]["bjs"][k] for k in both] == pytest.approx([0.0669, 0.056694], abs=1e-4)
    weights = {part["label"]: part["weight"] for part in found["parts"]["bacon"]}
    assert weights["treated_vs_never"] == pytest.approx(0.8988088, abs=1e-5)
    assert found["run"]["input"]["period"] == {"step": "year", "first": "2000", "last": "2010", "count": 11}
