"""A cell's colour follows the gap, and words and shape stand beside the colour."""

import pytest

from upwell.interfaces.web.charts import HeatCell, HeatColumn, HeatMap, HeatMode, Person
from upwell.interfaces.web.charts.heat_map import cell_class, cell_text, cell_words


@pytest.mark.parametrize(
    ("value", "class_", "text"),
    [
        (1.0, "far-below", "−2.0"),
        (2.0, "below", "−1.0"),
        (2.5, "just-below", "−0.5"),
        (3.0, "level", "0.0"),
        (3.5, "above", "+0.5"),
        (4.5, "far-above", "+1.5"),
    ],
)
def test_the_gap_has_a_step_and_a_sign(value: float, class_: str, text: str) -> None:
    cell = HeatCell(value, 3.0, 4)
    assert (cell_class(cell, HeatMode.GAP), cell_text(cell, HeatMode.GAP)) == (class_, text)


@pytest.mark.parametrize("mode", list(HeatMode))
def test_no_evidence_is_a_hatch_in_every_mode(mode: HeatMode) -> None:
    cell = HeatCell(None, 3.0)
    assert (cell_class(cell, mode), cell_text(cell, mode)) == ("none", "–")


def test_little_evidence_carries_a_dot_and_says_so() -> None:
    cell = HeatCell(2.0, 3.0, 1, thin=True)
    assert cell_class(cell, HeatMode.GAP) == "below thin"
    assert cell_words(cell, "Testing") == "Testing: level 2.0, role asks 3.0, little or old evidence"


def test_a_capability_the_role_does_not_ask_has_no_gap() -> None:
    cell = HeatCell(2.0, None, 3)
    assert (cell_class(cell, HeatMode.GAP), cell_text(cell, HeatMode.GAP)) == ("unrequired", "2.0")


def test_neighbouring_columns_share_a_group_heading() -> None:
    columns = [HeatColumn("a", "One"), HeatColumn("b", "One"), HeatColumn("c", "Two")]
    heat = HeatMap([], columns)
    assert heat.groups == [("One", 2), ("Two", 1)]
    assert heat.starts == [False, False, True]


def test_a_person_keeps_initials_and_colour() -> None:
    one, again = Person("Rosa María Márquez", key="7"), Person("Rosa", key="7")
    assert one.initials == "RM"
    assert one.hue == again.hue < 8
