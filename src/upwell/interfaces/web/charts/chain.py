"""The strategy chain: columns of things and the flows between them, from objective to person."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import decimal
from upwell.interfaces.web.charts.svg import at, box, drawing, figure, join, stretched, table, tag, text

GAP, HEAD, BAR = 26, 26, 0.012


@dataclass(frozen=True)
class Node:
    """One thing in a column (0 is leftmost); `low` marks one below what is asked; `detail` is a short figure."""

    key: str
    label: str
    column: int
    detail: str = ""
    url: str = ""
    low: bool = False


@dataclass(frozen=True)
class Flow:
    """How strongly one node leads to another, in any unit above 0."""

    source: str
    target: str
    weight: float
    low: bool = False


@dataclass(frozen=True)
class Chain:
    """Nodes, flows between neighbouring columns, and a heading for each column; `title` states the finding."""

    key: str
    title: str
    columns: Sequence[str]
    nodes: Sequence[Node]
    flows: Sequence[Flow]
    height: int = 380
    note: str = ""


@dataclass(frozen=True)
class _Place:
    x: float
    y: float
    height: float


def chain(spec: Chain) -> SafeString:
    """Bars as high as what flows through them, joined by soft bands; scrolls inside its card on a phone."""
    unit, places = _layout(spec)
    picture = drawing(
        spec.key,
        spec.title,
        _("%(count)s links from %(first)s to %(last)s.")
        % {"count": len(spec.flows), "first": spec.columns[0], "last": spec.columns[-1]},
        spec.height,
        *_headings(spec),
        stretched(spec.height, *_bands(spec, places, unit)),
        *(_node(node, places[node.key], last=node.column == len(spec.columns) - 1) for node in spec.nodes),
        role="group",
    )
    scroll = tag("div", picture, class_="plot-scroll", tabindex="0", role="region", aria_label=spec.title)
    return figure(spec.title, scroll, _twin(spec), spec.note)


def _x(spec: Chain, column: int) -> float:
    return column / max(len(spec.columns) - 1, 1) * (1 - BAR)


def _through(spec: Chain, key: str) -> float:
    given = sum(flow.weight for flow in spec.flows if flow.source == key)
    taken = sum(flow.weight for flow in spec.flows if flow.target == key)
    return max(given, taken)


def _layout(spec: Chain) -> tuple[float, dict[str, _Place]]:
    columns = [[node for node in spec.nodes if node.column == index] for index in range(len(spec.columns))]
    room = spec.height - HEAD
    heights = [
        (room - GAP * len(nodes)) / (sum(_through(spec, node.key) for node in nodes) or 1.0)
        for nodes in columns
        if nodes
    ]
    unit = max(min(heights), 0.0)
    places: dict[str, _Place] = {}
    for index, nodes in enumerate(columns):
        total = sum(_through(spec, node.key) for node in nodes) * unit
        gap = (room - total) / max(len(nodes), 1)
        y = HEAD + gap / 2
        for node in nodes:
            height = max(_through(spec, node.key) * unit, 3.0)
            places[node.key] = _Place(_x(spec, index), y, height)
            y += height + gap
    return unit, places


def _headings(spec: Chain) -> list[SafeString]:
    last = len(spec.columns) - 1
    return [
        text(words, at(_x(spec, index) + (BAR if index == last else 0)), 12, "small end" if index == last else "small")
        for index, words in enumerate(spec.columns)
    ]


def _bands(spec: Chain, places: dict[str, _Place], unit: float) -> list[SafeString]:
    given: dict[str, float] = {}
    taken: dict[str, float] = {}
    bands = []
    for flow in spec.flows:
        source, target = places[flow.source], places[flow.target]
        start = source.y + given.get(flow.source, 0.0)
        end = target.y + taken.get(flow.target, 0.0)
        thick = flow.weight * unit
        given[flow.source] = given.get(flow.source, 0.0) + thick
        taken[flow.target] = taken.get(flow.target, 0.0) + thick
        x1, x2 = (source.x + BAR) * 100, target.x * 100
        middle = (x1 + x2) / 2
        outline = (
            f"M{x1:.2f} {start:.1f}"
            f"C{middle:.2f} {start:.1f} {middle:.2f} {end:.1f} {x2:.2f} {end:.1f}V{end + thick:.1f}"
            f"C{middle:.2f} {end + thick:.1f} {middle:.2f} {start + thick:.1f} {x1:.2f} {start + thick:.1f}Z"
        )
        bands.append(tag("path", d=outline, class_="flow low" if flow.low else "flow"))
    return bands


def _node(node: Node, place: _Place, *, last: bool) -> SafeString:
    bar = box(place.x, place.y, BAR, place.height, "node low" if node.low else "node", 2)
    x = at(place.x if last else place.x + BAR)
    middle = place.y + place.height / 2
    side = {"class_": "ink halo end", "dx": -8} if last else {"class_": "ink halo", "dx": 8}
    label = text(node.label, x, middle + (0 if node.detail else 4), **side)  # type: ignore[arg-type]
    low_side = {**side, "class_": f"small halo {'low' if node.low else ''} {'end' if last else ''}"}
    detail = text(node.detail, x, middle + 14, **low_side) if node.detail else ""  # type: ignore[arg-type]
    words = label + detail if detail else label
    return join([bar, tag("a", words, href=node.url) if node.url else words])


def _twin(spec: Chain) -> SafeString:
    names = {node.key: node.label for node in spec.nodes}
    rows = ((names[flow.source], names[flow.target], decimal(flow.weight)) for flow in spec.flows)
    return table((_("From"), _("To"), _("Weight")), rows)
