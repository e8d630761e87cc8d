"""Questions about imports."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from upwell.domain.intake.models import ImportBatch, ImportFinding
from upwell.domain.intake.readers.formats import FORMATS


@dataclass(frozen=True, slots=True)
class FormatRow:
    """A format that can be imported, for the page that offers them."""

    key: str
    name: str
    kind: str
    columns: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in a list."""

    uuid: uuid.UUID
    title: str
    files: str
    state: str
    state_label: str
    requested_at: dt.datetime
    requested_by: str
    added: int
    changed: int
    removed: int
    same: int
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """The reconciliation of one file: `rows_in` = `made` + `merged` + `rejected`."""

    file: str
    rows_in: int
    made: int
    merged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row that is or would be changed."""

    kind: str
    name: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableRow:
    """What is done, or would be, to one table."""

    table: str
    name: str
    added: int
    changed: int
    removed: int
    same: int
    samples: tuple[SampleRow, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as it is shown."""

    severity: str
    code: str
    file: str
    row: int
    column: str
    value: str
    reason: str
    advice: str
    rows: str
    times: int


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """Everything a page about one batch shows, but for the findings."""

    batch: BatchRow
    kind: str
    format: str
    files: tuple[FileRow, ...]
    tables: tuple[TableRow, ...]
    facts: dict[str, float]
    applied_at: dt.datetime | None
    undone_at: dt.datetime | None


def formats() -> tuple[FormatRow, ...]:
    """The formats that can be imported."""
    return tuple(FormatRow(one.key, one.name, one.kind, one.columns) for one in FORMATS)


def recent(*, limit: int = 50) -> tuple[BatchRow, ...]:
    """The latest batches, newest first."""
    return tuple(_row(batch) for batch in ImportBatch.objects.select_related("requested_by")[:limit])


def find(identifier: uuid.UUID) -> ImportBatch | None:
    """The batch with a uuid."""
    return ImportBatch.objects.filter(uuid=identifier).first()


def detail(batch: ImportBatch) -> BatchDetail:
    """What a page about the batch shows."""
    summary = batch.summary
    return BatchDetail(
        batch=_row(batch),
        kind=batch.kind,
        format=batch.format,
        files=tuple(FileRow(**one) for one in summary.get("files", [])),
        tables=tuple(
            TableRow(
                table,
                one["name"],
                one["added"],
                one["changed"],
                one["removed"],
                one["same"],
                tuple(SampleRow(**sample) for sample in one["samples"]),
            )
            for table, one in summary.get("tables", {}).items()
        ),
        facts=summary.get("facts", {}),
        applied_at=batch.applied_at,
        undone_at=batch.undone_at,
    )


def findings(
    batch: ImportBatch, *, severity: str = "", offset: int = 0, limit: int = 100
) -> tuple[tuple[FindingRow, ...], int]:
    """A stretch of the batch's findings, errors first, and how many there are in all."""
    found = ImportFinding.objects.filter(batch=batch)
    if severity:
        found = found.filter(severity=severity)
    names = ("severity", "code", "file", "row", "column", "value", "reason", "advice", "rows", "times")
    rows = tuple(FindingRow(*one) for one in found.values_list(*names)[offset : offset + limit])
    return rows, found.count()


def _row(batch: ImportBatch) -> BatchRow:
    tables = batch.summary.get("tables", {}).values()
    counts = {name: sum(one[name] for one in tables) for name in ("added", "changed", "removed", "same")}
    severities = batch.summary.get("findings", {})
    return BatchRow(
        uuid=batch.uuid,
        title=batch.title,
        files=", ".join(batch.file_names),
        state=batch.state,
        state_label=batch.get_state_display(),
        requested_at=batch.requested_at,
        requested_by=str(batch.requested_by) if batch.requested_by else "system",
        errors=severities.get("error", 0) + batch.summary.get("unresolved", 0),
        warnings=severities.get("warning", 0),
        **counts,
    )
