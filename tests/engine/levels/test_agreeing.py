"""Agreement as a step: the published examples as frames, and what does not change it."""

import csv
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import levels


def rows(name: str, person: str, rater: str, score: str) -> pa.Table:
    given = os.environ.get("UPWELL_DATA")
    root = Path(__file__).resolve().parents[3]
    path = (Path(given) if given else root.parent / "shared" / "data") / "impact" / name
    if not path.exists():
        pytest.skip("published ratings not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    with path.open() as lines:
        found = list(csv.DictReader(lines))
    return pa.table(
        {
            "person": [row[person] for row in found],
            "rater": [row[rater] for row in found],
            "category": [float(row[score]) for row in found],
        }
    )


def values(table: pa.Table) -> dict[str, float]:
    found = levels.agreement(table, seed=1, draws=200).estimates
    return dict(zip(found["statistic"].to_pylist(), found["value"].to_pylist(), strict=True))


def test_krippendorffs_example_with_missing_ratings() -> None:
    found = values(rows("krippendorff_example_c.csv", "unit", "observer", "value"))
    published = {"nominal": 0.743421, "ordinal": 0.815388, "interval": 0.849107, "ratio": 0.797403}
    assert {name: found[f"alpha_{name}"] for name in published} == pytest.approx(published, abs=1e-5)
    assert found["icc2"] is not None


def test_shrout_and_fleiss_with_their_intervals() -> None:
    table = rows("shrout_fleiss_1979.csv", "target", "judge", "rating")
    found = levels.agreement(table, seed=1, draws=200).estimates.to_pylist()
    published = {
        "icc1": (0.165742, -0.133, 0.723),
        "icc2": (0.289764, 0.019, 0.761),
        "icc3": (0.714841, 0.342, 0.946),
        "icc1k": (0.442797, -0.884, 0.912),
        "icc2k": (0.620051, 0.071, 0.927),
        "icc3k": (0.909316, 0.676, 0.986),
    }
    for row in found:
        if row["statistic"] in published:
            value, lo, hi = published[row["statistic"]]
            assert row["value"] == pytest.approx(value, abs=1e-5)
            assert (row["lo95"], row["hi95"]) == pytest.approx((lo, hi), abs=6e-4)
            assert row["interval"] == "F"


def test_the_order_of_rows_and_the_names_do_not_matter_and_the_seed_fixes_the_interval() -> None:
    table = rows("krippendorff_example_c.csv", "unit", "observer", "value")
    plain = levels.agreement(table, seed=1, draws=200).estimates
    turned = table.take(pa.array(np.arange(table.num_rows)[::-1]))
    assert levels.agreement(turned, seed=1, draws=200).estimates.slice(0, 4).equals(plain.slice(0, 4))
    assert levels.agreement(table, seed=1, draws=200).estimates.equals(plain)


def test_the_later_of_two_ratings_counts() -> None:
    first = {"person": ["a", "a", "b", "b"], "rater": ["x", "y", "x", "y"], "category": [1, 1, 3, 3]}
    plain = pa.table(first | {"rated_on": pa.array([10, 10, 10, 10])})
    stale = pa.table({"person": ["a"], "rater": ["x"], "category": [5], "rated_on": pa.array([3])})
    assert values(pa.concat_tables([plain, stale])) == values(plain)
    assert values(plain)["alpha_ordinal"] == pytest.approx(1.0)


def test_what_cannot_be_stated_has_a_reason() -> None:
    alone = pa.table({"person": ["a", "b"], "rater": ["x", "x"], "category": [1, 2]})
    for row in levels.agreement(alone, seed=1).estimates.to_pylist():
        assert row["value"] is None
        assert row["reason"]
