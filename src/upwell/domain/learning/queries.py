"""Questions to the catalogue and about who takes what."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from upwell.domain.capabilities.models import Capability
from upwell.domain.learning.choices import EffectBasis, EnrolmentState
from upwell.domain.learning.models import Enrolment, ItemCapability, LearningItem, Prerequisite
from upwell.foundation.people.models import Person


@dataclass(frozen=True, slots=True)
class BuildsRow:
    """One capability an item builds. `effect` in levels, None where nothing is known."""

    capability_uuid: UUID
    capability: str
    effect: float | None
    effect_sd: float | None
    measured: bool


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of the catalogue."""

    uuid: UUID
    key: str
    title: str
    kind: str
    minutes: int | None
    cost: Decimal
    provider: str
    builds: tuple[BuildsRow, ...]
    n_open: int
    n_completed: int


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """The page of one item."""

    row: ItemRow
    description: str
    url: str
    licence: str
    outline: tuple[dict[str, object], ...]
    requires: tuple[tuple[UUID, str], ...]
    leads_to: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """One enrolment as its person sees it."""

    uuid: UUID
    item_uuid: UUID
    item: str
    kind: str
    state: str
    state_words: str
    enrolled_on: dt.date
    completed_on: dt.date | None
    score: float | None
    linked: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One page of the catalogue and how many items match in all."""

    rows: tuple[ItemRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BuiltRow:
    """A capability some item in the catalogue builds."""

    uuid: UUID
    name: str
    n_items: int


def built() -> tuple[BuiltRow, ...]:
    """The capabilities the catalogue builds, by name; one statement."""
    found = ItemCapability.objects.filter(item__retired_on=None).values("capability__uuid", "capability__name")
    rows = (
        found.annotate(n=Count("item"))
        .order_by("capability__name")
        .values_list("capability__uuid", "capability__name", "n")
    )
    return tuple(BuiltRow(*row) for row in rows)


def activity_of(item: LearningItem) -> str:
    """How statements name an item: its activity, else its address, else its own identifier."""
    return item.activity_iri or item.url or f"urn:uuid:{item.uuid}"


def open_enrolment(person: Person, item: LearningItem) -> EnrolmentRow | None:
    """The enrolment of a person that is not over yet; one statement."""
    open_states = (EnrolmentState.ENROLLED, EnrolmentState.STARTED)
    found = Enrolment.objects.filter(person=person, item=item, state__in=open_states).select_related("item").first()
    return _enrolment(found) if found else None


def catalogue(
    *, search: str = "", kind: str = "", capability: Capability | None = None, offset: int = 0, limit: int = 50
) -> Catalogue:
    """Items in the catalogue by title; `search` looks in title, provider and the capabilities built."""
    items = LearningItem.objects.filter(retired_on=None)
    if search:
        words = Q(title__icontains=search) | Q(provider__icontains=search)
        items = items.filter(words | Q(pk__in=_building(search)))
    if kind:
        items = items.filter(kind=kind)
    if capability is not None:
        items = items.filter(pk__in=ItemCapability.objects.filter(capability=capability).values("item"))
    return Catalogue(rows=_rows(items.order_by("title", "id")[offset : offset + limit]), total=items.count())


def item_detail(item: LearningItem) -> ItemDetail:
    """Everything the page of an item shows."""
    (row,) = _rows(LearningItem.objects.filter(pk=item.pk))
    steps = Prerequisite.objects.filter(Q(item=item) | Q(requires=item)).select_related("item", "requires")
    found = sorted(steps, key=lambda step: (step.requires.title, step.item.title))
    return ItemDetail(
        row=row,
        description=item.description,
        url=item.url,
        licence=item.licence,
        outline=tuple(item.outline),
        requires=tuple((step.requires.uuid, step.requires.title) for step in found if step.item_id == item.pk),
        leads_to=tuple((step.item.uuid, step.item.title) for step in found if step.requires_id == item.pk)[:24],
    )


def enrolments_of(person: Person) -> tuple[EnrolmentRow, ...]:
    """What a person takes or took, newest first."""
    rows = Enrolment.objects.filter(person=person).select_related("item")
    return tuple(_enrolment(row) for row in rows)


def learning_in_flight(people: Sequence[int]) -> tuple[int, int]:
    """How many enrolments of these people (ids) are open, and how many of them serve a plan action."""
    counts = Enrolment.objects.filter(
        person__in=people, state__in=(EnrolmentState.ENROLLED, EnrolmentState.STARTED)
    ).aggregate(all=Count("pk"), linked=Count("pk", filter=Q(action_uuid__isnull=False)))
    return counts["all"], counts["linked"]


def _enrolment(row: Enrolment) -> EnrolmentRow:
    return EnrolmentRow(
        uuid=row.uuid,
        item_uuid=row.item.uuid,
        item=row.item.title,
        kind=row.item.get_kind_display(),
        state=row.state,
        state_words=row.get_state_display(),
        enrolled_on=row.enrolled_on,
        completed_on=row.completed_on,
        score=row.score,
        linked=row.action_uuid is not None,
    )


def _building(search: str) -> QuerySet[ItemCapability, Any]:
    return ItemCapability.objects.filter(capability__name__icontains=search).values("item")


def _rows(items: QuerySet[LearningItem]) -> tuple[ItemRow, ...]:
    links = ItemCapability.objects.select_related("capability").order_by("capability__name")
    found = list(items.prefetch_related(Prefetch("capabilities", queryset=links)))
    is_open = Q(state__in=(EnrolmentState.ENROLLED, EnrolmentState.STARTED))
    counted = (
        Enrolment.objects.filter(item__in=found)
        .values_list("item")
        .annotate(open=Count("pk", filter=is_open), completed=Count("pk", filter=Q(state=EnrolmentState.COMPLETED)))
    )
    counts = {item: (n_open, n_completed) for item, n_open, n_completed in counted}
    return tuple(_row(item, *counts.get(item.pk, (0, 0))) for item in found)


def _row(item: LearningItem, n_open: int, n_completed: int) -> ItemRow:
    return ItemRow(
        uuid=item.uuid,
        key=item.key,
        title=item.title,
        kind=item.get_kind_display(),
        minutes=item.minutes,
        cost=item.cost,
        provider=item.provider,
        builds=tuple(
            BuildsRow(
                capability_uuid=link.capability.uuid,
                capability=link.capability.name,
                effect=link.effect,
                effect_sd=link.effect_sd,
                measured=link.basis == EffectBasis.MEASURED,
            )
            for link in item.capabilities.all()
        ),
        n_open=n_open,
        n_completed=n_completed,
    )
