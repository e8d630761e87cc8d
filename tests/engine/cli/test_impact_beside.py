"""Offers, missing results and other programmes through the command."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from upwell.engine import impact

Answer = Callable[..., dict[str, Any]]
Refusal = Callable[..., str]


def lottery(tmp_path: Path, *, gone: int = 0, dates: tuple[str, ...] = ("2024-07",)) -> Path:
    """120 people, 50 offered from July; 70 % of them take it, which adds 2; the first ``gone`` offered then vanish."""
    rng = np.random.default_rng(5)
    rows = ["unit,period,outcome,first_treated,joined"]
    for u in range(120):
        offered = u < 50
        joined = int(offered and rng.random() < 0.7)
        level = rng.normal()
        for month in range(1, 11):
            after = month >= 7
            value = f"{level + 0.3 * rng.normal() + 2.0 * joined * after:.4f}"
            start = dates[u % len(dates)] if offered else ""
            rows.append(f"u{u},2024-{month:02d},{'' if after and u < gone else value},{start},{joined}")
    path = tmp_path / f"lottery{gone}{len(dates)}.csv"
    path.write_text("\n".join(rows))
    return path


def test_taking_part_is_told_from_being_offered(answer: Answer, tmp_path: Path) -> None:
    path = lottery(tmp_path)
    found = answer("impact", path, "--mechanism", "lottery", "--took", "joined")
    offer, part = found["itt"]["effect"], found["tot"]["effect"]
    share = found["tot"]["first_stage"]["estimate"]
    assert part["estimate"] == pytest.approx(offer["estimate"] / share, rel=1e-6)
    assert part["lo95"] < 2.0 < part["hi95"]
    assert offer["estimate"] == pytest.approx(2.0 * share, abs=0.3)
    assert "attrition" not in found
    plain = answer("impact", path, "--mechanism", "lottery")
    assert plain["estimators"] == found["estimators"]
    assert "itt" not in plain


def test_people_who_vanish_after_the_draw_are_counted_by_arm(answer: Answer, tmp_path: Path) -> None:
    found = answer("impact", lottery(tmp_path, gone=15), "--mechanism", "lottery", "--drop-missing")["attrition"]
    assert found["missing_assigned"] == pytest.approx(15 / 50)
    assert found["missing_others"] == 0.0
    assert not found["is_even"]
    assert found["lo"] < found["complete"]["estimate"] < found["hi"]


def test_taking_part_needs_a_lottery_with_one_date(refusal: Refusal, tmp_path: Path) -> None:
    words = refusal("impact", lottery(tmp_path), "--mechanism", "rule", "--took", "joined")
    assert "--took compares those offered with the others, which needs --mechanism lottery." in words
    two = lottery(tmp_path, dates=("2024-06", "2024-07"))
    assert "one date of the offer" in refusal("impact", two, "--mechanism", "lottery", "--took", "joined")
    assert "no column 'nobody'" in refusal("impact", lottery(tmp_path), "--mechanism", "lottery", "--took", "nobody")


def others(tmp_path: Path, started: str, name: str = "others.csv") -> Path:
    rows = ["unit,programme,started", *(f"u{u},coaching,{started}" for u in range(30)), f"u90,coaching,{started}"]
    path = tmp_path / name
    path.write_text("\n".join(rows))
    return path


def test_another_programme_at_the_same_time_is_named(answer: Answer, tmp_path: Path) -> None:
    found = answer("impact", lottery(tmp_path), "--mechanism", "rule", "--others", others(tmp_path, "2024-06-17"))
    assert found["concurrent"]["uneven"] == ["coaching"]
    assert "60% of the treated" in found["concurrent"]["words"]
    early = answer("impact", lottery(tmp_path), "--mechanism", "rule", "--others", others(tmp_path, "2024-02"))
    assert early["concurrent"]["uneven"] == []


def test_starts_count_in_the_panels_own_step_whatever_holds_the_units(answer: Answer, tmp_path: Path) -> None:
    units = np.repeat(np.arange(40), 8)
    quarters = [f"{2020 + t // 4}Q{t % 4 + 1}" for t in range(8)] * 40
    first = pa.array(["2021Q2" if u < 15 else None for u in units])
    table = pa.table({"unit": units, "period": quarters, "outcome": np.random.default_rng(1).normal(size=320)})
    pq.write_table(table.append_column("first_treated", first), tmp_path / "panel.parquet")
    csv.write_csv(
        pa.table({"unit": np.arange(12), "programme": ["mentor"] * 12, "started": ["2020Q4"] * 12}),
        tmp_path / "others.csv",
    )
    words = ("--mechanism", "rule", "--others", tmp_path / "others.csv")
    assert answer("impact", tmp_path / "panel.parquet", *words)["concurrent"]["uneven"] == ["mentor"]


def test_a_bad_file_of_other_programmes_gets_one_sentence(refusal: Refusal, tmp_path: Path) -> None:
    panel = lottery(tmp_path)
    for started, words in (("soon", "holds 'soon'"), ("7", "different forms"), ("", "empty")):
        given = others(tmp_path, started, "bad.csv")
        assert words in refusal("impact", panel, "--mechanism", "rule", "--others", given)


def test_the_job_corps_through_the_command(answer: Answer, tmp_path: Path) -> None:
    given = os.environ.get("UPWELL_DATA")
    root = Path(__file__).resolve().parents[3]
    source = (Path(given) if given else root.parent / "shared" / "data") / "impact" / "job_corps.csv.gz"
    if not source.exists():
        pytest.skip("published panels not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    people = csv.read_csv(source)
    count = people.num_rows
    lines = {"unit": np.arange(count), "period": np.full(count, 4), "outcome": people["earny4"]}
    last = pa.table({**lines, "first_treated": pa.array(np.full(count, 4), mask=people["assignment"].to_numpy() == 0)})
    last = last.append_column("trained", pa.array((people["trainy1"].to_numpy() + people["trainy2"].to_numpy()) > 0))
    # The year before the draw carries nothing here, so that the offer alone speaks.
    before = last.set_column(1, "period", pa.array(np.full(count, 3))).set_column(
        2, "outcome", pa.array(np.zeros(count))
    )
    both = pa.concat_tables([before, last])
    both = both.set_column(4, "trained", both["trained"].cast(pa.int64()))
    pq.write_table(both, tmp_path / "corps.parquet")
    found = answer("impact", tmp_path / "corps.parquet", "--mechanism", "lottery", "--took", "trained")
    direct = impact.treatment_on_treated(
        pa.table(
            {
                "assigned": people["assignment"],
                "outcome": people["earny4"],
                "took_part": last["trained"].cast(pa.int64()),
            }
        )
    )
    assert found["itt"]["effect"]["estimate"] == pytest.approx(16.06, abs=0.01)
    assert found["tot"]["effect"]["estimate"] == pytest.approx(direct.effect.estimate, rel=1e-9)
