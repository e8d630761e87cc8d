"""Five items of the Law School Admission Test as raters of 1,000 persons: the many-facet model as the Rasch model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Answer = Callable[..., dict[str, Any]]
DISCRIMINATION = 0.7551
DIFFICULTIES = (-3.6153, -1.3224, -0.3176, -1.7301, -2.7802)
"""What `rasch(LSAT)` of the R package ltm 1.2-0 computes; difficulty in sds of the persons."""


@pytest.fixture
def law(answer: Answer, folder: Path) -> dict[str, Any]:
    return answer("levels", folder / "lsat6.csv.gz", "--model", "mfrm")


def test_deviance_and_spread_are_the_published_ones(law: dict[str, Any]) -> None:
    assert law["fit"]["log_likelihood"] == pytest.approx(-2466.938, abs=0.001)
    assert law["fit"]["variance"] == pytest.approx(DISCRIMINATION**2, abs=0.0005)
    assert law["fit"]["parameters"] == 6


def test_items_are_as_hard_as_published(law: dict[str, Any]) -> None:
    found = [row["severity"] - law["fit"]["mean"] for row in law["raters"]]
    assert found == pytest.approx([DISCRIMINATION * each for each in DIFFICULTIES], abs=0.001)


def test_a_reliability_below_nought_is_explained(law: dict[str, Any]) -> None:
    assert law["fit"]["wle_reliability"] < 0
    assert any("WLE reliability" in note and "read it as 0" in note for note in law["run"]["notes"])


def test_each_person_is_there_with_all_five_ratings(law: dict[str, Any]) -> None:
    assert len(law["levels"]) == 1000
    assert {(row["n_ratings"], row["n_raters"], row["component"]) for row in law["levels"]} == {(5, 5, 0)}


def test_the_default_model_puts_the_items_in_the_same_order(answer: Answer, folder: Path) -> None:
    rows = answer("levels", folder / "lsat6.csv.gz")["raters"]
    assert [row["rater"] for row in sorted(rows, key=lambda row: row["severity"])] == [
        "Item 1",
        "Item 5",
        "Item 4",
        "Item 2",
        "Item 3",
    ]
