"""Frameworks, their editions, scales with published cut points, capabilities and the indicators of each level."""

from django.db import models
from django.db.models import F, Q

from upwell.domain.capabilities.choices import CapabilityClass, Facet
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7
from upwell.lib.periods import PeriodQuerySet, in_order, no_overlap

PUBLIC = Facts(sensitivity=Sensitivity.PUBLIC)


class Scale(models.Model):
    """An ordered set of levels that ratings are given on. All scales land on one latent scale from 0 to 5."""

    facts = PUBLIC

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScaleLevel(models.Model):
    """One level of a scale: `ordinal` counts from 1; `position` and lower bound `cut` lie on the latent scale."""

    facts = PUBLIC

    scale = models.ForeignKey(Scale, on_delete=models.CASCADE, related_name="levels")
    ordinal = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    position = models.FloatField(help_text="0 to 5: where a person exactly at this level stands")
    cut = models.FloatField(null=True, help_text="0 to 5: from here on the level is the likeliest; null for the lowest")

    class Meta:
        ordering = ["scale", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["scale", "ordinal"], name="capabilities_scale_ordinal"),
            models.CheckConstraint(name="capabilities_position_range", condition=Q(position__gte=0, position__lte=5)),
            models.CheckConstraint(
                name="capabilities_cut_below", condition=Q(cut__isnull=True) | Q(cut__lte=F("position"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Framework(models.Model):
    """A published or own set of capabilities."""

    facts = PUBLIC

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=300)
    publisher = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=300, blank=True)
    source_url = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """One version of a framework and the days it is in force."""

    facts = PUBLIC

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="editions")
    label = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["Edition"].as_manager()

    class Meta:
        ordering = ["framework", "valid_from"]
        constraints = [no_overlap("capabilities_one_edition", "framework"), in_order("capabilities_edition_order")]

    def __str__(self) -> str:
        return f"{self.framework} {self.label}"


class Capability(models.Model):
    """Something a person can do, know or show, of any facet."""

    facts = PUBLIC

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="capabilities")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    facet = models.CharField(max_length=12, choices=Facet)
    kind = models.CharField(max_length=12, choices=CapabilityClass, default=CapabilityClass.FUNCTIONAL)
    group = models.CharField(max_length=200, blank=True, help_text="heading under which it is shown")
    scale = models.ForeignKey(Scale, null=True, on_delete=models.PROTECT, related_name="capabilities")
    retired_on = models.DateField(null=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "capabilities"

    def __str__(self) -> str:
        return self.name


class EditionEntry(models.Model):
    """How a capability read in one edition, so that old ratings stay readable."""

    facts = PUBLIC

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="entries")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "entries of editions"
        constraints = [models.UniqueConstraint(fields=["edition", "capability"], name="capabilities_entry_once")]


class Indicator(models.Model):
    """An observable anchor of a level: what is seen at it, or (not `effective`) what speaks against it."""

    facts = PUBLIC

    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="indicators")
    level = models.PositiveSmallIntegerField(help_text="ordinal on the capability's scale")
    rank = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    effective = models.BooleanField(default=True)

    class Meta:
        ordering = ["capability", "level", "-effective", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["capability", "level", "effective", "rank"], name="capabilities_indicator_once"
            )
        ]
