"""Files people hand in: kept as received, named by digest, served only through a view that checks."""

from django.conf import settings
from django.db import models

from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class StoredFile(models.Model):
    """One file as received. The bytes lie under the media folder at `path`."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    path = models.CharField(max_length=255)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name
