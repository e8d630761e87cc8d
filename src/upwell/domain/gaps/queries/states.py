"""The engine's state kept with a full snapshot, read only as far as one person needs it.

It is kept by person and by rater, so that the database picks out a few kilobytes of what may be many megabytes.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, JSONField, Value

from upwell.domain.gaps.choices import SnapshotKind
from upwell.domain.gaps.models import Snapshot
from upwell.foundation.people.models import Person

NOBODY = -1
"""Stands for the rater of a rating that no person gave: a test, a metric."""


class StateOf(Func):
    """Of a snapshot and a person: what was learned, what the person told, what is known of everyone who rated them."""

    template = """
(with asked (snapshot, person) as (select %(expressions)s),
held as materialized (
    select person, state->'common' as common, state->'raters' as raters,
           coalesce(state->'links'->person::text, '[]') as links
    from asked join gaps_snapshot on id = snapshot
),
known (rater) as (
    select link->>0 from held, jsonb_array_elements(links) as link
    union select coalesce(o.rater_id, NOBODY)::text from evidence_observation o join asked on o.person_id = person
)
select jsonb_build_object(
    'common', common,
    'links', jsonb_build_object(person::text, links),
    'raters', coalesce((select jsonb_object_agg(rater, raters->rater) from known where raters ? rater), '{}')
)
from held)""".replace("NOBODY", str(NOBODY))
    output_field = JSONField()


@dataclass(frozen=True, slots=True)
class Held:
    """A full snapshot (its `state` unread) and the part of its state that one person needs."""

    snapshot: Snapshot
    state: dict[str, Any]


def newest_for(person: Person) -> Held | None:
    """The newest full snapshot with the state of a person; one statement."""
    found = (
        Snapshot.objects.filter(kind=SnapshotKind.FULL)
        .defer("state")
        .annotate(held=StateOf(F("pk"), Value(person.pk)))
        .order_by("-as_of", "-id")
        .first()
    )
    return Held(found, found.held) if found else None
