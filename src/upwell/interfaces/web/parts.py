"""Frozen inputs of the components in `templates/components/`; views build them, templates only read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from upwell.interfaces.web.charts import Bullet, Person, Sparkline


@dataclass(frozen=True)
class Crumb:
    """One step of the breadcrumb; the page itself has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class Figure:
    """One number of the figure strip. `tone` is "", "high" or "low"; `trend` is "", "up" or "down"."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    tone: str = ""
    trend: str = ""
    interval: str = ""
    spark: Sparkline | None = None
    url: str = ""


@dataclass(frozen=True)
class BulletRow:
    """A capability with its bar; `note` says sources and age; `spark` how the level went."""

    name: str
    bullet: Bullet
    note: str = ""
    url: str = ""
    why_url: str = ""
    spark: Sparkline | None = None


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. `state` is "", "done", "now" or "late"; `when` a day or ready words."""

    title: str
    when: date | str = ""
    note: str = ""
    icon: str = ""
    state: str = ""
    url: str = ""
    quote: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """One step of a path or stepper. `state` is "", "done" or "now"; `tag` a short word such as the minutes."""

    name: str
    state: str = ""
    note: str = ""
    url: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Pledge:
    """A commitment to use something on the job: the words, where, by when, how often asked and how often done."""

    words: str
    situation: str
    due_on: date | None
    times: int
    done: int
    partner: Person | None = None
    log_url: str = ""
    url: str = ""

    @property
    def marks(self) -> list[bool]:
        """One mark for each use asked for, true where done."""
        return [index < self.done for index in range(self.times)]


@dataclass(frozen=True)
class Anchor:
    """One level of an anchored rating: value, name, the behaviour that shows it, and its place on the bar (0 to 5)."""

    value: str
    label: str
    text: str = ""
    place: float | None = None


@dataclass(frozen=True)
class RowProblem:
    """What an import found wrong: where, what stood there, why, and whether the row is left out (`blocks`)."""

    row: int
    column: str
    value: str
    reason: str
    file: str = ""
    blocks: bool = True


@dataclass(frozen=True)
class AuditLine:
    """Who did what when; `before` and `after` show a change; `operation` is the verb's name."""

    at: datetime
    actor: str
    words: str
    operation: str
    url: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where a number comes from; `facts` are further pairs such as parameters."""

    computed_at: datetime
    method: str
    method_url: str = ""
    engine: str = ""
    digest: str = ""
    seed: str = ""
    run_url: str = ""
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Heading:
    """One column heading. `key` makes it sortable; `sorted` is "", "ascending" or "descending"."""

    label: str
    key: str = ""
    number: bool = False
    sorted: str = ""

    @property
    def next_sort(self) -> str:
        """The value of `?sort=` that a click asks for."""
        return f"-{self.key}" if self.sorted == "ascending" else self.key


@dataclass(frozen=True)
class Pager:
    """Where a long table stands; pages count from 1; `noun` is the plural of what is listed."""

    page: int
    pages: int
    total: int
    noun: str = ""

    @property
    def previous(self) -> int | None:
        """The page before, if any."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, if any."""
        return self.page + 1 if self.page < self.pages else None


def page_asked(text: str) -> int:
    """The page that an address asks for, from 1; what is no number asks for the first, and six digits are enough."""
    return max(1, int(text[:6])) if text.isascii() and text.isdigit() else 1


@dataclass(frozen=True)
class Tab:
    """One tab or segment."""

    label: str
    url: str
    active: bool = False
    badge: str = ""


@dataclass(frozen=True)
class Verdict:
    """A programme's verdict. `tone` is "raised", "lowered", "unsure" or "none"."""

    words: str
    tone: str = "unsure"

    @property
    def icon(self) -> str:
        """A shape beside the colour."""
        return {"raised": "trending-up", "lowered": "trending-down", "none": "minus"}.get(self.tone, "circle-dashed")


@dataclass(frozen=True)
class Found:
    """One answer of the command palette."""

    label: str
    url: str
    icon: str = "arrow-right"
    note: str = ""


@dataclass(frozen=True)
class DemoSignIn:
    """A sign-in of the demonstration organisation: who it is and what they come for."""

    email: str
    password: str
    name: str
    role: str

    @property
    def person(self) -> Person:
        """The chip of this sign-in."""
        return Person(self.name, self.role)
