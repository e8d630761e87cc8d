"""Numbers are written the same way on every page."""

from datetime import date

import pytest

from upwell.interfaces.web.charts import numbers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.level(2.84), "2.8"),
        (numbers.level(None), "–"),
        (numbers.percent(0.714), "71\N{NO-BREAK SPACE}%"),
        (numbers.signed(0.42), "+0.4"),
        (numbers.signed(-0.42), "−0.4"),
        (numbers.signed(-0.01), "0.0"),
        (numbers.interval(2.1, 3.4), "2.1–3.4"),
        (numbers.interval(-0.1, 0.4, sign=True), "−0.1 to +0.4"),
        (numbers.interval(None, 3.4), "–"),
        (numbers.day(date(2026, 11, 12)), "12\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2026"),
    ],
)
def test_a_number_is_written_as_the_pages_promise(written: str, expected: str) -> None:
    assert written == expected
