"""Impact: did the programme raise performance? Designs, estimators, sensitivity, power, verdicts.

``evaluate`` judges one programme, ``adjust`` corrects for many judged at once. Never a before-and-after difference.
"""

from upwell.engine.impact.attrition import Attrition, attrition
from upwell.engine.impact.concurrent import Concurrent, concurrent
from upwell.engine.impact.draws import permutation_test
from upwell.engine.impact.evaluation import evaluate
from upwell.engine.impact.instruments import (
    Complier,
    Difference,
    compare_groups,
    intention_to_treat,
    treatment_on_treated,
)
from upwell.engine.impact.mechanisms import Mechanism
from upwell.engine.impact.plausible import evaluate_plausible
from upwell.engine.impact.results import (
    Bracket,
    Detectable,
    Drift,
    EffectResult,
    Estimate,
    Part,
    Pretrend,
    RobustInterval,
    Sensitivity,
    Verdict,
)
from upwell.engine.impact.sequential import interim
from upwell.engine.impact.synthetic import SyntheticResult, synthetic_did
from upwell.engine.impact.table import ProgrammeTable, compare_programmes
from upwell.engine.impact.twoway import TwoWayResult, two_way
from upwell.engine.numerics.impact_multiplicity import adjust
from upwell.engine.numerics.impact_permutation import Permutation

__all__ = [
    "Attrition",
    "Bracket",
    "Complier",
    "Concurrent",
    "Detectable",
    "Difference",
    "Drift",
    "EffectResult",
    "Estimate",
    "Mechanism",
    "Part",
    "Permutation",
    "Pretrend",
    "ProgrammeTable",
    "RobustInterval",
    "Sensitivity",
    "SyntheticResult",
    "TwoWayResult",
    "Verdict",
    "adjust",
    "attrition",
    "compare_groups",
    "compare_programmes",
    "concurrent",
    "evaluate",
    "evaluate_plausible",
    "intention_to_treat",
    "interim",
    "permutation_test",
    "synthetic_did",
    "treatment_on_treated",
    "two_way",
]
