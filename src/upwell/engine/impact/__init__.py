"""Impact: did the programme raise performance? Designs, estimators, sensitivity, power, verdicts.

``evaluate`` judges one programme, ``adjust`` corrects for many judged at once. Never a before-and-after difference.
"""

from upwell.engine.impact.evaluation import evaluate
from upwell.engine.impact.mechanisms import Mechanism
from upwell.engine.impact.results import (
    Bracket,
    Detectable,
    EffectResult,
    Estimate,
    Part,
    Pretrend,
    Sensitivity,
    Verdict,
)
from upwell.engine.numerics.impact_multiplicity import adjust

__all__ = [
    "Bracket",
    "Detectable",
    "EffectResult",
    "Estimate",
    "Mechanism",
    "Part",
    "Pretrend",
    "Sensitivity",
    "Verdict",
    "adjust",
    "evaluate",
]
