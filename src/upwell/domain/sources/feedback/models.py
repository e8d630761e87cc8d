"""Feedback given and asked for, all year. Private feedback is growth data: its own table, never joined to pay."""

from django.db import models
from django.db.models import F, Q

from upwell.domain.capabilities.models import Capability
from upwell.domain.sources.feedback.choices import Audience, RequestState
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity, Zone
from upwell.lib.identifiers import uuid7


class FeedbackRequest(models.Model):
    """Somebody asks somebody for feedback."""

    facts = Facts(subject="asker", parties=("asked",), sensitivity=Sensitivity.PERSONAL, zone=Zone.GROWTH)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    asker = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    asked = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    capability = models.ForeignKey(Capability, null=True, on_delete=models.SET_NULL, related_name="+")
    message = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at"]
        constraints = [models.CheckConstraint(name="feedback_not_of_oneself", condition=~Q(asker=F("asked")))]


class Feedback(models.Model):
    """What one person told another."""

    facts = Facts(
        subject="receiver",
        parties=("giver",),
        sensitivity=Sensitivity.PERSONAL,
        zone=Zone.GROWTH,
        private_when=("audience", Audience.PRIVATE.value),
    )

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    giver = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    receiver = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    capability = models.ForeignKey(Capability, null=True, on_delete=models.SET_NULL, related_name="+")
    category = models.PositiveSmallIntegerField(null=True, help_text="an anchored rating, if one was given")
    text = models.TextField()
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.SHARED)
    request = models.ForeignKey(FeedbackRequest, null=True, on_delete=models.SET_NULL, related_name="answers")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["-given_at"]
        verbose_name_plural = "feedback"
        indexes = [models.Index(fields=["receiver", "-given_at"], name="feedback_received")]
        constraints = [models.CheckConstraint(name="feedback_to_another", condition=~Q(giver=F("receiver")))]

    def __str__(self) -> str:
        return f"Feedback for {self.receiver}"
