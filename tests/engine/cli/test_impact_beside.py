"""Offers, missing results and other programmes through the command."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

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


@pytest.fixture
def shared() -> Path:
    given = os.environ.get("UPWELL_DATA")
    source = (Path(given) if given else Path(__file__).resolve().parents[4] / "shared" / "data") / "impact"
    if not (source / "targets.json").exists():
        pytest.skip("published panels not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    return source


def job_corps(shared: Path, path: Path, column: str) -> Path:
    """Earnings before the offer as period 0 and a result after it as period 4; taking part as false and true."""
    people = csv.read_csv(shared / "job_corps.csv.gz")
    count = people.num_rows
    offered = pa.array(np.full(count, 4), mask=people["assignment"].to_numpy() == 0)
    trained = pa.array((people["trainy1"].to_numpy() + people["trainy2"].to_numpy()) > 0)
    waves = [
        pa.table(
            {
                "unit": np.arange(count),
                "period": np.full(count, period),
                "outcome": people[name].cast(pa.float64()),
                "first_treated": offered,
                "trained": trained,
            }
        )
        for period, name in ((0, "mwearn"), (4, column))
    ]
    pq.write_table(pa.concat_tables(waves), path)
    return path


def test_the_job_corps_through_the_command(answer: Answer, shared: Path, tmp_path: Path) -> None:
    targets = json.loads((shared / "targets.json").read_text())["job_corps"]
    for column, (estimate, classical) in targets["itt"].items():
        path = job_corps(shared, tmp_path / f"{column}.parquet", column)
        found = answer("impact", path, "--mechanism", "lottery", "--took", "trained")
        assert found["itt_unadjusted"]["effect"]["estimate"] == pytest.approx(estimate, abs=0.001)
        assert found["parts"]["difference_in_means"][0]["se"] == pytest.approx(classical, abs=0.001)
        assert found["verdict"]["code"] == (6 if column == "earny2" else 2)
        part = found["tot_unadjusted"]
        assert part["first_stage"]["estimate"] == pytest.approx(targets["first_stage_any_training"], abs=1e-6)
        if column == "earny4":
            assert found["itt_unadjusted"]["other_mean"] == pytest.approx(targets["control_mean_earny4"], abs=0.001)
            assert part["effect"]["estimate"] == pytest.approx(targets["tot_2sls_earny4"][0], abs=0.001)
            assert part["effect"]["se"] == pytest.approx(targets["tot_2sls_earny4"][1], abs=0.01)
            naive = targets["naive_trained_minus_untrained_earny4"][0]
            assert part["naive"]["estimate"] == pytest.approx(naive, abs=0.001)
            assert found["tot"]["effect"]["se"] < part["effect"]["se"]


def plain_lottery(path: Path, effect: float, error: float) -> Path:
    """400 people, half drawn, nothing before the draw; the difference of means is ``effect`` with this Neyman error."""
    apart = error * np.sqrt(199 / 2)
    after = np.where(np.arange(400) % 4 < 2, apart, -apart) + np.where(np.arange(400) % 2 == 0, effect, 0.0)
    rows = [f"{u},{t},{value},{1 if u % 2 == 0 else ''}" for u in range(400) for t, value in ((0, 0.0), (1, after[u]))]
    path.write_text("\n".join(["unit,period,outcome,first_treated", *rows]))
    return path


def test_the_reference_return_through_the_command(answer: Answer, shared: Path, tmp_path: Path) -> None:
    goal = json.loads((shared / "targets.json").read_text())["roi_fixture"]
    path = plain_lottery(tmp_path / "lottery.csv", *goal["att_per_person_month"])
    found = answer(
        *("impact", path, "--mechanism", "lottery", "--value", "1", "--cost", goal["cost"]),
        *("--lasts", goal["months"], "--people", goal["people"]),
    )
    assert [found["headline"][k] for k in ("estimate", "se")] == pytest.approx(goal["att_per_person_month"])
    money = found["return"]
    assert money["benefit"] == pytest.approx(goal["benefit"], rel=1e-3)
    assert money["roi_pct"] == pytest.approx(goal["roi_pct"], abs=0.1)
    assert [money["roi_lo95_pct"], money["roi_hi95_pct"]] == pytest.approx(goal["roi_ci95_pct"], abs=0.3)
    assert money["benefit_cost_ratio"] == pytest.approx(goal["bcr"], abs=0.001)
    assert money["probability_positive"] == pytest.approx(goal["prob_roi_positive"], abs=0.001)


def test_a_return_needs_an_effect_and_all_of_its_parts(answer: Answer, refusal: Refusal, tmp_path: Path) -> None:
    path = plain_lottery(tmp_path / "nothing.csv", 10.0, 40.0)
    words = ("impact", path, "--mechanism", "lottery")
    none = answer(*words, "--value", "1,2,3", "--cost", "9", "--lasts", "12")["return"]
    assert none["reason"].startswith("No return is calculated, because no effect is established.")
    assert "return" not in answer(*words)
    assert "missing: --cost and --lasts." in refusal(*words, "--value", "1")
    assert "missing: --value" in refusal(*words, "--people", "3", "--cost", "1", "--lasts", "1")
    assert "lowest,likely,highest" in refusal(*words, "--value", "3,2,1", "--cost", "1", "--lasts", "1")


def test_the_treated_of_the_file_are_those_the_return_counts(answer: Answer, tmp_path: Path) -> None:
    words = ("impact", plain_lottery(tmp_path / "raised.csv", 120.0, 4.0), "--mechanism", "lottery")
    money = ("--value", "1,2,3", "--cost", "20000,30000,40000", "--lasts", "2")
    found = answer(*words, *money)["return"]
    assert found == answer(*words, *money, "--people", "200")["return"]
    assert found["benefit"] == pytest.approx(120 * 2 * 2 * 200, rel=0.01)
    assert found["cost"] == pytest.approx(30_000)
