"""Ratings before and after correction for the rater's severity, one row each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import decimal, signed
from upwell.interfaces.web.charts.svg import Scale, at, dot, drawing, figure, line, table, tag, text

ROW = 30


@dataclass(frozen=True)
class Correction:
    """One rating: as given and as corrected, in scale units; `detail` marks for instance a changed category."""

    label: str
    raw: float
    corrected: float
    detail: str = ""


@dataclass(frozen=True)
class Calibration:
    """Corrections in the order given, on a scale from `low` to `high`; `title` states the finding."""

    key: str
    title: str
    corrections: Sequence[Correction]
    low: float = 1.0
    high: float = 5.0
    note: str = ""


def calibration(spec: Calibration) -> SafeString:
    """A hollow dot for the rating as given, a filled one as corrected, and the line between them."""
    across = Scale(spec.low, spec.high, 0.36, 0.9)
    bottom = 28 + ROW * len(spec.corrections)
    marks = range(round(spec.low), round(spec.high) + 1)
    grid = [line(across(mark), 18, across(mark), bottom, "grid") for mark in marks]
    heads = [text(str(mark), at(across(mark)), 12, "small middle") for mark in marks]
    picture = drawing(
        spec.key,
        spec.title,
        _("%(count)s ratings, as given and as corrected.") % {"count": len(spec.corrections)},
        bottom + 4,
        *grid,
        *heads,
        *(_row(row, 42 + ROW * index, across) for index, row in enumerate(spec.corrections)),
    )
    note = spec.note or _("Hollow: as given. Filled: corrected for the rater's severity.")
    return figure(spec.title, picture, _twin(spec), note)


def _row(row: Correction, y: float, across: Scale) -> SafeString:
    raw, corrected = across.held(row.raw), across.held(row.corrected)
    label = text(row.label, 0, y, "ink")
    change = row.corrected - row.raw
    number = text(signed(change), "100%", y, f"end {'high' if change >= 0 else 'low'}")
    marks = (
        line(raw, y - 4, corrected, y - 4, "whisker") + dot(raw, y - 4, "dot hollow") + dot(corrected, y - 4, "dot", 5)
    )
    return tag("g", tag("title", row.detail or row.label), label, number, marks)


def _twin(spec: Calibration) -> SafeString:
    rows = ((row.label, decimal(row.raw), decimal(row.corrected), row.detail) for row in spec.corrections)
    return table((_("Rating"), _("As given"), _("Corrected"), _("Detail")), rows)
