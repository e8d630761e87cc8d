"""Missing results: evenly or not, and how far they could move the answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import NotEstimableError

Rows = Callable[[str], list[dict[str, str]]]


def lottery(seed: int, people: int, surplus: float) -> tuple[dict[str, Any], float]:
    """People whose result is seen more often when assigned, if it is a poor one; effect .3 for everybody."""
    rng = np.random.default_rng(seed)
    assigned = rng.permutation(np.arange(people) % 2)
    stratum = rng.integers(0, 2, people)
    level = rng.normal(size=people) + stratum
    threshold = 0.6 + 0.1 * stratum + surplus * assigned * (level < 0.5)
    seen = rng.random(people) < threshold
    outcome = np.where(seen, level + 0.3 * assigned, np.nan)
    return {"assigned": assigned, "outcome": outcome, "stratum": stratum}, 0.3


def test_trimming_drops_the_surplus_from_either_end() -> None:
    ours, theirs = np.array([5.0, 1, 4, 2, 3, 9, 7, 8]), np.array([1.0, 2, 3, 4, 5, 6])
    outcome = np.concatenate([ours, [np.nan] * 2, theirs, [np.nan] * 4])
    assigned = np.repeat([1, 0], 10)
    found = impact.attrition(pa.table({"assigned": assigned, "outcome": outcome}))
    kept = np.sort(ours)
    assert found.trimmed == pytest.approx(0.25)
    assert found.lo == pytest.approx(kept[:6].mean() - theirs.mean())
    assert found.hi == pytest.approx(kept[2:].mean() - theirs.mean())
    assert (found.missing_assigned, found.missing_others) == pytest.approx((0.2, 0.4))
    assert found.lo95 < found.lo <= found.hi < found.hi95


def test_more_missing_among_the_assigned_mirrors_more_missing_among_the_others() -> None:
    columns, _ = lottery(1, 300, 0.3)
    found = impact.attrition(pa.table(columns))
    mirrored = impact.attrition(pa.table({**columns, "assigned": 1 - columns["assigned"]}))
    assert (mirrored.lo, mirrored.hi) == pytest.approx((-found.hi, -found.lo))
    assert (mirrored.lo95, mirrored.hi95) == pytest.approx((-found.hi95, -found.lo95))


def test_with_nothing_missing_the_bounds_meet_in_the_difference() -> None:
    rng = np.random.default_rng(2)
    table = pa.table({"assigned": np.arange(80) % 2, "outcome": rng.normal(size=80)})
    found = impact.attrition(table)
    assert found.lo == pytest.approx(found.hi)
    assert found.lo == pytest.approx(found.complete.estimate)
    assert found.is_even
    assert found.lo95 == pytest.approx(found.complete.lo95, abs=0.02)


def test_the_interval_covers_the_truth_and_uneven_missing_is_noticed() -> None:
    held = noticed = biased = 0
    for seed in range(60):
        columns, truth = lottery(seed, 800, 0.2)
        found = impact.attrition(pa.table(columns))
        held += found.lo95 <= truth <= found.hi95
        noticed += not found.is_even
        biased += found.complete.hi95 < truth
    assert held >= 57
    assert noticed >= 45
    assert biased >= 6


def test_errors_of_the_bounds_match_their_spread() -> None:
    found = [impact.attrition(pa.table(lottery(seed, 600, 0.3)[0]), tighten=False) for seed in range(120)]
    for bound, se in (("lo", "lo_se"), ("hi", "hi_se")):
        spread = np.std([getattr(f, bound) for f in found])
        assert np.mean([getattr(f, se) for f in found]) == pytest.approx(spread, rel=0.2)


def test_a_stratum_that_tells_who_is_missing_narrows_the_bounds() -> None:
    rng = np.random.default_rng(4)
    stratum = np.arange(4000) % 2
    assigned = rng.integers(0, 2, 4000)
    seen = (stratum == 0) | (assigned == 1) | (rng.random(4000) < 0.5)
    outcome = np.where(seen, rng.normal(size=4000) + 3.0 * stratum, np.nan)
    table = pa.table({"assigned": assigned, "outcome": outcome, "stratum": stratum})
    wide, tight = impact.attrition(table, tighten=False), impact.attrition(table)
    assert tight.hi - tight.lo < 0.7 * (wide.hi - wide.lo)
    assert tight.lo < 0 < tight.hi


def test_wages_of_the_job_corps_are_bounded_above_zero_only_at_the_top(published: Rows) -> None:
    """Earnings exist only for people in work, and the offer put more people to work (the question of Lee 2009)."""
    rows = published("job_corps.csv.gz")
    pay = np.array([float(r["earny4"]) for r in rows])
    outcome = np.log(np.where(pay > 0, pay, np.nan))
    found = impact.attrition(pa.table({"assigned": [int(r["assignment"]) for r in rows], "outcome": outcome}))
    assert not found.is_even
    assert found.missing_assigned < found.missing_others
    assert found.lo < found.complete.estimate < found.hi
    assert found.lo < 0 < found.hi


def test_too_few_results_are_refused() -> None:
    table = pa.table({"assigned": [1] * 6 + [0] * 6, "outcome": [1.0, 2, 3, 4, 5, 6, 1, 2, None, None, None, None]})
    with pytest.raises(NotEstimableError, match="at least 5"):
        impact.attrition(table)
