"""What the organisation wants, and the weight that puts on capabilities."""

from django.db import models
from django.db.models import Q

from upwell.domain.capabilities.models import Capability
from upwell.domain.strategy.choices import ObjectiveKind, Stage
from upwell.foundation.people.models import Person, Unit
from upwell.lib.facts import Facts
from upwell.lib.identifiers import uuid7


class Objective(models.Model):
    """A rung of the chain from mission to objective."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=12, choices=ObjectiveKind)
    title = models.CharField(max_length=300)
    statement = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    owner = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome_metric = models.CharField(max_length=100, blank=True, help_text="key of the metric it is judged by")
    due_on = models.DateField(null=True)

    class Meta:
        ordering = ["kind", "title"]

    def __str__(self) -> str:
        return self.title


class CapabilityWeight(models.Model):
    """How much an objective leans on a capability, and why."""

    facts = Facts()

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="weights")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField(default=1.0)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objective", "capability"], name="strategy_weight_once"),
            models.CheckConstraint(name="strategy_weight_range", condition=Q(weight__gt=0, weight__lte=5)),
        ]


class GrowthStage(models.Model):
    """Which stage the business is in since when; the newest row holds."""

    facts = Facts()

    stage = models.CharField(max_length=12, choices=Stage)
    since = models.DateField(unique=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-since"]


class Campaign(models.Model):
    """A short strategy-driven push: who, by when, for which outcome."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    objective = models.ForeignKey(Objective, null=True, on_delete=models.SET_NULL, related_name="campaigns")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", help_text="its population")
    outcome = models.CharField(max_length=300)
    due_on = models.DateField()

    class Meta:
        ordering = ["due_on"]

    def __str__(self) -> str:
        return self.name
