"""Use on the job: commitments, logged use, obstacles, and the re-assessment that belongs to the same need."""

from django.db import models
from django.db.models import Q

from upwell.domain.gaps.models import Need
from upwell.domain.plans.models import Action
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity, Zone
from upwell.lib.identifiers import uuid7


class Commitment(models.Model):
    """ "When X, I will Y", tied to an action, asked after at set intervals."""

    facts = Facts(
        subject="action__plan__person",
        parties=("action__plan__manager",),
        sensitivity=Sensitivity.PERSONAL,
        zone=Zone.GROWTH,
    )

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    action = models.OneToOneField(Action, on_delete=models.CASCADE, related_name="+")
    when = models.CharField(max_length=300)
    will = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    next_check_on = models.DateField(null=True, help_text="null: nothing more is asked")

    def __str__(self) -> str:
        return f"Commitment of {self.action.plan.person}"


class Application(models.Model):
    """One answer to "did you use it?": what happened, or what was in the way; seen by another or not."""

    facts = Facts(
        subject="commitment__action__plan__person",
        parties=("commitment__action__plan__manager",),
        sensitivity=Sensitivity.PERSONAL,
        zone=Zone.GROWTH,
    )

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="applications")
    on = models.DateField()
    used = models.BooleanField()
    what = models.TextField(blank=True)
    obstacle = models.CharField(max_length=300, blank=True)
    seen_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    logged_at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(name="transfer_says_something", condition=~Q(what="") | ~Q(obstacle="")),
        ]


class Reassessment(models.Model):
    """A re-rating planned for the capability of a need after development; done when the observation arrives."""

    facts = Facts(subject="need__person", parties=("assessor",), sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="+")
    action = models.ForeignKey(Action, null=True, on_delete=models.SET_NULL, related_name="+")
    assessor = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True)
    observation_uuid = models.UUIDField(null=True)
    level_before = models.FloatField(null=True)
    sd_before = models.FloatField(null=True)
    level_after = models.FloatField(null=True)
    sd_after = models.FloatField(null=True)

    class Meta:
        ordering = ["done_on", "due_on"]
