"""Learning records (xAPI statements) exactly as received. Partitioned by month of `stored_at`; never changed."""

import datetime as dt

from django.db import models
from django.utils import timezone

from upwell.foundation.people.models import Person
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


def today_utc() -> dt.date:
    """The day a record is stored on, in UTC."""
    return timezone.now().date()


class Statement(models.Model):
    """One statement. `raw` is the received JSON; the other columns are read from it for finding."""

    facts = Facts(subject="person", sensitivity=Sensitivity.PERSONAL)

    pk = models.CompositePrimaryKey("stored_on", "statement_uuid")
    statement_uuid = models.UUIDField(default=uuid7)
    stored_on = models.DateField(default=today_utc)
    happened_at = models.DateTimeField()
    person = models.ForeignKey(
        Person, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", help_text="null: unknown"
    )
    actor_key = models.CharField(max_length=400)
    verb = models.CharField(max_length=300)
    object_key = models.CharField(max_length=1000)
    success = models.BooleanField(null=True)
    completion = models.BooleanField(null=True)
    score = models.FloatField(null=True, help_text="scaled, -1 to 1")
    source = models.CharField(max_length=100)
    raw = models.JSONField()

    class Meta:
        db_table = "records_statement"
        indexes = [
            models.Index(fields=["person", "happened_at"], name="records_person"),
            models.Index(fields=["object_key"], name="records_object"),
        ]


class StatementSource(models.Model):
    """A system that may send statements, known by the digest of its token."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
