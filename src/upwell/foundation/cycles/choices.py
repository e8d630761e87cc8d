"""Enumerations of cycles."""

from django.db import models


class CycleKind(models.TextChoices):
    """How often a cycle comes round."""

    ANNUAL = "annual", "annual"
    QUARTERLY = "quarterly", "quarterly"
    PROJECT = "project", "project"


class CycleState(models.TextChoices):
    """Where a cycle stands."""

    DRAFT = "draft", "draft"
    OPEN = "open", "open"
    CLOSED = "closed", "closed"
