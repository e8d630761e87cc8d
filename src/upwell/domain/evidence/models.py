"""The spine: who saw whom do what, when, on which scale, from which seat.

Append-only and partitioned by month of `observed_on`; a mistake is corrected by a retraction, never by a change.
Like every partitioned table it carries no foreign-key trigger: operations look the rows up before they write.
"""

from django.db import models
from django.db.models import Q

from upwell.domain.capabilities.models import Capability, Scale
from upwell.domain.evidence.choices import EvidenceKind, Origin, Source
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Observation(models.Model):
    """One dated piece of evidence on one capability of one person."""

    facts = Facts(subject="person", parties=("rater",), sensitivity=Sensitivity.PERSONAL)

    pk = models.CompositePrimaryKey("person_id", "observed_on", "uuid")
    uuid = models.UUIDField(default=uuid7)
    person = models.ForeignKey(
        Person, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    observed_on = models.DateField()
    capability = models.ForeignKey(Capability, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    rater = models.ForeignKey(
        Person, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    source = models.CharField(max_length=10, choices=Source)
    kind = models.CharField(max_length=10, choices=EvidenceKind, default=EvidenceKind.BEHAVIOUR)
    scale = models.ForeignKey(Scale, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    category = models.PositiveSmallIntegerField(help_text="ordinal on the scale, from 1")
    note = models.TextField(blank=True)
    origin = models.CharField(max_length=14, choices=Origin)
    origin_uuid = models.UUIDField(null=True)
    verified_by = models.ForeignKey(
        Person, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "evidence_observation"
        indexes = [
            models.Index(fields=["person", "capability", "observed_on"], name="evidence_person_capability"),
            models.Index(fields=["rater", "observed_on"], name="evidence_rater"),
            models.Index(fields=["origin_uuid"], name="evidence_origin"),
        ]
        constraints = [models.CheckConstraint(name="evidence_category_positive", condition=Q(category__gte=1))]

    def __str__(self) -> str:
        return f"{self.capability} of {self.person} seen on {self.observed_on}"


class Retraction(models.Model):
    """An observation withdrawn, with the reason; the observation itself stays readable."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    observation_uuid = models.UUIDField(unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    retracted_at = models.DateTimeField()
