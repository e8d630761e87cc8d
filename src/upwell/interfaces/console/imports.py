"""`upwell import`: check files, apply them, take an import back."""

import argparse
import json
import sys
import uuid
from dataclasses import asdict
from pathlib import Path

import django
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

SHOWN = 25


def main(arguments: list[str]) -> int:
    """Run the command. 0 when done, 1 when refused, 2 when called wrongly."""
    given = _parser().parse_args(arguments)
    django.setup()
    if given.undo:
        return _undo(given.undo, as_json=given.json)
    if not given.files:
        print("Name at least one file, or --undo a batch.", file=sys.stderr)
        return 2
    absent = [path for path in given.files if not path.is_file()]
    if absent:
        print(f"There is no file {absent[0]}.", file=sys.stderr)
        return 2
    return _import(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="upwell import",
        description="Check files and report what an import would do; with --apply, do it.",
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="files that belong together")
    parser.add_argument("--format", default="", help="the format, where it is not recognised")
    parser.add_argument("--key", default="", help="key of an unnamed framework or organisation")
    parser.add_argument("--name", default="", help="name of an unnamed framework, organisation or provider")
    parser.add_argument("--from", dest="valid_from", default="", help="since when undated rows hold (2026-03-31)")
    parser.add_argument("--apply", action="store_true", help="apply the import after checking it")
    parser.add_argument("--undo", default="", metavar="BATCH", help="take an applied import back")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _import(given: argparse.Namespace) -> int:
    from upwell.domain.intake import operations, queries  # models load after django.setup()
    from upwell.domain.intake.readers.formats import BY_KEY
    from upwell.domain.intake.readers.table import parse_day

    since = parse_day(given.valid_from) if given.valid_from else None
    if given.valid_from and since is None:
        print(f"{given.valid_from!r} is not a day; write 2026-03-31.", file=sys.stderr)
        return 2
    if given.format and given.format not in BY_KEY:
        print(f"There is no format {given.format!r}. Formats: {', '.join(BY_KEY)}.", file=sys.stderr)
        return 2
    batch = operations.stage(
        uploads=[operations.Upload(path.name, path.read_bytes()) for path in given.files],
        actor=None,
        at=timezone.now(),
        format_key=given.format,
        key=given.key,
        name=given.name,
        valid_from=since,
    )
    if given.apply and batch.state == "checked":
        batch = operations.apply(batch=batch, actor=None, at=timezone.now())
    found, total = queries.findings(batch, limit=10**6 if given.json else SHOWN)
    if given.json:
        report = {**asdict(queries.detail(batch)), "findings": [asdict(one) for one in found]}
        print(json.dumps(report, cls=DjangoJSONEncoder, indent=2))
    else:
        _print(queries.detail(batch), found, total)
    return 1 if batch.state == "refused" else 0


def _print(detail: "object", found: "tuple[object, ...]", total: int) -> None:
    from upwell.domain.intake.queries import BatchDetail, FindingRow

    assert isinstance(detail, BatchDetail)
    print(f"{detail.batch.title} ({detail.format or 'unknown'}): {detail.batch.state_label}")
    print(f"Batch {detail.batch.uuid}")
    for file in detail.files:
        print(
            f"  {file.file}: {file.rows_in} rows = {file.made} made + {file.merged} merged + {file.rejected} rejected"
        )
    for table in detail.tables:
        print(
            f"  {table.name}: {table.added} added, {table.changed} changed, {table.removed} removed, {table.same} same"
        )
    for name, value in detail.facts.items():
        print(f"  {name.replace('_', ' ')}: {value:,.10g}")
    for one in found:
        if isinstance(one, FindingRow):
            place = f"{one.file}, row {one.rows or one.row}" if one.row else one.file
            column = f", {one.column}" if one.column else ""
            print(f"  {one.severity.upper()} {place[:120]}{column}: {one.reason} {one.advice}".rstrip())
    if total > len(found):
        print(f"  ... and {total - len(found)} more findings; --json lists them all.")


def _undo(identifier: str, *, as_json: bool) -> int:
    from upwell.domain.intake import operations, queries

    try:
        batch = queries.find(uuid.UUID(identifier))
    except ValueError:
        batch = None
    if batch is None:
        print(f"There is no import {identifier!r}.", file=sys.stderr)
        return 2
    try:
        batch = operations.undo(batch=batch, actor=None, at=timezone.now())
    except (operations.UndoRefusedError, operations.WrongStateError) as problem:
        print(problem, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps({"batch": str(batch.uuid), "state": batch.state}))
    else:
        print(f"Import {batch.uuid} is undone.")
    return 0
