"""Not every gap is a training gap: the cause comes first."""

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import diagnosis
from upwell.engine.diagnosis import Cause, Facts
from upwell.engine.errors import NotEstimableError, ParameterError

NOVICE = Facts(level=2.0, sd=0.3, required=3.0, team_share=0.1, team_size=8, months_in_role=3, could_before=False)
BLOCKED = Facts(level=3.4, sd=0.3, required=3.0, team_share=0.8, team_size=8, blockers={"tools": 3})


def test_a_novice_below_the_level_needs_to_learn() -> None:
    found = diagnosis.assess(NOVICE)
    assert found.causes[0].cause == Cause.SKILL
    assert found.training_opens
    assert found.training_options
    assert "it was never done well before" in found.causes[0].reasons


def test_a_team_without_tools_is_not_sent_to_a_course() -> None:
    found = diagnosis.assess(BLOCKED, {"has_what_is_needed": "no"})
    assert found.causes[0].cause == Cause.TOOLS
    assert not found.training_opens
    assert found.training_options == ()
    assert "equipment" in found.other_options


@pytest.mark.parametrize(
    ("question", "answer", "cause"),
    [
        ("knows_what_good_is", "no", Cause.EXPECTATIONS),
        ("hears_how_it_goes", "no", Cause.FEEDBACK),
        ("has_what_is_needed", "no", Cause.TOOLS),
        ("process_in_the_way", "yes", Cause.PROCESS),
        ("punished_for_doing_well", "yes", Cause.INCENTIVES),
        ("time_enough", "no", Cause.CAPACITY),
        ("wants_this_work", "no", Cause.MOTIVE),
        ("could_if_life_depended", "no", Cause.SKILL),
    ],
)
def test_every_cause_can_be_found_by_asking(question: str, answer: str, cause: Cause) -> None:
    before = {c.cause: c.probability for c in diagnosis.assess(Facts()).causes}
    after = diagnosis.assess(Facts(), {question: answer})  # type: ignore[dict-item]
    assert after.causes[0].cause == cause
    assert after.causes[0].probability > 2 * before[cause]


def test_probabilities_add_up_and_are_ranked() -> None:
    shares = [c.probability for c in diagnosis.assess(BLOCKED).causes]
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 8


def test_not_knowing_changes_nothing() -> None:
    assert diagnosis.assess(NOVICE, {"time_enough": "unsure"}).causes == diagnosis.assess(NOVICE).causes


def test_at_most_five_questions_the_most_telling_first_and_none_twice() -> None:
    answers: dict[str, object] = {}
    while found := diagnosis.questions(Facts(), answers):  # type: ignore[arg-type]
        assert [q.gain for q in found] == sorted((q.gain for q in found), reverse=True)
        assert found[0].key not in answers
        answers[found[0].key] = "unsure"
    assert len(answers) == 5


def test_a_clear_case_needs_no_further_question() -> None:
    assert diagnosis.questions(BLOCKED, {"has_what_is_needed": "no"}) == ()


def test_the_gain_of_a_question_is_the_expected_fall_in_entropy() -> None:
    def entropy(answers: dict[str, str]) -> float:
        p = np.array([c.probability for c in diagnosis.assess(NOVICE, answers).causes])  # type: ignore[arg-type]
        return float(-(p * np.log2(p)).sum())

    asked = diagnosis.questions(NOVICE)[0]
    signal = next(q for q in diagnosis.QUESTIONS if q.key == asked.key).signal
    belief = {c.cause: c.probability for c in diagnosis.assess(NOVICE).causes}
    yes = sum(belief[c] * p for c, p in zip(diagnosis.CAUSES, signal.yes, strict=True))
    left = yes * entropy({asked.key: "yes"}) + (1 - yes) * entropy({asked.key: "no"})
    assert asked.gain == pytest.approx(entropy({}) - left)


def test_hints_say_what_the_facts_speak_for() -> None:
    first = diagnosis.hints(BLOCKED)[0]
    assert first.cause == Cause.TOOLS
    assert first.text == "Check-ins named tools as a blocker 3 times: this speaks for tools and resources."
    assert diagnosis.hints(Facts()) == ()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ParameterError, match="Unknown kind of blocker 'weather'"):
        Facts(blockers={"weather": 1})
    with pytest.raises(ParameterError, match="no question 'mood'"):
        diagnosis.assess(Facts(), {"mood": "yes"})


def groups(seed: int, team_var: float, person_var: float, people: int = 400) -> pa.Table:
    rng = np.random.default_rng(seed)
    team = np.arange(people) // 8
    gap = rng.normal(0, team_var**0.5, people // 8)[team] + rng.normal(0, person_var**0.5, people)
    return pa.table({"person": np.arange(people), "gap": gap, "team": team, "manager": team // 3, "unit": team // 10})


def test_a_gap_that_lies_between_teams_is_called_shared_and_otherwise_personal() -> None:
    assert diagnosis.variance_split(groups(1, 0.8, 0.1)).verdict == "shared"
    assert diagnosis.variance_split(groups(1, 0.05, 0.6)).verdict == "personal"


def test_the_interval_of_the_personal_share_covers_the_truth() -> None:
    inside = 0
    for seed in range(12):
        share = diagnosis.variance_split(groups(seed, 0.3, 0.3, people=240)).estimates.to_pylist()[0]
        inside += share["lo95"] <= 0.5 <= share["hi95"]
    assert inside >= 10


def test_small_teams_are_not_told_apart() -> None:
    table = groups(1, 0.5, 0.5, people=40)
    alone = table.set_column(2, "team", pa.array(np.arange(40))).set_column(3, "manager", pa.array([0] * 40))
    found = diagnosis.variance_split(alone.set_column(4, "unit", pa.array([0] * 40)))
    assert found.verdict == "unknown"
    assert found.estimates.column("share").to_pylist() == [None] * 4
    with pytest.raises(NotEstimableError, match="at least 20 persons"):
        diagnosis.variance_split(table.slice(0, 10))


def test_the_unit_of_the_gap_does_not_change_the_shares() -> None:
    table = groups(3, 0.3, 0.3, people=160)
    tenfold = table.set_column(1, "gap", pa.array(10 * table["gap"].to_numpy()))
    one, ten = (diagnosis.variance_split(t).estimates["share"].to_numpy() for t in (table, tenfold))
    assert ten == pytest.approx(one, abs=0.02, nan_ok=True)


def test_measurement_error_is_not_taken_for_differences_between_persons() -> None:
    table = groups(5, 0.3, 0.3, people=400)
    noisy = table["gap"].to_numpy() + np.random.default_rng(1).normal(0, 0.6, 400)
    told = table.set_column(1, "gap", pa.array(noisy)).append_column("sd", pa.array(np.full(400, 0.6)))
    untold = told.drop_columns(["sd"])
    with_sd, without = (diagnosis.variance_split(t).estimates["share"][0].as_py() for t in (told, untold))
    assert with_sd == pytest.approx(0.5, abs=0.2)
    assert without > with_sd + 0.1


@pytest.mark.parametrize("facts", [Facts(), NOVICE, BLOCKED])
@pytest.mark.parametrize("given", [{}, {"time_enough": "yes"}, {"time_enough": "no", "wants_this_work": "yes"}])
def test_no_other_question_promises_more_than_the_one_that_is_asked(facts: Facts, given: dict[str, str]) -> None:
    """Every question is tried: the expected entropy after it, from the public answers alone."""

    def belief(answers: dict[str, str]) -> np.ndarray:
        found = {c.cause: c.probability for c in diagnosis.assess(facts, answers).causes}  # type: ignore[arg-type]
        return np.array([found[c] for c in diagnosis.CAUSES])

    def entropy(p: np.ndarray) -> float:
        return float(-(p * np.log2(p)).sum())

    now = belief(given)
    gains = {}
    for question in diagnosis.QUESTIONS:
        if question.key in given:
            continue
        yes = float(now @ np.array(question.signal.yes))
        left = yes * entropy(belief({**given, question.key: "yes"}))
        left += (1 - yes) * entropy(belief({**given, question.key: "no"}))
        gains[question.key] = entropy(now) - left
    asked = diagnosis.questions(facts, given)  # type: ignore[arg-type]
    if not asked:
        assert now.max() >= 0.9 or max(gains.values()) < 0.03
        return
    best = sorted(gains, key=lambda key: -gains[key])[: len(asked)]
    assert {q.key for q in asked} == set(best)
    assert asked[0].gain == pytest.approx(max(gains.values()))
