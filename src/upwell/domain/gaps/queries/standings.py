"""Where people stand."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.choices import GapState, SnapshotKind
from upwell.domain.gaps.models import Snapshot, Standing
from upwell.foundation.people.models import Person
from upwell.foundation.runs.models import Run


@dataclass(frozen=True, slots=True)
class StandingRow:
    """Level, interval and gap of a person on a capability. Levels 0 to 5; gap positive where short; None: unknown."""

    person_id: int
    capability_id: int
    capability_uuid: UUID
    capability: str
    group: str
    kind: str
    role: str
    level: float | None
    sd: float | None
    lo80: float | None
    hi80: float | None
    lo95: float | None
    hi95: float | None
    n_ratings: int
    n_raters: int
    n_sources: int
    last_rated_on: dt.date | None
    component: int | None
    provisional: bool
    required: float | None
    weight: float | None
    gap: float | None
    p_gap: float | None
    state: str
    priority: float | None
    run_uuid: UUID
    computed_at: dt.datetime

    @property
    def state_words(self) -> str:
        """The state in words."""
        return str(GapState(self.state).label)

    def age_days(self, on: dt.date) -> int | None:
        """Days since the newest evidence."""
        return (on - self.last_rated_on).days if self.last_rated_on else None


COLUMNS = {
    "capability_uuid": F("capability__uuid"),
    "capability_name": F("capability__name"),
    "capability_group": F("capability__group"),
    "capability_kind": F("capability__kind"),
    "role_name": F("role__name"),
    "run_uuid": F("snapshot__run__uuid"),
    "computed_at": F("snapshot__created_at"),
}
PLAIN = (
    "person_id",
    "capability_id",
    "level",
    "sd",
    "lo80",
    "hi80",
    "lo95",
    "hi95",
    "n_ratings",
    "n_raters",
    "n_sources",
    "last_rated_on",
    "component",
    "provisional",
    "required",
    "weight",
    "gap",
    "p_gap",
    "state",
    "priority",
)


def current_snapshot() -> Snapshot | None:
    """The newest computation of everybody."""
    full = Snapshot.objects.filter(kind=SnapshotKind.FULL).defer("state")
    return full.order_by("-as_of", "-id").select_related("run").first()


def snapshot_of_run(run: Run) -> Snapshot | None:
    """The full snapshot a run took, None where it took none."""
    return Snapshot.objects.filter(run=run, kind=SnapshotKind.FULL).defer("state").select_related("run").first()


def standings_of(person_ids: Iterable[int], *, required_only: bool = False) -> tuple[StandingRow, ...]:
    """Current standings of some people, by capability name; one statement."""
    rows = Standing.objects.filter(person__in=list(person_ids), is_current=True)
    if required_only:
        rows = rows.filter(required__isnull=False)
    found = rows.order_by("capability__name", "capability_id", "person_id").values(*PLAIN, **COLUMNS)
    return tuple(
        StandingRow(
            **{name: row[name] for name in PLAIN},
            capability_uuid=row["capability_uuid"],
            capability=row["capability_name"],
            group=row["capability_group"],
            kind=row["capability_kind"],
            role=row["role_name"] or "",
            run_uuid=row["run_uuid"],
            computed_at=row["computed_at"],
        )
        for row in found
    )


def current_standing(person: Person, capability: Capability) -> StandingRow | None:
    """Where a person stands on a capability now; None where it is neither rated nor required."""
    return next((row for row in standings_of([person.pk]) if row.capability_id == capability.pk), None)


def history_of(
    person: Person, capability_ids: Sequence[int] | None = None
) -> dict[int, tuple[tuple[dt.date, float, float], ...]]:
    """Level and sd of a person's capabilities at each snapshot, oldest first; one statement."""
    rows = Standing.objects.filter(person=person, level__isnull=False)
    if capability_ids is not None:
        rows = rows.filter(capability__in=capability_ids)
    history: dict[int, list[tuple[dt.date, float, float]]] = {}
    found = rows.order_by("snapshot__as_of", "snapshot_id").values_list("capability", "snapshot__as_of", "level", "sd")
    for capability, as_of, level, sd in found:
        if level is not None and sd is not None:
            history.setdefault(capability, []).append((as_of, level, sd))
    return {capability: tuple(points) for capability, points in history.items()}
