"""The list of programmes, one programme's effect in words and figures, and the decision on it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import DecisionFactory, EffectFactory, MemberFactory, MetricFactory, ProgrammeFactory
from tests.factories.moments import TODAY

from upwell.domain.impact.models import Decision, Effect
from upwell.foundation.runs.models import Run

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def estimate(value: float, half: float) -> dict[str, float]:
    return {"estimate": value, "lo95": value - half, "hi95": value + half}


CHOSEN = {
    "bjs_donut": estimate(2.0, 1.0),
    "sequential_trial": estimate(2.6, 1.2),
    "cs_simple": estimate(13.7, 2.0),
    "efficient_simple": None,
    "reasons": {"efficient_simple": "dates were not drawn"},
}
DRAWN = {**CHOSEN, "efficient_simple": estimate(4.0, 1.1)}
MONTHS = [
    {"relative_period": when, "estimate": 0.1 * when, "lo": 0.1 * when - 1, "hi": 0.1 * when + 1} for when in (-2, 0, 1)
]


def effect(**fields: object) -> Effect:
    made: Effect = EffectFactory(
        **{
            "programme__metric": MetricFactory(unit_label="points"),
            "verdict": 2,
            "words": "Raised the outcome by 2.90 to 5.10.",
            "lo": 2.9,
            "hi": 5.1,
            "estimators": DRAWN,
            "event_study": MONTHS,
            "pretrend": {"p_value": 0.4, "words": "They did not differ."},
            "assumptions": ["One person's treatment does not change another's result."],
            "diagnostics": {"treated_as_drawn": True, "input_digest": "d" * 64},
            "returns": {"roi_pct": 177.4, "roi_lo95_pct": 40.0, "roi_hi95_pct": 360.0, "probability_positive": 0.99},
            **fields,
        }
    )
    return made


def page(cast: Cast, found: Effect) -> str:
    return cast.emil.client().get(reverse("programme", args=[found.programme.uuid])).content.decode()


def test_the_list_leads_with_what_is_proven(cast: Cast, sql_count: SqlCount) -> None:
    effect(programme__name="Practice labs")
    effect(programme__name="Library", verdict=6, words="Not enough evidence.")
    client = cast.emil.client()
    with sql_count("programmes.list"):
        words = client.get(reverse("programmes")).content.decode()
    assert "<strong>1 programme</strong> has been shown to improve results" in words
    assert words.index("Library") < words.index("Practice labs</h2>")


@pytest.mark.requirement("R53")
@pytest.mark.requirement("R54")
def test_a_drawn_programme_is_judged_by_the_estimate_of_the_draw(cast: Cast, sql_count: SqlCount) -> None:
    found = effect()
    client = cast.emil.client()
    with sql_count("programmes.programme"):
        answer = client.get(reverse("programme", args=[found.programme.uuid]))
    bracket = answer.context["bracket"]
    assert [one.label for one in bracket.effects] == ["Efficient rollout"]
    assert (bracket.low, bracket.high) == pytest.approx((2.9, 5.1))
    words = answer.content.decode()
    said = ("Raised the outcome by 2.90 to 5.10.", "177", "40 – 360 %", "They did not differ.", "not change another")
    for expected in (*said, "d" * 12):
        assert expected in words


def test_where_people_were_chosen_the_bracket_of_two_designs_is_the_headline(cast: Cast) -> None:
    found = effect(estimators=CHOSEN, diagnostics={"treated_as_drawn": False, "input_digest": ""}, verdict=4)
    bracket = cast.emil.client().get(reverse("programme", args=[found.programme.uuid])).context["bracket"]
    assert len(bracket.effects) == 2
    assert (bracket.low, bracket.high) == pytest.approx((1.0, 3.8))
    assert "depends on why people were sent" in page(cast, found)


def test_counts_reckoned_in_ratios_join_the_bracket(cast: Cast) -> None:
    estimators = {**CHOSEN, "ratio_donut": estimate(6, 1)}
    found = effect(estimators=estimators, diagnostics={"treated_as_drawn": False, "input_digest": ""}, verdict=4)
    bracket = cast.emil.client().get(reverse("programme", args=[found.programme.uuid])).context["bracket"]
    assert [one.label for one in bracket.effects][-1] == "Imputation in ratios (A)"
    assert bracket.high > 6


def test_a_lower_metric_that_falls_is_good_news(cast: Cast) -> None:
    found = effect(
        programme__metric=MetricFactory(direction="lower"), estimators={**CHOSEN, "efficient_simple": estimate(-2, 1)}
    )
    verdict = cast.emil.client().get(reverse("programme", args=[found.programme.uuid])).context["verdict"]
    assert (verdict.words, verdict.tone) == ("lowered it", "raised")


def test_nothing_is_published_of_fewer_than_five(cast: Cast) -> None:
    found = effect(n_treated=4, words="Cannot be judged: 4 treated and 9 untreated people.", mde=2.5, verdict=1)
    for _ in range(4):
        MemberFactory(programme=found.programme, treated_from=TODAY)
    answer = cast.emil.client().get(reverse("programme", args=[found.programme.uuid]))
    assert answer.context["bracket"] is None
    assert answer.context["event_study"] is None
    words = answer.content.decode()
    assert "No figure can be shown" in words
    assert "4 treated" not in words
    assert "Could be seen from" not in words
    assert "4 treated" not in cast.emil.client().get(reverse("programmes")).content.decode()
    assert "fewer than 5" in words


def test_a_programme_without_an_estimate_says_what_one_needs(cast: Cast) -> None:
    answer = cast.emil.client().get(reverse("programme", args=[ProgrammeFactory().uuid]))
    assert "Nothing estimated yet" in answer.content.decode()


@pytest.mark.requirement("R55")
def test_keep_change_or_stop_is_logged_with_the_effect_it_rests_on(cast: Cast) -> None:
    found = effect()
    DecisionFactory(programme=found.programme, reason="Too early", decided_by=cast.emil.person)
    url = reverse("programme-decide", args=[found.programme.uuid])
    cast.hana.client().post(url, {"kind": "stop", "reason": "It does not pay."})
    kept = Decision.objects.get(kind="stop")
    assert (kept.effect, kept.decided_by) == (found, cast.hana.person)
    words = page(cast, found)
    assert words.index("It does not pay.") < words.index("Too early")


def test_a_decision_without_a_reason_is_sent_back_with_what_was_chosen(cast: Cast) -> None:
    found = effect()
    answer = cast.emil.client().post(
        reverse("programme-decide", args=[found.programme.uuid]), {"kind": "change", "reason": ""}
    )
    assert answer.status_code == 422
    assert '<option value="change" selected>' in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_new_estimate_is_a_run(cast: Cast) -> None:
    found = effect()
    answer = cast.emil.client().post(reverse("programme-estimate", args=[found.programme.uuid]))
    run = Run.objects.get(kind="impact.evaluate")
    assert answer["Location"] == reverse("run", args=[run.uuid])
