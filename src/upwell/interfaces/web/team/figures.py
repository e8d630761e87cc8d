"""The figure strip and the sentence above it."""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.domain.gaps.queries.team import Demand, DemandRow, Moment
from upwell.interfaces.web.charts import Bullet, Sparkline
from upwell.interfaces.web.charts.numbers import NOTHING, SPACE, decimal, percent, signed
from upwell.interfaces.web.parts import BulletRow, Figure

STEPS = 5


def strip(demand: Demand, in_flight: tuple[int, int]) -> list[Figure]:
    """Readiness, critical gaps, fresh evidence, learning under way."""
    now, before = demand.now, demand.moments[-2] if len(demand.moments) > 1 else None
    if now is None:
        return []
    return [
        _ready(demand.moments, now, before),
        _critical(demand.moments, now, before),
        _fresh(demand.moments, now, before),
        _learning(in_flight),
    ]


def thinnest(demand: Demand) -> dict[str, object] | None:
    """The words of the lead: the capability, who is below, what closing it does; None where nobody is below."""
    row, now = demand.thinnest, demand.now
    if row is None or now is None or now.ready is None:
        return None
    lift = demand.lift(row)
    best = max(demand.lift(each) for each in demand.rows)
    return {
        "row": row,
        "before": percent(now.ready.value),
        "after": percent(min(1.0, now.ready.value + lift)),
        "lifts": round(lift, 2) > 0,
        "most": lift >= best - 1e-9,
    }


def steps(demand: Demand, url: str) -> list[BulletRow]:
    """The capabilities in which closing the gap counts most for outcomes, for the team as a whole."""
    below = sorted((row for row in demand.rows if row.n_below), key=lambda row: (-row.priority, row.capability))
    return [_step(row, f"{url}&sort={row.capability_uuid}") for row in below[:STEPS]]


def _step(row: DemandRow, url: str) -> BulletRow:
    note = _("%(below)d of %(n)d surely below") % {"below": row.n_below, "n": row.n}
    if row.n > row.n_evidence:
        note += " · " + _("%d without evidence") % (row.n - row.n_evidence)
    bar = Bullet(row.level, row.lo, row.hi, round(row.required, 1))
    return BulletRow(row.capability, bar, note, url)


def _ready(moments: Sequence[Moment], now: Moment, before: Moment | None) -> Figure:
    ready = now.ready
    values = [moment.ready.value for moment in moments if moment.ready]
    if ready is None:
        return Figure(_("Role readiness"), NOTHING, note=_("no evidence yet"))
    note, tone, trend = "", "", ""
    if before and before.ready:
        change = round(ready.value * 100) - round(before.ready.value * 100)
        note = _("%(change)s points since %(when)s") % {"change": signed(change, 0), "when": _when(before)}
        tone, trend = _direction(change, better=1)
    return Figure(
        _("Role readiness"),
        f"{ready.value * 100:.0f}",
        "%",
        note,
        tone,
        trend,
        interval=_("95 %% interval %(low)s to %(high)s")
        % {"low": decimal(ready.lo * 100, 0), "high": percent(ready.hi)},
        spark=Sparkline(values, _("Role readiness over time"), low=tone == "low"),
    )


def _critical(moments: Sequence[Moment], now: Moment, before: Moment | None) -> Figure:
    note, tone, trend = "", "", ""
    if before:
        change = now.n_critical - before.n_critical
        words = _("%(change)s since %(when)s") % {"change": signed(change, 0), "when": _when(before)}
        note = words if change else _("as many as in %s") % _when(before)
        tone, trend = _direction(change, better=-1)
    return Figure(
        _("Critical gaps"),
        str(now.n_critical),
        "",
        note,
        tone,
        trend,
        interval=_("sure ones, where strategy or outcomes lean"),
        spark=Sparkline([moment.n_critical for moment in moments], _("Critical gaps over time"), low=tone == "low"),
    )


def _fresh(moments: Sequence[Moment], now: Moment, before: Moment | None) -> Figure:
    if now.fresh is None:
        return Figure(_("Fresh evidence"), NOTHING)
    note, tone, trend = "", "", ""
    if before and before.fresh is not None:
        change = round(now.fresh * 100) - round(before.fresh * 100)
        note = _("%(change)s points since %(when)s") % {"change": signed(change, 0), "when": _when(before)}
        tone, trend = _direction(change, better=1)
    parts = [ngettext("%d rating is older than 6 months", "%d are older than 6 months", now.n_stale) % now.n_stale]
    if now.n_without:
        parts.append(_("%d missing") % now.n_without)
    values = [moment.fresh for moment in moments if moment.fresh is not None]
    return Figure(
        _("Fresh evidence"),
        f"{now.fresh * 100:.0f}",
        "%",
        note,
        tone,
        trend,
        interval=" · ".join(parts),
        spark=Sparkline(values, _("Share of fresh evidence over time"), low=tone == "low"),
    )


def _learning(in_flight: tuple[int, int]) -> Figure:
    under_way, linked = in_flight
    note = _("%d of them serve an agreed step") % linked if under_way else _("nobody is enrolled")
    loose = under_way - linked
    return Figure(
        _("Learning in flight"),
        str(under_way),
        "",
        note,
        "high" if under_way and not loose else "",
        "",
        interval=_("%d tied to no gap") % loose if loose else "",
    )


def _direction(change: float, *, better: int) -> tuple[str, str]:
    """Tone and arrow of a change; `better` is the sign that is good."""
    if abs(change) < 0.005:
        return "", ""
    return "high" if change * better > 0 else "low", "up" if change > 0 else "down"


def _when(moment: Moment) -> str:
    return date_format(moment.on, "F Y").replace(" ", SPACE)
