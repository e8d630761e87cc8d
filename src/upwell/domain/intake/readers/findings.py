"""What a reader noticed, and what became of every row. Nothing is dropped without a line here."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from upwell.domain.intake.readers.records import Records

SHOWN = 200


class Severity(enum.StrEnum):
    """How bad a finding is: an error keeps its row out, a warning changes it, an info only tells."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed, or the same thing in many rows (`rows` as ranges such as "2-9, 14").

    `row` counts as a spreadsheet does: the header is row 1. 0 means the file as a whole.
    """

    severity: Severity
    code: str
    file: str
    row: int
    column: str
    value: str
    reason: str
    advice: str = ""
    rows: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class FileCount:
    """The reconciliation of one file: `rows_in` = `made` + `merged` + `rejected`, always."""

    file: str
    rows_in: int
    made: int
    merged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one import holds before the database is asked."""

    kind: str
    format: str
    title: str
    records: Records
    findings: tuple[Finding, ...]
    counts: tuple[FileCount, ...]
    facts: dict[str, float]

    @property
    def usable(self) -> bool:
        """Whether there is anything to import."""
        return bool(self.records.counts())


class UnreadableError(Exception):
    """A file that cannot be read at all."""

    def __init__(self, code: str, reason: str, advice: str = "", *, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.advice, self.column, self.value = code, reason, advice, column, value


@dataclass(slots=True)
class _Group:
    finding: Finding
    rows: list[int]


@dataclass(slots=True)
class _Tally:
    rows_in: int = 0
    made: int = 0
    merged: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Ledger:
    """Collects findings and the fate of rows while a format is read."""

    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)
    _groups: dict[tuple[str, str, str], _Group] = field(default_factory=dict)
    _tallies: dict[str, _Tally] = field(default_factory=dict)

    def took(self, file: str) -> None:
        """A row came in."""
        self._tally(file).rows_in += 1

    def made(self, file: str) -> None:
        """A row became a record."""
        self._tally(file).made += 1

    def merged(self, file: str) -> None:
        """A row went into a record that another row had begun."""
        self._tally(file).merged += 1

    def rejected(self, file: str) -> None:
        """A row was left out; the caller has said why."""
        self._tally(file).rejected += 1

    def note(
        self,
        severity: Severity,
        code: str,
        file: str,
        row: int,
        reason: str,
        *,
        column: str = "",
        value: str = "",
        advice: str = "",
    ) -> None:
        """Add one finding."""
        self.findings.append(Finding(severity, code, file, row, column, shown(value), reason, advice, str(row or "")))

    def note_each(
        self,
        severity: Severity,
        code: str,
        file: str,
        row: int,
        reason: str,
        *,
        column: str = "",
        value: str = "",
        advice: str = "",
    ) -> None:
        """Add a finding that many rows share: one entry that names every row."""
        group = self._groups.get((code, file, column))
        if group is None:
            finding = Finding(severity, code, file, row, column, shown(value), reason, advice)
            self._groups[(code, file, column)] = _Group(finding, [row])
        else:
            group.rows.append(row)

    def unreadable(self, file: str, problem: UnreadableError) -> None:
        """Add the finding of a file that could not be read."""
        self.note(
            Severity.ERROR,
            problem.code,
            file,
            0,
            problem.reason,
            column=problem.column,
            value=problem.value,
            advice=problem.advice,
        )

    def finish(self, kind: str, format_name: str, title: str, records: Records) -> Parsed:
        """Close the books."""
        grouped = [
            Finding(
                one.finding.severity,
                one.finding.code,
                one.finding.file,
                one.finding.row,
                one.finding.column,
                one.finding.value,
                one.finding.reason,
                one.finding.advice,
                ranges(one.rows),
                len(one.rows),
            )
            for one in self._groups.values()
        ]
        order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
        findings = sorted([*self.findings, *grouped], key=lambda one: (order[one.severity], one.file, one.row))
        counts = tuple(
            FileCount(file, tally.rows_in, tally.made, tally.merged, tally.rejected)
            for file, tally in self._tallies.items()
        )
        return Parsed(kind, format_name, title, records, tuple(findings), counts, dict(self.facts))

    def _tally(self, file: str) -> _Tally:
        return self._tallies.setdefault(file, _Tally())


def shown(value: object) -> str:
    """A value as a finding quotes it: short, without the control characters."""
    text = "".join(character if character.isprintable() else " " for character in str(value)[: SHOWN + 1])
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def ranges(rows: Iterable[int]) -> str:
    """Row numbers as text with runs folded: 2, 3, 4, 9 becomes "2-4, 9"."""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
