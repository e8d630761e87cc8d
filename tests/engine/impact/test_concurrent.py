"""Other programmes at the same time are counted in the right window and named where they are uneven."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import NotEstimableError


def panel(treated: int = 30, people: int = 80) -> pa.Table:
    unit = np.repeat(np.arange(people), 12)
    return pa.table(
        {
            "unit": unit,
            "period": np.tile(np.arange(12), people),
            "outcome": np.random.default_rng(1).normal(size=12 * people),
            "first_treated": pa.array(np.full(12 * people, 6), mask=unit >= treated),
        }
    )


def others(rows: list[tuple[int, str, int]]) -> pa.Table:
    return pa.table({name: [row[j] for row in rows] for j, name in enumerate(("unit", "programme", "started"))})


def test_a_programme_the_treated_took_more_often_is_named() -> None:
    taken = [(u, "coaching", 7) for u in range(20)] + [(u, "coaching", 7) for u in range(30, 35)]
    taken += [(u, "newsletter", 5) for u in range(0, 80, 2)]
    found = impact.concurrent(panel(), others(taken))
    assert found.uneven == ("coaching",)
    assert "67% of the treated, 10% of the untreated" in found.words
    rows = found.estimates.to_pydict()
    assert rows["programme"] == ["coaching", "newsletter"]
    assert rows["treated_share"] == pytest.approx([20 / 30, 0.5])
    assert rows["untreated_share"] == pytest.approx([0.1, 0.5])


def test_only_the_window_around_treatment_and_people_of_the_panel_count() -> None:
    early = [(u, "old", 2) for u in range(20)]
    late = [(u, "later", 12) for u in range(20)]
    strangers = [(u, "elsewhere", 7) for u in range(500, 520)]
    edge = [(u, "edge", 3) for u in range(20)]
    found = impact.concurrent(panel(), others(early + late + strangers + edge))
    assert found.estimates["programme"].to_pylist() == ["edge"]


def test_small_numbers_are_withheld() -> None:
    found = impact.concurrent(panel(), others([(u, "rare", 7) for u in range(4)]))
    assert found.estimates.to_pylist()[0]["treated_share"] is None
    assert found.uneven == ()


def test_months_may_be_dates() -> None:
    table = panel()
    day = {m: datetime.date(2024, m + 1, 15) for m in range(12)}
    dated = table.set_column(1, "period", pa.array([day[m] for m in table["period"].to_pylist()]))
    firsts = [None if m is None else day[m] for m in table["first_treated"].to_pylist()]
    dated = dated.set_column(3, "first_treated", pa.array(firsts, pa.date32()))
    taken = pa.table({"unit": list(range(20)), "programme": ["c"] * 20, "started": [day[3]] * 20})
    assert impact.concurrent(dated, taken).uneven == ("c",)


def test_the_order_of_rows_does_not_matter_and_nothing_recorded_is_said() -> None:
    taken = others([(u, "coaching", 7) for u in range(20)])
    order = pa.array(np.random.default_rng(2).permutation(20))
    assert impact.concurrent(panel(), taken) == impact.concurrent(panel(), taken.take(order))
    assert "No other programme" in impact.concurrent(panel(), taken.slice(0, 0)).words


def test_without_two_sides_there_is_no_comparison() -> None:
    with pytest.raises(NotEstimableError):
        impact.concurrent(panel(treated=0), others([(1, "a", 7)]))
