"""A team or a unit against what its roles ask: people, capabilities, and how both stood at earlier snapshots.

Readiness is the share of weighted requirements met, as expected from the levels: the weighted mean of the probability
that there is no material gap. Requirements without evidence are left out of it and counted beside it.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)

from upwell.domain.capabilities.choices import CapabilityClass
from upwell.domain.gaps.choices import GapState, SnapshotKind
from upwell.domain.gaps.models import Snapshot, Standing
from upwell.domain.gaps.queries.standings import StandingRow
from upwell.foundation.people.models import Chain, Person, Seat, Unit, UnitChain

FRESH = dt.timedelta(days=183)
LEANED_ON = 1.5
"""A gap is critical where strategy and outcomes together multiply it by at least this much."""
TOGETHER = 0.1
"""How far the errors of two people of a team go together; they have raters in common (as in the unit roll-up)."""
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1 with its 95 % interval."""

    value: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class DemandRow:
    """One capability among some people. Levels 0 to 5; `priority` sums what their gaps weigh for outcomes."""

    capability_id: int
    capability_uuid: uuid.UUID
    capability: str
    group: str
    kind: str
    n: int
    n_evidence: int
    n_below: int
    covered: float | None
    level: float | None
    lo: float | None
    hi: float | None
    required: float
    priority: float
    unmet_weight: float

    @property
    def heading(self) -> str:
        """The group the framework puts it in, else its class."""
        return self.group or str(CapabilityClass(self.kind).label)


@dataclass(frozen=True, slots=True)
class Moment:
    """How some people stood on a day, over everything their roles ask. `fresh` is the share seen in half a year."""

    on: dt.date
    ready: Share | None
    n_critical: int
    n_evidence: int
    n_stale: int
    n_without: int

    @property
    def fresh(self) -> float | None:
        """The share of requirements with evidence no older than half a year."""
        asked = self.n_evidence + self.n_without
        return (self.n_evidence - self.n_stale) / asked if asked else None


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of some people now, by capability, and how they stood before (oldest first, now last)."""

    rows: tuple[DemandRow, ...]
    moments: tuple[Moment, ...]
    weight: float

    @property
    def now(self) -> Moment | None:
        """Today."""
        return self.moments[-1] if self.moments else None

    @property
    def thinnest(self) -> DemandRow | None:
        """The capability whose gaps weigh most for strategy and outcomes; None where nobody is below."""
        below = [row for row in self.rows if row.n_below]
        return max(below, key=lambda row: (row.priority, row.capability), default=None)

    def lift(self, row: DemandRow) -> float:
        """By how much readiness (0 to 1) rises when everybody meets what is asked in one capability."""
        return row.unmet_weight / self.weight if self.weight else 0.0


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person of a team."""

    id: int
    uuid: uuid.UUID
    name: str
    position: str
    unit: str
    since: dt.date
    manager_id: int | None


def demand_of(people: QuerySet[Person], *, on: dt.date) -> Demand:
    """What is asked of these people now and how they stood at each full snapshot before; one statement."""
    newest = Snapshot.objects.filter(kind=SnapshotKind.FULL).order_by("-as_of").values("as_of")[:1]
    before = Q(is_current=False, snapshot__kind=SnapshotKind.FULL, snapshot__as_of__lt=Subquery(newest))
    met = ExpressionWrapper(1.0 - F("p_gap"), output_field=FloatField())
    limit = ExpressionWrapper(F("snapshot__as_of") - Value(FRESH), output_field=DateField())
    rows = (
        Standing.objects.filter(Q(is_current=True) | before, person__in=people.values("pk"), required__isnull=False)
        .annotate(
            on=Case(When(is_current=True, then=Value(on)), default=F("snapshot__as_of"), output_field=DateField())
        )
        .order_by()
        .values("on", "is_current", "capability_id", "capability__uuid", "capability__name")
        .annotate(
            group=Max("capability__group"),
            kind=Max("capability__kind"),
            n=Count("pk"),
            n_evidence=Count("level"),
            n_below=Count("pk", filter=Q(state=GapState.BELOW)),
            n_critical=Count(
                "pk", filter=Q(state=GapState.BELOW, priority__gte=F("weight") * F("gap") * Value(LEANED_ON))
            ),
            n_stale=Count(
                "pk",
                filter=Q(is_current=True, last_rated_on__lt=on - FRESH) | Q(is_current=False, last_rated_on__lt=limit),
            ),
            covered=Avg(met),
            mean=Avg("level"),
            asked=Avg("required"),
            sds=Sum("sd"),
            variances=Sum(F("sd") * F("sd")),
            total_priority=Sum("priority"),
            all_weight=Sum("weight", filter=Q(p_gap__isnull=False)),
            met_weight=Sum(F("weight") * met),
            doubt=Sum(F("weight") * F("weight") * met * F("p_gap")),
        )
    )
    found: list[Mapping[str, Any]] = [*rows]
    now = [row for row in found if row["is_current"]]
    days = sorted({row["on"] for row in found if not row["is_current"]})
    earlier = [_moment(day, [row for row in found if row["on"] == day and not row["is_current"]]) for day in days]
    return Demand(
        rows=tuple(sorted((_demand(row) for row in now), key=lambda row: (-row.n, row.capability))),
        moments=(*earlier, _moment(on, now)) if now else tuple(earlier),
        weight=sum(row["all_weight"] or 0.0 for row in now),
    )


def _demand(row: Mapping[str, Any]) -> DemandRow:
    held = {name: value for name, value in row.items() if isinstance(value, int | float)}
    seen = int(held["n_evidence"])
    level = held.get("mean")
    spread = 0.0
    if seen:
        spread = sqrt((1 - TOGETHER) * held.get("variances", 0.0) + TOGETHER * held.get("sds", 0.0) ** 2) / seen
    return DemandRow(
        capability_id=int(held["capability_id"]),
        capability_uuid=row["capability__uuid"],
        capability=str(row["capability__name"]),
        group=str(row["group"]),
        kind=str(row["kind"]),
        n=int(held["n"]),
        n_evidence=seen,
        n_below=int(held["n_below"]),
        covered=held.get("covered"),
        level=level,
        lo=None if level is None else max(0.0, level - Z95 * spread),
        hi=None if level is None else min(5.0, level + Z95 * spread),
        required=held["asked"],
        priority=held.get("total_priority", 0.0),
        unmet_weight=held.get("all_weight", 0.0) - held.get("met_weight", 0.0),
    )


def _moment(on: dt.date, rows: Sequence[Mapping[str, Any]]) -> Moment:
    def total(name: str) -> float:
        return sum(value for row in rows if isinstance(value := row[name], int | float))

    weight = total("all_weight")
    ready = None
    if weight:
        ready = _share(total("met_weight"), weight, total("doubt"))
    asked, seen = int(total("n")), int(total("n_evidence"))
    return Moment(on, ready, int(total("n_critical")), seen, int(total("n_stale")), asked - seen)


def _share(met: float, weight: float, variance: float) -> Share:
    value, spread = met / weight, Z95 * sqrt(max(variance, 0.0)) / weight
    return Share(value, max(0.0, value - spread), min(1.0, value + spread))


def readiness(rows: Iterable[StandingRow]) -> Share | None:
    """Readiness of one person from the standings of what their role asks; None without any evidence."""
    known = [(row.weight or 0.0, row.p_gap) for row in rows if row.required is not None and row.p_gap is not None]
    weight = sum(each for each, _ in known)
    if not weight:
        return None
    return _share(sum(each * (1 - p) for each, p in known), weight, sum(each * each * p * (1 - p) for each, p in known))


def members(
    people: QuerySet[Person], *, order: str = "name", start: int = 0, limit: int = 40
) -> tuple[tuple[MemberRow, ...], int]:
    """A stretch of these people and how many there are; one statement.

    `order` is "name", "ready" (least ready first), "-ready", or the uuid of a capability (widest gap first).
    """
    seats = Seat.objects.filter(person__in=people.values("pk")).annotate(total=Window(Count("pk")))
    own = Standing.objects.filter(person=OuterRef("person"), is_current=True, required__isnull=False).order_by()
    by_name = ("person__sort_name", "person")
    if order in {"ready", "-ready"}:
        met = Sum(F("weight") * (1.0 - F("p_gap"))) / Sum("weight", filter=Q(p_gap__isnull=False))
        ready = own.values("person").annotate(ready=ExpressionWrapper(met, FloatField())).values("ready")
        key = F("key").asc(nulls_last=True) if order == "ready" else F("key").desc(nulls_last=True)
        seats = seats.annotate(key=Subquery(ready)).order_by(key, *by_name)
    elif order != "name":
        gap = own.filter(capability__uuid=order).values("gap")[:1]
        seats = seats.annotate(key=Subquery(gap)).order_by(F("key").desc(nulls_last=True), *by_name)
    else:
        seats = seats.order_by(*by_name)
    found = list(
        seats.values_list(
            "person_id", "person__uuid", "person__name", "position__title", "unit__name", "since", "manager_id", "total"
        )[start : start + limit]
    )
    return tuple(MemberRow(*row[:7]) for row in found), found[0][7] if found else 0


def leads_below(manager: Person, *, limit: int = 80) -> tuple[tuple[uuid.UUID, str, int], ...]:
    """Uuid, name and number of direct reports of everyone below a manager who leads somebody; one statement."""
    direct = Chain.objects.filter(manager=OuterRef("pk"), depth=1)
    counted = direct.order_by().values("manager").annotate(n=Count("pk")).values("n")
    found = (
        Person.objects.filter(Exists(direct), chain_up__manager=manager, chain_up__depth__gte=1)
        .annotate(n=Subquery(counted))
        .order_by("sort_name", "pk")
    )
    return tuple(found.values_list("uuid", "name", "n")[:limit])


def units_within(
    unit_ids: Sequence[int] | None, *, depth: int = 2, limit: int = 80
) -> tuple[tuple[uuid.UUID, str], ...]:
    """Uuid and name of the units at most `depth` below the given ones (None: below the roots), by name."""
    upper = Unit.objects.annotate(above=Count("chain_up")).filter(above__gte=1, above__lte=depth)
    below = UnitChain.objects.filter(ancestor__in=unit_ids or (), depth__lte=depth)
    inside = Q(pk__in=upper.values("pk")) if unit_ids is None else Q(pk__in=below.values("unit"))
    return tuple(Unit.objects.filter(inside).order_by("name", "pk").values_list("uuid", "name")[:limit])
