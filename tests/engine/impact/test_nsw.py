"""The NSW: what the experiment proves, and what nobody can prove from a survey's people."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact


def nsw_panel(source: str) -> pa.Table:
    """Earnings of 1974, 1975 and 1978, training between the last two."""
    data = pytest.importorskip("causaldata", reason="the NSW data come with the extra `reference`")
    drawn, survey = data.nsw_mixtape.load_pandas().data, data.cps_mixtape.load_pandas().data
    wide = drawn[["re74", "re75", "re78"]].to_numpy(float)
    treated = drawn["treat"].to_numpy() == 1
    if source == "survey":
        others = survey[["re74", "re75", "re78"]].to_numpy(float)
        wide, treated = np.vstack([wide[treated], others]), np.r_[treated[treated], np.zeros(len(others), bool)]
    first = np.repeat(np.where(treated, 1978, 0), 3)
    return pa.table(
        {
            "unit": np.repeat(np.arange(len(wide)), 3),
            "period": np.tile([1974, 1975, 1978], len(wide)),
            "outcome": wide.ravel(),
            "first_treated": pa.array(first, mask=first == 0),
        }
    )


def test_the_experiment_raised_earnings(targets: dict[str, Any]) -> None:
    result = impact.evaluate(nsw_panel("experiment"), mechanism="lottery", seed=1)
    found = result.estimators["difference_in_means"]
    assert result.verdict.code == 2
    assert found is not None
    assert found.estimate == pytest.approx(targets["nsw"]["dw_experimental_re78"][0], abs=0.05)
    assert found.parts[0].se == pytest.approx(targets["nsw"]["dw_experimental_re78"][1], abs=0.05)
    assert found.se == pytest.approx(targets["nsw"]["dw_experimental_hc2_se"], abs=0.05)


@pytest.mark.parametrize("mechanism", ["judgement", "self"])
def test_against_a_survey_the_truth_lies_in_the_bracket_and_the_verdict_depends(
    targets: dict[str, Any], mechanism: str
) -> None:
    result = impact.evaluate(nsw_panel("survey"), mechanism=mechanism, seed=1)
    assert result.bracket is not None
    assert result.bracket.lo < targets["nsw"]["dw_experimental_re78"][0] < result.bracket.hi
    assert result.verdict.code == 4
