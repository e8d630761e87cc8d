"""Robust intervals of a programme: blocks, targets, and the words that go with them."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.engine import impact
from upwell.engine.impact.inference import Contrast
from upwell.engine.impact.results import Sensitivity
from upwell.engine.impact.sensitivity import MULTIPLES, course_of, sensitivity
from upwell.engine.numerics.impact_honest import relative_magnitudes

Programme = Callable[..., pa.Table]


def event_study(before: int, after: int, value: Callable[[int], float]) -> dict[int, Contrast]:
    """Effects with independent noise per period, measured from the last period before treatment."""
    relatives = list(range(-before, after))
    noise = 0.1 * np.eye(len(relatives))
    base = noise[relatives.index(-1)]
    return {e: Contrast(value(e) - value(-1), noise[j] - base) for j, e in enumerate(relatives)}


def heads(event: dict[int, Contrast]) -> dict[int, float]:
    return dict.fromkeys(event, 50.0)


def rises(e: int) -> float:
    return 0.3 * math.sin(e) + 1.5 * (e >= 0)


def judged(event: dict[int, Contrast], smallest: int | None = None) -> Sensitivity:
    return sensitivity(event, heads(event), 1.959963984540054, smallest)


def test_nine_periods_before_are_read_in_blocks_of_three_and_fewer_one_by_one() -> None:
    assert judged(event_study(9, 6, rises)).periods_per_block == 3
    assert judged(event_study(8, 6, rises)).periods_per_block == 1


def test_a_block_is_the_mean_of_its_periods_against_the_mean_of_the_last_block_before() -> None:
    event = event_study(10, 7, rises)
    course = course_of(event, heads(event))
    assert course is not None
    mean = {k: np.mean([rises(e) for e in range(3 * k, 3 * k + 3)]) for k in range(-3, 2)}
    mean[2] = rises(6)
    np.testing.assert_allclose(course.study.value, [mean[k] - mean[-1] for k in (-3, -2, 0, 1, 2)])
    np.testing.assert_allclose(course.sizes, [150, 150, 50])
    third = 0.01 / 3
    assert course.study.covariance[0, 0] == pytest.approx(2 * third)
    assert course.study.covariance[0, 1] == pytest.approx(third)
    assert course.study.covariance[4, 4] == pytest.approx(0.01 + third)


def test_intervals_come_for_both_targets_and_restrictions_and_widen() -> None:
    found = judged(event_study(12, 6, rises))
    for target in ("first", "average"):
        for restriction in ("relative", "smooth"):
            rows = [i for i in found.intervals if (i.target, i.restriction) == (target, restriction)]
            assert [r.multiple for r in rows] == list(MULTIPLES)
            assert np.all(np.diff([r.hi - r.lo for r in rows]) > 0)


def test_the_breakdown_is_where_the_interval_of_the_first_block_reaches_zero() -> None:
    event = event_study(12, 6, rises)
    found = judged(event)
    course = course_of(event, heads(event))
    assert course is not None
    assert found.breakdown is not None
    assert 0 < found.breakdown < 10
    low = relative_magnitudes(course.study, np.array([1.0, 0]), np.array([found.breakdown])).lo[0]
    assert low == pytest.approx(0.0, abs=1e-3)
    assert f"{found.breakdown:.2g} times" in found.words


def test_no_effect_has_nothing_to_undo() -> None:
    found = judged(event_study(12, 6, lambda e: 0.1 * math.sin(e)))
    assert found.breakdown == 0.0
    assert "no effect" in found.words


def test_few_units_widen_the_intervals_and_leave_smoothness_out() -> None:
    event = event_study(6, 3, rises)
    wide = sensitivity(event, heads(event), 2.776, 5)
    assert {i.restriction for i in wide.intervals} == {"relative"}
    assert wide.bend_breakdown is None
    narrow = judged(event)
    assert wide.breakdown is not None
    assert narrow.breakdown is not None
    assert wide.breakdown < narrow.breakdown


def test_weights_found_on_few_people_are_not_taken_for_better_than_they_are() -> None:
    """Three weights found on 15 people: the variance of the best estimator is understated by 11 * 10 / (14 * 13)."""
    event = event_study(5, 3, rises)
    widths = []
    for smallest in (None, 15):
        rows = [i for i in judged(event, smallest).intervals if (i.restriction, i.target) == ("smooth", "average")]
        widths.append(rows[0].hi - rows[0].lo)
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(14 * 13 / (11 * 10)), rel=1e-6)


def test_one_period_before_treatment_is_too_few() -> None:
    found = judged(event_study(1, 3, rises))
    assert found.breakdown is None
    assert "at least two periods" in found.words


def test_a_gap_in_the_course_ends_it() -> None:
    event = event_study(6, 4, rises)
    del event[-5], event[2]
    course = course_of(event, heads(event))
    assert course is not None
    assert course.study.before == 3
    assert course.study.after == 2


def test_an_outcome_turned_over_has_the_same_breakdown() -> None:
    event = event_study(12, 6, rises)
    turned = judged({e: -1.0 * c for e, c in event.items()})
    plain = judged(event)
    assert turned.breakdown == pytest.approx(plain.breakdown, abs=2e-4)
    assert turned.bend_breakdown == pytest.approx(plain.bend_breakdown, rel=1e-3)


def test_people_are_weighed_by_their_number_in_the_average() -> None:
    event = event_study(6, 3, lambda e: rises(e) + (e == 2))
    few = heads(event) | {2: 1.0}
    many = heads(event) | {2: 5000.0}
    centres = []
    for counted in (few, many):
        found = sensitivity(event, counted, 1.96)
        row = next(
            i for i in found.intervals if i.target == "average" and i.multiple == 0 and i.restriction == "relative"
        )
        centres.append((row.lo + row.hi) / 2)
    assert centres[1] > centres[0] + 0.5


def test_the_same_panel_in_another_order_and_unit_breaks_down_at_the_same_multiple(programme: Programme) -> None:
    table = programme(2, people=300, sent="at_random", effect=0.6)
    plain = impact.evaluate(table, mechanism="staggered", seed=1).sensitivity
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    column = pa.array(10 * shuffled.column("outcome").to_numpy())
    other = impact.evaluate(shuffled.set_column(2, "outcome", column), mechanism="staggered", seed=1).sensitivity
    assert plain is not None
    assert other is not None
    assert other.breakdown == pytest.approx(plain.breakdown, abs=1e-3)
    first, tenfold = plain.intervals[0], other.intervals[0]
    assert tenfold.lo == pytest.approx(10 * first.lo, rel=1e-4)
    assert replace(tenfold, lo=0, hi=0, strength=0) == replace(first, lo=0, hi=0, strength=0)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 8), st.integers(1, 8), st.sampled_from([1e-8, 1.0, 1e8])
)
def test_too_few_units_for_the_number_of_periods_still_give_finite_intervals(
    seed: int, before: int, after: int, rank: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    relatives = [*range(-before, -1), *range(after)]
    columns = rng.normal(size=(rank, len(relatives))) * scale
    if seed % 3 == 0:
        columns[:] = columns[:, :1]
    event = {e: Contrast(float(rng.normal() * scale), columns[:, j]) for j, e in enumerate(relatives)}
    event[-1] = Contrast(0.0, np.zeros(rank))
    found = judged(event)
    assert found.breakdown is not None
    ends = np.array([(i.lo, i.hi) for i in found.intervals])
    assert np.isfinite(ends).all()
    assert (ends[:, 0] <= ends[:, 1]).all()
    assert 0 <= found.breakdown <= 10
