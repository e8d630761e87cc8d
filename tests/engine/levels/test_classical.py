"""The classical model as a step: any range, any names, and words for what it leaves out."""

import csv
import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import levels
from upwell.engine.errors import FrameError, NotEstimableError, ParameterError


def _folder() -> Path:
    given = os.environ.get("UPWELL_DATA")
    root = Path(__file__).resolve().parents[3]
    folder = (Path(given) if given else root.parent / "shared" / "data") / "impact"
    if not (folder / "targets.json").exists():
        pytest.skip("published ratings not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    return folder


@pytest.fixture(scope="module")
def targets() -> dict[str, Any]:
    return dict(json.loads((_folder() / "targets.json").read_text()))


@pytest.fixture(scope="module")
def style() -> pa.Table:
    with gzip.open(_folder() / "windhua_style_ratings.csv.gz", "rt") as lines:
        rows = [
            {"person": row["student"], "rater": j, "category": int(row[f"rater_{j}"])}
            for row in csv.DictReader(lines)
            for j in range(1, 22)
        ]
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def writing() -> pa.Table:
    with gzip.open(_folder() / "windhua_writing.csv.gz", "rt") as lines:
        rows = [
            {"person": row["student"], "rater": int(row["rater"]), "capability": name, "category": int(row[name])}
            for row in csv.DictReader(lines)
            for name in ("style", "org", "conv", "sent_form")
        ]
    return pa.Table.from_pylist(rows)


@pytest.fixture
def simple() -> pa.Table:
    """40 persons, 4 raters, categories 1 to 5."""
    rng = np.random.default_rng(4)
    theta = np.repeat(rng.normal(3, 1, 40), 4)
    rater = np.tile(np.arange(4), 40)
    score = np.clip(np.round(theta - 0.4 * (rater - 1.5) + rng.normal(0, 0.6, 160)), 1, 5).astype(int)
    return pa.table(
        {
            "person": [f"p{i // 4}" for i in range(160)],
            "rater": [f"r{r}" for r in rater],
            "category": score,
        }
    )


def test_the_converged_answer_equals_the_published_one(style: pa.Table, targets: dict[str, Any]) -> None:
    target = targets["windhua_style"]["converged"]
    found = levels.mfrm(style)
    assert found.raters["severity"].to_pylist() == pytest.approx(target["rater"], abs=0.002)
    assert found.fit["steps"] == pytest.approx(target["steps"], abs=0.002)
    assert found.fit["mean"] == pytest.approx(target["mean"], abs=0.002)
    assert found.fit["variance"] == pytest.approx(target["variance"], abs=0.002)
    assert found.fit["deviance"] == pytest.approx(target["deviance"], abs=0.1)
    assert found.fit["eap_reliability"] == pytest.approx(target["eap_reliability"], abs=0.0005)
    assert found.estimates.num_rows == 372


def test_items_are_a_facet_where_there_are_several(writing: pa.Table, targets: dict[str, Any]) -> None:
    target = targets["windhua_writing"]["rs_model_mirt_converged"]
    found = levels.mfrm(writing)
    assert found.raters["severity"].to_pylist() == pytest.approx(target["rater"], abs=0.002)
    assert found.fit["deviance"] == pytest.approx(target["deviance"], abs=0.1)
    assert found.facets["level"].to_pylist() == ["conv", "org", "sent_form", "style"]
    assert set(found.estimates["capability"].to_pylist()) == {"all"}


def test_categories_may_start_anywhere_and_skip(simple: pa.Table) -> None:
    plain = levels.mfrm(simple)
    spread = {1: 10, 2: 20, 3: 21, 4: 30, 5: 40}
    other = simple.set_column(2, "category", pa.array([spread[c] for c in simple["category"].to_pylist()]))
    found = levels.mfrm(other)
    assert found.raters["severity"].to_pylist() == pytest.approx(plain.raters["severity"].to_pylist())
    assert found.fit["categories"] == [10, 20, 21, 30, 40]
    assert any(note.startswith("No rating is 11, 12") for note in found.assumptions)
    assert plain.assumptions == levels.mfrm(simple).assumptions


def test_severity_points_upwards(simple: pa.Table) -> None:
    severity = levels.mfrm(simple).raters["severity"].to_pylist()
    assert severity == sorted(severity)
    assert sum(severity) == pytest.approx(0.0, abs=1e-9)


def test_a_rater_who_gave_the_top_only_is_left_out_aloud(simple: pa.Table) -> None:
    extra = pa.table({"person": ["p1", "p2", "p3"], "rater": ["kind"] * 3, "category": [5, 5, 5]})
    found = levels.mfrm(pa.concat_tables([simple, extra]))
    assert found.diagnostics["left_out"] == [{"facet": "rater", "level": "kind"}]
    assert "kind" not in found.raters["rater"].to_pylist()
    assert any("'kind'" in note for note in found.assumptions)


def test_subsets_without_a_common_rater_are_named(simple: pa.Table) -> None:
    apart = simple.set_column(0, "person", pa.array([f"q{p}" for p in simple["person"].to_pylist()]))
    apart = apart.set_column(1, "rater", pa.array([f"s{r}" for r in apart["rater"].to_pylist()]))
    found = levels.mfrm(pa.concat_tables([simple, apart]))
    assert found.diagnostics["subsets"] == 2
    assert set(found.estimates["component"].to_pylist()) == {0, 1}


def test_facets_may_be_of_any_type(simple: pa.Table) -> None:
    flags = pa.array([i % 3 == 0 for i in range(160)])
    found = levels.mfrm(simple.append_column("urgent", flags), facets=["urgent"])
    assert found.facets["level"].to_pylist() == ["false", "true"]
    assert found.facets["estimate"].to_pylist()[0] == pytest.approx(-found.facets["estimate"].to_pylist()[1])


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"facets": ["mood"]}, FrameError, "no column 'mood'"),
        ({}, {"facets": ["rater"]}, ParameterError, "part of the model already"),
        ({}, {"grid": 2}, ParameterError, "number of nodes"),
        ({}, {"steps": "each"}, ParameterError, "common"),
        ({"category": [3] * 160}, {}, NotEstimableError, "same category"),
        ({"category": [1.5] * 160}, {}, FrameError, "whole number"),
        ({"category": list(range(160))}, {}, NotEstimableError, "at most 50"),
    ],
)
def test_what_cannot_be_done_is_said(
    simple: pa.Table, change: dict[str, Any], options: dict[str, Any], error: type[Exception], words: str
) -> None:
    for name, values in change.items():
        simple = simple.set_column(simple.schema.get_field_index(name), name, pa.array(values))
    with pytest.raises(error, match=words):
        levels.mfrm(simple, **options)


def test_partial_credit_needs_every_category_of_every_item(simple: pa.Table) -> None:
    item = pa.array(["easy" if i % 2 else "hard" for i in range(160)])
    category = [min(c, 4) if i % 2 else c for i, c in enumerate(simple["category"].to_pylist())]
    table = simple.append_column("capability", item).set_column(2, "category", pa.array(category))
    with pytest.raises(NotEstimableError, match="No rating of the capability 'easy' is 5"):
        levels.mfrm(table, steps="item")


def test_persons_whose_raters_all_went_are_listed(simple: pa.Table) -> None:
    extra = pa.table({"person": ["p1", "lost", "lost"], "rater": ["kind"] * 3, "category": [5, 5, 5]})
    found = levels.mfrm(pa.concat_tables([simple, extra]))
    assert found.diagnostics["left_out"] == [{"facet": "rater", "level": "kind"}]
    assert found.diagnostics["persons_left_out"] == ["lost"]
    assert any(note.startswith("1 persons were rated by these alone") for note in found.assumptions)
    assert "lost" not in found.estimates["person"].to_pylist()


def test_a_single_rater_has_no_severity_to_speak_of(simple: pa.Table) -> None:
    one = simple.set_column(1, "rater", pa.array(["only"] * simple.num_rows))
    found = levels.mfrm(one)
    assert (found.raters["severity"].to_pylist(), found.raters["se"].to_pylist()) == ([0.0], [0.0])
    assert any(note.startswith("There is one rater only") for note in found.assumptions)
    assert not any("one rater only" in note for note in levels.mfrm(simple).assumptions)


def test_ratings_without_a_rater_are_left_out_aloud(simple: pa.Table) -> None:
    extra = pa.table({"person": ["p1", "q"], "rater": pa.nulls(2, pa.string()), "category": [2, 3]})
    found, plain = levels.mfrm(pa.concat_tables([simple, extra])), levels.mfrm(simple)
    assert found.estimates.equals(plain.estimates)
    assert found.diagnostics["ratings_without_rater"] == 2
    assert "2 ratings without a rater were left out." in found.assumptions
    with pytest.raises(NotEstimableError, match="No rating names a rater"):
        levels.mfrm(extra)


def test_names_of_the_fit_are_those_of_the_other_model(simple: pa.Table) -> None:
    fit = levels.mfrm(simple).fit
    assert fit["thresholds"] == {"common": fit["steps"]}
    assert fit["variances"] == {"person": fit["variance"]}
    items = pa.concat_tables([simple.append_column("capability", pa.array([c] * simple.num_rows)) for c in ("x", "y")])
    per_item = levels.mfrm(items, steps="item").fit
    assert per_item["thresholds"] == dict(zip(("x", "y"), per_item["steps"], strict=True))


def test_own_views_and_tests_are_no_independent_raters_but_equal_numbers_are_no_self(simple: pa.Table) -> None:
    rater = simple["rater"].to_pylist()
    source = ["self" if name == rater[0] else "peer" for name in rater]
    found = levels.mfrm(simple.append_column("source", pa.array(source))).estimates
    plain = levels.mfrm(simple).estimates
    assert max(found["n_raters"].to_pylist()) == max(plain["n_raters"].to_pylist()) - 1
    numbered = simple.set_column(0, "person", pa.array([f"r{name[1:]}" for name in simple["person"].to_pylist()]))
    assert levels.mfrm(numbered).estimates["n_raters"].to_pylist() == plain["n_raters"].to_pylist()


def test_raters_of_few_persons_are_not_for_other_eyes(simple: pa.Table) -> None:
    extra = pa.table({"person": ["p1", "p2", "p3"], "rater": ["rare"] * 3, "category": [2, 3, 4]})
    shown = levels.mfrm(pa.concat_tables([simple, extra])).raters
    assert {row["rater"] for row in shown.to_pylist() if not row["shown"]} == {"rare"}
