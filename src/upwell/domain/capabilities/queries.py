"""What the capability model says: catalogue, detail with levels and indicators, anchors for forms, search."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from upwell.domain.capabilities.models import (
    Capability,
    EditionEntry,
    Framework,
    Indicator,
    Scale,
    ScaleLevel,
)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One observable anchor; not `effective` means that it speaks against the level."""

    text: str
    effective: bool


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One level of a capability's scale with its anchors; `position` and `cut` lie on the scale from 0 to 5."""

    ordinal: int
    name: str
    description: str
    position: float
    cut: float | None
    indicators: tuple[IndicatorRow, ...]


@dataclass(frozen=True, slots=True)
class CapabilityRow:
    """One line of the catalogue."""

    id: int
    uuid: uuid.UUID
    key: str
    name: str
    description: str
    facet: str
    kind: str
    group: str
    framework: str
    framework_key: str
    scale: str
    retired: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """How the capability read in one edition of its framework."""

    edition: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class CapabilityDetail:
    """A capability with its levels, its place in the framework and its earlier wordings."""

    row: CapabilityRow
    parent: CapabilityRow | None
    children: tuple[CapabilityRow, ...]
    levels: tuple[LevelRow, ...]
    entries: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One page of the catalogue and how many rows there are in all."""

    rows: tuple[CapabilityRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FrameworkRow:
    """A framework and how many capabilities it holds."""

    uuid: uuid.UUID
    key: str
    name: str
    publisher: str
    licence: str
    source_url: str
    n_capabilities: int


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """A scale with its levels, lowest first (no anchors: these belong to capabilities)."""

    uuid: uuid.UUID
    key: str
    name: str
    levels: tuple[LevelRow, ...]


def catalogue(
    *,
    text: str = "",
    facet: str = "",
    kind: str = "",
    framework_key: str = "",
    with_retired: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> Catalogue:
    """Capabilities by name, filtered; two statements."""
    found = matching(text)
    if facet:
        found = found.filter(facet=facet)
    if kind:
        found = found.filter(kind=kind)
    if framework_key:
        found = found.filter(framework__key=framework_key)
    if not with_retired:
        found = found.filter(retired_on__isnull=True)
    page = found.select_related("framework", "scale")[offset : offset + limit]
    return Catalogue(tuple(row_of(each) for each in page), found.count())


def search(text: str, *, limit: int = 10) -> tuple[CapabilityRow, ...]:
    """Capabilities in use whose name, group or key contains `text`; one statement."""
    found = matching(text).filter(retired_on__isnull=True).select_related("framework", "scale")
    return tuple(row_of(each) for each in found[:limit])


def matching(text: str) -> QuerySet[Capability]:
    """Capabilities in which every word of `text` occurs."""
    found = Capability.objects.all()
    for word in text.split():
        found = found.filter(Q(name__icontains=word) | Q(group__icontains=word) | Q(key__icontains=word))
    return found


def detail(capability_uuid: uuid.UUID) -> CapabilityDetail | None:
    """Everything about one capability, or None; at most five statements."""
    found = (
        Capability.objects.select_related("framework", "scale", "parent__framework", "parent__scale")
        .filter(uuid=capability_uuid)
        .first()
    )
    if found is None:
        return None
    children = found.children.select_related("framework", "scale")
    entries = EditionEntry.objects.filter(capability=found).order_by("-edition__valid_from")
    return CapabilityDetail(
        row=row_of(found),
        parent=row_of(found.parent) if found.parent else None,
        children=tuple(row_of(child) for child in children),
        levels=anchors([found.pk]).get(found.pk, ()),
        entries=tuple(
            EntryRow(*values) for values in entries.values_list("edition__label", "name", "description")
        ),
    )


def anchors(capability_ids: Iterable[int]) -> dict[int, tuple[LevelRow, ...]]:
    """Levels with their indicators, lowest first, per capability id; two statements for any number."""
    ids = list(capability_ids)
    indicators: dict[tuple[int, int], list[IndicatorRow]] = {}
    for capability_id, level, text, effective in Indicator.objects.filter(capability__in=ids).values_list(
        "capability_id", "level", "text", "effective"
    ):
        indicators.setdefault((capability_id, level), []).append(IndicatorRow(text, effective))
    levels: dict[int, list[LevelRow]] = {}
    for capability_id, ordinal, name, description, position, cut in (
        Capability.objects.filter(id__in=ids, scale__isnull=False)
        .order_by("id", "scale__levels__ordinal")
        .values_list(
            "id",
            "scale__levels__ordinal",
            "scale__levels__name",
            "scale__levels__description",
            "scale__levels__position",
            "scale__levels__cut",
        )
    ):
        seen = tuple(indicators.get((capability_id, ordinal), ()))
        level_row = LevelRow(ordinal, name, description, position, cut, seen)
        levels.setdefault(capability_id, []).append(level_row)
    return {capability_id: tuple(rows) for capability_id, rows in levels.items()}


def frameworks() -> tuple[FrameworkRow, ...]:
    """All frameworks by name; one statement."""
    return tuple(
        FrameworkRow(*values)
        for values in Framework.objects.annotate(n=Count("capabilities")).values_list(
            "uuid", "key", "name", "publisher", "licence", "source_url", "n"
        )
    )


def scales() -> tuple[ScaleRow, ...]:
    """All scales by name; two statements."""
    levels: dict[int, list[LevelRow]] = {}
    for each in ScaleLevel.objects.order_by("scale_id", "ordinal"):
        row = LevelRow(each.ordinal, each.name, each.description, each.position, each.cut, ())
        levels.setdefault(each.scale_id, []).append(row)
    return tuple(
        ScaleRow(scale.uuid, scale.key, scale.name, tuple(levels.get(scale.pk, ())))
        for scale in Scale.objects.all()
    )


def scales_of(capability_ids: Iterable[int]) -> tuple[ScaleRow, ...]:
    """The scales some capabilities are rated on, by name; one statement."""
    used = Capability.objects.filter(pk__in=list(capability_ids)).values("scale")
    levels: dict[Scale, list[LevelRow]] = {}
    for each in ScaleLevel.objects.filter(scale__in=used).select_related("scale").order_by("scale__name", "ordinal"):
        row = LevelRow(each.ordinal, each.name, each.description, each.position, each.cut, ())
        levels.setdefault(each.scale, []).append(row)
    return tuple(ScaleRow(scale.uuid, scale.key, scale.name, tuple(rows)) for scale, rows in levels.items())


def row_of(capability: Capability) -> CapabilityRow:
    """The catalogue line of a capability whose framework and scale are loaded."""
    return CapabilityRow(
        id=capability.pk,
        uuid=capability.uuid,
        key=capability.key,
        name=capability.name,
        description=capability.description,
        facet=capability.facet,
        kind=capability.kind,
        group=capability.group,
        framework=capability.framework.name,
        framework_key=capability.framework.key,
        scale=capability.scale.name if capability.scale else "",
        retired=capability.retired_on is not None,
    )
