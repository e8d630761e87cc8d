"""Enumerations of check-ins."""

from django.db import models


class ItemKind(models.TextChoices):
    """Where an agenda item comes from."""

    TOPIC = "topic", "topic"
    PLAN = "plan", "plan"
    GOAL = "goal", "goal"
    COMMITMENT = "commitment", "commitment"
    BLOCKER = "blocker", "blocker"
    CARRIED = "carried", "carried over"


class BlockerKind(models.TextChoices):
    """What stands in the way: the words of the cause list, without knowledge and skill."""

    EXPECTATIONS = "expectations", "unclear expectations"
    FEEDBACK = "feedback", "missing feedback"
    TOOLS = "tools", "tools and resources"
    PROCESS = "process", "process"
    INCENTIVES = "incentives", "incentives"
    CAPACITY = "capacity", "capacity and workload"
    MOTIVE = "motive", "motive and fit"
