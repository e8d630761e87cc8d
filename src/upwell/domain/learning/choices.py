"""Enumerations of learning."""

from django.db import models


class ItemKind(models.TextChoices):
    """What a learning item is; more than courses."""

    COURSE = "course", "course"
    MODULE = "module", "short module"
    WORKSHOP = "workshop", "workshop"
    EXERCISE = "exercise", "exercise"
    ON_THE_JOB = "on_the_job", "on the job"
    COACHING = "coaching", "coaching"
    MENTORING = "mentoring", "mentoring"
    PEER = "peer", "peer exchange"
    READING = "reading", "reading"


class EnrolmentState(models.TextChoices):
    """Where an enrolment stands. Completion is attendance, never an effect."""

    ENROLLED = "enrolled", "enrolled"
    STARTED = "started", "started"
    COMPLETED = "completed", "completed"
    WITHDRAWN = "withdrawn", "withdrawn"


class EffectBasis(models.TextChoices):
    """What an expected effect rests on."""

    MEASURED = "measured", "measured here"
    ASSUMED = "assumed", "assumed until measured"
