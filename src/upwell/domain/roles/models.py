"""Role profiles and the levels they require. A role is one rung of a ladder (family), effective-dated requirements."""

from django.db import models
from django.db.models import Q

from upwell.domain.capabilities.models import Capability
from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7
from upwell.lib.periods import PeriodQuerySet, in_order, no_overlap


class RoleFamily(models.Model):
    """A ladder of roles, such as data engineer from junior to head."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    group = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "role families"

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A job profile: one rung of its family."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=250, unique=True)
    name = models.CharField(max_length=300)
    family = models.ForeignKey(RoleFamily, on_delete=models.PROTECT, related_name="roles")
    rank = models.PositiveSmallIntegerField(help_text="from 1, by mean required level")
    purpose = models.TextField(blank=True)
    retired_on = models.DateField(null=True)

    class Meta:
        ordering = ["family__name", "rank"]

    def __str__(self) -> str:
        return self.name


class Requirement(models.Model):
    """Role x capability x level x weight, and when it holds. `level` is on the latent scale from 0 to 5."""

    facts = Facts(sensitivity=Sensitivity.PUBLIC)

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="requirements")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="+")
    level = models.FloatField()
    level_name = models.CharField(max_length=100, blank=True, help_text="as the source words it")
    weight = models.FloatField(default=1.0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["Requirement"].as_manager()

    class Meta:
        constraints = [
            no_overlap("roles_one_requirement", "role", "capability"),
            in_order("roles_requirement_order"),
            models.CheckConstraint(name="roles_level_range", condition=Q(level__gte=0, level__lte=5)),
            models.CheckConstraint(name="roles_weight_range", condition=Q(weight__gt=0)),
        ]


class RoleHolding(models.Model):
    """Which role a person holds, and when."""

    facts = Facts(subject="person")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="holdings")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PeriodQuerySet["RoleHolding"].as_manager()

    class Meta:
        constraints = [no_overlap("roles_one_role_a_person", "person"), in_order("roles_holding_order")]


class TargetRole(models.Model):
    """The role a person aims at; it adds to what is asked of their development, never to their gaps in the job."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    since = models.DateField()
