"""Why a level is what it is: a table whose rows are the pieces of evidence and what each one moved."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import level, signed
from upwell.interfaces.web.charts.svg import Scale, box, figure, line, tag


@dataclass(frozen=True)
class Move:
    """One piece of evidence: what it is, a line of detail, how far it moved the level, and where it is shown."""

    label: str
    change: float
    detail: str = ""
    url: str = ""


@dataclass(frozen=True)
class Waterfall:
    """A level that starts at `start` and is moved by `moves`; `title` states the finding."""

    key: str
    title: str
    start: float
    moves: Sequence[Move]
    start_label: str = ""
    end_label: str = ""
    note: str = ""

    @property
    def end(self) -> float:
        """The level after every move."""
        return self.start + sum(move.change for move in self.moves)


def waterfall(spec: Waterfall) -> SafeString:
    """The steps from the starting point to the level, read from the top down."""
    path = [spec.start]
    for move in spec.moves:
        path.append(path[-1] + move.change)
    pad = (max(path) - min(path) or 1.0) * 0.08
    across = Scale(min(path) - pad, max(path) + pad, 0, 1)
    rows = [_end_row(spec.start_label or _("Before any evidence"), spec.start, across, "start")]
    rows += [_move_row(move, before, across) for move, before in zip(spec.moves, path, strict=False)]
    rows.append(_end_row(spec.end_label or _("Level now"), path[-1], across, "total"))
    heads = (_("Evidence"), _("Picture"), _("Change"))
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    grid = tag("table", head, tag("tbody", *rows), class_="waterfall", id=spec.key)
    return figure(spec.title, grid, note=spec.note)


def _picture(*shapes: str) -> SafeString:
    return tag("td", tag("svg", *shapes, class_="plot", aria_hidden="true"), class_="waterfall-bar")


def _move_row(move: Move, before: float, across: Scale) -> SafeString:
    start, end = sorted((across(before), across(before + move.change)))
    name = tag("a", move.label, href=move.url) if move.url else move.label
    detail = tag("small", move.detail) if move.detail else ""
    shapes = (
        line(across(before), 0, across(before), 18, "grid"),
        box(start, 4, max(end - start, 0.006), 10, "high" if move.change >= 0 else "low", 2),
    )
    number = tag("td", signed(move.change, 2), class_="number " + ("high" if move.change >= 0 else "low"))
    return tag("tr", tag("th", name, detail, scope="row"), _picture(*shapes), number)


def _end_row(label: str, value: float, across: Scale, class_: str) -> SafeString:
    place = across(value)
    shape = box(place - 0.012, 1, 0.024, 16, class_, 2)
    cells = tag("th", label, scope="row") + _picture(shape) + tag("td", level(value), class_="number")
    return tag("tr", cells, class_="total" if class_ == "total" else None)
