"""From facts and answers to ranked causes, by Bayes' rule over the eight causes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from upwell.engine.diagnosis.causes import (
    BLOCKERS,
    CAUSES,
    NAMES,
    OTHER_OPTIONS,
    PRIOR,
    QUESTIONS,
    SIGNALS,
    TRAINING_OPTIONS,
    Cause,
    Facts,
    Question,
    Signal,
)
from upwell.engine.errors import ParameterError

Reals = NDArray[np.float64]
Answer = Literal["yes", "no", "unsure"]
MOST_QUESTIONS: Final = 5
LEAST_GAIN: Final = 0.03
CLEAR: Final = 0.9
TRAINING_FROM: Final = 0.3
NEW_IN_ROLE_MONTHS: Final = 6.0
_MATERIAL: Final = 0.25


@dataclass(frozen=True, slots=True)
class Hint:
    """One fact that speaks for or against a cause; ``strength`` is the log2 of how much it moves the odds."""

    cause: Cause
    text: str
    strength: float


@dataclass(frozen=True, slots=True)
class RankedCause:
    """A cause with its probability (0 to 1) and reasons in words, strongest first."""

    cause: Cause
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """A question worth asking; ``gain`` is the expected fall in uncertainty, in bits."""

    key: str
    text: str
    gain: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Causes by falling probability, whether training opens, options of both kinds, and what to ask next.

    ``training_opens`` is true when knowledge or skill is the likeliest cause or at least 30 % likely; otherwise
    training needs an override with a reason. ``other_options`` are for the likely causes, in their order.
    """

    causes: tuple[RankedCause, ...]
    training_opens: bool
    other_options: tuple[str, ...]
    training_options: tuple[str, ...]
    questions: tuple[NextQuestion, ...]
    assumptions: tuple[str, ...]


def hints(facts: Facts) -> tuple[Hint, ...]:
    """What the facts alone say, strongest first: at most one hint per fact and cause, weak ones left out."""
    found = [hint for factor, text in _facts(facts) for hint in _as_hints(factor, text)]
    return tuple(sorted(found, key=lambda h: (-abs(h.strength), h.cause, h.text)))


def questions(facts: Facts, answers: Mapping[str, Answer] | None = None) -> tuple[NextQuestion, ...]:
    """The questions still worth asking, most informative first; five in all, none when the cause is clear.

    Raises:
        ParameterError: an answer to an unknown question, or other than yes, no or unsure.
    """
    given = answers or {}
    belief = _belief(facts, given)
    if belief.max() >= CLEAR:
        return ()
    ranked = [NextQuestion(q.key, q.text, _gain(belief, q)) for q in QUESTIONS if q.key not in given]
    ranked = sorted((q for q in ranked if q.gain >= LEAST_GAIN), key=lambda q: (-q.gain, q.key))
    return tuple(ranked[: max(MOST_QUESTIONS - len(given), 0)])


def assess(facts: Facts, answers: Mapping[str, Answer] | None = None) -> Diagnosis:
    """Rank the causes given facts and answers (question key to yes, no or unsure).

    Raises:
        ParameterError: an answer to an unknown question, or other than yes, no or unsure.
    """
    given = answers or {}
    belief = _belief(facts, given)
    pieces = [*_facts(facts), *_answered(given)]
    ranked = []
    for place in np.argsort(-belief, kind="stable"):
        cause = CAUSES[int(place)]
        moved = [(_odds(factor)[place], text) for factor, text in pieces]
        told = sorted((m for m in moved if m[0] > 0.15), key=lambda m: -m[0])
        ranked.append(RankedCause(cause, float(belief[place]), tuple(text for _, text in told[:3])))
    skill = float(belief[CAUSES.index(Cause.SKILL)])
    opens = ranked[0].cause == Cause.SKILL or skill >= TRAINING_FROM
    likely = [r.cause for r in ranked if r.probability >= 0.15] or [ranked[0].cause]
    options = tuple(dict.fromkeys(option for cause in likely for option in OTHER_OPTIONS[cause]))
    return Diagnosis(
        tuple(ranked),
        opens,
        options,
        TRAINING_OPTIONS if opens else (),
        questions(facts, given),
        (
            "One cause is the main one; facts and answers are independent once it is known.",
            "How likely each answer is under each cause is a published judgement, not measured here.",
        ),
    )


def _belief(facts: Facts, answers: Mapping[str, Answer]) -> Reals:
    logs = np.log(np.array(PRIOR))
    for factor, _ in [*_facts(facts), *_answered(answers)]:
        logs = logs + np.log(factor)
    weights = np.exp(logs - logs.max())
    belief: Reals = weights / weights.sum()
    return belief


def _facts(facts: Facts) -> list[tuple[Reals, str]]:
    found: list[tuple[Reals, str]] = []
    if facts.level is not None and facts.required is not None:
        sd = max(facts.sd if facts.sd is not None else 0.5, 1e-6)
        short = float(ndtr((facts.required - facts.level - _MATERIAL) / sd))
        found.append(_soft(SIGNALS["level_short"], short))
    if facts.team_share is not None and facts.team_size:
        shared = (facts.team_share * facts.team_size + 1.0) / (facts.team_size + 2.0)
        found.append(_soft(SIGNALS["shared_in_team"], shared))
    if facts.kpi_shared is not None:
        found.append(_soft(SIGNALS["kpi_shared"], float(facts.kpi_shared)))
    if facts.months_in_role is not None:
        found.append(_soft(SIGNALS["new_in_role"], float(facts.months_in_role < NEW_IN_ROLE_MONTHS)))
    if facts.could_before is not None:
        found.append(_soft(SIGNALS["could_before"], float(facts.could_before)))
    for kind in sorted(facts.blockers):
        count = facts.blockers[kind]
        if count:
            own = np.array([0.5 if c == BLOCKERS[kind] else 0.15 for c in CAUSES])
            times = "once" if count == 1 else f"{count} times"
            found.append((own ** min(count, 4) ** 0.7, f"check-ins named {kind} as a blocker {times}"))
    return found


def _answered(answers: Mapping[str, Answer]) -> list[tuple[Reals, str]]:
    bank = {q.key: q for q in QUESTIONS}
    found = []
    for key in sorted(answers):
        if key not in bank:
            raise ParameterError(f"There is no question '{key}'.")
        if answers[key] not in ("yes", "no", "unsure"):
            raise ParameterError(f"The answer to '{key}' is yes, no or unsure, not '{answers[key]}'.")
        if answers[key] != "unsure":
            found.append(_soft(bank[key].signal, float(answers[key] == "yes")))
    return found


def _soft(signal: Signal, holds: float) -> tuple[Reals, str]:
    yes = np.array(signal.yes)
    return holds * yes + (1.0 - holds) * (1.0 - yes), signal.text if holds >= 0.5 else signal.against


def _odds(factor: Reals) -> Reals:
    prior = np.array(PRIOR)
    others = (prior @ factor - prior * factor) / (1.0 - prior)
    odds: Reals = np.log2(factor / others)
    return odds


def _as_hints(factor: Reals, text: str) -> list[Hint]:
    odds = _odds(factor)
    sentence = text[0].upper() + text[1:]
    return [
        Hint(
            cause,
            f"{sentence}: this speaks {'for' if odds[i] > 0 else 'against'} {NAMES[cause]}.",
            float(odds[i]),
        )
        for i, cause in enumerate(CAUSES)
        if abs(odds[i]) >= 0.5
    ]


def _gain(belief: Reals, question: Question) -> float:
    yes = np.array(question.signal.yes)
    left = 0.0
    for likelihood in (yes, 1.0 - yes):
        joint = belief * likelihood
        left += float(joint.sum()) * _entropy(joint / joint.sum())
    return _entropy(belief) - left


def _entropy(belief: Reals) -> float:
    held = belief[belief > 0]
    return float(-(held * np.log2(held)).sum())
