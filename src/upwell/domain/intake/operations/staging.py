"""The life of an import: stage and check, apply, undo. Each ends in a report that adds up."""

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, IntegrityError, connection, transaction

from upwell.domain.intake.choices import BatchState
from upwell.domain.intake.models import ImportBatch, ImportChange, ImportFinding
from upwell.domain.intake.operations.applying import TABLES, make_true
from upwell.domain.intake.readers.findings import Ledger, Parsed, Severity, shown
from upwell.domain.intake.readers.formats import parse
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.source import SourceFile
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.files.models import StoredFile
from upwell.foundation.people.operations import rebuild_chains
from upwell.lib import bulk
from upwell.lib.wishes import Effect, Problem

ONE_IMPORT_AT_A_TIME = 7_305_118
SAMPLES = 10
_HOLDS_RAW = {"records.statement"}


class WrongStateError(Exception):
    """The batch is not in a state that allows this step."""


class UndoRefusedError(Exception):
    """The import cannot be undone, because later work rests on it; the message says on what."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as handed in."""

    name: str
    data: bytes
    media_type: str = ""


@operation("import.stage")
def stage(
    *,
    uploads: Sequence[Upload],
    actor: Account | None,
    at: dt.datetime,
    format_key: str = "",
    key: str = "",
    name: str = "",
    valid_from: dt.date | None = None,
) -> ImportBatch:
    """Keep the files, read them, check them against the database and report what an apply would do.

    Nothing else is written. The batch ends `checked`, or `refused` where nothing in it can be used.
    """
    batch = ImportBatch.objects.create(
        title="Import",
        file_names=[one.name[:255] for one in uploads],
        options={
            "format": format_key,
            "key": key,
            "name": name,
            "valid_from": valid_from.isoformat() if valid_from else "",
            "as_of": at.date().isoformat(),
        },
        digest=_digest(uploads),
        requested_by=actor,
        requested_at=at,
    )
    batch.files.set([_keep(one, actor, at) for one in uploads])
    parsed = _parse(batch, [SourceFile(one.name, one.data) for one in uploads])
    batch.format, batch.kind, batch.title = parsed.format, parsed.kind, parsed.title
    effect, usable = Effect(), parsed.usable
    if usable:
        try:
            effect = _dry_run(batch, parsed, actor, at)
        except (DataError, IntegrityError) as problem:
            usable = False
            effect.problems.append(Problem("database_refuses", 0, "", "", f"The database refuses it: {problem}"))
    batch.state = BatchState.CHECKED if usable else BatchState.REFUSED
    batch.summary = _report(parsed, effect)
    _keep_findings(batch, parsed, effect)
    batch.save()
    return batch


@operation("import.apply")
def apply(*, batch: ImportBatch, actor: Account | None, at: dt.datetime) -> ImportBatch:
    """Make a checked batch true, all of it or nothing, and remember every row it touches.

    Raises `WrongStateError` unless the batch is checked.
    """
    _one_at_a_time()
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.CHECKED:
        raise WrongStateError(f"This import is {batch.get_state_display()}; only a checked one can be applied.")
    parsed = _parse(batch, _files(batch))
    effect = make_true(parsed.records, since=_since(batch), source=f"import:{batch.format}", actor=actor, at=at)
    _remember(batch, effect)
    batch.state, batch.applied_by, batch.applied_at = BatchState.APPLIED, actor, at
    batch.summary = _report(parsed, effect)
    ImportFinding.objects.filter(batch=batch).delete()
    _keep_findings(batch, parsed, effect)
    batch.save()
    return batch


@operation("import.undo")
def undo(*, batch: ImportBatch, actor: Account | None, at: dt.datetime) -> ImportBatch:
    """Put back what stood before an applied batch.

    Raises `WrongStateError` unless the batch is applied, `UndoRefusedError` where rows were changed since or others
    rest on them; nothing is changed then.
    """
    _one_at_a_time()
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.APPLIED:
        raise WrongStateError(f"This import is {batch.get_state_display()}; only an applied one can be undone.")
    rows = batch.changes.order_by("-rank").values_list("rank", "model", "kind", "row_key", "before", "after")
    gone: dict[str, list[int]] = {}
    try:
        with transaction.atomic():
            for (_, model), group in itertools.groupby(rows, key=lambda row: (row[0], row[1])):
                changes = [bulk.RowChange(model, kind, key, before, after) for _, _, kind, key, before, after in group]
                bulk.put_back(TABLES[model], changes)
                gone.setdefault(model, []).extend(one.key["id"] for one in changes if _is_gone(one))
            if batch.kind == "people":
                rebuild_chains(on=at.date(), actor=actor, at=at)
            _check_references()
            for model, ids in gone.items():
                if resting := bulk.resting_on(TABLES[model], ids):
                    raise UndoRefusedError(f"Later work rests on what this import added: {resting}.")
    except bulk.ChangedSinceError as problem:
        raise UndoRefusedError(f"{problem} Undoing would overwrite that.") from problem
    except IntegrityError as problem:
        detail = getattr(getattr(problem.__cause__, "diag", None), "message_detail", None) or str(problem)
        raise UndoRefusedError(f"Later work rests on what this import added: {detail}") from problem
    batch.changes.all().delete()
    batch.state, batch.undone_by, batch.undone_at = BatchState.UNDONE, actor, at
    batch.save()
    return batch


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [ONE_IMPORT_AT_A_TIME])


def _is_gone(change: bulk.RowChange) -> bool:
    return change.kind == "added" and "id" in change.key


def _check_references() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def _digest(uploads: Sequence[Upload]) -> str:
    total = hashlib.sha256()
    for one in sorted(uploads, key=lambda one: one.name):
        total.update(hashlib.sha256(one.data).digest())
    return total.hexdigest()


def _keep(upload: Upload, actor: Account | None, at: dt.datetime) -> StoredFile:
    digest = hashlib.sha256(upload.data).hexdigest()
    path = f"imports/{digest}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(upload.data))
    return StoredFile.objects.create(
        name=upload.name[:255],
        media_type=upload.media_type[:100],
        size=len(upload.data),
        sha256=digest,
        path=path,
        uploaded_by=actor,
        uploaded_at=at,
    )


def _files(batch: ImportBatch) -> list[SourceFile]:
    found = []
    for stored in batch.files.order_by("id"):
        with default_storage.open(stored.path) as stream:
            found.append(SourceFile(stored.name, stream.read()))
    return found


def _parse(batch: ImportBatch, files: Sequence[SourceFile]) -> Parsed:
    given = batch.options
    options = Options(
        as_of=dt.date.fromisoformat(given["as_of"]),
        valid_from=dt.date.fromisoformat(given["valid_from"]) if given["valid_from"] else None,
        key=given["key"],
        name=given["name"],
    )
    return parse(files, options, format_key=batch.format or given["format"])


def _since(batch: ImportBatch) -> dt.date:
    return dt.date.fromisoformat(batch.options["valid_from"] or batch.options["as_of"])


def _dry_run(batch: ImportBatch, parsed: Parsed, actor: Account | None, at: dt.datetime) -> Effect:
    """Apply for real inside a savepoint that is rolled back, so that the report is what an apply would say."""
    _one_at_a_time()
    with transaction.atomic():
        effect = make_true(parsed.records, since=_since(batch), source="dry run", actor=actor, at=at)
        _check_references()
        _name_samples(effect)
        transaction.set_rollback(True)
    return effect


def _name_samples(effect: Effect) -> None:
    """Replace the keys of the first rows of each table by their names while the rows are there to be read."""
    for outcome in effect.outcomes:
        model = TABLES[outcome.model]
        if not hasattr(model, "name") and not hasattr(model, "title"):
            continue
        first = [change.key["id"] for change in outcome.changes[:SAMPLES] if "id" in change.key]
        names = {row.pk: str(row) for row in model._base_manager.filter(pk__in=first)}
        for change in outcome.changes[:SAMPLES]:
            change.key["shown"] = names.get(change.key.get("id"), "")


def _report(parsed: Parsed, effect: Effect) -> dict[str, Any]:
    """The reconciliation: what came in by file, what became of it by table, and the published counts."""
    tables: dict[str, dict[str, Any]] = {}
    for outcome in effect.outcomes:
        table = tables.setdefault(
            outcome.model,
            {
                "name": str(TABLES[outcome.model]._meta.verbose_name_plural),
                "added": 0,
                "changed": 0,
                "removed": 0,
                "same": 0,
                "samples": [],
            },
        )
        for kind in ("added", "changed", "removed"):
            table[kind] += outcome.count(kind)
        table["same"] += outcome.same
        if outcome.model not in _HOLDS_RAW:
            table["samples"] += [
                {"kind": one.kind, "name": one.key.get("shown", ""), "before": one.before, "after": one.after}
                for one in outcome.changes[:SAMPLES]
            ]
    severities = [one.severity for one in parsed.findings]
    report = {
        "files": [asdict(count) for count in parsed.counts],
        "records": parsed.records.counts(),
        "facts": parsed.facts,
        "tables": tables,
        "findings": {one.value: severities.count(one) for one in Severity},
        "unresolved": len(effect.problems),
    }
    found: dict[str, Any] = json.loads(json.dumps(report, cls=DjangoJSONEncoder))
    return found


def _keep_findings(batch: ImportBatch, parsed: Parsed, effect: Effect) -> None:
    ledger = Ledger()
    file = batch.file_names[0] if len(batch.file_names) == 1 else ", ".join(batch.file_names)
    for one in effect.problems:
        ledger.note_each(Severity.ERROR, one.code, file, one.row, one.reason, column=one.column, value=shown(one.value))
    against = ledger.finish("", "", "", parsed.records.__class__()).findings
    ImportFinding.objects.bulk_create(
        [
            ImportFinding(
                batch=batch,
                rank=rank,
                severity=one.severity.value,
                code=one.code[:60],
                file=one.file[:300],
                row=one.row,
                column=one.column[:200],
                value=one.value[:300],
                reason=one.reason,
                advice=one.advice,
                rows=one.rows,
                times=one.times,
            )
            for rank, one in enumerate([*against, *parsed.findings], start=1)
        ],
        batch_size=2000,
    )


def _remember(batch: ImportBatch, effect: Effect) -> None:
    rows = [
        {
            "batch_id": batch.pk,
            "rank": rank,
            "model": one.model,
            "kind": one.kind,
            "row_key": _storable(one.key),
            "before": _storable(one.before),
            "after": _storable(one.after),
        }
        for rank, outcome in enumerate(effect.outcomes)
        for one in outcome.changes
    ]
    bulk.insert(ImportChange, rows)


def _storable(values: dict[str, Any]) -> dict[str, Any]:
    if all(isinstance(value, int | str | None) for value in values.values()):
        return values
    found: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return found
