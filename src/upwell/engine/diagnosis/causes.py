"""The eight causes of a gap, the facts that bear on them, and how likely each fact is under each cause.

Causes after Gilbert's behaviour engineering model (Human Competence, 1978) and Mager and Pipe (Analyzing
Performance Problems, 1997). The likelihoods are judgements, written down so that they can be argued with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from upwell.engine.errors import ParameterError


class Cause(StrEnum):
    """Why somebody falls short; the first six lie in the surroundings, the last two in the person."""

    EXPECTATIONS = "expectations"
    FEEDBACK = "feedback"
    TOOLS = "tools"
    PROCESS = "process"
    INCENTIVES = "incentives"
    CAPACITY = "capacity"
    MOTIVE = "motive"
    SKILL = "skill"


CAUSES: Final = tuple(Cause)
PRIOR: Final = (0.16, 0.14, 0.12, 0.12, 0.08, 0.12, 0.08, 0.18)

NAMES: Final[Mapping[Cause, str]] = {
    Cause.EXPECTATIONS: "unclear expectations",
    Cause.FEEDBACK: "missing feedback",
    Cause.TOOLS: "tools and resources",
    Cause.PROCESS: "the process",
    Cause.INCENTIVES: "incentives",
    Cause.CAPACITY: "capacity and workload",
    Cause.MOTIVE: "motive and fit",
    Cause.SKILL: "knowledge or skill",
}

OTHER_OPTIONS: Final[Mapping[Cause, tuple[str, ...]]] = {
    Cause.EXPECTATIONS: ("clarify_goal", "written_standard", "worked_example"),
    Cause.FEEDBACK: ("regular_check_in", "performance_data", "peer_observation"),
    Cause.TOOLS: ("equipment", "job_aid", "access_to_information"),
    Cause.PROCESS: ("simplify_process", "remove_handover", "clarify_decision_rights"),
    Cause.INCENTIVES: ("recognition", "remove_penalty", "align_reward"),
    Cause.CAPACITY: ("rebalance_work", "drop_tasks", "temporary_help"),
    Cause.MOTIVE: ("career_conversation", "change_of_tasks", "change_of_role"),
    Cause.SKILL: ("job_aid", "practice_on_the_job", "pairing"),
}
TRAINING_OPTIONS: Final = ("coaching", "course", "simulation", "mentoring")


@dataclass(frozen=True, slots=True)
class Signal:
    """A fact or answer: probability that it holds under each cause, in the order of ``CAUSES``."""

    key: str
    yes: tuple[float, ...]
    text: str
    against: str


SIGNALS: Final[Mapping[str, Signal]] = {
    s.key: s
    for s in (
        Signal(
            "level_short",
            (0.45, 0.45, 0.40, 0.40, 0.40, 0.40, 0.45, 0.92),
            "the estimated level is below what the role requires",
            "the estimated level meets what the role requires",
        ),
        Signal(
            "shared_in_team",
            (0.60, 0.50, 0.70, 0.75, 0.60, 0.60, 0.20, 0.30),
            "many in the team share the gap",
            "few others in the team share the gap",
        ),
        Signal(
            "kpi_shared",
            (0.45, 0.40, 0.65, 0.70, 0.50, 0.60, 0.20, 0.30),
            "the result is down for the whole team",
            "the result is down for this person only",
        ),
        Signal(
            "new_in_role",
            (0.40, 0.25, 0.15, 0.15, 0.10, 0.15, 0.15, 0.50),
            "the role changed less than six months ago",
            "the role has not changed for a while",
        ),
        Signal(
            "could_before",
            (0.45, 0.50, 0.60, 0.60, 0.60, 0.70, 0.65, 0.12),
            "it was done well before",
            "it was never done well before",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the probability of "yes" under each cause."""

    key: str
    text: str
    signal: Signal


def _question(
    key: str, text: str, strong: Mapping[Cause, float], rest: float, told: str, denied: str
) -> Question:
    return Question(key, text, Signal(key, tuple(strong.get(c, rest) for c in CAUSES), told, denied))


QUESTIONS: Final = (
    _question(
        "could_if_life_depended",
        "Could the person do it today if everything depended on it?",
        {Cause.SKILL: 0.10, Cause.TOOLS: 0.50, Cause.CAPACITY: 0.60, Cause.PROCESS: 0.55},
        0.85,
        "the person could do it if everything depended on it",
        "the person could not do it even if everything depended on it",
    ),
    _question(
        "knows_what_good_is",
        "Can the person say what good work looks like here, and by when?",
        {Cause.EXPECTATIONS: 0.12, Cause.SKILL: 0.60, Cause.FEEDBACK: 0.60},
        0.85,
        "the person knows what is expected",
        "the person cannot say what is expected",
    ),
    _question(
        "hears_how_it_goes",
        "Does the person hear at least monthly how well it is going?",
        {Cause.FEEDBACK: 0.10, Cause.EXPECTATIONS: 0.45},
        0.75,
        "the person hears regularly how it goes",
        "the person does not hear how it goes",
    ),
    _question(
        "has_what_is_needed",
        "Are tools, information and access at hand when they are needed?",
        {Cause.TOOLS: 0.08, Cause.PROCESS: 0.60},
        0.85,
        "what is needed is at hand",
        "tools, information or access are missing",
    ),
    _question(
        "process_in_the_way",
        "Does the way the work is organised get in the way (handovers, approvals, waiting)?",
        {Cause.PROCESS: 0.90, Cause.TOOLS: 0.40, Cause.CAPACITY: 0.40},
        0.20,
        "the way the work is organised gets in the way",
        "the way the work is organised does not get in the way",
    ),
    _question(
        "punished_for_doing_well",
        "Does doing it well bring the person a disadvantage, or doing it badly an advantage?",
        {Cause.INCENTIVES: 0.85, Cause.MOTIVE: 0.35},
        0.12,
        "doing it well does not pay for the person",
        "nothing speaks against doing it well",
    ),
    _question(
        "time_enough",
        "Is there time enough to do it as required?",
        {Cause.CAPACITY: 0.06, Cause.PROCESS: 0.50},
        0.80,
        "there is time enough",
        "there is not time enough",
    ),
    _question(
        "wants_this_work",
        "Does the person want to do this kind of work?",
        {Cause.MOTIVE: 0.12, Cause.INCENTIVES: 0.55},
        0.85,
        "the person wants this work",
        "the person does not want this kind of work",
    ),
    _question(
        "practised_recently",
        "Has the person been shown how, and practised it within the last year?",
        {Cause.SKILL: 0.15},
        0.65,
        "the person has practised it recently",
        "the person has not practised it recently",
    ),
)

BLOCKERS: Final[Mapping[str, Cause]] = {
    "priorities": Cause.EXPECTATIONS,
    "feedback": Cause.FEEDBACK,
    "tools": Cause.TOOLS,
    "process": Cause.PROCESS,
    "incentives": Cause.INCENTIVES,
    "workload": Cause.CAPACITY,
    "motivation": Cause.MOTIVE,
    "knowledge": Cause.SKILL,
}


@dataclass(frozen=True)
class Facts:
    """What is known before anybody is asked; None is unknown and counts neither way.

    ``level``, ``sd``, ``required`` in levels; ``team_share`` 0 to 1 of ``team_size`` others sharing the gap;
    ``kpi_shared`` whether the result is down for the whole team; ``blockers`` counts check-in blockers by kind
    (keys of ``BLOCKERS``); ``months_in_role`` since the last role change; ``could_before`` once done well.
    """

    level: float | None = None
    sd: float | None = None
    required: float | None = None
    team_share: float | None = None
    team_size: int | None = None
    kpi_shared: bool | None = None
    blockers: Mapping[str, int] = field(default_factory=dict)
    months_in_role: float | None = None
    could_before: bool | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.blockers) - set(BLOCKERS))
        if unknown:
            raise ParameterError(f"Unknown kind of blocker '{unknown[0]}'; known: {', '.join(BLOCKERS)}.")
        if any(n < 0 for n in self.blockers.values()):
            raise ParameterError("A number of blockers cannot be below 0.")
        if self.team_share is not None and not 0.0 <= self.team_share <= 1.0:
            raise ParameterError(f"The share of the team lies between 0 and 1, not at {self.team_share}.")
        if self.sd is not None and self.sd < 0:
            raise ParameterError("The standard deviation of a level cannot be below 0.")
