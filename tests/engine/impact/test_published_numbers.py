"""Published results, reproduced through the public call."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from upwell.engine import impact

Castle = Callable[[str, str], pa.Table]
Rows = Callable[[str], list[dict[str, str]]]


def test_goodman_bacon_splits_the_castle_doctrine_as_published(castle: Castle, targets: dict[str, Any]) -> None:
    goal = targets["castle_bacon"]
    found = impact.evaluate(
        castle("bacon_castle.csv.gz", "state"), mechanism="judgement", seed=1, min_group=1
    ).estimators["bacon"]
    assert found is not None
    assert found.estimate == pytest.approx(goal["twfe"], abs=1e-6)
    parts = {p.label: p for p in found.parts}
    for kind, weight in goal["weights"].items():
        assert parts[kind].weight == pytest.approx(weight, abs=1e-6)
        assert parts[kind].estimate == pytest.approx(goal["estimates"][kind], abs=1e-6)


@pytest.mark.parametrize(("name", "target"), [("twfe", "twfe_unweighted"), ("bjs", "bjs")])
def test_castle_doctrine_estimates_and_clustered_errors(
    castle: Castle, targets: dict[str, Any], name: str, target: str
) -> None:
    goal = targets["castle_causaldata"]
    found = impact.evaluate(
        castle("castle_doctrine.csv.gz", "sid"), mechanism="judgement", seed=1, min_group=1
    ).estimators[name]
    assert found is not None
    assert found.estimate == pytest.approx(goal[target][0], abs=goal["tol"]["estimate"])
    assert found.se == pytest.approx(goal[target][1], abs=goal["tol"]["se"])


def test_castle_doctrine_weights_of_the_second_coding(castle: Castle, targets: dict[str, Any]) -> None:
    found = impact.evaluate(
        castle("castle_doctrine.csv.gz", "sid"), mechanism="judgement", seed=1, min_group=1
    ).estimators["bacon"]
    assert found is not None
    for part in found.parts:
        assert part.weight == pytest.approx(targets["castle_causaldata"]["bacon_weights"][part.label], abs=1e-6)


def job_corps(rows: list[dict[str, str]], column: str) -> pa.Table:
    n = len(rows)
    first = [1 if row["assignment"] == "1" else None for row in rows]
    return pa.table(
        {
            "unit": [*range(n), *range(n)],
            "period": [0] * n + [1] * n,
            "outcome": [float(r["mwearn"]) for r in rows] + [float(r[column]) for r in rows],
            "first_treated": pa.array(first * 2, pa.int64()),
        }
    )


@pytest.mark.parametrize(("column", "code"), [("earny4", 2), ("earny2", 6)])
def test_job_corps_raised_earnings_in_year_four_but_not_yet_in_year_two(
    published: Rows, targets: dict[str, Any], column: str, code: int
) -> None:
    result = impact.evaluate(job_corps(published("job_corps.csv.gz"), column), mechanism="lottery", seed=1)
    found = result.estimators["difference_in_means"]
    estimate, classical = targets["job_corps"]["itt"][column]
    assert found is not None
    assert found.estimate == pytest.approx(estimate, abs=0.001)
    assert found.parts[0].se == pytest.approx(classical, abs=0.001)
    assert result.verdict.code == code


def test_prior_earnings_sharpen_the_job_corps_lottery(published: Rows) -> None:
    estimators = impact.evaluate(
        job_corps(published("job_corps.csv.gz"), "earny4"), mechanism="lottery", seed=1
    ).estimators
    plain, efficient = estimators["difference_in_means"], estimators["efficient_simple"]
    changes = estimators["cs_simple"]
    assert plain is not None
    assert efficient is not None
    assert changes is not None
    assert efficient.se <= min(plain.se, changes.se)
