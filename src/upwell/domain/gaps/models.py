"""Level and gap runs, where each person stands, what a unit lacks, and the needs that were confirmed from it."""

from django.db import models
from django.db.models import Q

from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.choices import GapState, NeedKind, NeedOrigin, NeedState, SnapshotKind
from upwell.domain.roles.models import Role
from upwell.foundation.people.models import Person, Unit
from upwell.foundation.runs.models import Run
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class Snapshot(models.Model):
    """One computation of levels and gaps.

    `state` is what everybody's levels share; with the person's `RaterLink` rows and the `RaterBelief` rows of their
    raters it is all that the engine needs to update or explain a level.
    """

    facts = Facts()

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=SnapshotKind, default=SnapshotKind.FULL)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="updates")
    as_of = models.DateField()
    state = models.JSONField(default=dict)
    diagnostics = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-as_of", "-id"]


class Standing(models.Model):
    """Level, interval and gap of one person on one capability, as one snapshot saw it."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="standings")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, null=True, on_delete=models.SET_NULL, related_name="+")
    is_current = models.BooleanField(default=True)
    level = models.FloatField(null=True)
    sd = models.FloatField(null=True)
    lo80 = models.FloatField(null=True)
    hi80 = models.FloatField(null=True)
    lo95 = models.FloatField(null=True)
    hi95 = models.FloatField(null=True)
    n_ratings = models.PositiveIntegerField(default=0)
    n_raters = models.PositiveIntegerField(default=0)
    n_sources = models.PositiveSmallIntegerField(default=0)
    last_rated_on = models.DateField(null=True)
    component = models.IntegerField(null=True, help_text="people in different components cannot be compared")
    provisional = models.BooleanField(default=True)
    required = models.FloatField(null=True)
    weight = models.FloatField(null=True)
    gap = models.FloatField(null=True, help_text="required minus level; positive is below what the role asks")
    p_gap = models.FloatField(null=True, help_text="probability that the gap is material")
    state = models.CharField(max_length=12, choices=GapState, default=GapState.NO_EVIDENCE)
    priority = models.FloatField(null=True, help_text="rank by outcome and strategy, not by size alone")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "person", "capability"], name="gaps_standing_once"),
            models.UniqueConstraint(
                fields=["person", "capability"], condition=Q(is_current=True), name="gaps_one_current_standing"
            ),
        ]
        indexes = [
            models.Index(fields=["capability", "state"], condition=Q(is_current=True), name="gaps_by_capability"),
            models.Index(fields=["person", "snapshot"], name="gaps_person_history"),
        ]


class RaterEffect(models.Model):
    """How severe a rater is, with the interval; shown only from five persons rated."""

    facts = Facts(subject="rater", sensitivity=Sensitivity.CONFIDENTIAL)

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="rater_effects")
    rater = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=10)
    severity = models.FloatField()
    sd = models.FloatField()
    lo95 = models.FloatField()
    hi95 = models.FloatField()
    n_persons = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "rater", "group"], name="gaps_rater_once")]


class RaterBelief(models.Model):
    """What the engine knows of a rater's severity, as natural parameters of a Gaussian; kept for the newest levels."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="beliefs")
    rater = models.BigIntegerField(help_text="id of the person, or -1 where nobody rated (a test, a metric)")
    group = models.CharField(max_length=10)
    shift = models.FloatField(help_text="precision times mean")
    precision = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "rater", "group"], name="gaps_belief_once")]


class RaterLink(models.Model):
    """What one person's ratings told the engine about one rater, so that it can be taken back before an update."""

    facts = Facts(subject="person", sensitivity=Sensitivity.CONFIDENTIAL)

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="links")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    rater = models.BigIntegerField(help_text="id of the person, or -1 where nobody rated (a test, a metric)")
    group = models.CharField(max_length=10)
    shift = models.FloatField(help_text="precision times mean")
    precision = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "snapshot", "rater", "group"], name="gaps_link_once")]


class UnitGap(models.Model):
    """A capability in a unit and everything below it, as one snapshot saw it."""

    facts = Facts()

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="unit_gaps")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="+")
    n = models.PositiveIntegerField(help_text="people of whom the capability is required")
    n_evidence = models.PositiveIntegerField()
    share_meeting = models.FloatField(null=True)
    share_lo95 = models.FloatField(null=True)
    share_hi95 = models.FloatField(null=True)
    mean_gap = models.FloatField(null=True)
    lo95 = models.FloatField(null=True)
    hi95 = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "unit", "capability"], name="gaps_unit_once")]


class Need(models.Model):
    """A gap or wish that somebody stands behind. Confirmed only by a pattern of evidence."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=NeedKind, default=NeedKind.SKILL_GAP)
    state = models.CharField(max_length=10, choices=NeedState, default=NeedState.RAISED)
    origin = models.CharField(max_length=8, choices=NeedOrigin)
    origin_uuid = models.UUIDField(null=True, help_text="the review or 1:1 it was raised in")
    note = models.TextField(blank=True)
    evidence = models.JSONField(default=list, help_text="uuids of the observations it rests on")
    confirmation = models.CharField(max_length=300, blank=True, help_text="why the pattern is, or is not, enough")
    level_at_start = models.FloatField(null=True)
    sd_at_start = models.FloatField(null=True)
    required = models.FloatField(null=True)
    raised_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        indexes = [
            models.Index(fields=["person", "state"], name="gaps_need_person"),
            models.Index(fields=["origin_uuid"], name="gaps_need_origin"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "capability"],
                condition=~Q(state__in=["closed", "dismissed"]),
                name="gaps_one_open_need",
            )
        ]

    def __str__(self) -> str:
        return f"{self.capability} of {self.person}"
