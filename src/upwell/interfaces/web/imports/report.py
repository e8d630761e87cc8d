"""The report of an import as parts of a page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from upwell.domain.intake.choices import BatchState, FindingSeverity
from upwell.domain.intake.queries import BatchDetail, FindingRow, TableRow
from upwell.interfaces.web.parts import Figure, RowProblem, Step

LONGEST = 160


@dataclass(frozen=True, slots=True)
class Change:
    """One row an import adds or changes, column by column: (column, before, after)."""

    kind: str
    name: str
    columns: tuple[tuple[str, str, str], ...]


def steps(detail: BatchDetail) -> list[Step]:
    """Where the import stands on its way."""
    state = detail.batch.state
    if state == BatchState.REFUSED:
        return [Step(_("Handed in"), "done"), Step(_("Refused"), "now", _("nothing in it can be used"))]
    way = [BatchState.UPLOADED, BatchState.CHECKED, BatchState.APPLIED]
    if state == BatchState.UNDONE:
        way.append(BatchState.UNDONE)
    names = {
        BatchState.UPLOADED: _("Handed in"),
        BatchState.CHECKED: _("Checked"),
        BatchState.APPLIED: _("Applied"),
        BatchState.UNDONE: _("Taken back"),
    }
    place = way.index(BatchState(state))
    return [
        Step(names[one], "now" if index == place else "done" if index < place else "") for index, one in enumerate(way)
    ]


def figures(detail: BatchDetail) -> list[Figure]:
    """What it does, or would do, in numbers."""
    row = detail.batch
    removed = _("%s removed") % f"{row.removed:,}" if row.removed else ""
    return [
        Figure(_("Added"), f"{row.added:,}"),
        Figure(_("Changed"), f"{row.changed:,}", note=removed),
        Figure(_("Already so"), f"{row.same:,}"),
        Figure(_("Errors"), f"{row.errors:,}", note=_("%s warnings") % f"{row.warnings:,}"),
    ]


def facts(detail: BatchDetail) -> list[tuple[str, str]]:
    """The counts that a publisher states too, to compare."""
    return [(name.replace("_", " "), f"{value:,.10g}") for name, value in detail.facts.items()]


def touches(table: TableRow) -> bool:
    """Whether the files speak of a table at all."""
    return bool(table.added or table.changed or table.removed or table.same)


def changes(table: TableRow) -> list[Change]:
    """The samples of a table, each with the columns that differ."""
    return [
        Change(
            sample.kind,
            sample.name,
            tuple(
                (column.replace("_", " "), _shown(sample.before.get(column)), _shown(value))
                for column, value in sample.after.items()
            ),
        )
        for sample in table.samples
    ]


def problem(row: FindingRow) -> RowProblem:
    """A finding as a row of the table of problems."""
    more = _("%(times)d times, rows %(rows)s") % {"times": row.times, "rows": _cut(row.rows)} if row.times > 1 else ""
    reason = " ".join(part for part in (row.reason, row.advice, f"({more})" if more else "") if part)
    return RowProblem(
        row=row.row,
        column=row.column,
        value=row.value,
        reason=reason,
        file=row.file,
        blocks=row.severity == FindingSeverity.ERROR,
    )


def _shown(value: object) -> str:
    return "" if value is None else _cut(str(value))


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
