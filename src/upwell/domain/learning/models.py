"""The catalogue and who is enrolled in what."""

from django.db import models
from django.db.models import F, Q

from upwell.domain.capabilities.models import Capability
from upwell.domain.learning.choices import EffectBasis, EnrolmentState, ItemKind
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7

PUBLIC = Facts(sensitivity=Sensitivity.PUBLIC)


class LearningItem(models.Model):
    """Something to learn from, of any kind. `activity_iri` is how statements name it."""

    facts = PUBLIC

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=12, choices=ItemKind)
    description = models.TextField(blank=True)
    provider = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    activity_iri = models.CharField(max_length=500, blank=True, db_index=True)
    minutes = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    outline = models.JSONField(default=list, help_text="its parts: title, minutes, objectives")
    retired_on = models.DateField(null=True)

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class ItemCapability(models.Model):
    """Which capability an item builds, and how many levels it is expected to add."""

    facts = PUBLIC

    item = models.ForeignKey(LearningItem, on_delete=models.CASCADE, related_name="capabilities")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="+")
    effect = models.FloatField(null=True, help_text="levels; null: not known")
    effect_sd = models.FloatField(null=True)
    basis = models.CharField(max_length=8, choices=EffectBasis, default=EffectBasis.ASSUMED)

    class Meta:
        verbose_name_plural = "capabilities of learning items"
        constraints = [models.UniqueConstraint(fields=["item", "capability"], name="learning_item_capability")]


class Prerequisite(models.Model):
    """What must be done before an item."""

    facts = PUBLIC

    item = models.ForeignKey(LearningItem, on_delete=models.CASCADE, related_name="prerequisites")
    requires = models.ForeignKey(LearningItem, on_delete=models.CASCADE, related_name="leads_to")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "requires"], name="learning_prerequisite_once"),
            models.CheckConstraint(name="learning_not_before_itself", condition=~Q(item=F("requires"))),
        ]


class Enrolment(models.Model):
    """One person taking one item. `action_uuid` links it to the plan action it serves, empty for unlinked learning."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(LearningItem, on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=10, choices=EnrolmentState, default=EnrolmentState.ENROLLED)
    action_uuid = models.UUIDField(null=True, db_index=True)
    enrolled_on = models.DateField()
    completed_on = models.DateField(null=True)
    score = models.FloatField(null=True)
    statement_uuid = models.UUIDField(null=True, help_text="the learning record that completed it")

    class Meta:
        ordering = ["-enrolled_on", "-id"]
        indexes = [
            models.Index(fields=["person", "state"], name="learning_enrolment_person"),
            models.Index(fields=["item", "state"], name="learning_enrolment_item"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item"], condition=Q(state__in=["enrolled", "started"]), name="learning_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} ({self.person})"
