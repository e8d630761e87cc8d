"""Periods in which something is asked of many people, with a deadline."""

from django.db import models
from django.db.models import F, Q

from upwell.foundation.cycles.choices import CycleKind, CycleState
from upwell.foundation.people.models import Unit
from upwell.lib.facts import Facts
from upwell.lib.identifiers import uuid7


class Cycle(models.Model):
    """One round, such as the half-year review of a unit."""

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=CycleKind)
    state = models.CharField(max_length=8, choices=CycleState, default=CycleState.DRAFT)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: everyone")
    opens_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        ordering = ["-opens_on", "id"]
        constraints = [models.CheckConstraint(name="cycles_due_after_opening", condition=Q(due_on__gt=F("opens_on")))]

    def __str__(self) -> str:
        return self.name
