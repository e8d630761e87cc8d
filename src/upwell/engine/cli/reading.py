"""Files as other people make them: CSV or Parquet told apart by content, packed or not, one sentence for a bad one."""

from __future__ import annotations

import csv as rows
import difflib
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from upwell.engine.cli import calendar, wide
from upwell.engine.cli.typed import shortened
from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract

MOST_GB: Final = 4.0
HEAD: Final = 1 << 16
LARGEST_RATIO: Final = 1032
"""How many bytes gzip can make of one."""
DELIMITERS: Final = (",", ";", "\t", "|")
BLANK: Final = ("", "NA", "N/A", "na", "NaN", "nan", "null", "NULL", "None", "none", ".", "#N/A")
MARKS: Final = (
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"PK\x03\x04", "a zip file or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF file"),
    (b"ARROW1", "an Arrow file"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: other people's names for our columns, the largest file that is taken into memory, and whether
    identifiers that Parquet holds as whole numbers stay so (one file alone; files that are joined need text)."""

    names: Mapping[str, str] = field(default_factory=dict)
    most_gb: float = MOST_GB
    keeps_integers: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """A text file's delimiter, header and where its bytes come from."""

    path: Path
    is_packed: bool
    delimiter: str
    header: tuple[str, ...]


def load(path: Path, contract: Contract, how: Reading | None = None, *, may_be_empty: bool = False) -> pa.Table:
    """The contract's columns of a file under our names; identifiers as text, numbers as numbers, dates as dates.

    Columns of kind `month` come as they are written (numbers, dates or text): `calendar.lay_out` reads them.

    Raises:
        FrameError: one sentence that says what is wrong with the file and what to do.
    """
    how = how or Reading()
    is_packed = _check(path, how)
    has_commas = False
    try:
        _unpacked(path, is_packed, how)
        if _head(path, is_packed).startswith(b"PAR1"):
            table = _parquet(path, is_packed, contract, how)
        else:
            text = _sniffed(path, is_packed)
            table, has_commas = _csv(text, contract, how), text.delimiter != ","
    except (EOFError, zlib.error, gzip.BadGzipFile) as reason:
        raise FrameError(f"The file '{path.name}' is a damaged gzip file.") from reason
    except pa.ArrowException as reason:
        raise FrameError(f"The file '{path.name}' cannot be read: {_sentence(reason)}") from reason
    except UnicodeDecodeError as reason:
        raise FrameError(f"The file '{path.name}' cannot be read: {NOT_UTF8}") from reason
    if not table.num_rows and not may_be_empty:
        raise FrameError(f"The file '{path.name}' has no rows.")
    return _typed(table, contract, has_commas, how)


def columns_of(path: Path, how: Reading | None = None) -> tuple[str, ...]:
    """The names of all columns of a file, renamed as asked.

    Raises:
        FrameError: as `load`.
    """
    how = how or Reading()
    is_packed = _check(path, how)
    try:
        if _head(path, is_packed).startswith(b"PAR1"):
            names = _parquet_names(path, is_packed)
        else:
            names = _sniffed(path, is_packed).header
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException, UnicodeDecodeError) as reason:
        raise FrameError(f"The file '{path.name}' cannot be read: {_sentence(reason)}") from reason
    ours = {theirs: name for name, theirs in how.names.items()}
    return tuple(ours.get(name, name) for name in names)


NOT_UTF8: Final = "it is not UTF-8 text. Save it with the encoding UTF-8."


def _check(path: Path, how: Reading) -> bool:
    """Whether the file is packed with gzip; refuses what cannot be a table."""
    if path.is_dir():
        raise FrameError(f"'{path}' is a folder; name one CSV or Parquet file.")
    if not path.exists():
        raise FrameError(f"There is no file '{path}'.")
    if not path.is_file():
        raise FrameError(f"'{path}' is no ordinary file.")
    size = path.stat().st_size
    if not size:
        raise FrameError(f"The file '{path.name}' is empty.")
    if size > how.most_gb * 1e9:
        raise FrameError(_too_large(path, f"has {_gigabytes(size)}", how))
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.3g} MB"


def _too_large(path: Path, has: str, how: Reading) -> str:
    return (
        f"The file '{path.name}' {has}, more than the {how.most_gb:g} GB that are read; save only the columns that "
        "are needed, as Parquet, or allow more with --most-gb where the memory is large enough."
    )


def _unpacked(path: Path, is_packed: bool, how: Reading) -> None:
    """Refuse a packed file that would not fit once it is unpacked; one that cannot be so large is not looked at."""
    most = how.most_gb * 1e9
    if not is_packed or path.stat().st_size * LARGEST_RATIO <= most:
        return
    size = 0
    with gzip.open(path, "rb") as stream:
        while part := stream.read(1 << 22):
            size += len(part)
            if size > most:
                raise FrameError(_too_large(path, "unpacks to more", how).replace(", more than", " than", 1))


def _head(path: Path, is_packed: bool) -> bytes:
    with gzip.open(path, "rb") if is_packed else path.open("rb") as stream:
        return bytes(stream.read(HEAD))


def _stream(path: Path, is_packed: bool) -> Any:
    return io.BytesIO(gzip.decompress(path.read_bytes())) if is_packed else path


def _sniffed(path: Path, is_packed: bool) -> _Text:
    head = _head(path, is_packed)
    for mark, words in MARKS:
        if head.startswith(mark):
            raise FrameError(f"The file '{path.name}' is {words}; save it as CSV with the encoding UTF-8, or Parquet.")
    if b"\x00" in head:
        raise FrameError(f"The file '{path.name}' is neither CSV nor Parquet: it holds binary data.")
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        if reason.start < len(head) - 4:
            raise FrameError(f"The file '{path.name}' cannot be read: {NOT_UTF8}") from reason
        text = head[: reason.start].decode("utf-8-sig")
    if not text.strip():
        raise FrameError(f"The file '{path.name}' is empty.")
    first = text.splitlines()[0]
    delimiter = max(DELIMITERS, key=lambda mark: (_outside_quotes(first, mark), -DELIMITERS.index(mark)))
    try:
        header = next(rows.reader([first], delimiter=delimiter), [])
    except rows.Error as reason:
        raise FrameError(f"The file '{path.name}' has no header that can be read.") from reason
    return _Text(path, is_packed, delimiter, tuple(name.strip() for name in header))


def _outside_quotes(line: str, mark: str) -> int:
    return re.sub(r'"[^"]*"', "", line).count(mark)


def _found(header: Sequence[str], contract: Contract, how: Reading, path: Path) -> dict[str, str]:
    """Name in the file of each column of the contract; the case of letters does not matter.

    Raises:
        FrameError: a needed column is missing; names those found and the nearest.
    """
    unknown = [name for name in how.names if name not in {c.name for c in contract.columns}]
    if unknown:
        known = ", ".join(c.name for c in contract.columns)
        raise FrameError(f"There is no column '{unknown[0]}' to be named; the columns of this command are {known}.")
    plain = {name.casefold(): name for name in reversed(header)}
    taken = {how.names.get(column.name, column.name).casefold() for column in contract.columns}
    out: dict[str, str] = {}
    for column in contract.columns:
        wanted = how.names.get(column.name, column.name)
        name = wanted if wanted in header else plain.get(wanted.casefold())
        if name is not None:
            out[column.name] = name
        elif column.required or column.name in how.names:
            asked = {**out, **how.names}
            raise FrameError(
                wide.hint(path.name, contract.name, header, asked) or _absent(path, wanted, column.name, header, taken)
            )
    for at, (ours, theirs) in enumerate(out.items()):
        other = next((name for name in list(out)[:at] if out[name] == theirs), None)
        if other is not None:
            raise FrameError(f"The column '{theirs}' is named for both '{other}' and '{ours}'; name two columns.")
    twice = [name for name in out.values() if header.count(name) > 1]
    if twice:
        raise FrameError(f"The file '{path.name}' has the column '{twice[0]}' {header.count(twice[0])} times.")
    return out


def _absent(path: Path, wanted: str, ours: str, header: Sequence[str], taken: Set[str]) -> str:
    shown = [shortened(name) for name in header if name]
    free = [name.casefold() for name in header if name.casefold() not in taken]
    near = difflib.get_close_matches(wanted.casefold(), free, 1, 0.5)
    nearest = next((name for name in header if near and name.casefold() == near[0]), None)
    hint = f" The nearest is '{shortened(nearest)}': pass --columns {ours}={shortened(nearest)}." if nearest else ""
    listed = ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
    return f"The file '{path.name}' has no column '{wanted}'; it has {listed or 'none'}.{hint}"


def _parquet_names(path: Path, is_packed: bool) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(_stream(path, is_packed)).names)
    except (pa.ArrowException, OSError) as reason:
        raise FrameError(f"The file '{path.name}' is a damaged or cut off Parquet file; save it again.") from reason


def _parquet(path: Path, is_packed: bool, contract: Contract, how: Reading) -> pa.Table:
    try:
        stream = _stream(path, is_packed)
        header = pq.read_schema(stream).names
        found = _found(header, contract, how, path)
        if is_packed:
            stream.seek(0)
        table = pq.ParquetFile(stream).read(columns=list(found.values()))
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as reason:
        raise FrameError(f"The file '{path.name}' is a damaged or cut off Parquet file; save it again.") from reason
    return table.select(list(found.values())).rename_columns(list(found))


def _csv(text: _Text, contract: Contract, how: Reading) -> pa.Table:
    found = _found(text.header, contract, how, text.path)
    kinds = {column.name: column.kind for column in contract.columns}
    types = {theirs: _csv_type(kinds[ours]) for ours, theirs in found.items()}
    try:
        table = _read_csv(text, types)
    except pa.ArrowInvalid as reason:
        if "conversion error" not in str(reason):
            raise
        table = _read_csv(text, dict.fromkeys(types, pa.string()))
    return table.select(list(found.values())).rename_columns(list(found))


def _csv_type(kind: str) -> pa.DataType:
    if kind in ("real", "integer"):
        return pa.float64()
    return pa.dictionary(pa.int32(), pa.string()) if kind in ("date", "month") else pa.string()


def _read_csv(text: _Text, types: Mapping[str, pa.DataType]) -> pa.Table:
    convert = csv.ConvertOptions(
        column_types=types, include_columns=list(types), null_values=list(BLANK), strings_can_be_null=False
    )
    read = csv.ReadOptions(column_names=text.header, skip_rows=1, block_size=1 << 24)

    def once(newlines: bool) -> pa.Table:
        parse = csv.ParseOptions(delimiter=text.delimiter, newlines_in_values=newlines)
        with pa.input_stream(str(text.path), compression="gzip" if text.is_packed else None) as stream:
            return csv.read_csv(stream, read_options=read, parse_options=parse, convert_options=convert)

    try:
        return once(False)
    except pa.ArrowInvalid as reason:
        if "Empty CSV" in str(reason):
            return pa.table({name: pa.array([], kind) for name, kind in types.items()})
        if "CSV parse error" not in str(reason):
            raise
        return once(True)


def _typed(table: pa.Table, contract: Contract, has_commas: bool, how: Reading) -> pa.Table:
    """Text turned into what the contract asks for; the first value that cannot be is named with its row.

    A decimal comma is understood only where the file does not divide its fields by commas.
    """
    for column in contract.columns:
        at = table.schema.get_field_index(column.name)
        if at < 0:
            continue
        values = table.column(at)
        if pa.types.is_dictionary(values.type) and column.kind not in ("date", "month"):
            values = values.cast(values.type.value_type)
        if column.kind in ("key", "text"):
            values = _keys(values, column, how.keeps_integers)
        elif column.kind in ("real", "integer") and not pa.types.is_boolean(values.type):
            values = _numbers(values, column, has_commas)
        elif column.kind == "date":
            values = calendar.dates(values, column.name)
        elif column.kind == "boolean" and _is_text(values.type):
            values = pc.is_in(pc.utf8_lower(values), value_set=pa.array(["true", "1", "yes"]))
        table = table.set_column(at, column.name, values)
    return table


def _keys(values: pa.ChunkedArray, column: Column, keeps_integers: bool) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_floating(kind) and pc.all(pc.equal(values, pc.floor(values))).as_py():
        values = values.cast(pa.int64())
    if keeps_integers and column.kind == "key" and pa.types.is_integer(values.type):
        return values
    if not _is_text(values.type):
        try:
            values = values.cast(pa.string())
        except pa.ArrowException as reason:
            raise FrameError(f"The column '{column.name}' holds {kind}; it needs text or whole numbers.") from reason
    values = values.cast(pa.string())
    blank = pc.equal(values, "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), values) if pc.any(blank).as_py() else values


def _numbers(values: pa.ChunkedArray, column: Column, has_commas: bool) -> pa.ChunkedArray:
    if pa.types.is_floating(values.type):
        odd = pc.is_nan(values)
        return pc.if_else(odd, pa.scalar(None, values.type), values) if pc.any(odd).as_py() else values
    if not _is_text(values.type):
        return values
    trimmed = pc.utf8_trim_whitespace(values)
    trimmed = pc.if_else(pc.is_in(trimmed, value_set=pa.array(BLANK)), pa.scalar(None, pa.string()), trimmed)
    texts = trimmed.drop_null()
    plain = pc.utf8_lower(texts)
    if len(texts) and pc.all(pc.is_in(plain, value_set=pa.array(["true", "false"]))).as_py():
        return pc.equal(pc.utf8_lower(trimmed), "true").cast(pa.float64())
    good = pc.match_substring_regex(texts, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?inf(inity)?$")
    if pc.all(good).as_py() is not False:
        return trimmed.cast(pa.float64())
    comma = pc.match_substring_regex(texts, r"^[+-]?\d+(,\d+)?$")
    if has_commas and pc.all(comma).as_py():
        return pc.replace_substring(trimmed, ",", ".").cast(pa.float64())
    bad = pc.and_kleene(pc.is_valid(trimmed), pc.invert(pc.is_in(trimmed, value_set=texts.filter(good))))
    row = int(pc.index(pc.fill_null(bad, False), True).as_py())
    text = shortened(str(trimmed[row].as_py()))
    hint = "; write decimals with a point (1.5)" if re.fullmatch(r"[+-]?\d+,\d+", text) else ""
    raise FrameError(f"The column '{column.name}' holds '{text}' in row {row + 1}, which is no number{hint}.")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view())


def _sentence(reason: BaseException) -> str:
    text = " ".join(str(reason).split())
    if "invalid UTF8" in text or "codec can't decode" in text:
        return NOT_UTF8
    ragged = re.search(r"Expected (\d+) columns, got (\d+)", text)
    if ragged:
        row = re.search(r"Row #(\d+)", text)
        where = f"row {row.group(1)}" if row else "a row"
        return f"{where} has {ragged.group(2)} fields where the header has {ragged.group(1)}."
    if "straddl" in text:
        return "a row is longer than 16 MB; look for a quotation mark that is never closed."
    return "it cannot be divided into rows and columns; look at its quotation marks and at the number of fields."


def parse_names(pairs: Iterable[str]) -> dict[str, str]:
    """`ours=theirs` pairs, several in one text divided by commas.

    Raises:
        FrameError: a pair without `=`.
    """
    out: dict[str, str] = {}
    for pair in (part for text in pairs for part in text.split(",") if part):
        ours, equals, theirs = pair.partition("=")
        if not equals or not ours or not theirs:
            raise FrameError(f"'{shortened(pair)}' does not name a column; write --columns unit=state,period=year.")
        out[ours.strip()] = theirs.strip()
    return out
