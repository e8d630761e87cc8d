"""Development plans, their actions, and the interventions to choose from."""

from django.db import models
from django.db.models import Q

from upwell.domain.capabilities.models import Capability
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.gaps.models import Need
from upwell.domain.learning.models import LearningItem
from upwell.domain.plans.choices import ActionState, InterventionKind, PlanState
from upwell.foundation.people.models import Person, Unit
from upwell.lib.facts import Facts, Sensitivity, Zone
from upwell.lib.identifiers import uuid7


class Intervention(models.Model):
    """One way to close a gap, with cost, hours, the cause it answers and the effect expected of it."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=250, unique=True)
    kind = models.CharField(max_length=10, choices=InterventionKind)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    item = models.ForeignKey(LearningItem, null=True, on_delete=models.CASCADE, related_name="+")
    capability = models.ForeignKey(Capability, null=True, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause)
    hours = models.FloatField(default=0)
    cost = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    effect = models.FloatField(null=True, help_text="levels; null: not known")
    effect_sd = models.FloatField(null=True)
    retired_on = models.DateField(null=True)

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "capability"], condition=Q(item__isnull=False), name="plans_one_intervention_per_item"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Plan(models.Model):
    """What a person will do about their needs, agreed by both."""

    facts = Facts(subject="person", parties=("manager",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    manager = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=PlanState, default=PlanState.DRAFT)
    proposed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    person_agreed_at = models.DateTimeField(null=True)
    manager_agreed_at = models.DateTimeField(null=True)
    expires_on = models.DateField()
    closing_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["person", "state"], name="plans_person")]
        constraints = [
            models.CheckConstraint(
                name="plans_agreed_by_both",
                condition=~Q(state="agreed") | Q(person_agreed_at__isnull=False, manager_agreed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Action(models.Model):
    """One step of a plan. `reason` says why this step for this person; it is never empty without a need."""

    facts = Facts(
        subject="plan__person", parties=("plan__manager",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH
    )

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="actions")
    need = models.ForeignKey(Need, null=True, on_delete=models.PROTECT, related_name="+")
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ActionState, default=ActionState.PROPOSED)
    reason = models.TextField(help_text="why this step; for an action without a need, the override")
    success_signal = models.CharField(max_length=300)
    due_on = models.DateField()
    swapped_for = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="swapped_from")
    decision_reason = models.CharField(max_length=300, blank=True, help_text="why swapped, declined or closed")
    override_reason = models.CharField(max_length=300, blank=True, help_text="why without a need, or training anyway")
    used_on = models.DateField(null=True, help_text="first logged use on the job")
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    done_on = models.DateField(null=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(name="plans_action_with_reason", condition=Q(need__isnull=False) | ~Q(reason="")),
            models.CheckConstraint(
                name="plans_refusal_with_reason",
                condition=~Q(state__in=["swapped", "declined", "closed"]) | ~Q(decision_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.intervention)


class Budget(models.Model):
    """What a unit may spend on development in a year."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "year"], name="plans_budget_once")]
