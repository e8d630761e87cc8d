"""Goals of persons and units: a measure, milestones, progress, and the objective they serve."""

from django.db import models
from django.db.models import Q

from upwell.domain.sources.goals.choices import GoalState
from upwell.domain.strategy.models import Objective
from upwell.foundation.people.models import Person, Unit
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Goal(models.Model):
    """One goal. Exactly one of person and unit owns it."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    objective = models.ForeignKey(Objective, null=True, on_delete=models.SET_NULL, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    title = models.CharField(max_length=300)
    measure = models.CharField(max_length=300, blank=True, help_text="how it will be known that it is reached")
    weight = models.FloatField(default=1.0)
    state = models.CharField(max_length=8, choices=GoalState, default=GoalState.DRAFT)
    due_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["state", "due_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="goals_one_owner",
                condition=Q(person__isnull=False, unit__isnull=True) | Q(person__isnull=True, unit__isnull=False),
            ),
            models.CheckConstraint(name="goals_measured_when_active", condition=Q(state="draft") | ~Q(measure="")),
        ]

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """A step on the way to a goal."""

    facts = Facts(subject="goal__person", sensitivity=Sensitivity.PERSONAL)

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="milestones")
    text = models.CharField(max_length=300)
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True)

    class Meta:
        ordering = ["due_on", "id"]


class Progress(models.Model):
    """How far a goal was on a day, in percent, with a word on why."""

    facts = Facts(subject="goal__person", sensitivity=Sensitivity.PERSONAL)

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="progress")
    on = models.DateField()
    percent = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [models.CheckConstraint(name="goals_percent_range", condition=Q(percent__lte=100))]
