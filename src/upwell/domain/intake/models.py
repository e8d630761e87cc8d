"""Imports: what was handed in, what was found in it, and what each applied import changed, so that it can be undone."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from upwell.domain.intake.choices import BatchState, ChangeKind, FindingSeverity
from upwell.foundation.files.models import StoredFile
from upwell.lib.facts import Facts, Sensitivity
from upwell.lib.identifiers import uuid7


class ImportBatch(models.Model):
    """One import of files that belong together. `summary` is its reconciliation report."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.UPLOADED)
    format = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    file_names = models.JSONField(default=list)
    options = models.JSONField(default=dict, help_text="key, name, valid_from and as_of as given")
    digest = models.CharField(max_length=64, help_text="of the files' contents")
    files = models.ManyToManyField(StoredFile, related_name="+")
    summary = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(
                name="intake_applied_has_time", condition=~Q(state="applied") | Q(applied_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}: {', '.join(self.file_names)}"


class ImportFinding(models.Model):
    """One thing noticed while reading or checking a batch."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="findings")
    rank = models.PositiveIntegerField()
    severity = models.CharField(max_length=8, choices=FindingSeverity)
    code = models.CharField(max_length=60)
    file = models.CharField(max_length=300)
    row = models.PositiveIntegerField(help_text="1 is the header; 0 the file as a whole")
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=300, blank=True)
    reason = models.TextField()
    advice = models.TextField(blank=True)
    rows = models.TextField(blank=True, help_text="every row concerned, as ranges")
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["batch", "rank"]
        constraints = [models.UniqueConstraint(fields=["batch", "rank"], name="intake_finding_rank")]

    def __str__(self) -> str:
        return f"{self.file}:{self.row} {self.reason}"


class ImportChange(models.Model):
    """One row that an applied import added or changed, in the order done; undo walks it backwards."""

    facts = Facts(sensitivity=Sensitivity.CONFIDENTIAL)

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    rank = models.PositiveIntegerField(help_text="the step of the import; undo goes from the last to the first")
    model = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=ChangeKind)
    row_key = models.JSONField(help_text="primary key of the row, column by column")
    before = models.JSONField(default=dict, help_text="the changed columns as they were")
    after = models.JSONField(default=dict, help_text="the changed columns as the import left them")

    class Meta:
        indexes = [models.Index(fields=["batch", "rank"], name="intake_change_rank")]
