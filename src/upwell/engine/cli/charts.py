"""Small charts as SVG text. Every chart has a title that states its finding and a text alternative.

Colours are CSS classes of the page, so a chart follows light and dark.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape, unescape

WIDTH = 400.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled value with an interval, all between 0 and 1, and the words printed at its end."""

    label: str
    value: float
    lo: float | None
    hi: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A labelled interval in the unit of its own row, and the smallest effect worth having."""

    label: str
    value: float
    lo: float
    hi: float
    worthwhile: float | None
    note: str


def bars(rows: Sequence[Bar], alternative: str) -> str:
    """Horizontal bars with soft interval bands; labels stand above their bar so that long ones fit a phone."""
    step = 40.0
    body: list[str] = []
    for i, row in enumerate(rows):
        top = i * step
        body.append(_text(0, top + 13, row.label, "label"))
        body.append(_text(WIDTH, top + 13, row.words, "value end"))
        body.append(f'<rect class="track" x="0" y="{top + 20:g}" width="{WIDTH:g}" height="8" rx="4"/>')
        if row.lo is not None and row.hi is not None:
            width = WIDTH * max(0.0, row.hi - row.lo)
            body.append(
                f'<rect class="band" x="{WIDTH * row.lo:.1f}" y="{top + 18:g}" width="{width:.1f}" height="12" rx="3"/>'
            )
        body.append(f'<rect class="mark" x="0" y="{top + 20:g}" width="{WIDTH * row.value:.1f}" height="8" rx="4"/>')
    return _svg(step * len(rows), body, alternative)


def intervals(rows: Sequence[Interval], alternative: str) -> str:
    """Effects with their intervals, each row on its own scale around zero."""
    step = 62.0
    body: list[str] = []
    for i, row in enumerate(rows):
        top = i * step
        reach = max(abs(row.lo), abs(row.hi), row.worthwhile or 0.0) * 1.1 or 1.0
        at = _scale(-reach, reach, 4, WIDTH - 4)
        body.append(_text(0, top + 13, row.label, "label"))
        body.append(_text(WIDTH, top + 13, row.note, "value end"))
        if row.worthwhile:
            left, right = at(-row.worthwhile), at(row.worthwhile)
            body.append(
                f'<rect class="track" x="{left:.1f}" y="{top + 20:g}" width="{right - left:.1f}" height="18" rx="3"/>'
            )
        body.append(f'<line class="axis" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="{top + 18:g}" y2="{top + 40:g}"/>')
        body.append(
            f'<line class="range" x1="{at(row.lo):.1f}" x2="{at(row.hi):.1f}" y1="{top + 29:g}" y2="{top + 29:g}"/>'
        )
        body.append(f'<circle class="dot" cx="{at(row.value):.1f}" cy="{top + 29:g}" r="4.5"/>')
        for edge, value in (("start", row.lo), ("end", row.hi)):
            x = min(max(at(value), 16.0), WIDTH - 16)
            body.append(_text(x, top + 52, f"{value:+.1f}", f"small middle {edge}-edge"))
    return _svg(step * len(rows), body, alternative)


def frontier(
    budgets: Sequence[float],
    values: Sequence[float],
    chosen: float,
    alternative: str,
    *,
    bounds: Sequence[float] = (),
    slope: float | None = None,
) -> str:
    """Value bought at each budget, with the chosen budget marked; `bounds` are drawn above it, `slope` through it."""
    top, bottom, left, right = 14.0, 170.0, 4.0, WIDTH - 12
    most = max((*values, *bounds)) * 1.05 or 1.0
    x, y = _scale(0.0, max(budgets), left, right), _scale(0.0, most, bottom, top)
    worth = next((v for b, v in zip(budgets, values, strict=True) if abs(b - chosen) < 0.5), None)
    body = [f'<line class="axis" x1="{left:g}" x2="{right:g}" y1="{bottom:g}" y2="{bottom:g}"/>']
    if bounds:
        ceiling = " ".join(f"{x(b):.1f},{y(v):.1f}" for b, v in zip(budgets, bounds, strict=True))
        body.append(f'<polyline class="guide" fill="none" points="{ceiling}"/>')
    if worth is not None and slope:
        ends = [max(chosen - worth / slope, 0.0), min(chosen + (most - worth) / slope, max(budgets))]
        (x1, y1), (x2, y2) = ((x(b), y(worth + slope * (b - chosen))) for b in ends)
        body.append(f'<line class="axis" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>')
    points = " ".join(f"{x(b):.1f},{y(v):.1f}" for b, v in zip((0.0, *budgets), (0.0, *values), strict=True))
    body.append(f'<polyline class="curve" points="{points}"/>')
    if worth is not None:
        cx, cy = x(chosen), y(worth)
        body.append(f'<line class="guide" x1="{cx:.1f}" x2="{cx:.1f}" y1="{cy:.1f}" y2="{bottom:g}"/>')
        body.append(f'<circle class="dot" cx="{cx:.1f}" cy="{cy:.1f}" r="5"/>')
        body.append(_text(cx, bottom + 17, f"{chosen:,.0f}", "small middle"))
    body.append(_text(right, bottom + 17, f"{max(budgets):,.0f}", "small end"))
    body.append(_text(left, bottom + 17, "0", "small"))
    body.append(_text(left, top - 2, "value of the plan", "small"))
    return _svg(bottom + 24, body, alternative)


def rows_on_one_scale(rows: Sequence[Interval], alternative: str) -> str:
    """Values with their intervals, all on one scale with zero marked; labels stand to the left."""
    step, top, left, right = 24.0, 6.0, 132.0, WIDTH - 64
    low = min(0.0, *(row.lo for row in rows))
    high = max(0.0, *(row.hi for row in rows))
    at = _scale(low, high, left, right)
    bottom = top + step * len(rows)
    body = [f'<line class="axis" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="{top:g}" y2="{bottom:g}"/>']
    for i, row in enumerate(rows):
        y = top + step * (i + 0.5)
        body.append(_text(0, y + 4, _short(row.label, 20), "small"))
        body.append(f'<line class="range thin" x1="{at(row.lo):.1f}" x2="{at(row.hi):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<circle class="dot" cx="{at(row.value):.1f}" cy="{y:.1f}" r="3.2"/>')
        body.append(_text(WIDTH, y + 4, row.note or f"{row.value:+.3g}", "small end"))
    body.append(_text(at(0), bottom + 14, "0", "small middle"))
    return _svg(bottom + 20, body, alternative)


def events(
    periods: Sequence[int],
    values: Sequence[float],
    lo: Sequence[float],
    hi: Sequence[float],
    alternative: str,
    unit: str = "months",
) -> str:
    """Effect by period before and after the start; the time before is shaded."""
    top, bottom, left, right = 8.0, 150.0, 46.0, WIDTH - 6
    first, last = min(periods), max(periods)
    reach = max(max(abs(v) for v in (*lo, *hi)), 1e-9) * 1.05
    x, y = _scale(first - 0.5, last + 0.5, left, right), _scale(-reach, reach, bottom, top)
    edge = x(-0.5)
    body: list[str] = []
    if first < 0:
        body.append(
            f'<rect class="before" x="{left:g}" y="{top:g}" width="{edge - left:.1f}" height="{bottom - top:g}"/>'
        )
    body.append(f'<line class="axis" x1="{left:g}" x2="{right:g}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>')
    for p, value, a, b in zip(periods, values, lo, hi, strict=True):
        body.append(f'<line class="range thin" x1="{x(p):.1f}" x2="{x(p):.1f}" y1="{y(a):.1f}" y2="{y(b):.1f}"/>')
        body.append(f'<circle class="dot" cx="{x(p):.1f}" cy="{y(value):.1f}" r="2.8"/>')
    body.append(_text(left - 6, top + 8, f"{reach:+.3g}", "small end"))
    body.append(_text(left - 6, y(0) + 4, "0", "small end"))
    body.append(_text(left - 6, bottom, f"{-reach:+.3g}", "small end"))
    if first < 0:
        body.append(_text(left, bottom + 17, f"{first} {unit}", "small"))
    body.append(_text(edge, bottom + 17, "start", "small middle" if first < 0 else "small"))
    body.append(_text(right, bottom + 17, f"+{last}" if first < 0 else f"+{last} {unit}", "small end"))
    return _svg(bottom + 24, body, alternative)


def standalone(chart: str) -> str:
    """A chart as a file of its own, with its colours."""
    head, rest = titled(chart).split(">", 1)
    head = re.sub(r'viewBox="0 (\S+) (\S+) (\S+)"', _with_margin, head, count=1)
    colours = "".join(f"{selector}{{{rule}}}" for selector, rule in COLOURS)
    wide = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" width="800" ', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{wide}><style>{colours}</style>{rest}\n'


def titled(chart: str) -> str:
    """The chart with its text alternative as a title above it: its first sentence, in at most three lines."""
    told = re.search(r'aria-label="([^"]*)"', chart)
    words = re.split(r"(?<=[a-z0-9%])\. ", unescape(told.group(1)).rstrip("."))[0] if told else ""
    lines = textwrap.wrap(words, TITLE_CHARACTERS, max_lines=3, placeholder=" …")
    room = TITLE_LINE * len(lines) + TITLE_GAP if lines else 0
    shown = "".join(
        f'<text class="title" x="0" y="{TITLE_LINE * (i + 1) - room - 4}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    head, rest = chart.split(">", 1)
    box = re.search(r'viewBox="0 0 (\S+) (\S+)"', head)
    if box is None or not room:
        return chart
    height = float(box.group(2)) + room
    taller = f'viewBox="0 {-room} {box.group(1)} {height:g}"'
    return f"{head.replace(box.group(), taller)}>{shown}{rest}"


def _with_margin(box: re.Match[str]) -> str:
    top, width, height = (float(side) for side in box.groups())
    return f'viewBox="{-MARGIN} {top - MARGIN:g} {width + 2 * MARGIN:g} {height + 2 * MARGIN:g}"'


TITLE_CHARACTERS = 44
TITLE_LINE = 18
TITLE_GAP = 12
MARGIN = 8
COLOURS = (
    ("svg", "font-family:Inter,system-ui,'Segoe UI',sans-serif;background:#fffefb"),
    ("text", "fill:#1d212b;font-size:12.5px"),
    (".value,.small", "fill:#5c616e"),
    (".small", "font-size:11.5px"),
    (".title", "font-size:14px;font-weight:600"),
    (".end", "text-anchor:end"),
    (".middle", "text-anchor:middle"),
    (".track,.before", "fill:#ebe8e0"),
    (".band", "fill:#bcd9e3"),
    (".mark,.dot", "fill:#1f7a94"),
    (".axis", "stroke:#5c616e"),
    (".guide", "stroke:#5c616e;stroke-dasharray:3 3"),
    (".range", "stroke:#1f7a94;stroke-width:5;stroke-linecap:round;opacity:.55"),
    (".range.thin", "stroke-width:2.5"),
    (".curve", "fill:none;stroke:#1f7a94;stroke-width:2.5"),
)


def _scale(low: float, high: float, start: float, stop: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (stop - start)


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(_short(words))}</text>'


def _short(words: str, most: int = 32) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _svg(height: float, body: Sequence[str], alternative: str) -> str:
    inner = "".join(body)
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {height:g}" role="img" aria-label="{escape(alternative)}" '
        f'preserveAspectRatio="xMinYMin meet">{inner}</svg>'
    )
