"""Series of persons beside their team, and what a metric speaks for. Outcome evidence, kept apart from behaviour."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from upwell.domain.sources.kpis.choices import Direction, MetricFamily
from upwell.domain.sources.kpis.models import Metric, MetricLink, MetricValue
from upwell.foundation.people.models import Chain, Person, Seat

SMALLEST_GROUP = 5
"""A team's median is shown from so many colleagues on."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric as people read it."""

    id: int
    uuid: uuid.UUID
    key: str
    name: str
    family: str
    direction: str
    unit_label: str
    context_note: str

    @property
    def family_words(self) -> str:
        """What it is about, in words."""
        return str(MetricFamily(self.family).label)

    @property
    def direction_words(self) -> str:
        """Which way is better, in words."""
        return str(Direction(self.direction).label)


@dataclass(frozen=True, slots=True)
class Point:
    """One month: the person's value and, from five colleagues on, the median of the team."""

    month: dt.date
    value: float
    team_median: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """A metric of a person by month, oldest first."""

    metric: MetricRow
    points: tuple[Point, ...]
    n_team: int

    @property
    def latest(self) -> Point:
        """The newest month."""
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A metric that speaks for a capability or a role."""

    metric: MetricRow
    capability: str
    capability_uuid: uuid.UUID | None
    role: str
    role_uuid: uuid.UUID | None
    strength: float


def series_of(person: Person, *, since: dt.date, until: dt.date) -> tuple[Series, ...]:
    """Series of a person with the median of who shares their manager; three statements."""
    seat = Seat.objects.filter(person=person).values_list("manager_id", flat=True).first()
    team = Seat.objects.filter(manager=seat).values("person") if seat else Seat.objects.none().values("person")
    own: dict[Metric, dict[dt.date, float]] = defaultdict(dict)
    mine = MetricValue.objects.filter(person=person, month__range=(since, until)).select_related("metric")
    for each in mine.order_by("metric__name", "month"):
        own[each.metric][each.month] = each.value
    others: dict[tuple[int, dt.date], list[float]] = defaultdict(list)
    people: dict[int, set[int]] = defaultdict(set)
    beside = MetricValue.objects.filter(
        person__in=team, metric__in=[metric.pk for metric in own], month__range=(since, until)
    ).exclude(person=person)
    for metric_id, month, value, other in beside.values_list("metric_id", "month", "value", "person_id"):
        others[metric_id, month].append(value)
        people[metric_id].add(other)
    return tuple(
        Series(
            metric=row_of(metric),
            points=tuple(
                Point(month, value, _median(others.get((metric.pk, month), []))) for month, value in values.items()
            ),
            n_team=len(people[metric.pk]),
        )
        for metric, values in own.items()
    )


def team_series(
    manager: Person, *, since: dt.date, until: dt.date
) -> dict[int, tuple[tuple[MetricRow, tuple[tuple[dt.date, float], ...]], ...]]:
    """Per direct report (person id) and metric the values by month, oldest first; one statement."""
    reports = Chain.objects.filter(manager=manager, depth=1).values("person")
    rows: dict[int, dict[Metric, list[tuple[dt.date, float]]]] = defaultdict(lambda: defaultdict(list))
    found = MetricValue.objects.filter(person__in=reports, month__range=(since, until)).select_related("metric")
    for each in found.order_by("metric__name", "month"):
        rows[each.person_id][each.metric].append((each.month, each.value))
    return {
        person_id: tuple((row_of(metric), tuple(points)) for metric, points in of_one.items())
        for person_id, of_one in rows.items()
    }


def metrics(*, with_retired: bool = False) -> tuple[MetricRow, ...]:
    """Metrics by name; one statement."""
    found = Metric.objects.all() if with_retired else Metric.objects.filter(retired_on__isnull=True)
    return tuple(row_of(metric) for metric in found)


def links(*, capability_ids: Iterable[int] | None = None, role_ids: Iterable[int] | None = None) -> tuple[LinkRow, ...]:
    """What metrics in use speak for, by metric; one statement."""
    found = MetricLink.objects.filter(metric__retired_on__isnull=True)
    if capability_ids is not None:
        found = found.filter(capability__in=list(capability_ids))
    if role_ids is not None:
        found = found.filter(role__in=list(role_ids))
    return tuple(
        LinkRow(
            metric=row_of(each.metric),
            capability=each.capability.name if each.capability else "",
            capability_uuid=each.capability.uuid if each.capability else None,
            role=each.role.name if each.role else "",
            role_uuid=each.role.uuid if each.role else None,
            strength=each.strength,
        )
        for each in found.select_related("metric", "capability", "role").order_by("metric__name", "id")
    )


def outcome_links() -> dict[int, float]:
    """How strongly each capability moves an outcome, by capability id: its strongest metric; one statement."""
    strongest: dict[int, float] = {}
    found = MetricLink.objects.filter(capability__isnull=False, metric__retired_on__isnull=True)
    for capability_id, strength in found.values_list("capability_id", "strength"):
        if capability_id is not None:
            strongest[capability_id] = max(strength, strongest.get(capability_id, 0.0))
    return strongest


def row_of(metric: Metric) -> MetricRow:
    """The line of a metric."""
    return MetricRow(
        id=metric.pk,
        uuid=metric.uuid,
        key=metric.key,
        name=metric.name,
        family=metric.family,
        direction=metric.direction,
        unit_label=metric.unit_label,
        context_note=metric.context_note,
    )


def _median(values: list[float]) -> float | None:
    return median(values) if len(values) >= SMALLEST_GROUP else None
