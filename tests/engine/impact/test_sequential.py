"""Looking before the end: the boundary against its theory, and programmes that do nothing."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from scipy import optimize

from upwell.engine import impact
from upwell.engine.errors import ParameterError
from upwell.engine.numerics.impact_sequential import multiplier, p_value, tuned

Programme = Callable[..., pa.Table]


def test_a_random_walk_seldom_leaves_the_boundary_at_any_look() -> None:
    rng = np.random.default_rng(1)
    looks = np.arange(1, 401)
    walks = np.cumsum(rng.normal(size=(2000, 400)), axis=1) / np.sqrt(looks)
    always = np.array([multiplier(tuned(look / 400, 0.5)) for look in looks])
    assert (np.abs(walks) > always).any(axis=1).mean() <= 0.05
    assert (np.abs(walks) > 1.96).any(axis=1).mean() > 0.3


def test_the_boundary_is_tightest_where_it_was_tuned() -> None:
    """Relative to the square root of information the boundary is lowest there (Howard and others 2021, section 3.5)."""
    shares = np.linspace(0.05, 1.0, 96)
    for tightest in (0.3, 0.5, 0.8):
        widths = [multiplier(tuned(share, tightest)) for share in shares]
        assert shares[int(np.argmin(widths))] == pytest.approx(tightest, abs=0.02)


def test_the_p_value_is_the_level_at_which_the_interval_touches_zero() -> None:
    for statistic in (2.5, 3.3, 5.0):
        for ratio in (0.5, 3.0, 20.0):

            def beyond(log_alpha: float, z: float = statistic, r: float = ratio) -> float:
                return multiplier(r, float(np.exp(log_alpha))) - z

            p = p_value(statistic, ratio)
            if p < 1:
                assert p == pytest.approx(np.exp(optimize.brentq(beyond, -60, 0)), rel=1e-6)
    assert p_value(0.0, 1.0) == 1.0


def test_an_interim_look_is_wider_says_so_and_is_judged_again(programme: Programme) -> None:
    plain = impact.evaluate(programme(1, people=900, sent="at_random", effect=0.5), mechanism="lottery", seed=1)
    looked = impact.interim(plain, share=0.5)
    assert plain.headline is not None
    assert looked.headline is not None
    assert looked.headline.estimate == plain.headline.estimate
    factor = (looked.headline.hi95 - looked.headline.lo95) / (plain.headline.hi95 - plain.headline.lo95)
    assert factor == pytest.approx(multiplier(tuned(0.5, 0.5)) / 1.96, rel=1e-3)
    assert looked.verdict.words.startswith("Interim look at 50% of the plan")
    assert looked.verdict.code == 2
    assert looked.diagnostics["interim"]["share"] == 0.5
    assert looked.q_value is not None
    assert plain.q_value is not None
    assert looked.q_value >= plain.q_value
    wide, narrow = looked.event_study.to_pydict(), plain.event_study.to_pydict()
    assert all(a <= b for a, b in zip(wide["band_lo"], narrow["band_lo"], strict=True))


def test_an_effect_that_one_look_finds_narrowly_is_not_claimed_at_an_interim_look(programme: Programme) -> None:
    for seed in range(30):
        found = impact.evaluate(programme(seed, people=60, sent="at_random", effect=0.25), mechanism="lottery", seed=1)
        if found.verdict.code == 2 and found.headline is not None and found.headline.p_value > 0.01:
            assert impact.interim(found, share=0.5).verdict.code == 6
            return
    pytest.fail("no narrow finding among thirty lotteries")


def test_the_bracket_of_a_judged_programme_widens_on_both_sides(programme: Programme) -> None:
    plain = impact.evaluate(programme(2, people=300, sent="bad_quarter", effect=0.3), mechanism="rule", seed=1)
    looked = impact.interim(plain, share=0.3)
    assert plain.bracket is not None
    assert looked.bracket is not None
    assert looked.bracket.lo < plain.bracket.lo
    assert looked.bracket.hi > plain.bracket.hi
    assert looked.bracket.difference == plain.bracket.difference
    for name in ("bjs_donut", "sequential_trial", "sequential_kept"):
        one = looked.estimators[name]
        assert one is not None
        assert looked.bracket.lo <= one.lo95 <= one.hi95 <= looked.bracket.hi


def test_refusals_stay_and_impossible_shares_are_refused(programme: Programme) -> None:
    refused = impact.evaluate(programme(1, people=300, sent="good_quarter", effect=0.0), mechanism="self", seed=1)
    assert impact.interim(refused, share=0.5) is refused
    for share in (0.0, 1.2):
        with pytest.raises(ParameterError, match="share"):
            impact.interim(refused, share=share)
