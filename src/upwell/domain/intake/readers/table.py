"""Delimited tables: the header, the rows, and typed cells that report what they could not read."""

import csv
import datetime as dt
import functools
import io
import math
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from upwell.domain.intake.readers.findings import Ledger, Severity, UnreadableError
from upwell.domain.intake.readers.source import DEFAULT_LIMITS, Limits, SourceFile, decode

csv.field_size_limit(sys.maxsize)
DELIMITERS = (",", "\t", ";", "|")
_FORMULA = re.compile(r"^[=@]|^[+-](?![\d.,]+%?$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DAY_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table with typed access to its cells."""

    file: str
    number: int
    cells: Mapping[str, str]
    ledger: Ledger

    def text(self, column: str, *, limit: int = 100_000) -> str:
        """The trimmed text of a cell, cut at `limit` characters with a warning."""
        value = self.cells.get(column, "").strip()
        if _CONTROL.search(value):
            value = _CONTROL.sub("", value)
            self.warn("control_characters", column, value, "Control characters were taken out.")
        if len(value) > limit:
            self.warn("too_long", column, value, f"The text has {len(value):,} characters and was cut at {limit:,}.")
            value = value[:limit].rstrip()
        if value and _FORMULA.match(value) and len(value) > 1:
            self.ledger.note_each(
                Severity.INFO,
                "formula_like",
                self.file,
                self.number,
                "The cell begins like a formula; it is kept as text and made harmless when exported.",
                column=column,
                value=value,
            )
        return value

    def day(self, column: str) -> dt.date | None:
        """The day in a cell; None where it is empty or not a day, the latter with a warning."""
        value = self.cells.get(column, "").strip()
        if not value:
            return None
        found = parse_day(value)
        if found is None or not 1900 <= found.year <= 2200:
            self.warn("not_a_day", column, value, "This is not a day.", "Write days as 2026-03-31.")
            return None
        return found

    def number_in(self, column: str) -> float | None:
        """The number in a cell; None where it is empty or not a finite number, the latter with a warning."""
        value = self.cells.get(column, "").strip()
        if not value or value.lower() in {"n/a", "na", "null", "none"}:
            return None
        try:
            number = float(value.replace(",", ".") if value.count(",") == 1 and "." not in value else value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.warn("not_a_number", column, value, "This is not a number.")
            return None
        return number

    def amount(self, column: str, *, below: int = 10**8) -> Decimal | None:
        """The amount in a cell, to two places, from 0 up; None where it is empty or unusable."""
        number = self.number_in(column)
        if number is None:
            return None
        try:
            amount = Decimal(str(number)).quantize(Decimal("0.01"))
        except InvalidOperation:
            amount = Decimal(-1)
        if not 0 <= amount < below:
            self.warn("out_of_range", column, str(number), f"The number must lie between 0 and {below:,}.")
            return None
        return amount

    def warn(self, code: str, column: str, value: str, reason: str, advice: str = "") -> None:
        """Report something that changed this row."""
        self.ledger.note(
            Severity.WARNING, code, self.file, self.number, reason, column=column, value=value, advice=advice
        )

    def tell(self, code: str, column: str, value: str, reason: str, advice: str = "") -> None:
        """Report something that changed nothing."""
        self.ledger.note(Severity.INFO, code, self.file, self.number, reason, column=column, value=value, advice=advice)

    def reject(self, code: str, column: str, value: str, reason: str, advice: str = "") -> None:
        """Leave this row out and say why."""
        self.ledger.note(
            Severity.ERROR, code, self.file, self.number, reason, column=column, value=value, advice=advice
        )
        self.ledger.rejected(self.file)

    def merge(self, code: str, column: str, value: str, reason: str) -> None:
        """Put this row into a record that another row began, and say so."""
        self.warn(code, column, value, reason)
        self.ledger.merged(self.file)

    def keep(self) -> None:
        """This row became a record."""
        self.ledger.made(self.file)


@functools.lru_cache(maxsize=1 << 14)
def parse_day(value: str) -> dt.date | None:
    """A day written in one of the accepted forms, the day before the month; None for anything else."""
    head = value[:10] if len(value) > 10 and value[4:5] == "-" else value
    for form in _DAY_FORMS:
        try:
            return dt.datetime.strptime(head, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None


def header_key(name: str) -> str:
    """A column name as it is compared: folded, with one underscore for every run of other characters."""
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    return re.sub(r"[^\w]+", "_", folded).strip("_")


def delimiter_of(text: str, *, quoting: bool = True) -> str:
    """The delimiter that splits the first line into the most cells."""
    line = next((one for one in text[:65536].splitlines() if one.strip()), "")
    sizes = {one: len(next(csv.reader([line], delimiter=one), [])) for one in DELIMITERS}
    return max(DELIMITERS, key=lambda one: sizes[one])


def header_of(text: str) -> list[str]:
    """The compared column names of the first row."""
    reader = csv.reader(io.StringIO(text[: 1 << 20], newline=""), delimiter=delimiter_of(text))
    try:
        return [header_key(name) for name in next((row for row in reader if any(row)), [])]
    except csv.Error:
        return []


def rows_of(
    file: SourceFile,
    ledger: Ledger,
    *,
    required: tuple[str, ...],
    quoted: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Row]:
    """The rows of a delimited file by compared column name. Every data row is counted in `ledger`.

    Raises `UnreadableError` where a required column is missing or there are too many rows.
    """
    text = decode(file, ledger)
    delimiter = delimiter_of(text)
    if delimiter == ";":
        ledger.note(Severity.INFO, "semicolons", file.name, 1, "The columns are separated by semicolons.")
    mode = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=mode)  # type: ignore[arg-type]
    names = _header(file, ledger, next(reader, []), required)
    width = len(names)
    for number, cells in enumerate(_safe(reader, file, ledger), start=2):
        if number > limits.rows + 1:
            raise UnreadableError("too_many_rows", f"The file has more than {limits.rows:,} rows.", "Split the file.")
        ledger.took(file.name)
        if not any(cell.strip() for cell in cells):
            ledger.note_each(Severity.INFO, "blank_row", file.name, number, "The row is blank.")
            ledger.rejected(file.name)
            continue
        if len(cells) != width:
            _ragged(file, ledger, number, cells, width)
        if max(map(len, cells)) > limits.cell:
            cells = _cut(file, ledger, number, cells, limits.cell)
        yield Row(file.name, number, {name: cell for name, cell in zip(names, cells, strict=False) if name}, ledger)


def _header(file: SourceFile, ledger: Ledger, cells: list[str], required: tuple[str, ...]) -> list[str]:
    names: list[str] = []
    for cell in cells:
        name = header_key(cell)
        if name and name in names:
            ledger.note(
                Severity.WARNING,
                "duplicate_column",
                file.name,
                1,
                "The column occurs twice; the first is read, this one is left out.",
                column=cell,
                advice="Give each column its own name.",
            )
            name = ""
        names.append(name)
    missing = [name for name in required if name not in names]
    if missing:
        raise UnreadableError(
            "missing_column",
            f"The column {', '.join(missing)} is missing.",
            f"Expected columns: {', '.join(required)}.",
            column=missing[0],
            value=", ".join(names)[:200],
        )
    return names


def _safe(reader: Iterator[list[str]], file: SourceFile, ledger: Ledger) -> Iterator[list[str]]:
    """The rows of `reader`; a row the parser cannot read ends the file with an error finding."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            ledger.note(Severity.ERROR, "broken_row", file.name, 0, f"The table ends here: {problem}.")
            return


def _ragged(file: SourceFile, ledger: Ledger, number: int, cells: list[str], width: int) -> None:
    surplus = [cell for cell in cells[width:] if cell.strip()]
    if len(cells) < width or surplus:
        ledger.note(
            Severity.WARNING,
            "ragged_row",
            file.name,
            number,
            f"The row has {len(cells)} cells, the header {width}; "
            + ("surplus cells were left out." if surplus else "missing cells count as empty."),
            value=" | ".join(surplus),
        )


def _cut(file: SourceFile, ledger: Ledger, number: int, cells: list[str], limit: int) -> list[str]:
    ledger.note(
        Severity.WARNING,
        "huge_cell",
        file.name,
        number,
        f"A cell has {max(map(len, cells)):,} characters and was cut at {limit:,}.",
        advice="An unclosed quotation mark often causes this.",
    )
    return [cell[:limit] for cell in cells]
