"""Enumerations of plans."""

from django.db import models


class PlanState(models.TextChoices):
    """Where a plan stands."""

    DRAFT = "draft", "draft"
    PROPOSED = "proposed", "proposed"
    AGREED = "agreed", "agreed"
    COMPLETED = "completed", "completed"
    EXPIRED = "expired", "expired"
    DECLINED = "declined", "declined"


class ActionState(models.TextChoices):
    """Where an action stands. Done is not the end: it stays open until its use is shown or a reason given."""

    PROPOSED = "proposed", "proposed"
    ACCEPTED = "accepted", "accepted"
    SWAPPED = "swapped", "swapped"
    DECLINED = "declined", "declined"
    DONE = "done", "done, not yet used"
    APPLIED = "applied", "used on the job"
    CLOSED = "closed", "closed with a reason"


class InterventionKind(models.TextChoices):
    """Anything that may close a gap."""

    LEARNING = "learning", "learning"
    ON_THE_JOB = "on_the_job", "on the job"
    COACHING = "coaching", "coaching by the manager"
    MENTORING = "mentoring", "mentoring"
    PEER = "peer", "peer exchange"
    FIX = "fix", "a fix that is no training"
