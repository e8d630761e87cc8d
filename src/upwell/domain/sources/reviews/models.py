"""Review forms: who reviews whom in which cycle, the answers, and what they say of strengths and readiness."""

from django.db import models

from upwell.domain.capabilities.models import Capability
from upwell.domain.sources.reviews.choices import ReviewKind, ReviewState
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Review(models.Model):
    """One form: a reviewer on a subject, in a cycle."""

    facts = Facts(subject="subject", parties=("reviewer",), sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=ReviewKind)
    state = models.CharField(max_length=12, choices=ReviewState, default=ReviewState.TO_DO)
    achieved = models.TextField(blank=True, help_text="outcomes: what was achieved")
    strengths = models.TextField(blank=True, help_text="behaviour: how, and what to build on")
    readiness = models.TextField(blank=True, help_text="ready for what, and by which evidence")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["cycle", "subject__sort_name"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "subject", "reviewer", "kind"], name="reviews_one_form")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} review of {self.subject}"


class ReviewAnswer(models.Model):
    """The rating of one capability in a review, with what it rests on."""

    facts = Facts(subject="review__subject", parties=("review__reviewer",), sensitivity=Sensitivity.PERSONAL)

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="+")
    category = models.PositiveSmallIntegerField(null=True, help_text="null: not enough seen to say")
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "capability"], name="reviews_answer_once")]
