"""The heat map: which people and capabilities stand on it, and what each cell says."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from upwell.domain.gaps.queries import StandingRow, standings_of
from upwell.domain.gaps.queries import team as queries
from upwell.domain.gaps.queries.team import FRESH, Demand, DemandRow, MemberRow
from upwell.interfaces.web.charts import HeatCell, HeatColumn, HeatMap, HeatMode, HeatRow
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.parts import Pager, Tab
from upwell.interfaces.web.team.forms import TeamFilter
from upwell.interfaces.web.team.scoping import Option, Scope

COLUMNS = 12
MOST_COLUMNS = 48
CELLS = 480
LINKED_CELLS = 200
"""Above so many cells a person's panel leads to the evidence, so that the page stays small."""
MODES = {
    HeatMode.GAP: gettext_lazy("Gap"),
    HeatMode.LEVEL: gettext_lazy("Level"),
    HeatMode.EVIDENCE: gettext_lazy("Evidence"),
}


@dataclass(frozen=True, slots=True)
class Board:
    """The map with everything chosen about it."""

    scope: Scope
    form: TeamFilter
    demand: Demand
    members: tuple[MemberRow, ...]
    standings: dict[int, list[StandingRow]]
    map: HeatMap
    title: str
    modes: tuple[Tab, ...]
    pager: Pager | None
    hidden_columns: int
    all_url: str
    query: str

    def member(self, uuid: object) -> MemberRow | None:
        """The person on this stretch of the map."""
        return next((row for row in self.members if row.uuid == uuid), None)


def board_of(scope: Scope, whose: list[Option], asked: Mapping[str, str], *, on: dt.date, selected: object) -> Board:
    """Load and lay out the map; three statements."""
    demand = queries.demand_of(scope.people, on=on)
    form = TeamFilter(
        {**asked, scope.field: scope.value},
        field=scope.field,
        whose=whose,
        groups=sorted({row.heading for row in demand.rows}),
        capabilities=[(str(row.capability_uuid), _("Gap: %s") % row.capability) for row in demand.rows[:MOST_COLUMNS]],
    )
    columns, hidden = _columns(demand, form)
    limit = max(8, CELLS // max(1, len(columns)))
    page = _page(asked)
    members, total = queries.members(
        scope.people, order=form.chosen("sort", "name"), start=(page - 1) * limit, limit=limit
    )
    standings: dict[int, list[StandingRow]] = defaultdict(list)
    for row in standings_of(member.id for member in members):
        standings[row.person_id].append(row)
    mode = HeatMode(form.chosen("show", HeatMode.GAP))
    query = _query(scope, asked)
    pages = max(1, -(-total // limit))
    people = ngettext("%d person", "%d people", total) % total
    asks = ngettext("%d capability", "%d capabilities", len(columns)) % len(columns)
    return Board(
        scope=scope,
        form=form,
        demand=demand,
        members=members,
        standings=standings,
        map=HeatMap(
            rows=[_row(member, standings[member.id], columns, query, len(members), selected, on) for member in members],
            columns=[
                HeatColumn(column.capability, str(column.heading).capitalize(), covered=column.covered)
                for column in columns
            ],
            mode=mode,
            caption=_("%(name)s: people and what their roles ask") % {"name": scope.name},
            target=_("Meet what is asked"),
        ),
        title=f"{people} · {asks}",
        modes=tuple(
            Tab(str(words), _address(query, show=choice.value), choice is mode) for choice, words in MODES.items()
        ),
        pager=Pager(page, pages, total, _("people")) if pages > 1 else None,
        hidden_columns=hidden,
        all_url=_address(query, columns="all"),
        query=query.urlencode(),
    )


def _columns(demand: Demand, form: TeamFilter) -> tuple[list[DemandRow], int]:
    """The capabilities asked of most people, by group and name, and how many more there are."""
    group = form.chosen("group", "")
    rows = [row for row in demand.rows if not group or row.heading == group]
    kept = rows[: MOST_COLUMNS if form.chosen("columns", "") == "all" else COLUMNS]
    return sorted(kept, key=lambda row: (row.heading, row.capability)), len(rows) - len(kept)


def _row(
    member: MemberRow,
    standings: Sequence[StandingRow],
    columns: Sequence[DemandRow],
    query: QueryDict,
    n_members: int,
    selected: object,
    on: dt.date,
) -> HeatRow:
    held = {row.capability_id: row for row in standings}
    linked = n_members * len(columns) <= LINKED_CELLS
    ready = queries.readiness(standings)
    url = f"{reverse('team-person', args=[member.uuid])}?{query.urlencode()}"
    return HeatRow(
        person=Chip(member.name, member.position, url, str(member.uuid)),
        cells=[_cell(held.get(column.capability_id), member, linked, on) for column in columns],
        ready=ready.value if ready else None,
        selected=member.uuid == selected,
    )


def _cell(row: StandingRow | None, member: MemberRow, linked: bool, on: dt.date) -> HeatCell:
    if row is None:
        return HeatCell(None)
    age = row.age_days(on)
    old = age is not None and age > FRESH.days
    url = reverse("level", args=[member.uuid, row.capability_uuid]) if linked and row.level is not None else ""
    return HeatCell(row.level, row.required, row.n_ratings, row.provisional or old, url)


def _query(scope: Scope, asked: Mapping[str, str]) -> QueryDict:
    """What the address keeps from one link to the next."""
    query = QueryDict(mutable=True)
    query[scope.field] = scope.value
    for name in ("show", "group", "sort", "columns", "page"):
        if asked.get(name):
            query[name] = asked[name]
    return query


def _address(query: QueryDict, **changed: str) -> str:
    other = query.copy()
    for name, value in changed.items():
        other[name] = value
    return f"?{other.urlencode()}"


def _page(asked: Mapping[str, str]) -> int:
    text = asked.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
