"""What units lack, as the newest computation of everybody saw it. Show it only through `frames.disclosed`."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from upwell.domain.capabilities.choices import CapabilityClass
from upwell.domain.gaps.models import Snapshot, UnitGap
from upwell.foundation.people.models import Unit, UnitChain


@dataclass(frozen=True, slots=True)
class UnitGapRow:
    """One capability in a unit and below it. Shares 0 to 1, gaps in levels; all None where withheld."""

    capability_id: int
    capability_uuid: uuid.UUID
    capability: str
    heading: str
    n: int | None
    n_evidence: int | None
    share: float | None
    share_lo: float | None
    share_hi: float | None
    gap: float | None
    gap_lo: float | None
    gap_hi: float | None
    withheld: str
    """Why nothing is shown; empty where it is."""


def unit_gaps(unit: Unit, snapshot: Snapshot) -> tuple[UnitGapRow, ...]:
    """Every capability asked in a unit and below it, by name, unprotected; one statement."""
    found = UnitGap.objects.filter(unit=unit, snapshot=snapshot).select_related("capability")
    return tuple(
        UnitGapRow(
            capability_id=row.capability_id,
            capability_uuid=row.capability.uuid,
            capability=row.capability.name,
            heading=row.capability.group or str(CapabilityClass(row.capability.kind).label),
            n=row.n,
            n_evidence=row.n_evidence,
            share=row.share_meeting,
            share_lo=row.share_lo95,
            share_hi=row.share_hi95,
            gap=row.mean_gap,
            gap_lo=row.lo95,
            gap_hi=row.hi95,
            withheld="",
        )
        for row in found.order_by("capability__name", "capability")
    )


def people_behind(snapshot: Snapshot, capability_ids: Iterable[int]) -> tuple[tuple[int, int, int], ...]:
    """Unit, capability and number of people with evidence, at every depth of the tree; one statement."""
    found = UnitGap.objects.filter(snapshot=snapshot, capability__in=list(capability_ids))
    return tuple(found.order_by("unit", "capability").values_list("unit_id", "capability_id", "n_evidence"))


def units_above() -> dict[int, int]:
    """The unit directly above each unit that has one; one statement."""
    return dict(UnitChain.objects.filter(depth=1).values_list("unit_id", "ancestor_id"))
