"""Money follows evidence: no proven effect, no return."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from upwell.engine import returns
from upwell.engine.errors import ParameterError
from upwell.engine.impact import Estimate, Verdict


@dataclass(frozen=True)
class Effect:
    verdict: Verdict
    judged: tuple[Estimate, ...]
    higher_is_better: bool = True
    mechanism: str = "lottery"


def normal(estimate: float, se: float) -> Estimate:
    return Estimate(estimate, se, estimate - 1.959964 * se, estimate + 1.959964 * se, 0.0)


def raised(*judged: Estimate, higher_is_better: bool = True) -> Effect:
    return Effect(Verdict(2, "Raised the outcome."), judged, higher_is_better)


@pytest.fixture
def fixture() -> dict[str, object]:
    given = os.environ.get("UPWELL_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    path = folder / "impact" / "targets.json"
    if not path.exists():
        pytest.skip("published figures not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    return dict(json.loads(path.read_text())["roi_fixture"])


def test_the_reference_return_is_reproduced(fixture: dict[str, object]) -> None:
    estimate, se = fixture["att_per_person_month"]  # type: ignore[misc]
    found = returns.calculate(
        raised(normal(estimate, se)),
        people=int(str(fixture["people"])),
        value_per_unit=(1, 1, 1),
        months=float(str(fixture["months"])),
        cost=float(str(fixture["cost"])),
        seed=1,
    )
    assert isinstance(found, returns.Return)
    low, high = fixture["roi_ci95_pct"]  # type: ignore[misc]
    assert found.benefit == pytest.approx(fixture["benefit"], rel=1e-3)
    assert found.roi_pct == pytest.approx(fixture["roi_pct"], abs=0.1)
    assert found.roi_lo95_pct == pytest.approx(low, abs=0.3)
    assert found.roi_hi95_pct == pytest.approx(high, abs=0.3)
    assert found.benefit_cost_ratio == pytest.approx(fixture["bcr"], abs=0.001)
    assert found.probability_positive == pytest.approx(fixture["prob_roi_positive"], abs=0.001)


def test_no_return_without_a_proven_effect() -> None:
    doubtful = Effect(Verdict(6, "Not enough evidence."), (normal(5, 1),))
    found = returns.calculate(doubtful, people=10, value_per_unit=(1, 2, 3), months=6, cost=100, seed=1)
    assert isinstance(found, returns.NoReturn)
    assert "Not enough evidence." in found.reason


def test_the_bracket_spans_both_of_its_estimates() -> None:
    found = returns.calculate(
        raised(normal(1, 0.01), normal(3, 0.01)), people=1, value_per_unit=(1, 1, 1), months=1, cost=1, seed=1
    )
    assert isinstance(found, returns.Return)
    assert found.roi_lo95_pct == pytest.approx(0, abs=5)
    assert found.roi_hi95_pct == pytest.approx(200, abs=5)


def test_the_same_seed_gives_the_same_return() -> None:
    both = [
        returns.calculate(raised(normal(2, 1)), people=5, value_per_unit=(1, 2, 4), months=6, cost=(20, 30, 50), seed=7)
        for _ in range(2)
    ]
    assert both[0] == both[1]


def test_at_the_break_even_effect_benefit_equals_cost() -> None:
    found = returns.calculate(raised(normal(2, 0.1)), people=5, value_per_unit=(1, 2, 3), months=6, cost=30, seed=7)
    assert isinstance(found, returns.Return)
    assert found.break_even_effect * 5 * 6 * 2 == pytest.approx(30)
    assert found.break_even_months == pytest.approx(30 / (5 * 2 * 2), rel=0.01)


def test_fewer_errors_are_a_gain_where_less_is_better() -> None:
    found = returns.calculate(
        raised(normal(-2, 0.1), higher_is_better=False),
        people=5,
        value_per_unit=(1, 2, 3),
        months=6,
        cost=30,
        seed=7,
    )
    assert isinstance(found, returns.Return)
    assert found.benefit == pytest.approx(120, rel=0.02)
    assert found.break_even_effect < 0


@pytest.mark.parametrize(
    ("people", "value", "months", "cost"),
    [(0, (1, 1, 1), 1, 1), (1, (2, 1, 3), 1, 1), (1, (1, 1, 1), 0, 1), (1, (1, 1, 1), 1, 0)],
)
def test_impossible_arguments_are_refused(
    people: int, value: tuple[float, float, float], months: float, cost: float
) -> None:
    with pytest.raises(ParameterError):
        returns.calculate(raised(normal(1, 1)), people=people, value_per_unit=value, months=months, cost=cost, seed=1)
