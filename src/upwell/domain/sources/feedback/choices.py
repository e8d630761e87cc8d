"""Enumerations of feedback."""

from django.db import models


class Audience(models.TextChoices):
    """Who reads a piece of feedback."""

    PRIVATE = "private", "only the receiver"
    SHARED = "shared", "the receiver and their manager"


class RequestState(models.TextChoices):
    """Where a request for feedback stands."""

    OPEN = "open", "open"
    ANSWERED = "answered", "answered"
    DECLINED = "declined", "declined"
