"""Many programmes: the published example, numerical integration, and programmes whose truth is known."""

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import FrameError, NotEstimableError

SCHOOLS = {"effect": [28.0, 8, -3, 7, -1, 1, 18, 12], "se": [15.0, 10, 16, 11, 9, 11, 10, 18]}


def frame(effect: list[float], se: list[float], names: list[str] | None = None) -> pa.Table:
    labels = names or [chr(65 + j) for j in range(len(effect))]
    return pa.table({"programme": labels, "estimate": effect, "se": se})


def test_the_eight_schools_are_reproduced() -> None:
    """Gelman and others (2013), table 5.3, from 200 draws: medians and 95 % intervals."""
    found = impact.compare_programmes(frame(SCHOOLS["effect"], SCHOOLS["se"]))
    rows = found.estimates.to_pydict()
    np.testing.assert_allclose(rows["shrunken"], [11, 8, 6, 8, 5, 6, 10, 8.5], atol=1.0)
    np.testing.assert_allclose(rows["lo95"], [-2, -5, -11, -7, -9, -7, -1, -6], atol=4)
    np.testing.assert_allclose(rows["hi95"], [31, 23, 19, 21, 18, 28, 26, 33], atol=10)
    assert found.common == pytest.approx(8.0, abs=0.3)
    assert found.diagnostics["heterogeneity_p_value"] > 0.5
    assert "may also be all alike" in found.words


def test_the_grid_agrees_with_drawing_from_the_posterior() -> None:
    rng = np.random.default_rng(1)
    effect, se = np.array([0.5, -0.2, 1.4, 0.1, 0.8]), np.array([0.3, 0.2, 0.5, 0.4, 0.3])
    spread = rng.uniform(0, 15, 100_000)
    precision = 1 / (se**2 + spread[:, None] ** 2)
    centre = (precision @ effect) / precision.sum(axis=1)
    weight = np.sqrt(precision.prod(axis=1) / precision.sum(axis=1)) * np.exp(
        -0.5 * (precision * (effect - centre[:, None]) ** 2).sum(axis=1)
    )
    keep = rng.choice(len(spread), 50_000, p=weight / weight.sum())
    middle = centre[keep] + rng.normal(size=len(keep)) / np.sqrt(precision[keep].sum(axis=1))
    share = spread[keep, None] ** 2 * precision[keep]
    theta = share * effect + (1 - share) * middle[:, None] + rng.normal(size=(len(keep), 5)) * se * np.sqrt(share)
    rows = impact.compare_programmes(frame(list(effect), list(se))).estimates.to_pydict()
    np.testing.assert_allclose(rows["shrunken"], theta.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(rows["lo95"], np.quantile(theta, 0.025, axis=0), atol=0.04)
    np.testing.assert_allclose(rows["hi95"], np.quantile(theta, 0.975, axis=0), atol=0.04)


def test_intervals_hold_and_errors_fall_below_those_of_raw_effects() -> None:
    rng = np.random.default_rng(2)
    held, raw, ours = [], [], []
    for _ in range(30):
        se = rng.uniform(0.1, 0.5, 12)
        truth = 0.2 + 0.15 * rng.normal(size=12)
        effect = truth + se * rng.normal(size=12)
        rows = impact.compare_programmes(frame(list(effect), list(se))).estimates.to_pydict()
        held.extend((np.array(rows["lo95"]) <= truth) & (truth <= np.array(rows["hi95"])))
        raw.append(np.mean((effect - truth) ** 2))
        ours.append(np.mean((np.array(rows["shrunken"]) - truth) ** 2))
    assert 0.91 <= np.mean(held) <= 0.985
    assert np.mean(ours) < 0.5 * np.mean(raw)


def test_the_noisiest_effect_is_pulled_most_and_the_order_is_that_of_names() -> None:
    found = impact.compare_programmes(frame([2.0, 2.0, 0.0, 0.1, -0.1], [1.0, 0.1, 0.1, 0.1, 0.1], list("cbaed")))
    rows = found.estimates.to_pydict()
    assert rows["programme"] == list("abcde")
    assert rows["pulled"][2] > rows["pulled"][1]
    assert rows["shrunken"][2] < rows["shrunken"][1]


def test_shifting_and_scaling_all_effects_shifts_and_scales_the_table() -> None:
    effect, se = np.array(SCHOOLS["effect"]), np.array(SCHOOLS["se"])
    once = impact.compare_programmes(frame(list(effect), list(se))).estimates.to_pydict()
    again = impact.compare_programmes(frame(list(3 * effect + 5), list(3 * se))).estimates.to_pydict()
    np.testing.assert_allclose(again["shrunken"], 3 * np.array(once["shrunken"]) + 5, rtol=1e-6)
    np.testing.assert_allclose(again["hi95"], 3 * np.array(once["hi95"]) + 5, rtol=1e-6)


def test_q_values_count_only_what_was_judged() -> None:
    table = frame([1.0, 2.0, 3.0, 4.0], [1.0] * 4).append_column("p_value", pa.array([0.01, None, 0.02, 0.5]))
    rows = impact.compare_programmes(table).estimates.to_pydict()
    assert rows["q_value"] == [pytest.approx(0.03), None, pytest.approx(0.03), pytest.approx(0.5)]


def test_two_programmes_or_no_noise_are_refused() -> None:
    with pytest.raises(NotEstimableError, match="at least 3"):
        impact.compare_programmes(frame([1.0, 2.0], [1.0, 1.0]))
    with pytest.raises(FrameError, match="programme B is zero"):
        impact.compare_programmes(frame([1.0, 2.0, 3.0], [1.0, 0.0, 1.0]))
