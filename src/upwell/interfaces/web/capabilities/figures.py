"""Levels of a person as bars and words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.domain.gaps.choices import GapState
from upwell.domain.gaps.queries import StandingRow
from upwell.interfaces.web.charts import Bullet, Sparkline
from upwell.interfaces.web.parts import BulletRow, Figure

History = Mapping[int, Sequence[tuple[dt.date, float, float]]]

TO_80 = 1.2816
"""How many standard deviations an 80 % interval reaches to either side."""


def bullet_of(row: StandingRow) -> Bullet:
    """A level with its 80 % interval against what the role asks."""
    return Bullet(row.level, row.lo80, row.hi80, row.required)


def age_words(days: int | None) -> str:
    """How old evidence is, in the largest unit that says enough."""
    if days is None:
        return ""
    if days <= 0:
        return _("today")
    if days < 60:
        return ngettext("%(n)d day old", "%(n)d days old", days) % {"n": days}
    months = round(days / 30.44)
    return ngettext("%(n)d month old", "%(n)d months old", months) % {"n": months}


def note_of(row: StandingRow, *, on: dt.date) -> str:
    """Where a level comes from, in small words: seats, raters, age, and how sure it is."""
    if row.level is None or not row.n_ratings:
        return _("no evidence yet")
    parts = [
        ngettext("%(n)d rating", "%(n)d ratings", row.n_ratings) % {"n": row.n_ratings},
        ngettext("%(n)d source", "%(n)d sources", row.n_sources) % {"n": row.n_sources},
        _("newest %(age)s") % {"age": age_words(row.age_days(on))},
    ]
    if row.provisional:
        parts.append(_("provisional"))
    elif row.state == GapState.UNSURE:
        parts.append(_("not sure yet"))
    return " · ".join(parts)


def spark_of(name: str, points: Sequence[tuple[dt.date, float, float]]) -> Sparkline | None:
    """How a level went; None for fewer than two computations."""
    if len(points) < 2:
        return None
    values = [level for _on, level, _sd in points]
    words = _("%(name)s went from %(first).1f to %(last).1f") % {
        "name": name,
        "first": values[0],
        "last": values[-1],
    }
    return Sparkline(values, words, low=values[-1] < values[0] - 0.05)


def row_of(row: StandingRow, person: UUID, history: History, *, on: dt.date) -> BulletRow:
    """One capability as a bar."""
    url = reverse("level", args=[person, row.capability_uuid])
    return BulletRow(
        row.capability,
        bullet_of(row),
        note_of(row, on=on),
        why_url=url,
        spark=spark_of(row.capability, history.get(row.capability_id, ())),
    )


def grouped(
    rows: Sequence[StandingRow], person: UUID, history: History, *, on: dt.date
) -> list[tuple[str, list[BulletRow]]]:
    """Bars by the heading of their capability, both by name."""
    ordered = sorted(rows, key=lambda row: (row.group.casefold(), row.capability.casefold()))
    return [
        (group or _("Capabilities"), [row_of(row, person, history, on=on) for row in held])
        for group, held in groupby(ordered, key=lambda row: row.group)
    ]


def widest(rows: Sequence[StandingRow]) -> list[StandingRow]:
    """What is below the role, by what it does to outcomes and strategy, not by size alone."""
    below = [row for row in rows if row.state == GapState.BELOW]
    return sorted(below, key=lambda row: (-(row.priority or 0.0), -(row.gap or 0.0), row.capability))


def figures_of(rows: Sequence[StandingRow]) -> list[Figure]:
    """How many of the required capabilities stand where."""
    count = {state: sum(row.state == state for row in rows) for state in GapState}
    reached = count[GapState.MEETS] + count[GapState.ABOVE]
    total = len(rows)
    return [
        Figure(_("At or above"), str(reached), _("of %d") % total, note=_("the role is met"), tone="high"),
        Figure(_("Below"), str(count[GapState.BELOW]), note=_("a gap worth acting on"), tone="low"),
        Figure(_("Not sure yet"), str(count[GapState.UNSURE]), note=_("the interval is too wide")),
        Figure(_("No evidence"), str(count[GapState.NO_EVIDENCE]), note=_("nobody has seen it")),
    ]


def history_rows(points: Sequence[tuple[dt.date, float, float]], required: float | None) -> list[BulletRow]:
    """Each computation of one level as a bar, newest first."""
    return [
        BulletRow(f"{on:%d %b %Y}", Bullet(level, max(0.0, level - TO_80 * sd), min(5.0, level + TO_80 * sd), required))
        for on, level, sd in reversed(points)
    ]
