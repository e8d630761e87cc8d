"""Charts that fit beside a number: sparkline, bullet bar and share bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import decimal, interval, level
from upwell.interfaces.web.charts.svg import Scale, box, tag


@dataclass(frozen=True)
class Sparkline:
    """A run of values, oldest first; `low` marks a change for the worse; `label` says what moves and how."""

    values: Sequence[float]
    label: str
    low: bool = False


@dataclass(frozen=True)
class Bullet:
    """A level on its scale with its interval and the level the role asks; all in the scale's units."""

    value: float | None
    low: float | None = None
    high: float | None = None
    required: float | None = None
    scale_min: float = 0.0
    scale_max: float = 5.0


def sparkline(spec: Sparkline) -> SafeString:
    """A line 90 by 28 pixels that ends in a dot; empty for fewer than two values."""
    if len(spec.values) < 2:
        return SafeString("")
    across = Scale(0, len(spec.values) - 1, 2, 87)
    down = Scale(min(spec.values), max(spec.values), 22, 4)
    points = [(across(index), down(value)) for index, value in enumerate(spec.values)]
    run = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return tag(
        "svg",
        tag("polygon", points=f"2,28 {run} 87,28", class_="spark-area"),
        tag("polyline", points=run, class_="spark-line"),
        tag("circle", cx=points[-1][0], cy=points[-1][1], r=2.6, class_="spark-end"),
        class_="sparkline low" if spec.low else "sparkline",
        viewBox="0 0 90 28",
        role="img",
        aria_label=spec.label,
    )


def words(spec: Bullet) -> str:
    """The bar in words, for people who do not see it."""
    if spec.value is None:
        return _("No evidence yet")
    parts = [_("Level %(level)s") % {"level": level(spec.value)}]
    if spec.low is not None and spec.high is not None:
        parts.append(_("interval %(range)s") % {"range": interval(spec.low, spec.high)})
    if spec.required is not None:
        parts.append(_("role asks %(level)s") % {"level": decimal(spec.required)})
    return ", ".join(parts)


def bullet(spec: Bullet) -> SafeString:
    """A bar as wide as its place: track, interval band, level, and a mark where the role asks."""
    across = Scale(spec.scale_min, spec.scale_max, 0, 1)
    parts = [box(0, 7, 1, 6, "track", 3)]
    if spec.value is None:
        parts = [tag("rect", x="0", y=7, width="100%", height=6, rx=3, class_="hatched")]
    else:
        short = spec.required is not None and spec.value < spec.required
        if spec.low is not None and spec.high is not None:
            start, end = across.held(spec.low), across.held(spec.high)
            parts.append(box(start, 4, end - start, 12, "band", 6))
        parts.append(box(0, 7, across.held(spec.value), 6, "low" if short else "high", 3))
    if spec.required is not None:
        mark = across.held(spec.required)
        parts.append(
            tag(
                "rect",
                x=f"{mark * 100:.4g}%",
                y=1,
                width=2,
                height=18,
                rx=1,
                class_="required",
                transform="translate(-1)",
            )
        )
    return tag("svg", *parts, class_="bullet", role="img", aria_label=words(spec))


def share_bar(share: float, *, low: bool) -> SafeString:
    """A bar of 40 pixels for a share between 0 and 1; decorative, the number stands beside it."""
    filled = min(max(share, 0.0), 1.0)
    return tag(
        "svg",
        box(0, 1, 1, 6, "track", 3),
        box(0, 1, filled, 6, "low" if low else "high", 3),
        class_="bullet mini",
        aria_hidden="true",
    )
