"""What has been seen of whom: ledgers, timelines, recency."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet, Subquery

from upwell.domain.capabilities.models import ScaleLevel
from upwell.domain.evidence.choices import EvidenceKind, Origin, Source
from upwell.domain.evidence.models import Observation, Retraction
from upwell.foundation.people.models import Chain, Person


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation as people read it; `position` is the level seen, on the scale from 0 to 5."""

    uuid: UUID
    person_uuid: UUID
    person: str
    capability_uuid: UUID
    capability: str
    capability_id: int
    rater_uuid: UUID | None
    rater: str
    source: str
    kind: str
    observed_on: dt.date
    category: int
    level_name: str
    position: float | None
    note: str
    origin: str
    origin_uuid: UUID | None
    verified_by: str
    retracted: str
    """The reason of the retraction; empty where it counts."""
    recorded_at: dt.datetime

    @property
    def source_words(self) -> str:
        """The seat it was seen from, in words."""
        return str(Source(self.source).label)

    @property
    def origin_words(self) -> str:
        """The station that made it, in words."""
        return str(Origin(self.origin).label)

    @property
    def kind_words(self) -> str:
        """Behaviour or outcome."""
        return str(EvidenceKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class TimelineMonth:
    """The observations of one month, newest first."""

    month: dt.date
    rows: tuple[ObservationRow, ...]


@dataclass(frozen=True, slots=True)
class Recency:
    """How much evidence there is on one capability of one person, and how old the newest is."""

    n: int
    n_raters: int
    n_sources: int
    last_on: dt.date

    def months_old(self, as_of: dt.date) -> int:
        """Whole months between the newest observation and `as_of`."""
        months = (as_of.year - self.last_on.year) * 12 + as_of.month - self.last_on.month
        return max(0, months - (as_of.day < self.last_on.day))


def find(observation_uuid: UUID) -> Observation | None:
    """The observation with this identifier; one statement over all partitions."""
    return Observation.objects.filter(uuid=observation_uuid).select_related("person", "capability").first()


def observations_of(
    person: Person,
    *,
    capability_ids: Iterable[int] | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    with_retracted: bool = True,
    limit: int = 200,
) -> tuple[ObservationRow, ...]:
    """The ledger of a person, newest first; one statement."""
    found = Observation.objects.filter(person=person)
    if capability_ids is not None:
        found = found.filter(capability__in=list(capability_ids))
    if since is not None:
        found = found.filter(observed_on__gte=since)
    if until is not None:
        found = found.filter(observed_on__lte=until)
    if not with_retracted:
        found = counting(found)
    return _rows(found, limit)


def observations_by(rater: Person, *, since: dt.date, limit: int = 200) -> tuple[ObservationRow, ...]:
    """What a rater has observed of others since a day, newest first; one statement."""
    found = Observation.objects.filter(rater=rater, observed_on__gte=since).exclude(person=rater)
    return _rows(found, limit)


def observations_from(origin_uuid: UUID, *, limit: int = 200) -> tuple[ObservationRow, ...]:
    """What a review, feedback or check-in contributed; one statement."""
    return _rows(Observation.objects.filter(origin_uuid=origin_uuid), limit)


def timeline(person: Person, *, since: dt.date, until: dt.date, limit: int = 200) -> tuple[TimelineMonth, ...]:
    """The ledger of a person by month, newest month first; one statement."""
    rows = observations_of(person, since=since, until=until, limit=limit)
    return tuple(
        TimelineMonth(month, tuple(of_month))
        for month, of_month in groupby(rows, key=lambda row: row.observed_on.replace(day=1))
    )


def recency(
    person_ids: Iterable[int], *, as_of: dt.date, capability_ids: Iterable[int] | None = None
) -> dict[tuple[int, int], Recency]:
    """Evidence up to `as_of` by (person id, capability id); retracted ones do not count; one statement."""
    found = counting(Observation.objects.filter(person__in=list(person_ids), observed_on__lte=as_of))
    if capability_ids is not None:
        found = found.filter(capability__in=list(capability_ids))
    return {
        (row["person_id"], row["capability_id"]): Recency(row["n"], row["n_raters"], row["n_sources"], row["last_on"])
        for row in found.order_by()
        .values("person_id", "capability_id")
        .annotate(
            n=Count("uuid"),
            n_raters=Count("rater", distinct=True),
            n_sources=Count("source", distinct=True),
            last_on=Max("observed_on"),
        )
    }


def counting(found: QuerySet[Observation]) -> QuerySet[Observation]:
    """Keep the observations that were not withdrawn."""
    return found.filter(~Exists(Retraction.objects.filter(observation_uuid=OuterRef("uuid"))))


def seat(rater: Person, person: Person) -> str:
    """From which seat `rater` sees `person`: self, manager (at any height), report or peer; one statement."""
    if rater.pk == person.pk:
        return Source.SELF
    pairs = set(
        Chain.objects.filter(
            manager__in=[rater.pk, person.pk], person__in=[rater.pk, person.pk], depth__gte=1
        ).values_list("manager_id", "person_id")
    )
    if (rater.pk, person.pk) in pairs:
        return Source.MANAGER
    return Source.REPORT if (person.pk, rater.pk) in pairs else Source.PEER


def _rows(found: QuerySet[Observation], limit: int) -> tuple[ObservationRow, ...]:
    level = ScaleLevel.objects.filter(scale=OuterRef("scale"), ordinal=OuterRef("category"))
    withdrawn = Retraction.objects.filter(observation_uuid=OuterRef("uuid"))
    read = (
        found.annotate(
            level_name=Subquery(level.values("name")[:1]),
            position=Subquery(level.values("position")[:1]),
            retracted=Subquery(withdrawn.values("reason")[:1]),
        )
        .order_by("-observed_on", "-recorded_at", "-uuid")
        .values(
            "uuid",
            "capability_id",
            "source",
            "kind",
            "observed_on",
            "category",
            "level_name",
            "position",
            "note",
            "origin",
            "origin_uuid",
            "retracted",
            "recorded_at",
            a_person_uuid=F("person__uuid"),
            a_person=F("person__name"),
            a_capability_uuid=F("capability__uuid"),
            a_capability=F("capability__name"),
            a_rater_uuid=F("rater__uuid"),
            a_rater=F("rater__name"),
            a_verified_by=F("verified_by__name"),
        )
    )
    return tuple(_row(values) for values in read[:limit])


def _row(values: Mapping[str, Any]) -> ObservationRow:
    named = {name.removeprefix("a_"): value for name, value in values.items()}
    for name in ("rater", "verified_by", "level_name", "retracted"):
        named[name] = named[name] or ""
    return ObservationRow(**named)
