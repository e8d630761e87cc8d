"""How severe a rater is, for the rater alone."""

from dataclasses import dataclass

from upwell.domain.gaps.choices import SnapshotKind
from upwell.domain.gaps.models import RaterEffect, Snapshot
from upwell.foundation.people.models import Person

FEWEST_RATED = 5
"""Below this many persons rated, severity cannot be told from chance and is not shown."""


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """How much more severely (positive) than others a person rates, in levels, with the interval of 95 %."""

    severity: float
    lo95: float
    hi95: float
    n_persons: int


def own_severity(rater: Person) -> SeverityRow | None:
    """The severity of a rater in the newest full computation; None below five persons rated; one statement.

    Show it to the rater only: as a number about others it would be a ranking of managers.
    """
    newest = Snapshot.objects.filter(kind=SnapshotKind.FULL).order_by("-as_of", "-id").values("pk")[:1]
    found = RaterEffect.objects.filter(rater=rater, snapshot__in=newest, n_persons__gte=FEWEST_RATED)
    row = found.order_by("-n_persons").values_list("severity", "lo95", "hi95", "n_persons").first()
    return SeverityRow(*row) if row else None
