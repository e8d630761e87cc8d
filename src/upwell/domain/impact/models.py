"""Programmes, who was in them when and why, what effect was estimated, and what was decided."""

from django.db import models

from upwell.domain.impact.choices import DecisionKind, Mechanism
from upwell.domain.learning.models import LearningItem
from upwell.domain.sources.kpis.models import Metric
from upwell.domain.strategy.models import Objective
from upwell.foundation.people.models import Person
from upwell.foundation.runs.models import Run
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Programme(models.Model):
    """One programme: what the business wants of it, by which metric, fixed before launch."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    purpose = models.TextField()
    objective = models.ForeignKey(Objective, null=True, on_delete=models.SET_NULL, related_name="+")
    item = models.ForeignKey(LearningItem, null=True, on_delete=models.SET_NULL, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    mechanism = models.CharField(max_length=10, choices=Mechanism)
    smallest_worthwhile = models.FloatField(help_text="in units of the metric, asked before launch")
    value_low = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="money per unit per month")
    value_mode = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    value_high = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=0, help_text="of the whole programme")
    launched_on = models.DateField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person in a programme's population: from which month treated, or never (the comparison)."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    treated_from = models.DateField(null=True, help_text="first day of the first treated month; null: never")
    assigned_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "person"], name="impact_member_once")]


class Effect(models.Model):
    """One estimate of a programme's effect, with everything a reader may ask of it."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="effects")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()
    verdict = models.PositiveSmallIntegerField()
    words = models.TextField()
    lo = models.FloatField(null=True)
    hi = models.FloatField(null=True)
    n_treated = models.PositiveIntegerField()
    n_controls = models.PositiveIntegerField()
    estimators = models.JSONField(default=dict)
    event_study = models.JSONField(default=list)
    pretrend = models.JSONField(default=dict)
    sensitivity = models.JSONField(default=dict)
    mde = models.FloatField(null=True)
    returns = models.JSONField(default=dict)
    assumptions = models.JSONField(default=list)
    diagnostics = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-as_of", "-id"]


class Decision(models.Model):
    """Keep, change or stop, with the reason: the log that closes the loop."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="decisions")
    effect = models.ForeignKey(Effect, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=6, choices=DecisionKind)
    reason = models.TextField()
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at"]
