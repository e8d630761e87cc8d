"""Enumerations of notices."""

from django.db import models


class MailState(models.TextChoices):
    """Where a mail in the outbox stands."""

    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"
