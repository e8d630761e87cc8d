"""Why a gap exists: hints from data, at most five answers, ranked causes, a decision; and barriers to remove."""

from django.db import models

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.gaps.models import Need
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Diagnosis(models.Model):
    """The diagnosis of one need."""

    facts = Facts(subject="need__person", parties=("decided_by",), sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    need = models.OneToOneField(Need, on_delete=models.CASCADE, related_name="+")
    hints = models.JSONField(default=dict, help_text="the facts the data offered, as they were then")
    answers = models.JSONField(default=dict, help_text="question key -> answer")
    ranking = models.JSONField(default=list, help_text="[{cause, probability, reasons}], likeliest first")
    questions = models.JSONField(default=list, help_text="[{key, text, gain}] still worth asking, best first")
    other_options = models.JSONField(default=list, help_text="what could be done that is no training")
    shared = models.JSONField(default=dict, help_text="variance split person / team / manager / unit with intervals")
    cause = models.CharField(max_length=12, choices=Cause, blank=True, help_text="empty until decided")
    training_open = models.BooleanField(default=False)
    override_reason = models.TextField(blank=True, help_text="why training was opened for another cause")
    started_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name_plural = "diagnoses"

    def __str__(self) -> str:
        return f"Diagnosis: {self.need}"


class Barrier(models.Model):
    """Something to remove: what, who, by when, and how it ended."""

    facts = Facts(subject="diagnosis__need__person", parties=("owner",), sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    diagnosis = models.ForeignKey(Diagnosis, on_delete=models.CASCADE, related_name="barriers")
    cause = models.CharField(max_length=12, choices=Cause)
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    resolved_on = models.DateField(null=True)
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["resolved_on", "due_on"]

    def __str__(self) -> str:
        return f"Barrier: {self.diagnosis.need}"
