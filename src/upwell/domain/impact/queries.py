"""Questions about programmes and their effects."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from upwell.domain.capabilities.models import Capability
from upwell.domain.impact.models import Decision, Effect, Member, Programme
from upwell.domain.learning.models import LearningItem

VERDICTS = {
    1: "cannot be judged",
    2: "raised or lowered it",
    3: "probably raised it",
    4: "depends on why people were sent",
    5: "no worthwhile effect",
    6: "not enough evidence",
}
SMALLEST_GROUP = 5
TOO_FEW = f"Cannot be judged: at least {SMALLEST_GROUP} treated and {SMALLEST_GROUP} untreated people are needed."


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One estimate, ready for a page. Effects in units of the metric."""

    uuid: UUID
    run_uuid: UUID
    computed_at: dt.datetime
    engine_version: str
    seed: int | None
    as_of: dt.date
    verdict: int
    verdict_words: str
    words: str
    lo: float | None
    hi: float | None
    n_treated: int
    n_controls: int
    estimators: dict[str, Any]
    event_study: tuple[dict[str, Any], ...]
    pretrend: dict[str, Any]
    sensitivity: dict[str, Any]
    mde: float | None
    returns: dict[str, Any]
    assumptions: tuple[str, ...]
    diagnostics: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One entry of the decision log."""

    kind: str
    kind_words: str
    reason: str
    decided_by: str
    decided_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme and its newest effect."""

    uuid: UUID
    name: str
    purpose: str
    objective: str
    objective_uuid: UUID | None
    item: str
    item_uuid: UUID | None
    metric: str
    unit_label: str
    higher_is_better: bool
    mechanism: str
    mechanism_words: str
    owner: str
    smallest_worthwhile: float
    cost: Decimal
    launched_on: dt.date
    n_treated: int
    n_controls: int
    effect: EffectRow | None
    decisions: tuple[DecisionRow, ...]


@dataclass(frozen=True, slots=True)
class UndecidedRow:
    """A programme that was judged and about which nothing was decided since."""

    uuid: UUID
    name: str
    verdict: int
    verdict_words: str
    judged_on: dt.date


def undecided_programmes() -> tuple[UndecidedRow, ...]:
    """Programmes whose newest verdict waits for keep, change or stop, longest waiting first; one statement."""
    newest = Effect.objects.filter(programme=OuterRef("pk")).order_by("-as_of", "-id")
    decided = Decision.objects.filter(programme=OuterRef("pk"), decided_at__gte=OuterRef("judged_at"))
    judged = Programme.objects.annotate(
        verdict=Subquery(newest.values("verdict")[:1]), judged_at=Subquery(newest.values("created_at")[:1])
    )
    found = judged.filter(judged_at__isnull=False).exclude(Exists(decided)).order_by("judged_at", "name")
    return tuple(
        UndecidedRow(uuid, name, verdict, VERDICTS[verdict], judged_at.date())
        for uuid, name, verdict, judged_at in found.values_list("uuid", "name", "verdict", "judged_at")
    )


def programmes() -> tuple[ProgrammeRow, ...]:
    """All programmes by name, each with its newest effect and its decisions."""
    return _rows(Q())


def programme_row(programme: Programme) -> ProgrammeRow:
    """One programme."""
    return _rows(Q(pk=programme.pk))[0]


def programmes_building(capability: Capability) -> tuple[ProgrammeRow, ...]:
    """The programmes whose item builds a capability: what is known of its effect here."""
    return _rows(Q(item__capabilities__capability=capability))


def programmes_with(item: LearningItem) -> tuple[ProgrammeRow, ...]:
    """The programmes in which an item was taken."""
    return _rows(Q(item=item))


def _rows(which: Q) -> tuple[ProgrammeRow, ...]:
    found = list(
        Programme.objects.filter(which).select_related("objective", "item", "metric", "owner").order_by("name")
    )
    newest: dict[int, Effect] = {}
    for effect in Effect.objects.filter(programme__in=found).select_related("run").order_by("as_of", "id"):
        newest[effect.programme_id] = effect
    counts = {
        programme: (treated, controls)
        for programme, treated, controls in Member.objects.filter(programme__in=found)
        .values_list("programme")
        .annotate(
            treated=Count("pk", filter=Q(treated_from__isnull=False)),
            controls=Count("pk", filter=Q(treated_from=None)),
        )
    }
    logs: dict[int, list[Decision]] = {}
    for decision in Decision.objects.filter(programme__in=found).select_related("decided_by"):
        logs.setdefault(decision.programme_id, []).append(decision)
    return tuple(_row(row, counts.get(row.pk, (0, 0)), newest.get(row.pk), logs.get(row.pk, [])) for row in found)


def _row(row: Programme, counts: tuple[int, int], effect: Effect | None, log: list[Decision]) -> ProgrammeRow:
    return ProgrammeRow(
        uuid=row.uuid,
        name=row.name,
        purpose=row.purpose,
        objective=row.objective.title if row.objective else "",
        objective_uuid=row.objective.uuid if row.objective else None,
        item=row.item.title if row.item else "",
        item_uuid=row.item.uuid if row.item else None,
        metric=row.metric.name,
        unit_label=row.metric.unit_label,
        higher_is_better=row.metric.direction == "higher",
        mechanism=row.mechanism,
        mechanism_words=row.get_mechanism_display(),
        owner=row.owner.name,
        smallest_worthwhile=row.smallest_worthwhile,
        cost=row.cost,
        launched_on=row.launched_on,
        n_treated=counts[0],
        n_controls=counts[1],
        effect=_effect(effect) if effect else None,
        decisions=tuple(
            DecisionRow(
                kind=entry.kind,
                kind_words=entry.get_kind_display(),
                reason=entry.reason,
                decided_by=entry.decided_by.name if entry.decided_by else "",
                decided_at=entry.decided_at,
            )
            for entry in log
        ),
    )


def _effect(row: Effect) -> EffectRow:
    """An estimate; of fewer than five people on a side nothing is handed on but that they are too few."""
    found = _whole(row)
    if min(row.n_treated, row.n_controls) >= SMALLEST_GROUP:
        return found
    return replace(
        found,
        words=TOO_FEW,
        lo=None,
        hi=None,
        estimators={},
        event_study=(),
        pretrend={},
        sensitivity={},
        mde=None,
        returns={},
    )


def _whole(row: Effect) -> EffectRow:
    return EffectRow(
        uuid=row.uuid,
        run_uuid=row.run.uuid,
        computed_at=row.created_at,
        engine_version=row.run.engine_version,
        seed=row.run.seed,
        as_of=row.as_of,
        verdict=row.verdict,
        verdict_words=VERDICTS[row.verdict],
        words=row.words,
        lo=row.lo,
        hi=row.hi,
        n_treated=row.n_treated,
        n_controls=row.n_controls,
        estimators=row.estimators,
        event_study=tuple(row.event_study),
        pretrend=row.pretrend,
        sensitivity=row.sensitivity,
        mde=row.mde,
        returns=row.returns,
        assumptions=tuple(row.assumptions),
        diagnostics=row.diagnostics,
    )
