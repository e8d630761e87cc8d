"""Taking in ratings from elsewhere as observations."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from upwell.domain.capabilities.models import Capability, Scale, ScaleLevel
from upwell.domain.evidence.choices import EvidenceKind, Origin
from upwell.domain.evidence.models import Observation
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.lib import bulk
from upwell.lib.partitions import ensure_months
from upwell.lib.wishes import Effect, Wishes

NAMESPACE = uuid.UUID("0d3f9a52-6b8e-5c7d-8f10-5a2f3d6c9e21")


@operation("observation.import")
def apply_ratings(*, ratings: Wishes, actor: Account | None, at: dt.datetime) -> Effect:
    """Ratings by person, capability, day, source and rater. `level` is a name or ordinal of the scale.

    The identifier is made from what was rated, so that the same rating twice is one observation.
    """
    effect = Effect()
    people = bulk.ids_by_key(Person, {key for one in ratings for key in (one["person_key"], one["rater_key"])})
    keys = {one["capability_key"] for one in ratings}
    capabilities = {
        key: (identifier, scale)
        for key, identifier, scale in Capability.objects.filter(key__in=keys).values_list("key", "id", "scale_id")
    }
    scales = bulk.ids_by_key(Scale, {one["scale_key"] for one in ratings})
    levels = _levels()
    rows = []
    for one in ratings:
        person, rater = people.get(one["person_key"]), people.get(one["rater_key"])
        capability, scale = capabilities.get(one["capability_key"], (None, None))
        scale = scales.get(one["scale_key"]) if one["scale_key"] else scale
        category = levels.get((scale, one["level"].casefold())) if scale else None
        if person is None:
            effect.refuse("unknown_person", one, "person_key", "The person is unknown; import people first.")
        elif capability is None:
            effect.refuse("unknown_capability", one, "capability_key", "The capability is unknown; import it first.")
        elif one["rater_key"] and rater is None:
            effect.refuse("unknown_person", one, "rater_key", "The rater is unknown; import people first.")
        elif scale is None or category is None:
            effect.refuse("unknown_level", one, "level", "The level is not on the capability's scale.")
        else:
            rows.append(
                {
                    "person_id": person,
                    "observed_on": one["rated_on"],
                    "uuid": _identifier(one),
                    "capability_id": capability,
                    "rater_id": rater,
                    "source": one["source"],
                    "kind": EvidenceKind.BEHAVIOUR.value,
                    "scale_id": scale,
                    "category": category,
                    "note": one["note"],
                    "origin": Origin.IMPORT.value,
                    "recorded_at": at,
                }
            )
    ensure_months(Observation._meta.db_table, {row["observed_on"] for row in rows})
    match = ("person_id", "observed_on", "uuid")
    effect.did(bulk.upsert(Observation, match=match, rows=rows, keep=tuple(rows[0]) if rows else ()))
    return effect


def _levels() -> dict[tuple[int, str], int]:
    """Category by scale and by what a file may call it: the level's name or its ordinal."""
    found: dict[tuple[int, str], int] = {}
    for scale, ordinal, name in ScaleLevel.objects.values_list("scale_id", "ordinal", "name"):
        found[(scale, name.casefold())] = ordinal
        found[(scale, str(ordinal))] = ordinal
    return found


def _identifier(row: Mapping[str, Any]) -> uuid.UUID:
    names = ("person_key", "capability_key", "rated_on", "source", "rater_key", "scale_key", "level")
    return uuid.uuid5(NAMESPACE, "|".join(str(row[name]) for name in names))
