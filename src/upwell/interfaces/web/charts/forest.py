"""Effects side by side: the forest of programmes, and the bracket of one programme's estimates."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import decimal, interval, signed
from upwell.interfaces.web.charts.svg import Scale, at, box, dot, drawing, figure, line, places, table, tag, text, ticks

ROW = 48


@dataclass(frozen=True)
class Effect:
    """One estimate with its interval, in the outcome's unit; `detail` is a short line such as `412 people`.

    `believed` is false where the interval alone proves nothing, so that it is drawn without a colour.
    """

    label: str
    estimate: float
    low: float
    high: float
    detail: str = ""
    believed: bool = True

    @property
    def tone(self) -> str:
        """`high` or `low` where the interval excludes zero and may be believed, else `unsure`."""
        if not self.believed:
            return "unsure"
        return "high" if self.low > 0 else "low" if self.high < 0 else "unsure"


@dataclass(frozen=True)
class Forest:
    """Effects in the order given, never ranked here; `worthwhile` is the smallest effect worth having."""

    key: str
    title: str
    effects: Sequence[Effect]
    unit: str
    worthwhile: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Bracket:
    """The intervals whose union is the headline, `beside` shown for comparison only."""

    key: str
    title: str
    effects: Sequence[Effect]
    unit: str
    beside: Sequence[Effect] = ()
    worthwhile: float | None = None
    verdict: str = ""
    tone: str = "unsure"
    note: str = ""

    @property
    def low(self) -> float:
        """The lower end of the union."""
        return min(effect.low for effect in self.effects)

    @property
    def high(self) -> float:
        """The upper end of the union."""
        return max(effect.high for effect in self.effects)


def _scale(effects: Sequence[Effect], worthwhile: float | None) -> tuple[Scale, list[float]]:
    ends = [0.0, worthwhile or 0.0, *(e.low for e in effects), *(e.high for e in effects)]
    marks = ticks(min(ends), max(ends))
    return Scale(marks[0], marks[-1], 0.02, 0.98), marks


def _row(effect: Effect, y: float, across: Scale, *, faint: bool = False) -> SafeString:
    tone = "unsure" if faint else effect.tone
    label = tag("tspan", effect.label, class_="ink")
    detail = tag("tspan", effect.detail, dx=6) if effect.detail else ""
    number = text(f"{signed(effect.estimate, 2)}", "100%", y, "ink end")
    low, middle, high = across(effect.low), across(effect.estimate), across(effect.high)
    mark = line(low, y + 16, high, y + 16, f"whisker {tone}") + dot(middle, y + 16, f"dot {tone}", 5)
    paper = box(0, y - 16, 1, 23, "paper")
    return paper + tag("text", label, detail, x="0", y=y) + number + mark


def _axis(marks: list[float], across: Scale, bottom: float, unit: str) -> list[SafeString]:
    digits = places(marks)
    lines = [line(across(mark), 0, across(mark), bottom, "axis" if mark == 0 else "grid") for mark in marks]
    inner = marks[1:-1]
    labels = [text(decimal(mark, digits), at(across(mark)), bottom + 16, "small middle") for mark in inner]
    return [*lines, *labels, text(unit, "100%", bottom + 32, "small end")]


def _worthwhile(value: float | None, across: Scale, bottom: float) -> list[SafeString]:
    if value is None:
        return []
    return [box(across(0), 0, across(value) - across(0), bottom, "shade")]


def _twin(effects: Sequence[Effect], unit: str) -> SafeString:
    rows = ((e.label, signed(e.estimate, 2), interval(e.low, e.high, 2, sign=True), e.detail) for e in effects)
    return table((_("Estimate"), _("Effect, %(unit)s") % {"unit": unit}, _("Interval"), _("Detail")), rows)


def forest(spec: Forest) -> SafeString:
    """One row an effect: name and number above, point and whisker below; grey where zero is inside."""
    across, marks = _scale(spec.effects, spec.worthwhile)
    bottom = ROW * len(spec.effects) + 4
    picture = drawing(
        spec.key,
        spec.title,
        "; ".join(
            f"{e.label}: {signed(e.estimate, 2)} ({interval(e.low, e.high, 2, sign=True)})" for e in spec.effects
        ),
        bottom + 36,
        *_worthwhile(spec.worthwhile, across, bottom),
        *_axis(marks, across, bottom, spec.unit),
        *(_row(effect, 16 + ROW * index, across) for index, effect in enumerate(spec.effects)),
    )
    return figure(spec.title, picture, _twin(spec.effects, spec.unit), spec.note)


def bracket(spec: Bracket) -> SafeString:
    """The union as a soft band behind its estimates, with the verdict in words above."""
    everything = [*spec.effects, *spec.beside]
    across, marks = _scale(everything, spec.worthwhile)
    bottom = ROW * len(everything) + 4
    band = box(across(spec.low), 0, across(spec.high) - across(spec.low), ROW * len(spec.effects), "band", 4)
    summary = _("Between %(low)s and %(high)s %(unit)s.") % {
        "low": signed(spec.low, 2),
        "high": signed(spec.high, 2),
        "unit": spec.unit,
    }
    count = len(spec.effects)
    picture = drawing(
        spec.key,
        spec.title,
        f"{summary} {spec.verdict}".strip(),
        bottom + 36,
        *_worthwhile(spec.worthwhile, across, bottom),
        band,
        *_axis(marks, across, bottom, spec.unit),
        *(_row(e, 16 + ROW * index, across, faint=index >= count) for index, e in enumerate(everything)),
    )
    badge = tag("p", tag("span", spec.verdict, class_=f"verdict {spec.tone}")) if spec.verdict else ""
    return figure(spec.title, badge + picture if badge else picture, _twin(everything, spec.unit), spec.note or summary)
