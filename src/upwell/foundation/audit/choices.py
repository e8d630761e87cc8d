"""Kinds of audit lines."""

from django.db import models


class LineKind(models.TextChoices):
    """What a line says happened."""

    DONE = "done", "done"
    SEEN = "seen", "seen"
    REFUSED = "refused", "refused"
