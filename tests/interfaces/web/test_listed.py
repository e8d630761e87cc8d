"""Anchors read as sentences, however the framework wrote them."""

import pytest

from upwell.interfaces.web.listed import points_of


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("You can:\n- explain\n- show others", ["explain", "show others"]),
        ("Explains it well", ["Explains it well"]),
        ("You can:", ["You can:"]),
        ("", []),
        ("• one\n\n* two", ["one", "two"]),
    ],
)
def test_the_points_of_an_anchor_lose_their_marks_and_lead_in(text: str, points: list[str]) -> None:
    assert points_of(text) == points
