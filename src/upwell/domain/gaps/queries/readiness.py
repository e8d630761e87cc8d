"""How ready the whole organisation is for what its strategy leans on.

Groups of roles are unprotected here; show them only through `frames.ready_by_family` and `frames.ready_by_role`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Subquery, Sum

from upwell.domain.gaps.choices import GapState, SnapshotKind
from upwell.domain.gaps.models import Snapshot, Standing, UnitGap
from upwell.foundation.people.models import UnitChain

FEWEST = 5
"""Fewer people than this behind a number, and the number is withheld."""
MET = (GapState.MEETS, GapState.ABOVE)


@dataclass(frozen=True, slots=True)
class Readiness:
    """A capability over everybody it is asked of. Shares 0 to 1 with a 95 % interval; None where withheld."""

    n: int
    n_evidence: int
    share: float | None
    lo: float | None
    hi: float | None


@dataclass(frozen=True, slots=True)
class RoleCount:
    """A capability at one level in one role, whole; `role_uuid` is None and `family` empty for who holds no role."""

    capability_id: int
    family: str
    role_uuid: UUID | None
    role: str
    required: float
    met: int
    below: int
    unsure: int
    n_evidence: int
    short: float
    """The expected number of people who fall short, of those with evidence."""

    @property
    def n(self) -> int:
        """People it is asked of."""
        return self.met + self.below + self.unsure


def readiness_of(capability_ids: Iterable[int]) -> dict[int, Readiness]:
    """The newest computation over the roots of the organisation, by capability; one statement."""
    newest = Snapshot.objects.filter(kind=SnapshotKind.FULL).order_by("-as_of", "-id").values("pk")[:1]
    roots = UnitChain.objects.values("unit").annotate(above=Count("pk")).filter(above=1).values("unit")
    found = UnitGap.objects.filter(snapshot=Subquery(newest), unit__in=roots, capability__in=list(capability_ids))
    parts: dict[int, list[UnitGap]] = defaultdict(list)
    for row in found:
        parts[row.capability_id].append(row)
    return {capability: _together(rows) for capability, rows in parts.items()}


def by_role(capability_ids: Iterable[int]) -> tuple[RoleCount, ...]:
    """Who meets what is asked, by capability, family, role and level asked, in this order; one statement."""
    keys = ("capability", "role__family__name", "role__uuid", "role__name", "required")
    asked = Q(capability__in=list(capability_ids), is_current=True, required__isnull=False)
    grouped = (
        Standing.objects.filter(asked)
        .order_by()
        .values(*keys)
        .annotate(
            n=Count("pk"),
            n_met=Count("pk", filter=Q(state__in=MET)),
            n_below=Count("pk", filter=Q(state=GapState.BELOW)),
            n_evidence=Count("p_gap"),
            short=Sum("p_gap"),
        )
        .order_by("capability", "role__family__name", "role__name", "required", "role__uuid")
    )
    return tuple(
        RoleCount(
            capability_id=row["capability"],
            family=row["role__family__name"] or "",
            role_uuid=row["role__uuid"],
            role=row["role__name"] or "",
            required=row["required"] or 0.0,
            met=row["n_met"],
            below=row["n_below"],
            unsure=row["n"] - row["n_met"] - row["n_below"],
            n_evidence=row["n_evidence"],
            short=row["short"] or 0.0,
        )
        for row in grouped
    )


def _together(rows: list[UnitGap]) -> Readiness:
    n, seen = sum(row.n for row in rows), sum(row.n_evidence for row in rows)
    known = [row for row in rows if row.share_meeting is not None]
    if seen < FEWEST or not known:
        return Readiness(n, seen, None, None, None)

    def mean(name: str) -> float:
        return float(sum(getattr(row, name) * row.n_evidence for row in known)) / sum(row.n_evidence for row in known)

    return Readiness(n, seen, mean("share_meeting"), mean("share_lo95"), mean("share_hi95"))
