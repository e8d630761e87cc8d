"""A need's facts into the engine, ranked causes and questions out of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

import pyarrow as pa

from upwell.domain.diagnosis.queries import NeedFacts, gaps_around
from upwell.domain.gaps.models import Need
from upwell.domain.sources.checkins.choices import BlockerKind
from upwell.engine import diagnosis as engine
from upwell.engine.errors import EngineError

BLOCKERS = {
    BlockerKind.EXPECTATIONS: "priorities",
    BlockerKind.FEEDBACK: "feedback",
    BlockerKind.TOOLS: "tools",
    BlockerKind.PROCESS: "process",
    BlockerKind.INCENTIVES: "incentives",
    BlockerKind.CAPACITY: "workload",
    BlockerKind.MOTIVE: "motivation",
}
"""What the engine calls the blockers that a 1:1 names."""

Answer = Literal["yes", "no", "unsure"]


class NotAnAnswer(ValueError):
    """The question or the answer is none of those offered."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Ranked causes with reasons, whether the gap is shared, and what to ask next, ready to be kept."""

    ranking: list[dict[str, Any]]
    shared: dict[str, Any]
    questions: list[dict[str, Any]]
    other_options: list[str]
    training_opens: bool


def assess(facts: NeedFacts, answers: Mapping[str, str], *, need: Need) -> Assessment:
    """Weigh the causes given the facts and the answers so far (question key to yes, no or unsure).

    Raises:
        NotAnAnswer: a question or an answer that is none of those offered.
    """
    try:
        found = engine.assess(_facts(facts), cast(Mapping[str, Answer], answers))
    except EngineError as error:
        raise NotAnAnswer(str(error)) from error
    return Assessment(
        ranking=[
            {
                "cause": str(row.cause),
                "name": engine.NAMES[row.cause],
                "probability": row.probability,
                "reasons": list(row.reasons),
            }
            for row in found.causes
        ],
        shared=shared_or_personal(need),
        questions=[asdict(question) for question in found.questions],
        other_options=list(found.other_options),
        training_opens=found.training_opens,
    )


def shared_or_personal(need: Need) -> dict[str, Any]:
    """How the gaps in the need's capability split into person, team, manager and unit, in the unit around it."""
    rows = gaps_around(need)
    if not rows:
        return {}
    names = ("person", "team", "manager", "unit", "gap")
    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    try:
        split = engine.variance_split(table)
    except EngineError as error:
        return {"reason": str(error)}
    return {
        "rows": split.estimates.to_pylist(),
        "verdict": split.verdict,
        "sentence": split.sentence,
        "n": len(rows),
    }


def _facts(facts: NeedFacts) -> engine.Facts:
    return engine.Facts(
        level=facts.level,
        sd=facts.sd,
        required=facts.required,
        team_share=facts.n_team_below / facts.n_team if facts.n_team else None,
        team_size=facts.n_team or None,
        blockers={BLOCKERS[BlockerKind(kind)]: count for kind, count in facts.blockers.items()},
        months_in_role=facts.months_in_role,
    )
