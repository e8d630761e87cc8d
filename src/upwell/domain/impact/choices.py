"""Enumerations of impact."""

from django.db import models


class Mechanism(models.TextChoices):
    """How people came to be in a programme; the estimator, or the refusal, follows from it."""

    LOTTERY = "lottery", "lottery"
    QUEUE = "queue", "arbitrary queue"
    STAGGERED = "staggered", "planned staggered start"
    RULE = "rule", "rule on a rating"
    JUDGEMENT = "judgement", "manager's judgement of a gap"
    SELF = "self", "self-chosen"
    UNIVERSAL = "universal", "legal duty for all"


class DecisionKind(models.TextChoices):
    """What is done with a programme."""

    KEEP = "keep", "keep"
    CHANGE = "change", "change"
    STOP = "stop", "stop"
