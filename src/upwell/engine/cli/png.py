"""The charts' few shapes as PNG pixels, by Pillow, which brings its own font."""

from __future__ import annotations

import io
import re
from typing import Any, Final
from xml.etree import ElementTree

from upwell.engine.cli.charts import titled

ZOOM: Final = 3
MARGIN: Final = 12
COLOURS: Final = {
    "track": "#ebe8e0",
    "before": "#ebe8e0",
    "band": "#bcd9e3",
    "mark": "#1f7a94",
    "dot": "#1f7a94",
    "curve": "#1f7a94",
    "range": "#85b7c6",
    "axis": "#5c616e",
    "guide": "#5c616e",
    "value": "#5c616e",
    "small": "#5c616e",
}
INK, PAPER = "#1d212b", "#fffefb"
SIZES: Final = {"small": 11.5, "title": 14.0}
WIDTHS: Final = {"range": 5.0, "thin": 2.5, "curve": 2.5}


def render(chart: str) -> bytes:
    """A chart of `charts` as PNG, three pixels to the unit."""
    from PIL import Image, ImageDraw, ImageFont

    root = ElementTree.fromstring(re.sub(r'\sxmlns="[^"]*"', "", titled(chart)))  # noqa: S314 - text of our own making
    _, top, width, height = (float(v) for v in root.attrib["viewBox"].split())
    for shape in root.iter():
        _lower(shape, -top)
    size = (round((width + 2 * MARGIN) * ZOOM), round((height + 2 * MARGIN) * ZOOM))
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    for shape in root.iter():
        kinds = shape.attrib.get("class", "").split()
        if shape.tag == "text":
            points = next((size for kind, size in SIZES.items() if kind in kinds), 12.5)
            font = ImageFont.load_default(size=points * ZOOM)
            anchor = "rs" if "end" in kinds else "ms" if "middle" in kinds else "ls"
            at = (_at(shape, "x"), _at(shape, "y"))
            pen.text(at, "".join(shape.itertext()), fill=_colour(kinds), font=font, anchor=anchor)
        else:
            _draw(pen, shape, kinds)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(96 * ZOOM, 96 * ZOOM))
    return out.getvalue()


def _lower(shape: ElementTree.Element, by: float) -> None:
    """Move a shape down, so that a title above the chart has room."""
    for name in ("y", "y1", "y2", "cy"):
        if name in shape.attrib:
            shape.set(name, str(float(shape.attrib[name]) + by))
    if "points" in shape.attrib:
        pairs = (pair.split(",") for pair in shape.attrib["points"].split())
        shape.set("points", " ".join(f"{x},{float(y) + by}" for x, y in pairs))


def _draw(pen: Any, shape: ElementTree.Element, kinds: list[str]) -> None:
    colour = _colour(kinds)
    width = max(round(next((WIDTHS[k] for k in reversed(kinds) if k in WIDTHS), 1.0) * ZOOM), 1)
    if shape.tag == "rect":
        left, top = _at(shape, "x"), _at(shape, "y")
        right = left + float(shape.attrib["width"]) * ZOOM
        bottom = top + float(shape.attrib["height"]) * ZOOM
        if right > left and bottom > top:
            pen.rectangle((left, top, right, bottom), fill=colour)
    elif shape.tag == "line":
        pen.line((_at(shape, "x1"), _at(shape, "y1"), _at(shape, "x2"), _at(shape, "y2")), fill=colour, width=width)
    elif shape.tag == "circle":
        x, y, r = _at(shape, "cx"), _at(shape, "cy"), float(shape.attrib["r"]) * ZOOM
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    elif shape.tag == "polyline":
        pairs = [pair.split(",") for pair in shape.attrib["points"].split()]
        points = [((float(x) + MARGIN) * ZOOM, (float(y) + MARGIN) * ZOOM) for x, y in pairs]
        pen.line(points, fill=colour, width=width, joint="curve")


def _at(shape: ElementTree.Element, name: str) -> float:
    return (float(shape.attrib[name]) + MARGIN) * ZOOM


def _colour(kinds: list[str]) -> str:
    return next((COLOURS[kind] for kind in kinds if kind in COLOURS), INK)
