"""Who did what, when, to which thing; and who saw what is sensitive."""

from django.conf import settings
from django.db import models

from upwell.foundation.audit.choices import LineKind
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class AuditLine(models.Model):
    """One thing done or one sensitive thing seen. Lines are added, never changed."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=8, choices=LineKind)
    verb = models.CharField(max_length=80, help_text="noun.verb of the operation, such as plan.approve")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=200, help_text="as it was then; 'system' where no account acted")
    subject_uuid = models.UUIDField(null=True, help_text="the person whose data was touched")
    thing_type = models.CharField(max_length=80, blank=True)
    thing_uuid = models.UUIDField(null=True)
    thing_name = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["thing_uuid", "at"], name="audit_thing"),
            models.Index(fields=["subject_uuid", "at"], name="audit_subject"),
            models.Index(fields=["actor", "at"], name="audit_actor"),
            models.Index(fields=["verb", "at"], name="audit_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_name}"
