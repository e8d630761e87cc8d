"""Jobs as rows: what was asked, how far it is, what came out, and what is needed to replay it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from upwell.foundation.runs.choices import RunState
from upwell.lib.facts import Facts
from upwell.lib.identifiers import uuid7


class Run(models.Model):
    """One job. With version, parameters, digest and seed a computed number can be replayed."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.REQUESTED)
    params = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict)
    engine_version = models.CharField(max_length=40, blank=True)
    input_digest = models.CharField(max_length=64, blank=True)
    seed = models.BigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-requested_at", "-id"]
        indexes = [models.Index(fields=["kind", "-requested_at"], name="runs_kind")]
        constraints = [
            models.CheckConstraint(name="runs_progress_range", condition=Q(progress__gte=0, progress__lte=100))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.requested_at:%d %b %Y %H:%M}"


class RunLine(models.Model):
    """One line of a run's log."""

    facts = Facts()

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    level = models.CharField(max_length=8)
    text = models.TextField()

    class Meta:
        ordering = ["at", "id"]
