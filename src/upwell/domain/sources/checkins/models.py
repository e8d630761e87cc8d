"""1:1s and check-ins: agenda, shared notes, private notes (own table), actions that carry over, blockers."""

from django.db import models

from upwell.domain.capabilities.models import Capability
from upwell.domain.sources.checkins.choices import BlockerKind, ItemKind
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity, Zone
from upwell.lib.identifiers import uuid7


class CheckIn(models.Model):
    """One conversation of a manager and a person."""

    facts = Facts(subject="person", parties=("manager",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    manager = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    planned_on = models.DateField()
    held_at = models.DateTimeField(null=True)
    notes = models.TextField(blank=True, help_text="read by both")

    class Meta:
        ordering = ["-planned_on", "-id"]

    def __str__(self) -> str:
        return f"1:1 of {self.manager} and {self.person}"


class PrivateNote(models.Model):
    """What one party keeps to themselves. Nobody else reads it."""

    facts = Facts(subject="owner", sensitivity=Sensitivity.CONFIDENTIAL, zone=Zone.GROWTH)

    checkin = models.ForeignKey(CheckIn, on_delete=models.CASCADE, related_name="private_notes")
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkin", "owner"], name="checkins_one_private_note")]


class AgendaItem(models.Model):
    """One thing to talk about."""

    facts = Facts(
        subject="checkin__person", parties=("checkin__manager",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH
    )

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    checkin = models.ForeignKey(CheckIn, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=12, choices=ItemKind, default=ItemKind.TOPIC)
    text = models.CharField(max_length=500)
    origin_uuid = models.UUIDField(null=True)
    done = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]


class Agreement(models.Model):
    """An action agreed in a 1:1; it carries over until done."""

    facts = Facts(subject="owner", parties=("checkin__manager",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    checkin = models.ForeignKey(CheckIn, on_delete=models.CASCADE, related_name="agreements")
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=500)
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True)

    class Meta:
        ordering = ["done_on", "due_on", "id"]


class Blocker(models.Model):
    """Something in the way of the work, named in a 1:1. Evidence for a diagnosis."""

    facts = Facts(subject="person", parties=("checkin__manager",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    checkin = models.ForeignKey(CheckIn, on_delete=models.CASCADE, related_name="blockers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=BlockerKind)
    capability = models.ForeignKey(Capability, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(max_length=500)
    raised_on = models.DateField()
    resolved_on = models.DateField(null=True)

    class Meta:
        ordering = ["-raised_on", "id"]
