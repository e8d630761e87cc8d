"""Building blocks of charts: escaped elements, scales and the figure with its table twin.

Positions across are percentages and positions down are pixels: a chart fills its column while its text keeps its size.
Colour comes from classes in `charts.css`; nothing here writes a `style` attribute, which the page's policy forbids.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import decimal

Value = str | float | int


def join(parts: Iterable[str]) -> SafeString:
    """Concatenate markup, escaping whatever is not marked safe."""
    return format_html_join("", "{}", ((part,) for part in parts))


def tag(name: str, *children: str, **attributes: Value | None) -> SafeString:
    """One element. `class_` gives `class`, underscores give hyphens, `None` leaves an attribute out."""
    pairs = (
        (key.rstrip("_").replace("_", "-"), f"{value:.6g}" if isinstance(value, float) else value)
        for key, value in attributes.items()
        if value is not None
    )
    opened = format_html("<{}{}>", mark_safe(name), format_html_join("", ' {}="{}"', pairs))  # noqa: S308
    return opened + join(children) + format_html("</{}>", mark_safe(name))  # noqa: S308


def at(share: float) -> str:
    """A position across, from a share of the width."""
    return f"{share * 100:.4g}%"


@dataclass(frozen=True)
class Scale:
    """A straight-line mapping from `low..high` to `start..end`; the end may lie before the start."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where the value lies."""
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)

    def held(self, value: float) -> float:
        """Where the value lies, kept inside the drawn range."""
        return self(min(max(value, self.low), self.high))


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round values that cover `low..high` in steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low or 1.0) / max(wanted - 1, 1)
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(step * position, 10) for position in range(first, last + 1)]


def places(values: Sequence[float]) -> int:
    """Decimals needed to tell the ticks apart."""
    step = abs(values[1] - values[0]) if len(values) > 1 else 1.0
    return max(0, -floor(log10(step) + 1e-9)) if step else 0


def text(words: str, x: str | float, y: float, class_: str = "", **attributes: Value | None) -> SafeString:
    """A label."""
    return tag("text", words, x=x, y=y, class_=class_ or None, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> SafeString:
    """A straight line; across in shares of the width, down in pixels."""
    return tag("line", x1=at(x1), y1=y1, x2=at(x2), y2=y2, class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, rx: float = 0) -> SafeString:
    """A rectangle; across in shares of the width, down in pixels."""
    return tag("rect", x=at(x), y=y, width=at(max(width, 0.0)), height=height, class_=class_, rx=rx or None)


def dot(x: float, y: float, class_: str = "dot", r: float = 4.5) -> SafeString:
    """A round mark."""
    return tag("circle", cx=at(x), cy=y, r=r, class_=class_)


def stretched(height: float, *children: str) -> SafeString:
    """A layer whose shapes use 0..100 across and pixels down, stretched to the chart's width."""
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 100 {height:.6g}",
        preserveAspectRatio="none",
        width="100%",
        height=height,
        aria_hidden="true",
    )


def levels(values: Sequence[float], down: Scale) -> SafeString:
    """Horizontal grid lines, each with its value written above its left end."""
    digits = places(values)
    return join(
        line(0, down(value), 1, down(value), "axis" if value == 0 else "grid")
        + text(decimal(value, digits), 0, down(value) - 5, "small")
        for value in values
    )


def drawing(key: str, title: str, summary: str, height: float, *children: str, role: str = "img") -> SafeString:
    """The picture itself, named and described for people who do not see it."""
    return tag(
        "svg",
        tag("title", title, id=f"{key}-title"),
        tag("desc", summary, id=f"{key}-desc"),
        *children,
        class_="plot",
        id=key,
        height=height,
        role=role,
        aria_labelledby=f"{key}-title {key}-desc",
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> SafeString:
    """The same numbers as a table, folded away under the chart."""
    head = tag("thead", tag("tr", *(tag("th", heading, scope="col") for heading in headings)))
    body = tag(
        "tbody",
        *(
            tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell, class_="number") for cell in row[1:]))
            for row in rows
        ),
    )
    grid = tag("table", head, body, class_="table compact bare")
    shown = tag("div", grid, class_="scroller", tabindex="0", role="region", aria_label=_("Chart as a table"))
    return tag("details", tag("summary", _("Show as table")), shown, class_="twin")


def figure(title: str, picture: str, twin: str = "", note: str = "", extra: str = "") -> SafeString:
    """A chart with its finding as heading, an optional note under it, and its table twin."""
    small = tag("small", note) if note else ""
    return tag("figure", tag("figcaption", title, small), picture, extra, twin, class_="chart")
