"""The strategy chain as a chart, readiness as words, and priorities under another stage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upwell.domain.gaps.frames import FamilyReadiness
from upwell.domain.gaps.queries.readiness import Readiness
from upwell.domain.strategy.queries import LinkRow, ObjectiveNode, ObjectiveRow, WeightRow
from upwell.interfaces.web.charts import Chain, Flow, Node

MOST_FAMILIES = 8
THIN = 0.6
SHOWN = 15
ENDS = (
    ("met", gettext_lazy("meet it")),
    ("below", gettext_lazy("fall short")),
    ("unsure", gettext_lazy("not sure yet")),
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A capability an objective leans on, with how ready everybody is who needs it."""

    link: LinkRow
    readiness: Readiness | None

    @property
    def share(self) -> float | None:
        """The share that meets what is asked, 0 to 1."""
        return self.readiness.share if self.readiness else None

    @property
    def low(self) -> bool:
        """Whether fewer meet it than an objective can rest on."""
        return self.share is not None and self.share < THIN


@dataclass(frozen=True, slots=True)
class Shift:
    """A capability's place in the order of priorities now and supposing another stage; 0 is not in the order."""

    row: WeightRow
    before: int
    after: int

    @property
    def up(self) -> int:
        """By how many places it rises."""
        return self.before - self.after if self.before and self.after else 0


def flat(nodes: Iterable[ObjectiveNode]) -> list[ObjectiveNode]:
    """The tree from top to bottom as a list."""
    return [each for node in nodes for each in (node, *flat(node.children))]


def above(tree: Iterable[ObjectiveNode], objective_id: int) -> list[ObjectiveRow]:
    """What an objective serves, the nearest first, out of a flat tree."""
    rows = {node.row.id: node.row for node in tree}
    found: list[ObjectiveRow] = []
    parent = rows[objective_id].parent_id
    while parent is not None:
        found.append(rows[parent])
        parent = rows[parent].parent_id
    return found


def thinnest(ready: Iterable[Ready]) -> Ready | None:
    """The capability fewest people meet of all that objectives lean on."""
    known = [one for one in ready if one.share is not None]
    return min(known, key=lambda one: (one.share or 0.0, one.link.capability), default=None)


def shifts(now: Sequence[WeightRow], then: Sequence[WeightRow]) -> list[Shift]:
    """The order of priorities in another stage beside the order of today."""
    places = {row.capability_id: place for place, row in enumerate(now, start=1)}
    return [Shift(row, places.get(row.capability_id, 0), place) for place, row in enumerate(then[:SHOWN], start=1)]


def chain_of(
    nodes: Sequence[ObjectiveNode], families: Sequence[FamilyReadiness], ready: Mapping[int, Readiness]
) -> Chain | None:
    """Objectives, capabilities, families of roles and people, joined by how many people each requirement asks."""
    links = [link for node in nodes for link in node.links]
    asked: dict[int, int] = defaultdict(int)
    for row in families:
        asked[row.capability_id] += row.n
    links = [link for link in links if asked[link.capability_id]]
    if not links:
        return None
    shown = _largest(families)
    flows = [*_leaning(links, asked), *_held(families, shown), *_ending(families, shown)]
    low = {link.capability_id for link in links if _is_low(ready.get(link.capability_id))}
    return Chain(
        key="chain",
        title=_(
            "By the best estimate fewer than 6 in 10 meet %(low)d of the %(all)d capabilities the objectives lean on"
        )
        % {"low": len(low), "all": len(asked)},
        columns=(_("Objective"), _("Capability"), _("Roles"), _("People")),
        nodes=[*_objectives(links), *_capabilities(links, ready, low), *_families(families, shown), *_people(families)],
        flows=flows,
        height=max(460, 38 * len(asked)),
        note=_("A band is as wide as the number of people of whom it is asked. Orange: fewer than 6 in 10 meet it."),
    )


def _largest(families: Iterable[FamilyReadiness]) -> set[str]:
    sizes: dict[str, int] = defaultdict(int)
    for row in families:
        sizes[row.family] += row.n
    sizes.pop("", None)
    return set(sorted(sizes, key=lambda name: -sizes[name])[:MOST_FAMILIES])


def _is_low(found: Readiness | None) -> bool:
    return found is not None and found.share is not None and found.share < THIN


def _leaning(links: Sequence[LinkRow], asked: Mapping[int, int]) -> list[Flow]:
    total: dict[int, float] = defaultdict(float)
    for link in links:
        total[link.capability_id] += link.weight
    return [
        Flow(
            f"o{link.objective_id}",
            f"c{link.capability_id}",
            asked[link.capability_id] * link.weight / total[link.capability_id],
        )
        for link in links
    ]


def _held(families: Iterable[FamilyReadiness], shown: set[str]) -> list[Flow]:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for row in families:
        sums[(row.capability_id, _name(row, shown))] += row.n
    return [Flow(f"c{capability}", f"f{family}", float(n)) for (capability, family), n in sums.items()]


def _ending(families: Iterable[FamilyReadiness], shown: set[str]) -> list[Flow]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in families:
        for end, _words in ENDS:
            sums[(_name(row, shown), end)] += getattr(row, end)
    return [Flow(f"f{family}", end, float(n), low=end == "below") for (family, end), n in sums.items() if n]


def _objectives(links: Iterable[LinkRow]) -> list[Node]:
    seen = {link.objective_id: link for link in links}
    return [
        Node(f"o{key}", _short(link.objective), 0, url=reverse("objective", args=[link.objective_uuid]))
        for key, link in seen.items()
    ]


def _capabilities(links: Iterable[LinkRow], ready: Mapping[int, Readiness], low: set[int]) -> list[Node]:
    seen = {link.capability_id: link for link in links}
    return [
        Node(
            f"c{key}",
            _short(link.capability),
            1,
            detail=share_words(ready.get(key)),
            url=reverse("strategy-capability", args=[link.capability_uuid]),
            low=key in low,
        )
        for key, link in seen.items()
    ]


def _families(families: Iterable[FamilyReadiness], shown: set[str]) -> list[Node]:
    names = dict.fromkeys(_name(row, shown) for row in families)
    return [Node(f"f{name}", _short(name) or _("other roles"), 2) for name in sorted(names, key=lambda n: (not n, n))]


def _people(families: Iterable[FamilyReadiness]) -> list[Node]:
    rows = list(families)
    sums = {end: sum(getattr(row, end) for row in rows) for end, _words in ENDS}
    whole = sum(sums.values()) or 1
    return [
        Node(end, str(words), 3, detail=f"{sums[end] / whole:.0%}", low=end == "below")
        for end, words in ENDS
        if sums[end]
    ]


def _name(row: FamilyReadiness, shown: set[str]) -> str:
    return row.family if row.family in shown else ""


def _short(words: str, most: int = 26) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def share_words(found: Readiness | None) -> str:
    """Readiness in a few words, with its interval."""
    if found is None or found.share is None or found.lo is None or found.hi is None:
        return _("too few to say")
    return f"{found.share:.0%} ({found.lo:.0%}–{found.hi:.0%})"
