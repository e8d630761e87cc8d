"""Agreement statistics equal the published examples."""

import numpy as np
import pytest

from upwell.engine.errors import NotEstimableError
from upwell.engine.numerics.agreement import intraclass, krippendorff_alpha

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
