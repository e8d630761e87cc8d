"""Enumerations of strategy."""

from django.db import models


class ObjectiveKind(models.TextChoices):
    """The rungs of the strategy chain."""

    MISSION = "mission", "mission"
    STRATEGY = "strategy", "strategy"
    OBJECTIVE = "objective", "objective"


class Stage(models.TextChoices):
    """The growth stage of the business."""

    GROWING = "growing", "growing"
    ESTABLISHED = "established", "established"
    RENEWING = "renewing", "renewing leadership"


EMPHASIS: dict[str, dict[str, float]] = {
    Stage.GROWING: {"technical": 1.25, "tool": 1.25, "career": 1.1},
    Stage.ESTABLISHED: {"process": 1.25, "knowledge": 1.15, "core": 1.1},
    Stage.RENEWING: {"leadership": 1.5, "personal": 1.15, "career": 1.25},
}
"""By how much a stage multiplies the weight of a capability of this class or facet; the larger of the two holds."""
