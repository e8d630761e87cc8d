"""What the readers make: plain frozen records, the same types whatever the format. No Django here."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class FrameworkRecord:
    """A published set of capabilities."""

    key: str
    name: str
    publisher: str = ""
    licence: str = ""
    source_url: str = ""
    edition: str = "as imported"


@dataclass(frozen=True, slots=True)
class LevelRecord:
    """One level of a scale; `ordinal` counts from 1, `position` lies on the common scale from 0 to 5."""

    ordinal: int
    name: str
    position: float


@dataclass(frozen=True, slots=True)
class ScaleRecord:
    """An ordered set of levels, lowest first."""

    key: str
    name: str
    levels: tuple[LevelRecord, ...]

    @classmethod
    def even(cls, key: str, name: str, levels: Sequence[str], *, low: float = 1.0, high: float = 5.0) -> "ScaleRecord":
        """A scale whose levels lie evenly between `low` and `high` on the common scale."""
        step = (high - low) / max(len(levels) - 1, 1)
        return cls(key, name, tuple(LevelRecord(n, level, low + step * (n - 1)) for n, level in enumerate(levels, 1)))


@dataclass(frozen=True, slots=True)
class IndicatorRecord:
    """What is seen at a level; `effective` False: what speaks against it."""

    level: int
    text: str
    effective: bool = True


@dataclass(frozen=True, slots=True)
class CapabilityRecord:
    """Something a person can do, know or show."""

    key: str
    name: str
    framework_key: str
    scale_key: str
    facet: str = "technical"
    kind: str = "functional"
    group: str = ""
    description: str = ""
    parent_key: str = ""
    indicators: tuple[IndicatorRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyRecord:
    """A ladder of roles."""

    key: str
    name: str
    group: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """One rung of a ladder; `rank` counts from 1."""

    key: str
    name: str
    family_key: str
    rank: int = 1
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class RequirementRecord:
    """A level a role asks of a capability; `position` is where it lies on the common scale from 0 to 5."""

    role_key: str
    capability_key: str
    position: float
    level_name: str = ""
    weight: float = 1.0
    row: int = 0


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A node of the organisation tree; an empty parent is a root."""

    key: str
    name: str
    parent_key: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """A post, filled or vacant. An empty `reports_to_key` is the top of a tree.

    `manager_key` names a person outside the file whose position it reports to.
    """

    key: str
    title: str
    unit_key: str
    grade: str = ""
    reports_to_key: str = ""
    fte: Decimal | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    manager_key: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class EstablishmentRecord:
    """Posts known only by number: so many full-time equivalents of a title and grade in a unit."""

    key: str
    title: str
    unit_key: str
    reports_to_key: str = ""
    grade: str = ""
    profession: str = ""
    fte: Decimal | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A human and where they sit from `valid_from` on."""

    key: str
    name: str
    sort_name: str
    email: str = ""
    hired_on: dt.date | None = None
    left_on: dt.date | None = None
    position_key: str = ""
    role_key: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """One dated judgement. `level` is the name or ordinal as the source words it."""

    person_key: str
    capability_key: str
    rated_on: dt.date
    level: str
    source: str
    rater_key: str = ""
    scale_key: str = ""
    note: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """What a KPI series measures."""

    key: str
    name: str
    family: str = "quality"
    direction: str = "higher"
    unit_label: str = ""


@dataclass(frozen=True, slots=True)
class KpiRecord:
    """The value of a metric for a person in a month (its first day)."""

    metric_key: str
    person_key: str
    month: dt.date
    value: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A part of a learning item, in order."""

    title: str
    minutes: int | None = None
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """Something to learn from. `teaches` are capability keys, `requires` item keys."""

    key: str
    title: str
    kind: str = "course"
    minutes: int | None = None
    description: str = ""
    teaches: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    url: str = ""
    activity_iri: str = ""
    provider: str = ""
    licence: str = ""
    cost: Decimal = Decimal(0)
    parts: tuple[PartRecord, ...] = ()
    row: int = 0


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """One learning record; `raw` is what was received. `person_key` is set where the source names our own key."""

    uuid: str
    happened_at: dt.datetime
    actor_key: str
    verb: str
    object_key: str
    raw: dict[str, Any]
    person_key: str = ""
    email: str = ""
    success: bool | None = None
    completion: bool | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """Everything one import holds, by type."""

    frameworks: tuple[FrameworkRecord, ...] = ()
    scales: tuple[ScaleRecord, ...] = ()
    capabilities: tuple[CapabilityRecord, ...] = ()
    families: tuple[FamilyRecord, ...] = ()
    roles: tuple[RoleRecord, ...] = ()
    requirements: tuple[RequirementRecord, ...] = ()
    units: tuple[UnitRecord, ...] = ()
    positions: tuple[PositionRecord, ...] = ()
    establishments: tuple[EstablishmentRecord, ...] = ()
    persons: tuple[PersonRecord, ...] = ()
    ratings: tuple[RatingRecord, ...] = ()
    metrics: tuple[MetricRecord, ...] = ()
    kpis: tuple[KpiRecord, ...] = ()
    items: tuple[ItemRecord, ...] = ()
    statements: tuple[StatementRecord, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many records of each type there are; types without any are left out."""
        sizes = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        return {name: size for name, size in sizes.items() if size}
