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
