"""Verdicts 5 and 6, q-values and looks before the end, each where the truth is known."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact

Programme = Callable[..., pa.Table]


@pytest.mark.parametrize(("mechanism", "sent"), [("lottery", "at_random"), ("judgement", "at_random")])
def test_an_effect_below_the_smallest_worthwhile_one_is_told_where_the_interval_allows(
    programme: Programme, mechanism: str, sent: str
) -> None:
    table = programme(5, people=3000, sent=sent, effect=0.02)
    wide = impact.evaluate(table, mechanism=mechanism, smallest_worthwhile=0.25, seed=1)
    assert wide.verdict.code == 5
    span = (wide.headline.lo95, wide.headline.hi95) if wide.headline else None
    lo, hi = span or (wide.bracket.lo, wide.bracket.hi) if wide.bracket else (np.nan, np.nan)
    assert -0.25 < lo <= 0.02 <= hi < 0.25
    assert "inside 0.25 either way" in wide.verdict.words
    narrow = impact.evaluate(table, mechanism=mechanism, smallest_worthwhile=0.9 * max(-lo, hi), seed=1)
    assert narrow.verdict.code == 6
    assert impact.evaluate(table, mechanism=mechanism, seed=1).verdict.code == 6


def test_not_enough_evidence_names_the_people_that_would_be_enough(programme: Programme) -> None:
    """With as many people as named, four of five programmes of the smallest worthwhile size are found."""
    first = impact.evaluate(
        programme(11, people=100, sent="at_random", effect=0.0), mechanism="lottery", smallest_worthwhile=0.2, seed=1
    )
    assert first.verdict.code == 6
    assert first.mde is not None
    needed = first.mde.people_needed
    assert needed is not None
    assert 100 < needed < 600
    assert f"about {needed} units in the same proportions would be needed; there were 100" in first.verdict.words
    found = [
        impact.evaluate(
            programme(seed, people=needed, sent="at_random", effect=0.2), mechanism="lottery", seed=1
        ).verdict.code
        == 2
        for seed in range(14)
    ]
    assert sum(found) >= 8


def test_not_enough_evidence_names_the_months_of_the_same_people(programme: Programme) -> None:
    found = impact.evaluate(
        programme(11, people=100, sent="at_random", effect=0.0), mechanism="lottery", smallest_worthwhile=0.2, seed=1
    )
    assert found.verdict.code == 6
    assert found.mde is not None
    months = found.mde.months_needed
    assert months is not None
    assert 11 < months <= 60
    assert f"the same units followed for about {months} periods after treatment instead of 11" in found.verdict.words


def test_a_finding_among_many_null_programmes_does_not_hold_once_they_are_counted(programme: Programme) -> None:
    """Twenty programmes that do nothing: the luckiest is a finding alone and none beside the others."""
    table = programme(21, people=300, sent="at_random", effect=0.12)
    alone = impact.evaluate(table, mechanism="lottery", seed=1)
    assert alone.q_value is not None
    assert alone.verdict.code == 2
    others = np.linspace(0.06, 0.99, 40)
    beside = impact.evaluate(table, mechanism="lottery", seed=1, q_values=list(others))
    strict = impact.adjust([alone.q_value, *others])[0]
    assert beside.q_value == pytest.approx(strict)
    assert (beside.verdict.code == 2) == (strict <= 0.10)
    held = impact.evaluate(table, mechanism="lottery", seed=1, q_values=0.3)
    assert held.verdict.code == 6
    assert "among so many comparisons it could be chance" in held.verdict.words


def test_false_findings_among_many_programmes_stay_rare(programme: Programme) -> None:
    """Ten programmes, none with an effect, judged together four times: a plain 5 % each would err in two of five."""
    p_values = []
    for seed in range(40):
        found = impact.evaluate(programme(seed, people=60, sent="at_random", effect=0.0), mechanism="lottery", seed=1)
        assert found.q_value is not None
        p_values.append(found.q_value)
    families = np.array(p_values).reshape(4, 10)
    assert sum((impact.adjust(list(family)) <= 0.10).any() for family in families) <= 2


def test_looking_every_quarter_at_a_programme_that_does_nothing_raises_no_alarm(programme: Programme) -> None:
    plain, interim = 0, 0
    for seed in range(12):
        table = programme(seed, people=100, sent="at_random", effect=0.0)
        alarms = [False, False]
        for last in (17, 20, 23):
            seen = table.filter(pa.array(table["period"].to_numpy() <= last))
            found = impact.evaluate(seen, mechanism="lottery", seed=1)
            looked = impact.interim(found, share=(last - 9) / 14)
            alarms[0] |= found.headline is not None and found.headline.p_value <= 0.05
            alarms[1] |= looked.verdict.code == 2
        plain += alarms[0]
        interim += alarms[1]
    assert interim <= 1
    assert interim <= plain
