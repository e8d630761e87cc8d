"""People by capabilities: which step of the scale each cell stands on, and its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import NOTHING, decimal, level, signed
from upwell.interfaces.web.charts.person import Person

STEPS = ((-1.5, "far-below"), (-0.75, "below"), (-0.25, "just-below"), (0.5, "level"), (1.25, "above"))
LEVELS = ((1.5, "depth-1"), (2.5, "depth-2"), (3.5, "depth-3"))
READY = 2 / 3
DEPTHS = ((1, "depth-1"), (2, "depth-2"), (4, "depth-3"))


class HeatMode(StrEnum):
    """What the cells show."""

    GAP = "gap"
    LEVEL = "level"
    EVIDENCE = "evidence"


@dataclass(frozen=True)
class HeatColumn:
    """One capability, the group it is listed under, and the share (0..1) of people who reach what is asked."""

    name: str
    group: str = ""
    url: str = ""
    covered: float | None = None


@dataclass(frozen=True)
class HeatCell:
    """A level (`None` without evidence), the level asked (`None` where nothing is) and the pieces of evidence.

    A cell with neither is left blank: nothing is asked and nothing seen, which is not the same as no evidence.
    `thin` marks a level that rests on little or old evidence.
    """

    value: float | None
    required: float | None = None
    evidence: int = 0
    thin: bool = False
    url: str = ""


@dataclass(frozen=True)
class HeatRow:
    """One person with a cell for each column and the readiness (0..1) for the role."""

    person: Person
    cells: Sequence[HeatCell]
    ready: float | None = None
    selected: bool = False

    @property
    def short(self) -> bool:
        """Whether readiness lies below two thirds."""
        return self.ready is not None and self.ready < READY


@dataclass(frozen=True)
class HeatMap:
    """The whole map; rows stand in the order given (by name unless someone sorted them)."""

    rows: Sequence[HeatRow]
    columns: Sequence[HeatColumn]
    mode: HeatMode = HeatMode.GAP
    caption: str = ""
    target: str = ""

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Neighbouring columns of one group with their number."""
        found: list[tuple[str, int]] = []
        for column in self.columns:
            if found and found[-1][0] == column.group:
                found[-1] = (column.group, found[-1][1] + 1)
            else:
                found.append((column.group, 1))
        return found

    @property
    def has_cover(self) -> bool:
        """Whether any column says how many people reach what is asked."""
        return any(column.covered is not None for column in self.columns)

    @property
    def starts(self) -> list[bool]:
        """For each column, whether a new group starts there (the first column does not count)."""
        names = [column.group for column in self.columns]
        return [index > 0 and names[index - 1] != name for index, name in enumerate(names)]


def gap_step(gap: float) -> str:
    """The class of the step on which a gap (level minus what is asked) stands."""
    return next((name for limit, name in STEPS if gap < limit), "far-above")


def cell_class(cell: HeatCell, mode: HeatMode) -> str:
    """The cell's classes: its step, and `thin` where the evidence is."""
    if cell.value is None:
        return "unasked" if cell.required is None else "none"
    if mode is HeatMode.EVIDENCE:
        return next((name for limit, name in DEPTHS if cell.evidence <= limit), "depth-4")
    thin = " thin" if cell.thin else ""
    if mode is HeatMode.LEVEL:
        return next((name for limit, name in LEVELS if cell.value < limit), "depth-4") + thin
    return ("unrequired" if cell.required is None else gap_step(cell.value - cell.required)) + thin


def cell_text(cell: HeatCell, mode: HeatMode) -> str:
    """What the cell shows: the gap with its sign, the level, or the number of pieces of evidence."""
    if cell.value is None:
        return "" if cell.required is None else NOTHING
    if mode is HeatMode.EVIDENCE:
        return str(cell.evidence)
    if mode is HeatMode.GAP and cell.required is not None:
        return signed(cell.value - cell.required)
    return level(cell.value)


def cell_words(cell: HeatCell, column: str) -> str:
    """The cell in words, for a tooltip and for people who do not see it."""
    if cell.value is None:
        words = _("%(capability)s: not asked") if cell.required is None else _("%(capability)s: no evidence")
        return words % {"capability": column}
    words = _("%(capability)s: level %(level)s") % {"capability": column, "level": decimal(cell.value)}
    if cell.required is not None:
        words += _(", role asks %(level)s") % {"level": decimal(cell.required)}
    if cell.thin:
        words += _(", little or old evidence")
    return words
