"""Enumerations of runs."""

from django.db import models


class RunState(models.TextChoices):
    """Where a run stands."""

    REQUESTED = "requested", "waiting"
    RUNNING = "running", "running"
    SUCCEEDED = "succeeded", "finished"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
