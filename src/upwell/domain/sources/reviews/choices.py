"""Enumerations of reviews."""

from django.db import models


class ReviewKind(models.TextChoices):
    """From which seat the review is written."""

    SELF = "self", "self"
    MANAGER = "manager", "manager"
    PEER = "peer", "peer"
    UPWARD = "report", "upward"


class ReviewState(models.TextChoices):
    """Where a review stands. A closed review is signed by both."""

    TO_DO = "to_do", "to do"
    IN_PROGRESS = "in_progress", "in progress"
    SUBMITTED = "submitted", "submitted"
    CLOSED = "closed", "closed"
