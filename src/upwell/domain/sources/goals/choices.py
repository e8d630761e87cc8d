"""Enumerations of goals."""

from django.db import models


class GoalState(models.TextChoices):
    """Where a goal stands."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    REACHED = "reached", "reached"
    DROPPED = "dropped", "dropped"
