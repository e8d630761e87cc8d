"""The building blocks escape what they are given and choose round axis values."""

from itertools import pairwise

import pytest

from upwell.interfaces.web.charts.svg import Scale, tag, ticks


def test_markup_in_a_label_is_shown_and_not_run() -> None:
    assert tag("text", "<script>", class_='"x') == '<text class="&quot;x">&lt;script&gt;</text>'


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.56, 0.2), (3, 3), (0, 1200), (-5e-3, 2e-3)])
def test_axis_values_cover_the_data_in_equal_round_steps(low: float, high: float) -> None:
    marks = ticks(low, high)
    steps = {round(b - a, 9) for a, b in pairwise(marks)}
    assert marks[0] <= low
    assert marks[-1] >= high
    assert len(steps) <= 1


def test_a_value_outside_the_scale_is_held_at_its_end() -> None:
    scale = Scale(0, 5, 0, 1)
    assert (scale.held(7), scale.held(-1), scale.held(2.5)) == (1, 0, 0.5)
