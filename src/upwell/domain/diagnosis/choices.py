"""Enumerations of causes."""

from django.db import models


class Cause(models.TextChoices):
    """Why somebody does not do what the role asks; only the last opens training."""

    EXPECTATIONS = "expectations", "expectations"
    FEEDBACK = "feedback", "feedback"
    TOOLS = "tools", "tools and resources"
    PROCESS = "process", "process"
    INCENTIVES = "incentives", "incentives"
    CAPACITY = "capacity", "capacity and workload"
    MOTIVE = "motive", "motive and fit"
    SKILL = "skill", "knowledge or skill"
