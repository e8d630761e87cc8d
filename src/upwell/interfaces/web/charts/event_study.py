"""The effect month by month around the moment of training, with the months before shaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import interval, signed
from upwell.interfaces.web.charts.svg import Scale, at, box, dot, drawing, figure, levels, line, table, tag, text, ticks

HEIGHT = 250
TOP, BOTTOM = 22, 216


@dataclass(frozen=True)
class Period:
    """One month relative to training (negative before): estimate and interval in the outcome's unit."""

    when: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class EventStudy:
    """Estimates by month; `unit` names the outcome's unit; `title` states the finding."""

    key: str
    title: str
    periods: Sequence[Period]
    unit: str
    note: str = ""


def event_study(spec: EventStudy) -> SafeString:
    """Points with whiskers; hollow before training, filled after; shading marks the months before."""
    first, last = spec.periods[0].when, spec.periods[-1].when
    across = Scale(first - 0.6, last + 0.6, 0.05, 1)
    marks = ticks(min(0.0, *(p.low for p in spec.periods)), max(0.0, *(p.high for p in spec.periods)))
    down = Scale(marks[0], marks[-1], BOTTOM, TOP)
    moment = across(-0.5)
    picture = drawing(
        spec.key,
        spec.title,
        _summary(spec),
        HEIGHT,
        box(0.05, TOP - 8, moment - 0.05, BOTTOM - TOP + 8, "shade"),
        levels(marks, down),
        line(moment, TOP - 8, moment, BOTTOM, "rule"),
        text(_("before"), at(moment), TOP - 12, "small end", dx=-8),
        text(_("after training"), at(moment), TOP - 12, "small ink", dx=8),
        *(_mark(period, across, down) for period in spec.periods),
        *_months(first, last, across),
    )
    return figure(spec.title, picture, _twin(spec), spec.note or _("Outcome in %(unit)s") % {"unit": spec.unit})


def _mark(period: Period, across: Scale, down: Scale) -> SafeString:
    x = across(period.when)
    whisker = line(x, down(period.low), x, down(period.high), "whisker" if period.when >= 0 else "whisker unsure")
    hint = tag("title", f"{period.when:+d}: {signed(period.estimate, 2)}")
    return tag("g", hint, whisker, dot(x, down(period.estimate), "dot" if period.when >= 0 else "dot unsure"))


def _months(first: int, last: int, across: Scale) -> list[SafeString]:
    step = max(1, round((last - first) / 8))
    shown = [month for month in range(first, last + 1) if month % step == 0]
    labels = [text(f"{month:+d}" if month else "0", at(across(month)), BOTTOM + 18, "small middle") for month in shown]
    return [*labels, text(_("months from training"), "100%", BOTTOM + 33, "small end")]


def _summary(spec: EventStudy) -> str:
    after = [period for period in spec.periods if period.when >= 0]
    end = after[-1] if after else spec.periods[-1]
    return _("Month %(month)s: %(estimate)s %(unit)s, interval %(range)s.") % {
        "month": f"{end.when:+d}",
        "estimate": signed(end.estimate, 2),
        "unit": spec.unit,
        "range": interval(end.low, end.high, 2, sign=True),
    }


def _twin(spec: EventStudy) -> SafeString:
    rows = ((f"{p.when:+d}", signed(p.estimate, 2), interval(p.low, p.high, 2, sign=True)) for p in spec.periods)
    return table((_("Month"), _("Effect, %(unit)s") % {"unit": spec.unit}, _("Interval")), rows)
