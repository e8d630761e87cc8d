"""`upwell levels`: the names of its JSON are a contract; both models take anybody's ratings."""

import csv
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from upwell.__main__ import main
from upwell.engine.cli import answers

Answer = Callable[..., dict[str, Any]]
LEVELS = (
    "person",
    "capability",
    "level",
    "sd",
    "lo80",
    "hi80",
    "lo95",
    "hi95",
    "n_ratings",
    "n_raters",
    "component",
    "provisional",
)
RATERS = ("rater", "severity", "se", "lo95", "hi95", "n_persons", "infit", "outfit")


@pytest.fixture(scope="module")
def published() -> tuple[Path, dict[str, Any]]:
    given = os.environ.get("UPWELL_DATA")
    root = Path(__file__).resolve().parents[3]
    folder = (Path(given) if given else root.parent / "shared" / "data") / "impact"
    if not (folder / "targets.json").exists():
        pytest.skip("published ratings not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    return folder, json.loads((folder / "targets.json").read_text())


def long(source: Path, target: Path, columns: dict[str, str], kept: str) -> Path:
    """A wide file of scores as one row per rating."""
    with gzip.open(source, "rt") as lines, target.open("w", newline="") as out:
        write = csv.writer(out)
        write.writerow(["student", kept, "judge", "score"])
        for row in csv.DictReader(lines):
            for column, judge in columns.items():
                write.writerow([row["student"], row[kept], judge, row[column]])
    return target


@pytest.mark.parametrize("model", [("ep", "--categories", "0-3"), ("mfrm",)])
def test_the_names_of_the_answer_are_a_contract(answer: Answer, ratings: Path, model: tuple[str, ...]) -> None:
    found = answer("levels", ratings, "--model", *model)
    assert {"raters", "fit", "levels", "agreement", "diagnostics", "run"} <= set(found)
    assert set(LEVELS) <= set(found["levels"][0])
    assert set(RATERS) <= set(found["raters"][0])
    assert "deviance" in found["fit"]
    assert {"alpha_ordinal", "alpha_interval", "icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k"} <= set(
        found["agreement"]
    )
    assert {"value", "lo95", "hi95", "n_units"} <= set(found["agreement"]["alpha_ordinal"])
    assert [r["severity"] for r in sorted(found["raters"], key=lambda r: str(r["rater"]))] == sorted(
        r["severity"] for r in found["raters"]
    )


def test_what_is_missing_is_assumed_aloud(answer: Answer, ratings: Path) -> None:
    notes = answer("levels", ratings, "--categories", "0-3")["run"]["notes"]
    assert any("no column 'source'" in note for note in notes)
    assert any("no column 'rated_on'" in note for note in notes)
    assert any("laid evenly" in note for note in notes)


def test_levels_too_many_to_print_go_to_the_file(
    answer: Answer, ratings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_ROWS", 10)
    found = answer("levels", ratings, "--model", "mfrm", "--out", tmp_path / "levels.csv")
    assert "levels" not in found
    assert any("--out" in note for note in found["run"]["notes"])
    assert arrow_csv.read_csv(tmp_path / "levels.csv").num_rows == 30
    assert arrow_csv.read_csv(tmp_path / "levels.raters.csv").num_rows == 5


def test_a_folder_gets_every_table_and_the_chart(ratings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["levels", str(ratings), "--model", "mfrm", "--out", str(out), "--format", "csv"]
    assert main([*words, "--plot", str(tmp_path / "severity.svg")]) == 0
    assert {path.name for path in out.iterdir()} == {
        *(f"{name}.csv" for name in ("levels", "raters", "facets", "steps", "agreement")),
        "summary.json",
        "plot.svg",
    }
    assert (tmp_path / "severity.svg").read_text() == (out / "plot.svg").read_text()


def test_published_severities_on_the_published_grid(
    answer: Answer, published: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, targets = published
    target = targets["windhua_style"]["published"]
    judges = {f"rater_{j}": f"{j:02d}" for j in range(1, 22)}
    path = long(folder / "windhua_style_ratings.csv.gz", tmp_path / "style.csv", judges, "language")
    names = ("--columns", "person=student,rater=judge,category=score")
    found = answer("levels", path, *names, "--model", "mfrm", "--facet", "language", "--grid", "21")
    severity = {r["rater"]: r["severity"] for r in found["raters"]}
    assert [severity[f"{j:02d}"] for j in range(1, 22)] == pytest.approx(target["rater"], abs=0.001)
    assert found["fit"]["steps"] == pytest.approx(target["steps"], abs=0.001)
    assert found["fit"]["facets"]["language"]["2"] == pytest.approx(target["language"], abs=0.001)
    assert [r["se"] for r in found["raters"]] == pytest.approx([target["rater_se"]] * 21, abs=0.001)
    assert found["fit"]["wle_reliability"] == pytest.approx(target["wle_reliability"], abs=0.0005)
    assert found["fit"]["variance_explained"] == pytest.approx(target["variance_explained"], abs=1e-6)


def test_published_partial_credit_model(answer: Answer, published: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, targets = published
    target = targets["windhua_writing"]["published_pc_model"]
    path = tmp_path / "writing.parquet"
    with gzip.open(folder / "windhua_writing.csv.gz", "rt") as lines:
        rows = [
            {"person": row["student"], "rater": row["rater"], "capability": name, "category": int(row[name])}
            for row in csv.DictReader(lines)
            for name in ("style", "org", "conv", "sent_form")
        ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    found = answer("levels", path, "--model", "mfrm", "--grid", "21", "--steps", "item")
    assert found["fit"]["deviance"] == pytest.approx(target["deviance"], abs=0.1)
    assert found["fit"]["variance"] == pytest.approx(target["variance"], abs=0.001)
    assert found["fit"]["mean"] == pytest.approx(target["mean"], abs=0.0001)
    assert found["fit"]["eap_reliability"] == pytest.approx(target["eap_reliability"], abs=0.0005)
    assert found["fit"]["parameters"] == target["parameters"]


def test_published_or_learned_cuts(answer: Answer, ratings: Path) -> None:
    words = ("levels", ratings, "--categories", "0-3")
    even = answer(*words)["fit"]["thresholds"]["common"]
    assert even == pytest.approx([5 / 3, 3, 13 / 3])
    given = answer(*words, "--cuts", "1,2.5,4.5")["fit"]["thresholds"]["common"]
    assert given == [1, 2.5, 4.5]
    learned = answer(*words, "--cuts", "learned")["fit"]["thresholds"]["common"]
    assert learned != pytest.approx(even, abs=1e-3)
    assert learned == sorted(learned)


def test_cuts_that_do_not_fit_are_refused(refusal: Callable[..., str], ratings: Path) -> None:
    assert "need 3 cuts, not 2" in refusal("levels", ratings, "--categories", "0-3", "--cuts", "1,2")
    assert "--cuts learned" in refusal("levels", ratings, "--cuts", "a,b")
    assert "--categories 0-3" in refusal("levels", ratings, "--categories", "many")


def test_a_plain_range_of_categories_is_found_in_the_file(answer: Answer, ratings: Path) -> None:
    found = answer("levels", ratings)
    assert found["levels"] == answer("levels", ratings, "--categories", "0-3")["levels"]
    assert any("from 0 to 3; that was taken" in note for note in found["run"]["notes"])


def wide_file(tmp_path: Path, header: str, row: Callable[[int, int], str]) -> Path:
    path = tmp_path / "any.csv"
    lines = [row(person, rater) for person in range(24) for rater in range(4) if (person + rater) % 4]
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return path


def score(person: int, rater: int, low: int, high: int) -> int:
    """A category that rises with the person and falls with the rater, from the whole range."""
    return low + int((high - low) * min(1.0, max(0.0, (person + 3 * ((person * 5 + rater) % 3) - rater) / 26)) + 0.5)


@pytest.mark.parametrize(("low", "high"), [(1, 4), (0, 3), (1, 6), (1, 7), (2, 12), (-3, 3), (0, 1), (1, 5)])
def test_a_scale_of_any_range_is_the_range_of_its_ratings(answer: Answer, tmp_path: Path, low: int, high: int) -> None:
    path = wide_file(tmp_path, "person,rater,category", lambda p, r: f"{p},{r},{score(p, r, low, high)}")
    found = answer("levels", path)
    assert found["run"]["categories"] == {"common": [low, high]}
    assert any(f"from {low} to {high}; that was taken for the whole scale" in note for note in found["run"]["notes"])
    assert len(found["fit"]["thresholds"]["common"]) == high - low
    assert all(0 < row["level"] < 6 for row in found["levels"])
    assert found["levels"] == answer("levels", path, "--categories", f"{low}-{high}")["levels"]


def test_a_range_is_typed_where_the_file_does_not_use_it_all(answer: Answer, tmp_path: Path) -> None:
    path = wide_file(tmp_path, "person,rater,category", lambda p, r: f"{p},{r},{score(p, r, 1, 3)}")
    assert len(answer("levels", path, "--categories", "1-5")["fit"]["thresholds"]["common"]) == 4
    assert len(answer("levels", path, "--categories", "-1-3")["fit"]["thresholds"]["common"]) == 4
    assert answer("levels", path, "--categories", "-1-3")["run"]["categories"] == {"common": [-1, 3]}


def test_each_scale_of_a_file_is_laid_over_the_levels(answer: Answer, tmp_path: Path) -> None:
    def row(p: int, r: int) -> str:
        return f"{p},{r},{score(p, r, 1, 4)},short" if r % 2 else f"{p},{r},{score(p, r, 0, 9)},long"

    path = wide_file(tmp_path, "person,rater,category,scale", row)
    found = answer("levels", path)
    assert found["run"]["categories"] == {"long": [1, 9], "short": [1, 4]}
    assert {name: len(cuts) for name, cuts in found["fit"]["thresholds"].items() if name != "common"} == {
        "long": 8,
        "short": 3,
    }
    typed = answer("levels", path, "--categories", "short=1-5,long=0-9")
    assert typed["run"]["categories"] == {"long": [0, 9], "short": [1, 5]}
    learned = answer("levels", path, "--cuts", "learned")["fit"]["thresholds"]
    assert learned["long"] != pytest.approx(found["fit"]["thresholds"]["long"], abs=1e-3)


def test_scales_that_do_not_fit_are_refused(refusal: Callable[..., str], tmp_path: Path) -> None:
    path = wide_file(tmp_path, "person,rater,category,scale", lambda p, r: f"{p},{r},{score(p, r, 1, 4)},s{r % 2}")
    assert "No rating names the scale 'other'" in refusal("levels", path, "--categories", "other=1-5")
    assert "2 scales; cuts can be typed for one" in refusal("levels", path, "--cuts", "2,3,4")
    assert "of the scale 's0' run from 1 to 4, outside 1 to 3" in refusal("levels", path, "--categories", "s0=1-3")
    for odd in ("²-³", "3-1", "1-", "1-4-6", "=1-4", "a=1-4,a=1-5", "1.5-4"):
        assert "categories" in refusal("levels", path, "--categories", odd)


@pytest.mark.parametrize("model", ["ep", "mfrm"])
def test_a_blank_rater_is_nobody(answer: Answer, tmp_path: Path, model: str) -> None:
    def row(p: int, r: int) -> str:
        rater, source = (f"r{r}", "assessor") if r else ("", "test")
        return f"{p},{rater},{score(p, r, 0, 3)},{source}"

    found = answer("levels", wide_file(tmp_path, "person,rater,category,source", row), "--model", model)
    assert [r["rater"] for r in found["raters"]] == ["r1", "r2", "r3"]
    assert max(r["n_raters"] for r in found["levels"]) == 3
    assert found["agreement"]["alpha_ordinal"]["n_raters"] == 3


@pytest.mark.parametrize("model", ["ep", "mfrm"])
def test_both_models_name_thresholds_variances_and_who_may_be_shown(answer: Answer, ratings: Path, model: str) -> None:
    found = answer("levels", ratings, "--model", model)
    assert {"thresholds", "variances", "deviance"} <= set(found["fit"])
    assert all(row["shown"] for row in found["raters"])


@pytest.mark.parametrize("model", ["ep", "mfrm"])
@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("person,capability,rater,category", "{p},style,{r},{c}"),
        ("person,rater,category,rated_on", "p{p},r{r},{c},2024-0{m}-15"),
        ("rater,person,capability,category", "{r},{p},{k},{c}"),
        ("Person,Rater,Category,Source", "{p},{r},{c},Peer"),
        ("person;rater;category", "{p};{r};{c}"),
    ],
)
def test_columns_that_may_be_missing_are_not_missed(
    answer: Answer, tmp_path: Path, model: str, header: str, line: str
) -> None:
    def row(p: int, r: int) -> str:
        return line.format(p=p, r=r, c=score(p, r, 1, 4), m=1 + p % 9, k="xyz"[(p // 2 + r) % 3])

    found = answer("levels", wide_file(tmp_path, header, row), "--model", model)
    assert len({row["person"] for row in found["levels"]}) == 24
    assert len(found["raters"]) == 4


def test_rows_that_repeat_are_spoken_of(answer: Answer, tmp_path: Path) -> None:
    path = wide_file(tmp_path, "person,rater,category", lambda p, r: f"{p},{r},{score(p, r, 1, 4)}")
    path.write_text(path.read_text() + "\n" + path.read_text().splitlines()[1])
    assert any(note.startswith("1 rows repeat another") for note in answer("levels", path)["run"]["notes"])


def test_published_cuts_beside_the_ratings_are_read(answer: Answer, refusal: Callable[..., str], ratings: Path) -> None:
    cuts = ratings.with_name("cuts.csv")
    cuts.write_text("category,cut\n1,2.5\n0,1\n2,4.5\n")
    found = answer("levels", ratings)
    assert found["fit"]["thresholds"]["common"] == [1, 2.5, 4.5]
    assert "The cuts of the scale were read from the file 'cuts.csv' beside the ratings." in found["run"]["notes"]
    assert found["levels"] == answer("levels", ratings, "--categories", "0-3", "--cuts", "1,2.5,4.5")["levels"]
    assert answer("levels", ratings, "--categories", "0-3")["fit"]["thresholds"]["common"][0] == pytest.approx(5 / 3)
    cuts.write_text("category,cut\n0,1\n2,4.5\n")
    assert "one rising cut for each category" in refusal("levels", ratings)
    cuts.write_text("category,cut\n1,1\n2,4.5\n")
    assert "outside 1 to 3" in refusal("levels", ratings)


def test_levels_cover_the_truth_of_what_simulate_wrote(answer: Answer, tmp_path: Path) -> None:
    inside = []
    for seed in ("2",):
        folder = tmp_path / seed
        answer("simulate", "--out", folder, "--people", "300", "--seed", seed)
        truth = {(r["person"], r["capability"]): r["level"] for r in csv.DictReader((folder / "truth/gaps.csv").open())}
        found = answer("levels", folder / "ratings.csv", "--as-of", "2026-06-30")
        assert any("cuts.csv" in note for note in found["run"]["notes"])
        known = [(row, truth.get((row["person"], row["capability"]))) for row in found["levels"]]
        inside += [row["lo95"] <= float(level) <= row["hi95"] for row, level in known if level is not None]
    assert len(inside) > 2000
    assert 0.92 < sum(inside) / len(inside) < 0.975
