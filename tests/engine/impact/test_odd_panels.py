"""Panels that look like others and are none: without chance, or with somebody else in every period."""

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import FrameError


def exact(seed: int, effect: float, scale: float) -> pa.Table:
    """40 units over 10 periods whose results are unit plus period, and ``effect`` from the start on."""
    rng = np.random.default_rng(seed)
    level, course = scale * rng.normal(size=40), rng.normal(size=10)
    start = np.repeat([4, 6, 99], [12, 12, 16])
    treated = np.arange(10) >= start[:, None]
    return pa.table(
        {
            "unit": np.repeat(np.arange(40), 10),
            "period": np.tile(np.arange(10), 40),
            "outcome": (level[:, None] + course + effect * treated).ravel(),
            "first_treated": pa.array(np.repeat(start, 10), mask=np.repeat(start, 10) == 99),
        }
    )


@pytest.mark.parametrize("mechanism", ["lottery", "judgement"])
@pytest.mark.parametrize("scale", [1.0, 100.0, 1e8])
def test_rounding_is_no_finding(mechanism: str, scale: float) -> None:
    for seed in range(4):
        found = impact.evaluate(exact(seed, 0.0, scale), mechanism=mechanism, seed=1)
        assert found.verdict.code == 6
        assert "without any chance" in found.verdict.words
        assert "differed" not in (found.pretrend.words if found.pretrend else "")
        for name, one in found.estimators.items():
            assert one is None or (one.estimate, one.lo95, one.hi95, one.p_value) == (0, 0, 0, 1), name


@pytest.mark.parametrize(("mechanism", "code"), [("lottery", 2), ("judgement", 3)])
def test_an_effect_without_chance_is_found_to_the_last_digit(mechanism: str, code: int) -> None:
    found = impact.evaluate(exact(1, 0.5, 100.0), mechanism=mechanism, seed=1)
    assert found.verdict.code == code
    for name in ("cs_simple", "bjs", "sun_abraham", "bjs_donut", "sequential_trial"):
        one = found.estimators[name]
        assert one is not None
        assert (one.estimate, one.se) == (pytest.approx(0.5, abs=1e-10), 0.0)


def test_small_noise_on_a_high_level_is_not_taken_for_rounding() -> None:
    table = exact(2, 0.0, 1.0)
    noise = 1e-3 * np.random.default_rng(3).normal(size=400)
    low = impact.evaluate(table.set_column(2, "outcome", pa.array(noise)), mechanism="judgement", seed=1)
    high = impact.evaluate(table.set_column(2, "outcome", pa.array(1e8 + noise)), mechanism="judgement", seed=1)
    for name in ("cs_simple", "bjs", "bjs_donut"):
        one, other = low.estimators[name], high.estimators[name]
        assert one is not None
        assert other is not None
        assert other.se == pytest.approx(one.se, rel=1e-3)


@pytest.mark.parametrize("mechanism", ["staggered", "judgement", "rule"])
def test_repeated_surveys_of_other_people_are_told_from_panels(mechanism: str) -> None:
    table = exact(5, 1.0, 1.0)
    surveyed = table.set_column(0, "unit", pa.array(np.arange(400)))
    found = impact.evaluate(surveyed, mechanism=mechanism, seed=1, who="people")
    assert found.verdict.code == 1
    assert "every person has a result in one period only" in found.verdict.words
    assert "Average the results to groups" in found.verdict.words
    assert all(one is None for one in found.estimators.values())


def test_several_rows_of_a_unit_in_a_period_are_refused_with_the_way_out() -> None:
    table = exact(6, 1.0, 1.0)
    with pytest.raises(FrameError, match="2 rows for unit 0 in one period; only one is allowed: average or sum them"):
        impact.evaluate(pa.concat_tables([table, table.slice(0, 1)]), mechanism="judgement", seed=1)
