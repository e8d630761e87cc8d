"""A unit's figures as lines of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.domain.gaps.models import Snapshot
from upwell.domain.gaps.queries.units import UnitGapRow
from upwell.interfaces.web.charts import Bullet
from upwell.interfaces.web.charts.numbers import interval, percent, signed
from upwell.interfaces.web.parts import Heading, Provenance

NUMBERS = (False, True, True, False, True, True)


@dataclass(frozen=True, slots=True)
class Line:
    """One capability of the unit, ready to print; a gap is written with a plus where the unit is short."""

    row: UnitGapRow
    bar: Bullet
    share: str
    share_range: str
    gap: str
    gap_range: str
    low: bool


def line_of(row: UnitGapRow) -> Line:
    """A line of the table."""
    return Line(
        row=row,
        bar=Bullet(row.share, row.share_lo, row.share_hi, scale_max=1.0),
        share=percent(row.share),
        share_range=_percents(row.share_lo, row.share_hi),
        gap=signed(row.gap),
        gap_range=interval(row.gap_lo, row.gap_hi, sign=True),
        low=row.gap_lo is not None and row.gap_lo > 0,
    )


def headings() -> list[Heading]:
    """The columns of the table."""
    words = (_("Capability"), _("Asked of"), _("With evidence"), _("Meet what is asked"), _("Share"), _("Mean gap"))
    return [Heading(label, number=number) for label, number in zip(words, NUMBERS, strict=True)]


def thinnest(rows: Sequence[UnitGapRow]) -> UnitGapRow | None:
    """The shown capability with the widest mean gap, if the interval leaves no doubt that there is one."""
    return next((row for row in rows if not row.withheld and row.gap_lo is not None and row.gap_lo > 0), None)


def source_of(snapshot: Snapshot) -> Provenance:
    """Where the figures come from."""
    run = snapshot.run
    return Provenance(
        computed_at=snapshot.created_at,
        method=_("Levels and gaps, rolled up; groups below five withheld"),
        engine=run.engine_version,
        digest=str(snapshot.diagnostics.get("input_digest", ""))[:12],
        run_url=reverse("run", args=[run.uuid]),
        facts=[(_("Evidence until"), f"{snapshot.as_of:%d %b %Y}")],
    )


def _percents(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low * 100:.0f}–{percent(high)}"
