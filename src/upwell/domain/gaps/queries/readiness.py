"""How ready the whole organisation is for what its strategy leans on: aggregates only, of five people or more."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Avg, Count, Q, QuerySet, Subquery

from upwell.domain.gaps.choices import GapState, SnapshotKind
from upwell.domain.gaps.models import Snapshot, Standing, UnitGap
from upwell.foundation.people.models import UnitChain

SMALLEST_GROUP = 5
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
class FamilyReadiness:
    """A capability in a family of roles; `family` is empty for all families of fewer than five people together."""

    capability_id: int
    family: str
    met: int
    below: int
    unsure: int

    @property
    def n(self) -> int:
        """People it is asked of."""
        return self.met + self.below + self.unsure


@dataclass(frozen=True, slots=True)
class RoleReadiness:
    """A capability in one role; `share` is the expected share of holders who meet it, None where withheld."""

    role_uuid: UUID
    role: str
    family: str
    required: float
    n: int
    share: float | None


def readiness_of(capability_ids: Iterable[int]) -> dict[int, Readiness]:
    """The newest computation over the roots of the organisation, by capability; one statement."""
    newest = Snapshot.objects.filter(kind=SnapshotKind.FULL).order_by("-as_of", "-id").values("pk")[:1]
    roots = UnitChain.objects.values("unit").annotate(above=Count("pk")).filter(above=1).values("unit")
    found = UnitGap.objects.filter(snapshot=Subquery(newest), unit__in=roots, capability__in=list(capability_ids))
    parts: dict[int, list[UnitGap]] = defaultdict(list)
    for row in found:
        parts[row.capability_id].append(row)
    return {capability: _together(rows) for capability, rows in parts.items()}


def by_family(capability_ids: Iterable[int]) -> tuple[FamilyReadiness, ...]:
    """Who meets what is asked, by capability and family of roles, families by name; one statement."""
    counts: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    grouped = _asked(capability_ids).values("capability", "role__family__name", "state").annotate(n=Count("pk"))
    for capability, family, state, n in grouped.values_list("capability", "role__family__name", "state", "n"):
        counts[(capability, family or "")][state] += n
    sizes = {key: sum(states.values()) for key, states in counts.items()}
    for capability, family in _hidden(sizes):
        for state, n in counts.pop((capability, family)).items():
            counts[(capability, "")][state] += n
    rows = [_family(capability, family, states) for (capability, family), states in counts.items()]
    return tuple(sorted(rows, key=lambda row: (row.capability_id, not row.family, row.family)))


def by_role(capability_id: int) -> tuple[RoleReadiness, ...]:
    """Who meets what is asked in each role that asks a capability, by name; one statement."""
    grouped = (
        _asked([capability_id])
        .values("role__uuid", "role__name", "role__family__name", "required")
        .annotate(n=Count("pk"), seen=Count("p_gap"), short=Avg("p_gap"))
        .order_by("role__family__name", "role__name", "required")
    )
    rows = list(grouped.filter(role__isnull=False))
    sizes = {(capability_id, f"{row['role__uuid']}:{row['required']}"): row["seen"] for row in rows}
    hidden = {key for _, key in _hidden(sizes)}
    return tuple(
        RoleReadiness(
            role_uuid=row["role__uuid"],
            role=row["role__name"],
            family=row["role__family__name"],
            required=row["required"] or 0.0,
            n=row["n"],
            share=None if f"{row['role__uuid']}:{row['required']}" in hidden else 1.0 - row["short"],
        )
        for row in rows
    )


def _hidden(sizes: dict[tuple[int, str], int]) -> set[tuple[int, str]]:
    """Which groups are too small to show, and the next larger one where theirs could be found by subtraction."""
    hidden = {key for key, size in sizes.items() if size < SMALLEST_GROUP}
    for capability in {capability for capability, _ in hidden}:
        of_it = sorted((size, key) for key, size in sizes.items() if key[0] == capability)
        together = sum(size for size, key in of_it if key in hidden)
        larger = [key for _, key in of_it if key not in hidden]
        if 0 < together < SMALLEST_GROUP and larger:
            hidden.add(larger[0])
    return hidden


def _asked(capability_ids: Iterable[int]) -> QuerySet[Standing]:
    asked = Q(capability__in=list(capability_ids), is_current=True, required__isnull=False)
    return Standing.objects.filter(asked).order_by()


def _family(capability_id: int, family: str, states: dict[str, int]) -> FamilyReadiness:
    met = sum(states[state] for state in MET)
    below = states[GapState.BELOW]
    return FamilyReadiness(capability_id, family, met, below, sum(states.values()) - met - below)


def _together(rows: list[UnitGap]) -> Readiness:
    n, seen = sum(row.n for row in rows), sum(row.n_evidence for row in rows)
    known = [row for row in rows if row.share_meeting is not None]
    if seen < SMALLEST_GROUP or not known:
        return Readiness(n, seen, None, None, None)

    def mean(name: str) -> float:
        return float(sum(getattr(row, name) * row.n_evidence for row in known)) / sum(row.n_evidence for row in known)

    return Readiness(n, seen, mean("share_meeting"), mean("share_lo95"), mean("share_hi95"))
