"""JSON documents and JSON lines, read without trusting them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from upwell.domain.intake.readers.findings import Ledger, Severity, UnreadableError
from upwell.domain.intake.readers.source import SourceFile, decode

UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def document(file: SourceFile, ledger: Ledger) -> Any:
    """The JSON document in a file. Raises `UnreadableError` where it is none."""
    try:
        return json.loads(decode(file, ledger), parse_constant=lambda _: None)
    except (json.JSONDecodeError, RecursionError) as problem:
        raise UnreadableError("not_json", f"The file is not valid JSON: {problem}.", "Export it again.") from problem


def objects(file: SourceFile, ledger: Ledger, *, most: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON array or of JSON lines, with their number (1 for the first entry, or the line).

    Each entry counts as a row; entries that are no objects are rejected. Raises `UnreadableError`.
    """
    text = decode(file, ledger)
    if text.lstrip()[:1] == "[":
        entries: Iterator[tuple[int, Any]] = enumerate(document(file, Ledger()), start=1)
    else:
        entries = _lines(text, file.name, ledger)
    for number, entry in entries:
        if number > most:
            raise UnreadableError("too_many_rows", f"The file has more than {most:,} entries.", "Split the file.")
        ledger.took(file.name)
        if isinstance(entry, dict):
            yield number, entry
        else:
            if entry is not _BROKEN:
                ledger.note(Severity.ERROR, "not_an_object", file.name, number, "The entry is not a JSON object.")
            ledger.rejected(file.name)


_BROKEN = object()


def _lines(text: str, name: str, ledger: Ledger) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line, parse_constant=lambda _: None)
        except (json.JSONDecodeError, RecursionError) as problem:
            ledger.note(Severity.ERROR, "not_json", name, number, f"The line is not valid JSON: {problem}.", value=line)
            yield number, _BROKEN


def text_of(value: Any, *, limit: int = 100_000) -> str:
    """A JSON value as clean text: empty for anything but text and numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)
    return (UNSTORABLE.sub("", text) if UNSTORABLE.search(text) else text).strip()[:limit]


def dict_of(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []
