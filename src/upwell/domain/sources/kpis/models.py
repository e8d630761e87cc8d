"""Metrics and their series. Outcome evidence: kept apart from behaviour. Values are partitioned by month."""

from django.db import models

from upwell.domain.capabilities.models import Capability
from upwell.domain.roles.models import Role
from upwell.domain.sources.kpis.choices import Direction, MetricFamily
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Metric(models.Model):
    """What is measured, which way is better, and what a reader must know beside it."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    family = models.CharField(max_length=12, choices=MetricFamily)
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.HIGHER)
    unit_label = models.CharField(max_length=50, blank=True)
    context_note = models.CharField(max_length=500, blank=True)
    retired_on = models.DateField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MetricLink(models.Model):
    """Which capability or role a metric speaks for."""

    facts = Facts()

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="links")
    capability = models.ForeignKey(Capability, null=True, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, null=True, on_delete=models.CASCADE, related_name="+")
    strength = models.FloatField(default=1.0, help_text="how strongly the metric follows the capability, from 0")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "capability", "role"], nulls_distinct=False, name="kpis_link_once"
            )
        ]


class MetricValue(models.Model):
    """The value of a metric for a person in a month."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    pk = models.CompositePrimaryKey("person_id", "metric_id", "month")
    person = models.ForeignKey(
        Person, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    metric = models.ForeignKey(
        Metric, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    month = models.DateField(help_text="first day of the month")
    value = models.FloatField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "kpis_metricvalue"
        indexes = [models.Index(fields=["metric", "month"], name="kpis_metric_month")]
