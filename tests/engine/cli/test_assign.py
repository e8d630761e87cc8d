"""`upwell assign` with every limit as a file: kept, explained, and refused in one sentence where it cannot be kept."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv as csv
import pytest

from upwell.__main__ import main

Answer = Callable[..., dict[str, Any]]
Refusal = Callable[..., str]
Write = Callable[[str, str], Path]
HEAD = "person,intervention,value,cost,hours,unit,session,overlap,period\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def one(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return one


@pytest.fixture
def candidates(write: Write) -> Path:
    """12 people in two units, three items each in the periods 2 and 10; two of the items overlap."""
    rows = [
        f"p{p},course{i},{(p * (i + 1) + t) % 7 / 2 + 1},{90 + 20 * i},{3 + i},{'north' if p < 6 else 'south'},"
        f"{'room' if i == 0 else ''},{'same' if i < 2 else ''},{t}"
        for p in range(12)
        for i in range(3)
        for t in (2, 10)
    ]
    return write("candidates.csv", HEAD + "\n".join(rows) + "\n")


def test_every_limit_that_a_file_holds_is_kept(answer: Answer, write: Write, candidates: Path) -> None:
    found = answer(
        "assign", candidates,
        "--budgets", write("units.csv", "unit,budget\nnorth,700\nsouth,400\n"),
        "--budgets", write("periods.csv", "period,budget\n2,450\n"),
        "--seats", write("seats.csv", "session,seats\nroom,5\n"),
        "--prerequisites", write("needs.csv", "item,requires\ncourse2,course1\n"),
        "--held", write("held.csv", "person,item\np3,course1\n"),
        "--duties", write("duties.csv", "person,item\np0,course2\np7,course0\n"),
        "--person-hours", write("hours.csv", "person,hours\n" + "".join(f"p{p},{6 if p else 9}\n" for p in range(14))),
        "--fairness-floor", "0.5",
    )  # fmt: skip
    plan = found["plan"]
    taken = {(r["person"], r["intervention"]): r["period"] for r in plan}
    assert len(taken) == len(plan)
    spent, hours = Counter[object](), defaultdict[object, float](float)
    for r in plan:
        north = int(r["person"][1:]) < 6
        spent["north" if north else "south"] += r["cost"]
        spent[r["period"]] += r["cost"]
        hours[r["person"], r["period"]] += r["hours"]
    assert spent["north"] <= 700
    assert spent["south"] <= 400
    assert spent[2] <= 450
    assert sum(item == "course0" for _, item in taken) <= 5
    assert all(most <= (6 if person != "p0" else 9) for (person, _), most in hours.items())
    assert {("p0", "course2"), ("p0", "course1"), ("p7", "course0")} <= set(taken)
    for (person, item), period in taken.items():
        if item == "course2" and person != "p3":
            assert taken[person, "course1"] <= period, "2 comes before 10"
    for unit in (range(6), range(6, 12)):
        assert len({person for person, _ in taken} & {f"p{p}" for p in unit}) >= 3
    limits = {(r["kind"], r["name"]): r for r in found["limits"]}
    assert limits["unit", "north"]["used"] == spent["north"]
    assert limits["period", "2"]["amount"] == 450
    assert found["run"]["budgets"] == ["units.csv", "periods.csv"]
    assert found["run"]["seats"] == "seats.csv"


def test_amounts_per_unit_and_period_and_one_for_all_are_kept_together(
    answer: Answer, write: Write, candidates: Path
) -> None:
    cells = write("cells.csv", "unit,period,budget\nnorth,2,200\nsouth,2,0\nsouth,10,350\n")
    found = answer("assign", candidates, "--budget", 800, "--budgets", cells)
    use = {r["name"]: r["used"] for r in found["limits"]}
    assert use["all"] == found["spent"] <= 800
    assert use["north, 2"] <= 200
    assert use["south, 2"] == 0
    assert use["south, 10"] <= 350
    assert [row["budget"] for row in found["frontier"]] == [800 * row["share"] for row in found["frontier"]]


def test_the_frontier_is_drawn_with_its_bound_and_what_the_next_money_buys(
    answer: Answer, candidates: Path, tmp_path: Path
) -> None:
    found = answer("assign", candidates, "--budget", 1000, "--plot", tmp_path / "f.svg", "--plot", tmp_path / "f.png")
    assert {"share", "budget", "value", "bound"} == set(found["frontier"][0])
    assert found["shadow_price"]["all"] > 0
    drawn = (tmp_path / "f.svg").read_text()
    assert 'class="curve"' in drawn
    assert 'class="guide" fill="none"' in drawn, "the bound"
    assert drawn.count('class="axis"') == 2, "the ground, and the price as a line through the point"
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_holds_every_table(candidates: Path, tmp_path: Path) -> None:
    folder = tmp_path / "answer"
    assert main(["assign", str(candidates), "--budget", "900", "--out", str(folder), "--format", "csv"]) == 0
    assert {"plan.csv", "frontier.csv", "dropped.csv", "limits.csv"} <= {path.name for path in folder.iterdir()}
    assert csv.read_csv(folder / "limits.csv").column_names == ["kind", "name", "amount", "used", "price"]
    assert json.loads((folder / "summary.json").read_text())["run"]["budget"] == 900


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--seats", "session,seats\nhall,3\n", "name what is not among the candidates: session 'hall'."),
        ("--seats", "session,seats\nroom,-1\n", "'seats' of the seats frame is -1 in row 1, below 0"),
        ("--seats", "session,seats\nroom,2.5\n", "The column 'seats' of 'limits.csv' must hold whole numbers."),
        ("--seats", "session,seats\nroom,many\n", "'seats' holds 'many' in row 1, which is no number"),
        ("--seats", "session,places\nroom,1\n", "has no column 'seats'; it has session, places"),
        ("--seats", "session,seats\nroom,1\nroom,2\n", "2 rows for session room; only one is allowed"),
        ("--seats", "session,seats\n", "The file 'limits.csv' has no rows"),
        ("--seats", "", "is empty"),
        ("--prerequisites", "item,requires\ncourse1,corse2\n", "intervention 'corse2'"),
        ("--prerequisites", "item,needs\ncourse1,course2\n", "has no column 'requires'; it has item, needs"),
        ("--prerequisites", "item,requires\ncourse1,\n", "'requires' of the prerequisites frame is empty in row 1"),
        ("--duties", "person,item\np0,course9\n", "The duty 'course9' of 'p0' is not among the candidates."),
        ("--duties", "person,item\nnobody,course1\n", "The duty 'course1' of 'nobody' is not among the candidates."),
        ("--person-hours", "person,hours\np0,4\n", "The person 'p1' has candidates but no hours, and so have 10 more."),
        ("--person-hours", "person,hours\np0,-4\n", "'hours' of the hours frame is -4.0 in row 1, below 0"),
        ("--budgets", "unit,budget\nnorth,1\nwest,2\n", "unit 'west'."),
        ("--budgets", "unit,budget\nnorth,-1\n", "'budget' of the unit budgets frame is -1.0 in row 1, below 0"),
        ("--budgets", "unit,budget\nnorth,1\nnorth,2\n", "2 rows for unit north; only one is allowed"),
        ("--budgets", "team,budget\nnorth,1\n", "neither a column 'unit' nor 'period'; one amount for all is --budget"),
        ("--budgets", "period,budget\n3,1\n", "period '3'."),
        ("--budgets", "period,budget\nlater,1\n", "period 'later'."),
        ("--budgets", "unit,period,budget\nnorth,3,1\n", "period '3'."),
    ],
)
def test_a_bad_file_of_limits_gets_one_sentence(
    refusal: Refusal, write: Write, candidates: Path, option: str, text: str, words: str
) -> None:
    assert words in refusal("assign", candidates, "--budget", "900", option, write("limits.csv", text))


def test_money_must_be_limited_in_one_way(refusal: Refusal, write: Write, candidates: Path) -> None:
    units = write("units.csv", "unit,budget\nnorth,5\n")
    periods = write("periods.csv", "period,budget\n2,5\n")
    cells = write("cells.csv", "unit,period,budget\nnorth,2,5\n")
    assert "--budget MONEY, or --budgets FILE" in refusal("assign", candidates)
    assert "The unit 'south' has candidates but no budget." in refusal("assign", candidates, "--budgets", units)
    assert "The period '10' has candidates but no budget" in refusal("assign", candidates, "--budgets", periods)
    assert "The unit 'north' in period '10' has candidates but" in refusal("assign", candidates, "--budgets", cells)
    twice = write("again.csv", "unit,budget\nsouth,5\n")
    assert "'again.csv' is the second with unit budgets; join the two." in refusal(
        "assign", candidates, "--budgets", units, "--budgets", twice
    )
    assert "at most two kinds" in refusal("assign", candidates, "--budget", 9, "--budgets", units, "--budgets", periods)
    assert "--hours and --person-hours both" in refusal(
        "assign", candidates, "--budget", 9, "--hours", 3, "--person-hours", units
    )


def test_a_limit_on_a_column_that_is_absent_names_the_column(refusal: Refusal, write: Write) -> None:
    plain = write("plain.csv", "person,intervention,value,cost,hours\na,b,1,2,3\n")
    seats, units = write("seats.csv", "session,seats\nroom,1\n"), write("units.csv", "unit,budget\nnorth,1\n")
    periods = write("periods.csv", "period,budget\n1,1\n")
    assert "The seats of sessions need the column 'session'" in refusal(
        "assign", plain, "--budget", 1, "--seats", seats
    )
    assert "A budget per unit needs the column 'unit'" in refusal("assign", plain, "--budgets", units)
    assert "A budget per period needs the column 'period'" in refusal("assign", plain, "--budgets", periods)


def test_a_result_never_takes_the_place_of_a_file_of_limits(refusal: Refusal, write: Write, candidates: Path) -> None:
    units = write("units.csv", "unit,budget\nnorth,500\nsouth,500\n")
    assert "is a file that is read" in refusal("assign", candidates, "--budgets", units, "--out", units)
    assert units.read_text().startswith("unit,budget")


def test_items_may_be_called_interventions_in_the_files_of_limits(
    answer: Answer, write: Write, candidates: Path
) -> None:
    found = answer(
        "assign", candidates, "--budget", 300, "--duties", write("duties.csv", "person,intervention\np5,course2\n")
    )
    assert ("p5", "course2") in {(r["person"], r["intervention"]) for r in found["plan"]}


def test_a_floor_may_count_need_and_names_the_unit_that_cannot_be_served(
    answer: Answer, refusal: Refusal, candidates: Path
) -> None:
    found = answer("assign", candidates, "--budget", 900, "--fairness-floor", "0.3", "--fairness-of", "need")
    floors = [r for r in found["limits"] if r["kind"] == "floor"]
    assert [r["name"] for r in floors] == ["north", "south"]
    assert all(r["used"] >= r["amount"] > 0 for r in floors)
    assert found["run"]["fairness_of"] == "need"
    words = refusal("assign", candidates, "--budget", 100, "--fairness-floor", "0.9", "--fairness-of", "need")
    assert "The fairness floor cannot be met: it asks for a value of" in words
    assert "in unit 'north'" in words
    assert "it takes people or need" in refusal("assign", candidates, "--budget", 1, "--fairness-of", "money")
