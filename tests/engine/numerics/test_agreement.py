"""Agreement statistics equal the published examples."""

from dataclasses import astuple

import numpy as np
import pytest

from upwell.engine.errors import NotEstimableError
from upwell.engine.numerics.agreement import alpha_interval, intraclass, intraclass_incomplete, krippendorff_alpha

N = np.nan
EXAMPLE_C = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]])


@pytest.mark.parametrize(
    ("metric", "alpha"),
    [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107), ("ratio", 0.797403)],
)
def test_alpha_equals_krippendorffs_example(metric: str, alpha: float) -> None:
    assert krippendorff_alpha(EXAMPLE_C, metric) == pytest.approx(alpha, abs=1e-5)  # type: ignore[arg-type]


def test_the_six_coefficients_equal_shrout_and_fleiss() -> None:
    found = intraclass(SHROUT_FLEISS)
    values = [found.icc1, found.icc2, found.icc3, found.icc1k, found.icc2k, found.icc3k]
    published = [0.165742, 0.289764, 0.714841, 0.442797, 0.620051, 0.909316]
    assert values == pytest.approx(published, abs=1e-5)


def test_alpha_is_one_for_full_agreement_and_ignores_the_order_of_raters() -> None:
    assert krippendorff_alpha(np.array([[1.0, 2, 3], [1, 2, 3]])) == pytest.approx(1.0)
    assert krippendorff_alpha(EXAMPLE_C[::-1]) == pytest.approx(krippendorff_alpha(EXAMPLE_C))


def test_undefined_agreement_is_refused() -> None:
    with pytest.raises(NotEstimableError):
        krippendorff_alpha(np.array([[3.0, 3], [3, 3]]))
    with pytest.raises(NotEstimableError):
        intraclass(np.array([[1.0, 2]]))
    with pytest.raises(NotEstimableError):
        intraclass(EXAMPLE_C.T)


def long(wide: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    unit, rater = np.nonzero(~np.isnan(wide))
    return unit, rater, wide[unit, rater]


def test_the_coefficients_of_incomplete_data_equal_the_others_where_nothing_is_missing() -> None:
    rng = np.random.default_rng(2)
    wide = rng.normal(size=(30, 1)) + 0.5 * rng.normal(size=(1, 5)) + rng.normal(size=(30, 5))
    assert astuple(intraclass_incomplete(*long(wide))) == pytest.approx(astuple(intraclass(wide)), abs=1e-10)


def test_the_coefficients_of_incomplete_data_find_the_truth() -> None:
    rng = np.random.default_rng(3)
    wide = rng.normal(size=(3000, 1)) + 0.5 * rng.normal(size=(1, 40)) + rng.normal(size=(3000, 40))
    wide[rng.random(wide.shape) < 0.8] = N
    wide = wide[(~np.isnan(wide)).sum(axis=1) > 0]
    found = intraclass_incomplete(*long(wide))
    assert found.icc3 == pytest.approx(0.5, abs=0.02)
    assert found.icc2 == pytest.approx(1 / 2.25, abs=0.05)


def test_an_alpha_interval_covers_and_narrows() -> None:
    rng = np.random.default_rng(4)

    def interval(units: int) -> tuple[float, float, float]:
        theta = rng.integers(0, 4, units)
        wide = np.where(rng.random((3, units)) < 0.7, theta, rng.integers(0, 4, (3, units))).astype(float)
        values = np.unique(wide)
        counts = np.stack([(wide == v).sum(axis=0) for v in values], axis=1).astype(float)
        found = alpha_interval(values, counts, "nominal", seed=1, draws=300)
        return found.lo, krippendorff_alpha(wide, "nominal"), found.hi

    few, many = interval(50), interval(5000)
    assert few[0] < few[1] < few[2]
    assert many[0] < 0.49 < many[2]
    assert many[2] - many[0] < 0.3 * (few[2] - few[0])


@pytest.mark.parametrize("units", [2000, 2001, 2500, 4000])
def test_an_interval_can_be_drawn_for_any_number_of_units(units: int) -> None:
    rng = np.random.default_rng(units)
    counts = np.eye(3)[rng.integers(0, 3, units)] + np.eye(3)[rng.integers(0, 3, units)]
    for seed in range(4):
        found = alpha_interval(np.arange(3.0), counts, "nominal", seed=seed, draws=50)
        assert -0.1 < found.lo < found.hi < 0.1
