"""Persons, units, positions and who reports to whom. Everything but identity is effective-dated.

Reporting lines join positions, because posts stay when persons change; a person's manager is whoever occupies the
nearest occupied position above. `Chain` and `UnitChain` are the closures of today's lines, rebuilt by operations.
"""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from upwell.foundation.people.choices import MandateKind, PersonKind
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7
from upwell.lib.periods import PeriodQuerySet, in_order, no_overlap


class Person(models.Model):
    """A human, employed or candidate."""

    facts = Facts(subject="self", sensitivity=Sensitivity.INTERNAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True, help_text="the employee number or other key of the source")
    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, help_text="folded, family name first where known")
    email = models.EmailField(blank=True)
    kind = models.CharField(max_length=12, choices=PersonKind, default=PersonKind.EMPLOYED)
    hired_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    account = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["sort_name", "id"]
        indexes = [models.Index(fields=["sort_name"], name="people_person_sort")]
        constraints = [
            models.CheckConstraint(
                name="people_left_after_hired",
                condition=Q(left_on__isnull=True) | Q(hired_on__isnull=True) | Q(left_on__gte=F("hired_on")),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A node of the organisation tree."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class UnitPlacement(models.Model):
    """Under which unit a unit stands, and when. No parent: a root."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="placements")
    parent = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="child_placements")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["UnitPlacement"].as_manager()

    class Meta:
        constraints = [
            no_overlap("people_unit_placed_once", "unit"),
            in_order("people_unit_placement_order"),
            models.CheckConstraint(
                name="people_unit_not_under_itself", condition=Q(parent__isnull=True) | ~Q(parent=F("unit"))
            ),
        ]


class Position(models.Model):
    """A post, filled or vacant."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class PositionPlacement(models.Model):
    """In which unit a position stands, with its grade and share of full time, and when."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="placements")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="position_placements")
    grade = models.CharField(max_length=100, blank=True)
    fte = models.DecimalField(max_digits=8, decimal_places=2, null=True, help_text="null where the source is blank")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["PositionPlacement"].as_manager()

    class Meta:
        constraints = [no_overlap("people_position_placed_once", "position"), in_order("people_position_order")]


class ReportingLine(models.Model):
    """Which position a position reports to, and when."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="lines_up")
    manager = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="lines_down")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["ReportingLine"].as_manager()

    class Meta:
        constraints = [
            no_overlap("people_one_line_up", "position"),
            in_order("people_line_order"),
            models.CheckConstraint(name="people_no_self_report", condition=~Q(position=F("manager"))),
        ]


class Occupancy(models.Model):
    """Who fills a position, and when. A person holds one position at a time; a position may be shared."""

    facts = Facts(subject="person")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="occupancies")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="occupancies")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["Occupancy"].as_manager()

    class Meta:
        verbose_name_plural = "people in positions"
        constraints = [no_overlap("people_one_position_a_person", "person"), in_order("people_occupancy_order")]


class Establishment(models.Model):
    """Posts known only by number: so many of a title and grade in a unit (the junior staff of an organogram)."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    key = models.CharField(max_length=64, unique=True, help_text="digest of what identifies the row in its source")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="establishments")
    reports_to = models.ForeignKey(Position, null=True, on_delete=models.SET_NULL, related_name="establishments")
    title = models.CharField(max_length=300)
    grade = models.CharField(max_length=100, blank=True)
    profession = models.CharField(max_length=200, blank=True)
    fte = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["Establishment"].as_manager()

    class Meta:
        constraints = [in_order("people_establishment_order")]


class Chain(models.Model):
    """Closure of who manages whom today: `depth` 0 is oneself, 1 a direct report."""

    facts = Facts(subject="person")

    manager = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="chain_down")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="chain_up")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manager", "person"], name="people_chain_once")]
        indexes = [models.Index(fields=["person", "depth"], name="people_chain_up")]


class UnitChain(models.Model):
    """Closure of today's organisation tree: `depth` 0 is the unit itself."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    ancestor = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="chain_down")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="chain_up")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ancestor", "unit"], name="people_unit_chain_once")]
        indexes = [models.Index(fields=["unit", "depth"], name="people_unit_chain_up")]


class Seat(models.Model):
    """Where each person sits today, already joined: position, unit and manager. Rebuilt with the chains."""

    facts = Facts(subject="person")

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="seat")
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="seats")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="seats")
    manager = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="report_seats")
    since = models.DateField()


class Mandate(models.Model):
    """What an account is entrusted with: a kind, for one unit and below or, without a unit, for everyone."""

    facts = Facts(sensitivity=Sensitivity.INTERNAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=MandateKind)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="mandates")
    valid_from = models.DateField(default=dt.date(2000, 1, 1))
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["Mandate"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "unit"], nulls_distinct=False, name="people_mandate_once"
            ),
            in_order("people_mandate_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.unit or 'everyone'}"
