"""Enumerations of metrics."""

from django.db import models


class MetricFamily(models.TextChoices):
    """What a metric is about."""

    QUALITY = "quality", "quality"
    TIMELINESS = "timeliness", "timeliness"
    ACCURACY = "accuracy", "accuracy"
    INNOVATION = "innovation", "innovation"
    ADAPTABILITY = "adaptability", "adaptability"


class Direction(models.TextChoices):
    """Which way is better."""

    HIGHER = "higher", "higher is better"
    LOWER = "lower", "lower is better"
