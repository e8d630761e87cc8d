"""Different rating scales land on one metric."""

import pytest

from upwell.engine.errors import ParameterError
from upwell.engine.scales import FIVE_LEVELS, LatentScale, to_level


def test_on_five_levels_a_category_stands_for_its_own_number() -> None:
    assert [to_level(k, FIVE_LEVELS) for k in range(1, 6)] == [1, 2, 3, 4, 5]


def test_seven_points_spread_over_the_same_range() -> None:
    seven = LatentScale.even("seven", 7)
    assert to_level(1, seven) == pytest.approx(1.0)
    assert to_level(4, seven) == pytest.approx(3.0)
    assert to_level(7, seven) == pytest.approx(5.0)


@pytest.mark.parametrize("cuts", [(), (2.0, 2.0), (3.0, 1.0), (float("inf"),)])
def test_cut_points_that_make_no_scale_are_refused(cuts: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="bad"):
        LatentScale("bad", cuts)


def test_a_category_beyond_the_scale_is_refused() -> None:
    with pytest.raises(ParameterError, match="categories 1 to 2"):
        to_level(3, LatentScale.pass_mark("test", 3.0))
