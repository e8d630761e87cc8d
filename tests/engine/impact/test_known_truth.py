"""Simulated programmes: the answer is known, so the rule can be marked."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact

Programme = Callable[..., pa.Table]


def test_a_lottery_that_does_nothing_seldom_raises_an_alarm(programme: Programme) -> None:
    codes = [
        impact.evaluate(
            programme(seed, people=150, sent="at_random", effect=0.0), mechanism="lottery", seed=seed
        ).verdict.code
        for seed in range(40)
    ]
    assert codes.count(2) <= 6


def test_a_lottery_that_works_is_found(programme: Programme) -> None:
    held = 0
    for seed in range(5):
        result = impact.evaluate(
            programme(seed, people=600, sent="at_random", effect=0.5), mechanism="lottery", seed=seed
        )
        assert result.verdict.code == 2
        assert result.headline is not None
        held += result.headline.lo95 < 0.5 < result.headline.hi95
    assert held >= 4


@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_after_a_bad_quarter_the_bracket_holds_the_truth_and_the_usual_default_does_not(
    programme: Programme, effect: float
) -> None:
    held, usual = [], []
    for seed in range(12):
        result = impact.evaluate(
            programme(seed, people=300, sent="bad_quarter", effect=effect), mechanism="judgement", seed=seed
        )
        plain = result.estimators["cs_simple"]
        assert result.bracket is not None
        assert plain is not None
        held.append(result.bracket.lo <= effect <= result.bracket.hi)
        usual.append(plain.lo95 <= effect <= plain.hi95)
    assert sum(held) >= 11
    assert sum(usual) == 0


def test_a_lasting_low_level_is_held_by_the_bracket(programme: Programme) -> None:
    held = []
    for seed in range(12):
        bracket = impact.evaluate(
            programme(seed, people=300, sent="lasting_low_level", effect=0.3), mechanism="judgement", seed=seed
        ).bracket
        assert bracket is not None
        held.append(bracket.lo <= 0.3 <= bracket.hi)
    assert sum(held) >= 11


def test_a_null_programme_for_people_sent_after_a_bad_quarter_is_not_called_a_success(
    programme: Programme,
) -> None:
    codes = {
        impact.evaluate(
            programme(seed, people=300, sent="bad_quarter", effect=0.0), mechanism="rule", seed=seed
        ).verdict.code
        for seed in range(12)
    }
    assert codes <= {4, 6}


def test_the_return_to_normal_is_named_in_words(programme: Programme) -> None:
    before = impact.evaluate(
        programme(1, people=600, sent="bad_quarter", effect=0.0), mechanism="judgement", seed=1
    ).pretrend
    assert before is not None
    assert before.dip is not None
    assert before.dip < -0.3
    assert "regression to the mean" in before.words


def test_permuted_dates_leave_no_effect(programme: Programme) -> None:
    table = programme(3, people=400, sent="at_random", effect=1.0)
    width = 24
    first = table.column("first_treated").to_numpy(zero_copy_only=False)[::width]
    alarms = 0
    for seed in range(12):
        shuffled = np.random.default_rng(seed).permutation(first)
        repeated = np.repeat(shuffled, width)
        dates = pa.array(np.nan_to_num(repeated, nan=99).astype(int), mask=np.isnan(repeated))
        moved = table.set_column(3, "first_treated", dates)
        alarms += impact.evaluate(moved, mechanism="lottery", seed=1).verdict.code == 2
    assert alarms <= 3


def test_a_small_effect_measured_well_is_called_not_worthwhile(programme: Programme) -> None:
    result = impact.evaluate(
        programme(2, people=3000, sent="at_random", effect=0.0),
        mechanism="lottery",
        smallest_worthwhile=0.3,
        seed=1,
    )
    assert result.verdict.code == 5


def test_harm_is_called_harm_where_less_is_better(programme: Programme) -> None:
    verdict = impact.evaluate(
        programme(1, people=600, sent="at_random", effect=0.6),
        mechanism="lottery",
        higher_is_better=False,
        seed=1,
    ).verdict
    assert verdict.code == 2
    assert "raised the outcome (a harm)" in verdict.words.lower()
