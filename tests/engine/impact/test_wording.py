"""Sentences speak of the panel's own units and periods."""

import datetime as dt
import json
from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import ParameterError

WIDTH = 12


def panel(labels: list[object], *, treated: int = 20, always: int = 0, effect: float = 0.0) -> pa.Table:
    """Sixty units; the first ``always`` treated from the start, the next ``treated`` from the seventh period on."""
    rng = np.random.default_rng(3)
    rows = []
    for u in range(60):
        start = labels[0] if u < always else labels[6] if u < always + treated else None
        for t, label in enumerate(labels):
            value = rng.normal() + effect * (always <= u < always + treated and t >= 6)
            rows.append({"unit": u, "period": label, "outcome": value, "first_treated": start})
    return pa.Table.from_pylist(rows)


def sentences(result: impact.EffectResult) -> str:
    parts = [result.verdict.words, *result.assumptions, *result.reasons.values(), *result.diagnostics["notes"]]
    for one in (result.pretrend, result.sensitivity, result.mde):
        parts.append("" if one is None else one.words)
    return " ".join([*parts, json.dumps(result.estimates["reason"].to_pylist())])


MONTHS = [dt.date(2023, m, 1) for m in range(1, 13)]
SPACINGS = [
    ([2001 + t for t in range(WIDTH)], "year"),
    ([dt.date(2001 + t, 1, 1) for t in range(WIDTH)], "year"),
    ([dt.date(2001 + t // 4, 1 + 3 * (t % 4), 1) for t in range(WIDTH)], "quarter"),
    ([t + 1 for t in range(WIDTH)], "period"),
]


@pytest.mark.parametrize(("labels", "word"), SPACINGS)
@pytest.mark.parametrize("mechanism", ["judgement", "lottery", "universal"])
def test_a_panel_of_places_is_spoken_of_in_its_own_words(labels: list[object], word: str, mechanism: str) -> None:
    found = sentences(impact.evaluate(panel(labels), mechanism=mechanism, smallest_worthwhile=0.1, seed=1))
    assert "month" not in found
    assert "people" not in found
    assert "person" not in found
    assert "units" in found
    assert word in found


def test_months_of_people_keep_their_words() -> None:
    found = impact.evaluate(panel(MONTHS, effect=3.0), mechanism="lottery", seed=1)
    assert "per person and period" in found.verdict.words
    assert "Nobody reacts to the treatment before the month in which it begins." in found.assumptions


def test_words_can_be_asked_for() -> None:
    days = impact.evaluate(panel(list(range(WIDTH)), effect=3.0), mechanism="lottery", seed=1, spacing="day")
    assert "per unit and day" in days.verdict.words
    people = impact.evaluate(panel([2001 + t for t in range(WIDTH)]), mechanism="queue", seed=1, who="people")
    assert "One person's treatment does not change another's result." in people.assumptions
    for wrong in ({"who": "cats"}, {"spacing": "fortnight"}):
        with pytest.raises(ParameterError, match=next(iter(wrong.values()))):
            impact.evaluate(panel(MONTHS), mechanism="queue", seed=1, **wrong)


def test_a_later_look_keeps_the_words() -> None:
    years = impact.evaluate(panel([2001 + t for t in range(WIDTH)], effect=3.0), mechanism="lottery", seed=1)
    looked = impact.interim(years, share=0.5)
    assert "per unit and year" in looked.verdict.words


def test_units_treated_from_the_start_are_counted_apart() -> None:
    """They have no results from before and stand in no comparison."""
    mixed = impact.evaluate(panel(MONTHS, treated=15, always=14), mechanism="judgement", seed=1)
    counts = mixed.diagnostics
    assert (counts["treated"], counts["always_treated"], counts["never_treated"]) == (15, 14, 31)
    assert counts["controls"] == 31
    assert counts["cohorts"] == 1
    assert any(note.startswith("14 people treated from the first period on") for note in counts["notes"])
    few = impact.evaluate(panel(MONTHS, treated=4, always=14), mechanism="judgement", seed=1)
    assert few.verdict.code == 1
    assert few.verdict.words.startswith("Cannot be judged: 4 treated and 42 untreated people")


def test_a_lottery_without_history_counts_those_it_compares() -> None:
    found = impact.evaluate(panel(MONTHS, treated=0, always=20), mechanism="lottery", seed=1).diagnostics
    assert (found["treated"], found["always_treated"]) == (20, 0)
    assert not any("first period" in note for note in found["notes"])


def test_a_single_treated_unit_is_told_so_in_plain_words() -> None:
    found = impact.evaluate(panel([2001 + t for t in range(WIDTH)], treated=1), mechanism="rule", seed=1, min_group=1)
    assert found.verdict.code == 1
    assert "one side consists of a single unit" in found.verdict.words
    assert "synthetic difference in differences instead" in found.verdict.words
    assert "assigned together" not in found.verdict.words


def test_the_decomposition_says_why_it_is_missing() -> None:
    holed = panel([2001 + t for t in range(WIDTH)]).slice(1)
    found = impact.evaluate(holed, mechanism="staggered", seed=1)
    assert found.estimators["bacon"] is None
    note = "Goodman-Bacon parts are left out: the decomposition needs a balanced panel."
    assert note in found.diagnostics["notes"]
    assert asdict(found.verdict)["code"] in range(1, 7)
