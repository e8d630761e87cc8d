"""The chain from mission to objective, and the weight it puts on each capability, with the reasons."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef

from upwell.domain.capabilities.models import Capability
from upwell.domain.strategy.choices import EMPHASIS, Stage
from upwell.domain.strategy.models import Campaign, CapabilityWeight, GrowthStage, Objective


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One rung of the chain."""

    id: int
    uuid: UUID
    key: str
    kind: str
    title: str
    statement: str
    parent_id: int | None
    owner: str
    owner_uuid: UUID | None
    unit: str
    outcome_metric: str
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """How much an objective leans on a capability, and why."""

    objective_id: int
    objective_uuid: UUID
    objective: str
    capability_id: int
    capability_uuid: UUID
    capability: str
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class ObjectiveNode:
    """An objective with what it leans on and what serves it."""

    row: ObjectiveRow
    depth: int
    links: tuple[LinkRow, ...]
    children: tuple["ObjectiveNode", ...]


@dataclass(frozen=True, slots=True)
class StageRow:
    """The growth stage in force."""

    stage: str
    since: dt.date
    reason: str

    @property
    def words(self) -> str:
        """The stage in words."""
        return str(Stage(self.stage).label)


@dataclass(frozen=True, slots=True)
class WeightRow:
    """The strategic weight of one capability: (1 + the weights of its objectives) times the stage's emphasis."""

    capability_id: int
    capability_uuid: UUID
    capability: str
    weight: float
    emphasis: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A short push."""

    uuid: UUID
    key: str
    name: str
    objective: str
    unit: str
    outcome: str
    due_on: dt.date


def tree() -> tuple[ObjectiveNode, ...]:
    """The whole chain, roots first; two statements."""
    children: dict[int | None, list[ObjectiveRow]] = defaultdict(list)
    for row in _objectives().values():
        children[row.parent_id].append(row)
    links: dict[int, list[LinkRow]] = defaultdict(list)
    for link in _links():
        links[link.objective_id].append(link)

    def grow(parent_id: int | None, depth: int) -> tuple[ObjectiveNode, ...]:
        return tuple(
            ObjectiveNode(row, depth, tuple(links[row.id]), grow(row.id, depth + 1)) for row in children[parent_id]
        )

    return grow(None, 0)


def chain_upward(objective_id: int | None) -> tuple[ObjectiveRow, ...]:
    """From an objective up to the mission, the objective first; one statement."""
    rows = _objectives()
    chain = []
    while objective_id is not None:
        chain.append(rows[objective_id])
        objective_id = rows[objective_id].parent_id
    return tuple(chain)


def chains_of_capability(capability: Capability) -> tuple[tuple[ObjectiveRow, ...], ...]:
    """Every chain upward from a capability, heaviest link first; two statements."""
    rows = _objectives()
    chains = []
    for link in _links([capability.pk]):
        chain, objective_id = [], rows[link.objective_id].parent_id
        chain.append(rows[link.objective_id])
        while objective_id is not None:
            chain.append(rows[objective_id])
            objective_id = rows[objective_id].parent_id
        chains.append(tuple(chain))
    return tuple(chains)


def stage(*, as_of: dt.date) -> StageRow | None:
    """The growth stage on a day; one statement."""
    found = GrowthStage.objects.filter(since__lte=as_of).values_list("stage", "since", "reason").first()
    return StageRow(*found) if found else None


def weights(
    *, as_of: dt.date, capability_ids: Iterable[int] | None = None, supposing: Stage | None = None
) -> tuple[WeightRow, ...]:
    """Weights other than 1, heaviest first, with the reasons; at most three statements.

    `supposing` asks what the weights would be in another growth stage.
    """
    ids = None if capability_ids is None else list(capability_ids)
    current = StageRow(supposing, as_of, "") if supposing else stage(as_of=as_of)
    emphasis = EMPHASIS.get(current.stage, {}) if current else {}
    links: dict[int, list[LinkRow]] = defaultdict(list)
    for link in _links(ids):
        links[link.capability_id].append(link)
    found = Capability.objects.filter(retired_on__isnull=True).order_by()
    if ids is not None:
        found = found.filter(id__in=ids)
    rows = []
    for capability_id, identifier, name, facet, kind in found.values_list("id", "uuid", "name", "facet", "kind"):
        factor = max(emphasis.get(facet, 1.0), emphasis.get(kind, 1.0))
        of_it = links.get(capability_id, [])
        if factor == 1.0 and not of_it:
            continue
        reasons = [f"{link.objective} leans on it ({link.weight:g}){_because(link.reason)}" for link in of_it]
        if factor != 1.0 and current:
            reasons.append(f"the business is {current.words}: {factor:g} times")
        total = (1.0 + sum(link.weight for link in of_it)) * factor
        rows.append(WeightRow(capability_id, identifier, name, total, factor, tuple(reasons)))
    return tuple(sorted(rows, key=lambda row: (-row.weight, row.capability)))


def outcome_links() -> dict[int, float]:
    """How strongly a capability moves an outcome that is measured: 1, and the weight of its link to the objective with
    the most weight among those judged by a metric; by capability id, only those above 1; one statement."""
    found = (
        CapabilityWeight.objects.exclude(objective__outcome_metric="")
        .values_list("capability")
        .annotate(most=Max("weight"))
    )
    return {capability: 1.0 + most / 2 for capability, most in found}


def campaigns(*, as_of: dt.date) -> tuple[CampaignRow, ...]:
    """Campaigns not yet due on `as_of`, nearest first; one statement."""
    found = Campaign.objects.filter(due_on__gte=as_of).values_list(
        "uuid", "key", "name", "objective__title", "unit__name", "outcome", "due_on"
    )
    return tuple(
        CampaignRow(identifier, key, name, objective or "", unit, outcome, due_on)
        for identifier, key, name, objective, unit, outcome, due_on in found
    )


def orphan_objectives() -> tuple[ObjectiveRow, ...]:
    """Objectives that lean on no capability and that nothing serves; two statements."""
    bare = (
        Objective.objects.filter(
            ~Exists(CapabilityWeight.objects.filter(objective=OuterRef("pk"))),
            ~Exists(Objective.objects.filter(parent=OuterRef("pk"))),
        )
        .order_by("title")
        .values_list("id", flat=True)
    )
    rows = _objectives()
    return tuple(rows[objective_id] for objective_id in bare)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _objectives() -> dict[int, ObjectiveRow]:
    found = Objective.objects.annotate(
        owner_name=F("owner__name"), owner_ref=F("owner__uuid"), unit_name=F("unit__name")
    )
    return {
        each.pk: ObjectiveRow(
            id=each.pk,
            uuid=each.uuid,
            key=each.key,
            kind=each.kind,
            title=each.title,
            statement=each.statement,
            parent_id=each.parent_id,
            owner=each.owner_name or "",
            owner_uuid=each.owner_ref,
            unit=each.unit_name or "",
            outcome_metric=each.outcome_metric,
            due_on=each.due_on,
        )
        for each in found
    }


def _links(capability_ids: list[int] | None = None) -> tuple[LinkRow, ...]:
    found = CapabilityWeight.objects.order_by("-weight", "capability__name")
    if capability_ids is not None:
        found = found.filter(capability__in=capability_ids)
    return tuple(
        LinkRow(*values)
        for values in found.values_list(
            "objective_id",
            "objective__uuid",
            "objective__title",
            "capability_id",
            "capability__uuid",
            "capability__name",
            "weight",
            "reason",
        )
    )
