"""Ratings files at their edges: repeats, missing days, binary scales, absurd numbers."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from upwell.__main__ import main

Answer = Callable[..., dict[str, Any]]


def test_rows_that_repeat_are_told_by_the_classical_model(answer: Answer, ratings: Path) -> None:
    plain = answer("levels", ratings, "--model", "mfrm")
    assert plain["diagnostics"]["exact_repeats"] == 0
    ratings.write_text(ratings.read_text() + "\n" + "\n".join(ratings.read_text().splitlines()[1:4]))
    found = answer("levels", ratings, "--model", "mfrm")
    assert found["diagnostics"]["exact_repeats"] == 3
    assert any(note.startswith("3 rows repeat another row") for note in found["run"]["notes"])
    assert found["diagnostics"]["ratings"] == plain["diagnostics"]["ratings"] + 3


def test_ratings_of_different_days_are_no_repeats(answer: Answer, ratings: Path) -> None:
    header, *rows = ratings.read_text().splitlines()
    dated = [f"{header},rated_on", *(f"{row},2024-01-05" for row in rows), f"{rows[0]},2024-03-05"]
    ratings.write_text("\n".join(dated))
    assert answer("levels", ratings, "--model", "mfrm")["diagnostics"]["exact_repeats"] == 0


@pytest.mark.parametrize("typed", [(), ("--as-of", "2024-05-01")])
def test_without_days_nothing_is_said_of_age(answer: Answer, ratings: Path, typed: tuple[str, ...]) -> None:
    found = answer("levels", ratings, *typed)
    assert not [line for line in found["diagnostics"]["words"] if "half of its information" in line or "Age" in line]
    assert found["fit"]["half_life"] is None
    assert found["fit"]["variances"]["drift_per_month"] is None
    assert found["run"]["as_of"] is None
    assert {row["last_rated_on"] for row in found["levels"]} == {None}


def test_with_days_the_half_life_is_told(answer: Answer, ratings: Path) -> None:
    header, *rows = ratings.read_text().splitlines()
    dated = [f"{header},rated_on", *(f"{row},2024-0{1 + i % 9}-05" for i, row in enumerate(rows))]
    ratings.write_text("\n".join(dated))
    found = answer("levels", ratings)
    assert any("half of its information" in line for line in found["fit"]["words"])
    assert found["fit"]["half_life"]["assessor"] > 0
    assert found["run"]["as_of"] == "2024-09-05"


@pytest.mark.parametrize("model", ["ep", "mfrm"])
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1e30", "1e+30"),
        ("-1e300", "-1e+300"),
        ("9223372036854775808", "9.22337e+18"),
        ("1000000000000000000", "1e+18"),
        ("99999999999", "1e+11"),
        ("inf", "inf"),
    ],
)
def test_an_absurd_category_is_named_with_its_column_and_row(
    refusal: Callable[..., str], ratings: Path, model: str, typed: str, told: str
) -> None:
    lines = ratings.read_text().splitlines()
    lines[3] = f"p0,r2,{typed}"
    ratings.write_text("\n".join(lines))
    assert f"The column 'category' is {told} in row 3; categories lie between" in refusal(
        "levels", ratings, "--model", model
    )


def test_an_absurd_category_of_a_table_is_named_as_well(refusal: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "ratings.parquet"
    for odd in ([2, 3, 1e30, 4], [2, 3, 2**62, -(2**62)]):
        pq.write_table(pa.table({"person": [1, 1, 2, 2], "rater": [1, 2, 1, 2], "category": odd}), path)
        assert "in row 3; categories lie between" in refusal("levels", path)


def test_groups_that_share_no_rater_are_told(
    answer: Answer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "ratings.csv"
    rows = [f"p{i},{'ab'[i % 2]}{j},{1 + (i + j) % 5}" for i in range(20) for j in range(3)]
    path.write_text("\n".join(["person,rater,category", *rows]))
    assert any("share" in note and "not comparable" in note for note in answer("levels", path)["run"]["notes"])
    assert main(["levels", str(path)]) == 0
    assert "not comparable" in capsys.readouterr().out


def test_one_group_is_not_called_unconnected(answer: Answer, ratings: Path) -> None:
    assert not any("comparable" in note for note in answer("levels", ratings)["run"]["notes"])


@pytest.mark.parametrize("model", ["ep", "mfrm"])
def test_rows_that_repeat_are_called_one_rating_only_if_they_are(answer: Answer, ratings: Path, model: str) -> None:
    ratings.write_text(ratings.read_text() + "\n" + ratings.read_text().splitlines()[1])
    note = next(note for note in answer("levels", ratings, "--model", model)["run"]["notes"] if "repeat" in note)
    assert "the same rating entered twice" in note


def test_raters_who_drop_out_one_after_another_are_the_reason_told(refusal: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(["person,rater,category", *(f"p{i // 2},r{i},{1 + i % 5}" for i in range(20))]))
    assert "Without the 16 levels of facets" in refusal("levels", path, "--model", "mfrm")
    path.write_text("person,rater,category\np1,r1,3\np2,r1,3\np1,r2,3\n")
    assert "Every rating is in the same category" in refusal("levels", path, "--model", "mfrm")


def test_a_column_that_has_its_place_is_not_proposed_for_another(refusal: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("person,rater\np1,r1\n")
    assert "nearest" not in refusal("levels", path)
    path.write_text("person,rater,categry\np1,r1,2\n")
    assert "--columns category=categry" in refusal("levels", path)


def loop(folder: Path, out: Path) -> pa.Table:
    assert main(["loop", str(folder), "--out", str(out), "--quiet"]) == 0
    return pq.read_table(out / "levels.parquet")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company") / "in"
    assert main(["simulate", "--out", str(folder), "--people", "60", "--seed", "3"]) == 0
    for name in ("items", "programmes", "members", "kpis", "learning"):
        (folder / f"{name}.csv").unlink()
    return folder


def test_the_loop_gives_the_levels_of_the_command(answer: Answer, company: Path, tmp_path: Path) -> None:
    day = "2030-01-01"
    folder = tmp_path / "in"
    shutil.copytree(company, folder)
    rated = csv.read_csv(folder / "ratings.csv")
    raters = [None if i % 5 == 0 else name for i, name in enumerate(rated["rater"].to_pylist())]
    csv.write_csv(rated.set_column(2, "rater", pa.array(raters)), folder / "ratings.csv")
    assert main(["loop", str(folder), "--out", str(tmp_path / "out"), "--as-of", day, "--quiet"]) == 0
    found = pq.read_table(tmp_path / "out" / "levels.parquet")
    alone = answer("levels", folder / "ratings.csv", "--as-of", day)["levels"]
    assert found["level"].to_pylist() == pytest.approx([row["level"] for row in alone], abs=1e-9)
    assert found["n_raters"].to_pylist() == [row["n_raters"] for row in alone]


def test_the_loop_reads_the_published_cuts(company: Path, tmp_path: Path) -> None:
    with_cuts = loop(company, tmp_path / "with")
    bare = tmp_path / "in"
    shutil.copytree(company, bare)
    (bare / "cuts.csv").unlink()
    assert np.abs(loop(bare, tmp_path / "without")["level"].to_numpy() - with_cuts["level"].to_numpy()).max() > 0.05
    (bare / "cuts.csv").write_text("category,cut\n1,1.5\n3,2.5\n")
    assert main(["loop", str(bare), "--out", str(tmp_path / "wrong"), "--quiet"]) == 2


def test_other_cuts_run_the_levels_again(company: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(company, folder)
    first = loop(folder, tmp_path / "out")
    (folder / "cuts.csv").write_text("category,cut\n1,1.6\n2,2.6\n3,3.6\n4,4.6\n")
    assert loop(folder, tmp_path / "out")["level"].to_pylist() != first["level"].to_pylist()
