"""The verbs of the capability model."""

from upwell.domain.capabilities.operations.catalogue import (
    IndicatorSpec,
    create_capability,
    create_framework,
    open_edition,
    retire_capability,
    revise_capability,
    set_indicators,
)
from upwell.domain.capabilities.operations.scales import LevelSpec, ScaleNotOrdered, create_scale

__all__ = [
    "IndicatorSpec",
    "LevelSpec",
    "ScaleNotOrdered",
    "create_capability",
    "create_framework",
    "create_scale",
    "open_edition",
    "retire_capability",
    "revise_capability",
    "set_indicators",
]
