"""One treated unit: the published example, the program against brute force, and panels with known truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import optimize

from upwell.engine import impact
from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.numerics.impact_synthetic import frank_wolfe, simplex_least_squares

Rows = Callable[[str], list[dict[str, str]]]
Frame = Callable[[np.ndarray, np.ndarray], pa.Table]


@pytest.fixture(scope="module")
def california(published: Rows) -> pa.Table:
    rows = published("california_prop99.csv.gz")
    return pa.table(
        {
            "unit": [r["State"] for r in rows],
            "period": [int(r["Year"]) for r in rows],
            "outcome": [float(r["PacksPerCapita"]) for r in rows],
            "first_treated": pa.array([1989 if r["State"] == "California" else None for r in rows], pa.int64()),
        }
    )


@pytest.mark.parametrize("method", ["sdid", "sc", "did"])
def test_proposition_99_is_reproduced(california: pa.Table, targets: dict[str, Any], method: Any) -> None:
    expected = targets["prop99"]
    found = impact.synthetic_did(california, method=method, seed=1)
    assert found.effect.estimate == pytest.approx(expected[method], abs=0.001)
    assert found.effect.se == pytest.approx(expected["se_placebo_about"][method], rel=expected["tol"]["se_rel"])
    assert found.placebos == 38
    assert found.units["weight"].to_numpy().sum() == pytest.approx(1)


def test_the_weights_of_proposition_99_are_reported_with_their_states_and_years(california: pa.Table) -> None:
    found = impact.synthetic_did(california, seed=1)
    first = found.units.slice(0, 1).to_pylist()[0]
    assert first["unit"] == "Nevada"
    assert first["weight"] == pytest.approx(0.124, abs=0.001)
    years = dict(zip(found.periods["period"].to_pylist(), found.periods["weight"].to_pylist(), strict=True))
    assert [years[y] for y in (1986, 1987, 1988)] == pytest.approx([0.366, 0.206, 0.427], abs=0.001)
    assert found.course["gap"].to_numpy()[-12:].mean() < 0
    assert "Of 38 untreated sets" in found.words


def test_the_program_is_solved_as_a_general_solver_does() -> None:
    rng = np.random.default_rng(1)
    for _ in range(3):
        design, target = rng.normal(size=(8, 6)), rng.normal(size=8)
        ridge = rng.random()

        def loss(w: np.ndarray, a: np.ndarray = design, b: np.ndarray = target, r: float = ridge) -> float:
            return float(((a @ w - b) ** 2).sum() + r * (w @ w))

        general = optimize.minimize(
            loss,
            np.full(6, 1 / 6),
            bounds=[(0, 1)] * 6,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-14, "maxiter": 1000},
        )
        exact = simplex_least_squares(design, target, ridge)
        slow = frank_wolfe(design, target, ridge, np.full(6, 1 / 6), 0.0, 4000)
        assert exact.min() >= 0
        assert exact.sum() == pytest.approx(1)
        assert loss(exact) <= general.fun + 1e-9
        assert loss(slow) == pytest.approx(loss(exact), abs=5e-3)


def test_repeated_units_and_more_units_than_periods_are_no_trouble() -> None:
    rng = np.random.default_rng(2)
    design = np.repeat(rng.normal(size=(5, 20)), 3, axis=1)
    target = design[:, :7].mean(axis=1)
    weight = simplex_least_squares(design, target, 0.0)
    np.testing.assert_allclose(design @ weight, target, atol=1e-5)


def factors(seed: int, units: int, width: int, heads: int, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """A panel with two common factors; the treated load more on the first, so plain differences are wrong."""
    rng = np.random.default_rng(seed)
    course = np.cumsum(rng.normal(size=(2, width)), axis=1)
    loading = rng.normal(size=(units, 2)) + 0.7 * (np.arange(units) < heads)[:, None] * [1, 0]
    outcome = loading @ course + 0.5 * rng.normal(size=(units, width))
    first = np.where(np.arange(units) < heads, width - 6, width)
    outcome += effect * (np.arange(width) >= first[:, None])
    return outcome, first


def test_common_factors_are_followed_where_plain_differences_are_not(frame: Frame) -> None:
    errors: dict[str, list[float]] = {"sdid": [], "did": []}
    held = 0
    for seed in range(6):
        table = frame(*factors(seed, 24, 20, 3, 1.0))
        for method in ("sdid", "did"):
            found = impact.synthetic_did(table, method=method, seed=seed, placebos=20)  # type: ignore[arg-type]
            errors[method].append(found.effect.estimate - 1.0)
            held += method == "sdid" and found.effect.lo95 <= 1.0 <= found.effect.hi95
    assert np.sqrt(np.mean(np.square(errors["sdid"]))) < 0.5 * np.sqrt(np.mean(np.square(errors["did"])))
    assert held >= 5


def test_a_constant_shift_of_a_unit_and_a_new_scale_change_nothing(frame: Frame) -> None:
    outcome, first = factors(3, 20, 15, 1, 1.0)
    once = impact.synthetic_did(frame(outcome, first), seed=1)
    shifted = impact.synthetic_did(frame(outcome + np.arange(20)[:, None], first), seed=1)
    scaled = impact.synthetic_did(frame(7 * outcome, first), seed=1)
    assert shifted.effect.estimate == pytest.approx(once.effect.estimate, abs=1e-6)
    assert scaled.effect.estimate == pytest.approx(7 * once.effect.estimate, rel=1e-4)
    assert scaled.effect.se == pytest.approx(7 * once.effect.se, rel=1e-6)


def test_what_cannot_be_compared_is_refused(frame: Frame) -> None:
    outcome, first = factors(4, 20, 15, 1, 0.0)
    cases = [
        (outcome[:5], first[:5], "4 untreated units"),
        (outcome, np.where(first < 15, 1, 15), "1 periods before"),
        (outcome, np.where(np.arange(20) < 2, [9, 11] * 10, 15), "one date"),
    ]
    for values, dates, words in cases:
        with pytest.raises(NotEstimableError, match=words):
            impact.synthetic_did(frame(values, dates), seed=1)
    with pytest.raises(NotEstimableError, match="every unit in every period"):
        impact.synthetic_did(frame(outcome, first).slice(1), seed=1)
    with pytest.raises(ParameterError, match="unknown"):
        impact.synthetic_did(frame(outcome, first), seed=1, method="magic")  # type: ignore[arg-type]
