"""Talent: who could do which role, what it would take, and which posts hang on one person.

Only levels of capabilities, requirements and learning steps are read: nothing about age, sex, origin, family, health or
belief can enter, since no frame has a column for it. See ``docs/methods/talent.md``.
"""

from upwell.engine.talent.contracts import ITEMS, LEVELS, POSTS, REQUIREMENTS
from upwell.engine.talent.matching import Matches, match
from upwell.engine.talent.paths import CONFIDENCES, Path, cheapest_path
from upwell.engine.talent.reading import SHARED
from upwell.engine.talent.succession import Readiness, Slates, slates

__all__ = [
    "CONFIDENCES",
    "ITEMS",
    "LEVELS",
    "POSTS",
    "REQUIREMENTS",
    "SHARED",
    "Matches",
    "Path",
    "Readiness",
    "Slates",
    "cheapest_path",
    "match",
    "slates",
]
