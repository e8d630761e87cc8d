"""Diagnosis: why a gap is there, before anybody is sent to a course.

Facts first, then at most five questions chosen for what they tell, then ranked causes with reasons; and whether
the gap is a person's own or shared with team, manager or unit. See ``docs/methods/diagnosis.md``.
"""

from upwell.engine.diagnosis.causes import BLOCKERS, CAUSES, NAMES, QUESTIONS, Cause, Facts, Question
from upwell.engine.diagnosis.reasoning import (
    Diagnosis,
    Hint,
    NextQuestion,
    RankedCause,
    assess,
    hints,
    questions,
)
from upwell.engine.diagnosis.splitting import GAPS, VarianceSplit, variance_split

__all__ = [
    "BLOCKERS",
    "CAUSES",
    "GAPS",
    "NAMES",
    "QUESTIONS",
    "Cause",
    "Diagnosis",
    "Facts",
    "Hint",
    "NextQuestion",
    "Question",
    "RankedCause",
    "VarianceSplit",
    "assess",
    "hints",
    "questions",
    "variance_split",
]
