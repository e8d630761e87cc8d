"""Enumerations of evidence."""

from django.db import models


class Source(models.TextChoices):
    """From which seat an observation was made; the rater model gives each its own noise and severity."""

    SELF = "self", "self"
    MANAGER = "manager", "manager"
    PEER = "peer", "peer"
    REPORT = "report", "report"
    ASSESSOR = "assessor", "assessor"
    TEST = "test", "test"
    KPI = "kpi", "KPI"
    LEARNING = "learning", "learning record"


class EvidenceKind(models.TextChoices):
    """What was achieved is kept apart from how."""

    BEHAVIOUR = "behaviour", "behaviour"
    OUTCOME = "outcome", "outcome"


class Origin(models.TextChoices):
    """Which station made the observation."""

    OBSERVATION = "observation", "observation of work"
    REVIEW = "review", "review"
    FEEDBACK = "feedback", "feedback"
    CHECKIN = "checkin", "check-in"
    ASSESSMENT = "assessment", "assessment"
    REASSESSMENT = "reassessment", "re-assessment"
    IMPORT = "import", "import"
    SIMULATED = "simulated", "simulated"
