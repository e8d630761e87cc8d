"""From bytes to text: archives, encodings, limits. Every surprise becomes a finding, none an exception upwards."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from upwell.domain.intake.readers.findings import Ledger, Severity, UnreadableError

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one import may cost. Bytes as received, bytes after unpacking, rows of a file, characters of a cell."""

    received: int = 256 << 20
    unpacked: int = 1 << 30
    members: int = 200
    rows: int = 5_000_000
    cell: int = 100_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as received: its name and its bytes."""

    name: str
    data: bytes


def unpack(files: Iterable[SourceFile], ledger: Ledger, limits: Limits = DEFAULT_LIMITS) -> tuple[SourceFile, ...]:
    """The files inside gzip and zip archives, and plain files as they are. Unreadable ones leave a finding."""
    unpacked: list[SourceFile] = []
    room = limits.unpacked
    for file in files:
        try:
            if len(file.data) > limits.received:
                raise UnreadableError(
                    "file_too_large",
                    f"The file has {len(file.data):,} bytes; at most {limits.received:,} are taken.",
                    "Split the file.",
                )
            for inner in _opened(file, ledger, limits, room):
                room -= len(inner.data)
                unpacked.append(inner)
        except UnreadableError as problem:
            ledger.unreadable(file.name, problem)
    return tuple(unpacked)


def _opened(file: SourceFile, ledger: Ledger, limits: Limits, room: int) -> Iterator[SourceFile]:
    if file.data[:2] == b"\x1f\x8b":
        yield SourceFile(file.name.removesuffix(".gz"), _gunzipped(file.data, room))
    elif file.data[:4] == b"PK\x03\x04" and not file.name.lower().endswith(".xlsx"):
        yield from _unzipped(file, ledger, limits, room)
    elif not file.data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableError("empty_file", "The file is empty.", "Export it again.")
    else:
        yield file


def _gunzipped(data: bytes, room: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _bounded(stream, room)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise UnreadableError(
            "broken_archive", "The compressed file is cut short or damaged.", "Send the file again."
        ) from problem


def _unzipped(file: SourceFile, ledger: Ledger, limits: Limits, room: int) -> Iterator[SourceFile]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.data))
        members = [one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename]
        if len(members) > limits.members:
            raise UnreadableError(
                "too_many_files", f"The archive holds {len(members)} files; at most {limits.members}."
            )
        for member in members:
            if member.flag_bits & 1:
                raise UnreadableError("locked_archive", "The archive is protected by a password.", "Send it unlocked.")
            with archive.open(member) as stream:
                data = _bounded(stream, room)
            room -= len(data)
            name = member.filename.rsplit("/", 1)[-1]
            yield from _opened(SourceFile(name, data), ledger, limits, room) if data else iter(())
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, OSError) as problem:
        raise UnreadableError("broken_archive", "The archive is damaged.", "Send the file again.") from problem


def _bounded(stream: IO[bytes] | gzip.GzipFile, room: int) -> bytes:
    """Everything in `stream`, refused as soon as it passes `room` bytes."""
    parts: list[bytes] = []
    size = 0
    while part := stream.read(CHUNK):
        size += len(part)
        if size > room:
            raise UnreadableError(
                "unpacks_too_large", f"The file unpacks to more than {room:,} bytes.", "Split the file."
            )
        parts.append(part)
    return b"".join(parts)


def decode(file: SourceFile, ledger: Ledger) -> str:
    """The text of a file: UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252 with a warning."""
    data = file.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
        ledger.note(Severity.INFO, "utf16", file.name, 0, "The file is UTF-16; it was read as such.")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            row = data.count(b"\n", 0, problem.start) + 1
            text = data.decode("cp1252", errors="replace")
            ledger.note(
                Severity.WARNING,
                "not_utf8",
                file.name,
                row,
                "The file is not UTF-8; it was read as Windows-1252, so accented letters may be wrong.",
                value=repr(data[problem.start : problem.start + 4]),
                advice="Export the file as UTF-8.",
            )
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        ledger.note(
            Severity.WARNING,
            "nul_bytes",
            file.name,
            row,
            f"{text.count(chr(0))} NUL characters were taken out.",
            advice="Check that the file was not damaged on its way.",
        )
        text = text.replace("\x00", "")
    return text
