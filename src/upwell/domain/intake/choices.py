"""Enumerations of imports."""

from django.db import models


class BatchState(models.TextChoices):
    """Where an import stands."""

    UPLOADED = "uploaded", "uploaded"
    CHECKED = "checked", "checked"
    APPLIED = "applied", "applied"
    UNDONE = "undone", "undone"
    REFUSED = "refused", "refused"


class FindingSeverity(models.TextChoices):
    """How bad a finding is."""

    ERROR = "error", "error"
    WARNING = "warning", "warning"
    INFO = "info", "info"


class ChangeKind(models.TextChoices):
    """What an import did to a row."""

    ADDED = "added", "added"
    CHANGED = "changed", "changed"
    REMOVED = "removed", "removed"
