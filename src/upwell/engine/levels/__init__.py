"""Levels: how good a person is at a capability, from all dated evidence, corrected for who said it and when.

A rater model, not a mean: each rating is an ordinal view of a latent level, blurred by the rater's severity, by
halo (one impression colouring all capabilities), by the source's noise and by age. See ``docs/methods/levels.md``.
"""

from upwell.engine.levels.agreeing import agreement
from upwell.engine.levels.calibrating import calibration_sheet
from upwell.engine.levels.classical import ClassicalResult, mfrm
from upwell.engine.levels.contracts import GROUPS, RATINGS, SOURCES
from upwell.engine.levels.estimating import estimate, update
from upwell.engine.levels.explaining import Explanation, explain, informative
from upwell.engine.levels.parameters import LevelParameters
from upwell.engine.levels.results import LevelsResult
from upwell.engine.levels.state import LevelState

__all__ = [
    "GROUPS",
    "RATINGS",
    "SOURCES",
    "ClassicalResult",
    "Explanation",
    "LevelParameters",
    "LevelState",
    "LevelsResult",
    "agreement",
    "calibration_sheet",
    "estimate",
    "explain",
    "informative",
    "mfrm",
    "update",
]
