"""One observation enters the spine."""

import datetime as dt
import uuid

from upwell.domain.capabilities.models import Capability, ScaleLevel
from upwell.domain.evidence.choices import EvidenceKind, Origin, Source
from upwell.domain.evidence.models import Observation
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.lib.partitions import ensure_months

_ANONYMOUS_SOURCES = {Source.TEST, Source.KPI, Source.LEARNING}


class CapabilityWithoutScale(Exception):
    """A capability without a scale cannot be rated."""


class CategoryNotOnScale(Exception):
    """The category is not a level of the capability's scale."""


class ObservedInFuture(Exception):
    """Evidence cannot be dated after the day it is recorded."""


class SourceDoesNotFit(Exception):
    """The rater and the source contradict each other."""


@operation("evidence.observe")
def observe(
    *,
    person: Person,
    capability: Capability,
    rater: Person | None,
    source: str,
    category: int,
    observed_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
    note: str = "",
    origin: str = Origin.OBSERVATION,
    origin_uuid: uuid.UUID | None = None,
    kind: str = EvidenceKind.BEHAVIOUR,
) -> Observation:
    """Append one dated observation; `category` is an ordinal on the capability's scale, from 1.

    Raises:
        CapabilityWithoutScale, CategoryNotOnScale, ObservedInFuture: what the names say.
        SourceDoesNotFit: `self` with another rater, a rater who is the person, or a human source without rater.
    """
    if capability.scale is None:
        raise CapabilityWithoutScale(f"{capability} has no scale to rate on.")
    if not ScaleLevel.objects.filter(scale=capability.scale, ordinal=category).exists():
        raise CategoryNotOnScale(f"{category} is not a level of {capability.scale}.")
    if observed_on > at.date():
        raise ObservedInFuture(f"{observed_on} lies after the day of recording.")
    _check_source(person, rater, source)
    ensure_months("evidence_observation", [observed_on])
    return Observation.objects.create(
        person=person,
        observed_on=observed_on,
        capability=capability,
        rater=rater,
        source=source,
        kind=kind,
        scale=capability.scale,
        category=category,
        note=note,
        origin=origin,
        origin_uuid=origin_uuid,
        recorded_at=at,
    )


def _check_source(person: Person, rater: Person | None, source: str) -> None:
    if rater is None:
        if source not in _ANONYMOUS_SOURCES:
            raise SourceDoesNotFit(f"Evidence from the seat '{source}' needs a rater.")
    elif (rater.pk == person.pk) != (source == Source.SELF):
        raise SourceDoesNotFit(f"The seat '{source}' does not fit {rater} rating {person}.")
