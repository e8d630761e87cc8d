"""Enumerations of levels, gaps and needs."""

from django.db import models


class SnapshotKind(models.TextChoices):
    """How much a snapshot covers."""

    FULL = "full", "everyone"
    UPDATE = "update", "the people touched by new evidence"


class GapState(models.TextChoices):
    """Where a level stands against its requirement."""

    BELOW = "below", "below"
    MEETS = "meets", "meets"
    ABOVE = "above", "above"
    UNSURE = "unsure", "not sure yet"
    NO_EVIDENCE = "no_evidence", "no evidence"


class NeedKind(models.TextChoices):
    """What kind of help is called for."""

    SKILL_GAP = "skill_gap", "skill gap"
    BEHAVIOUR = "behaviour", "behaviour pattern"
    READINESS = "readiness", "readiness"
    COACHING = "coaching", "coaching need"


class NeedState(models.TextChoices):
    """Where a need stands."""

    RAISED = "raised", "raised"
    CONFIRMED = "confirmed", "confirmed"
    DIAGNOSED = "diagnosed", "diagnosed"
    PLANNED = "planned", "planned"
    CLOSED = "closed", "closed"
    DISMISSED = "dismissed", "dismissed"


class NeedOrigin(models.TextChoices):
    """Where a need was seen."""

    RUN = "run", "gap run"
    REVIEW = "review", "review"
    CHECKIN = "checkin", "1:1"
    SELF = "self", "the person"
