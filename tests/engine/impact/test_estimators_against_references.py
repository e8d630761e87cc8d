"""Estimates and standard errors beside another program, on generated panels of every shape."""

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.impact import EffectResult

diff_diff = pytest.importorskip("diff_diff", reason="diff-diff is not installed (extra 'reference')")
pandas = pytest.importorskip("pandas", reason="pandas is not installed (extra 'reference')")

CASES: dict[str, dict[str, Any]] = {
    "three cohorts": {"cohorts": [3, 5, 8], "periods": 8},
    "only treated people": {"cohorts": [2, 4, 6], "periods": 8},
    "some treated all along": {"cohorts": [0, 3, 5, 7], "periods": 7},
    "a single cohort, two years before": {"cohorts": [2, 5], "periods": 5},
    "every fifth year": {"cohorts": [1, 2, 6], "periods": 6, "step": 5},
    "a year missing for everybody": {"cohorts": [4, 6, 8], "periods": 8, "gap": 2},
    "few people per cohort": {"cohorts": [1, 2, 3, 4, 5, 6, 7, 8], "periods": 8, "people": 60},
    "cells missing": {"cohorts": [3, 5, 8], "periods": 8, "missing": 0.15},
}


def panel(
    cohorts: list[int], periods: int, *, people: int = 120, step: int = 1, gap: int | None = None, missing: float = 0.0
) -> Any:
    rng = np.random.default_rng(11)
    first = rng.permutation(np.resize(np.array(cohorts), people))
    outcome = rng.normal(size=(people, 1)) + rng.normal(size=(people, periods)) + np.arange(periods) * 0.1
    outcome += 0.5 * (np.arange(periods) >= first[:, None]) * (1 + 0.1 * (np.arange(periods) - first[:, None]))
    frame = pandas.DataFrame(
        {
            "unit": np.repeat(np.arange(people), periods),
            "period": np.tile(2000 + step * np.arange(periods), people),
            "outcome": outcome.ravel(),
            "first_treated": np.repeat(np.where(first >= periods, 0, 2000 + step * first), periods),
        }
    )
    kept = rng.random(len(frame)) >= missing
    if gap is not None:
        kept &= frame.period.to_numpy() != 2000 + step * gap
    return frame[kept].sample(frac=1, random_state=3)


def ours(frame: Any, control: str) -> EffectResult:
    return impact.evaluate(pa.Table.from_pandas(frame), mechanism="judgement", control=control, seed=1)


def theirs(method: Any, frame: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return method.fit(frame, "outcome", "unit", "period", "first_treated")


@pytest.mark.parametrize("case", [name for name, given in CASES.items() if "missing" not in given])
@pytest.mark.parametrize(("control", "named"), [("never", "never_treated"), ("notyet", "not_yet_treated")])
def test_callaway_santanna(case: str, control: str, named: str) -> None:
    if control == "never" and case == "only treated people":
        pytest.skip("nobody is never treated")
    frame = panel(**CASES[case])
    found = ours(frame, control)
    fitted = theirs(diff_diff.CallawaySantAnna(control_group=named, base_period="universal"), frame)
    simple, study = fitted.aggregate("simple"), fitted.aggregate("event_study")
    estimate = found.estimators["cs_simple"]
    assert estimate is not None
    assert estimate.estimate == pytest.approx(float(simple.att[0]), abs=1e-9)
    assert estimate.se == pytest.approx(float(simple.se[0]), abs=1e-9)
    shown = {row["relative_period"]: row for row in found.event_study.to_pylist()}
    compared = 0
    for relative, value, se in zip(study.event_time, study.att, study.se, strict=True):
        step = CASES[case].get("step", 1)
        row = shown.get(int(relative) // step)
        if row is None or not np.isfinite(se):
            continue
        compared += 1
        assert row["estimate"] == pytest.approx(float(value), abs=1e-9)
        assert row["se"] == pytest.approx(float(se), abs=1e-9)
    assert compared >= 2


@pytest.mark.parametrize("case", list(CASES))
def test_imputation(case: str) -> None:
    frame = panel(**CASES[case])
    found, fitted = ours(frame, "notyet").estimators["bjs"], theirs(diff_diff.ImputationDiD(), frame)
    assert found is not None
    assert found.estimate == pytest.approx(fitted.overall_att, abs=1e-6)
    assert found.se == pytest.approx(fitted.overall_se, abs=1e-6)


@pytest.mark.parametrize("case", ["three cohorts", "a single cohort, two years before", "cells missing"])
def test_sun_abraham(case: str) -> None:
    frame = panel(**CASES[case])
    found, fitted = ours(frame, "never").estimators["sun_abraham"], theirs(diff_diff.SunAbraham(), frame)
    assert found is not None
    assert found.estimate == pytest.approx(fitted.overall_att, abs=1e-6)
    assert found.se == pytest.approx(fitted.overall_se, abs=1e-6)


@pytest.mark.parametrize("case", [name for name, given in CASES.items() if "missing" not in given])
def test_goodman_bacon(case: str) -> None:
    frame = panel(**CASES[case])
    found, fitted = ours(frame, "notyet").estimators["bacon"], theirs(diff_diff.BaconDecomposition(), frame)
    assert found is not None
    assert found.estimate == pytest.approx(fitted.twfe_estimate, abs=1e-7)
    weight = {p.label: p.weight for p in found.parts}
    untreated = (weight.get("treated_vs_never") or 0.0) + (weight.get("treated_vs_always") or 0.0)
    assert untreated == pytest.approx(fitted.total_weight_treated_vs_never, abs=1e-7)
    assert (weight.get("earlier_vs_later") or 0.0) == pytest.approx(fitted.total_weight_earlier_vs_later, abs=1e-7)
    assert sum(p.weight * p.estimate for p in found.parts if p.weight) == pytest.approx(found.estimate, abs=1e-9)
