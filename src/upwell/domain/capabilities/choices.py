"""Enumerations of the capability model."""

from django.db import models


class Facet(models.TextChoices):
    """What a capability is made of."""

    TECHNICAL = "technical", "technical skill"
    PERSONAL = "personal", "personal skill"
    KNOWLEDGE = "knowledge", "knowledge"
    BEHAVIOUR = "behaviour", "behaviour"
    PROCESS = "process", "process"
    TOOL = "tool", "tool"


class CapabilityClass(models.TextChoices):
    """Who must hold a capability."""

    CORE = "core", "core"
    CAREER = "career", "career"
    FUNCTIONAL = "functional", "functional"
    LEADERSHIP = "leadership", "leadership"
