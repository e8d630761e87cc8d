"""The engine's state kept with a full snapshot, read only as far as one person needs it.

It is kept in rows by person and by rater, so that reading it takes as long for a million people as for a thousand.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, JSONField, Subquery, Value

from upwell.domain.gaps.choices import SnapshotKind
from upwell.domain.gaps.models import Snapshot, Standing
from upwell.foundation.people.models import Person

NOBODY = -1
"""Stands for the rater of a rating that no person gave: a test, a metric."""


class StateOf(Func):
    """Of a snapshot and a person: what was learned, what the person told, what is known of everyone who rated them."""

    template = """
(select jsonb_build_object(
    'common', held.state->'common',
    'links', jsonb_build_object(asked.person::text, coalesce((
        select jsonb_agg(jsonb_build_array(l.rater, l."group", l.shift, l.precision) order by l.rater, l."group")
        from gaps_raterlink l where l.snapshot_id = asked.snapshot and l.person_id = asked.person), '[]')),
    'raters', coalesce((
        select jsonb_object_agg(known.rater::text, known.beliefs) from (
            select b.rater, jsonb_agg(jsonb_build_array(b."group", b.shift, b.precision) order by b."group") as beliefs
            from gaps_raterbelief b
            where b.snapshot_id = asked.snapshot and b.rater in (
                select l.rater from gaps_raterlink l
                where l.snapshot_id = asked.snapshot and l.person_id = asked.person
                union select coalesce(o.rater_id, NOBODY) from evidence_observation o where o.person_id = asked.person)
            group by b.rater) known), '{}'))
from (select %(expressions)s) asked (snapshot, person) join gaps_snapshot held on held.id = asked.snapshot)
""".strip().replace("NOBODY", str(NOBODY))
    output_field = JSONField()


@dataclass(frozen=True, slots=True)
class Held:
    """A full snapshot, the part of its state that one person needs, and the group they can be compared within."""

    snapshot: Snapshot
    state: dict[str, Any]
    component: int | None


def newest_for(person: Person) -> Held | None:
    """The newest full snapshot with the state of a person; one statement."""
    standing = Standing.objects.filter(person=person, is_current=True, component__isnull=False)
    found = (
        Snapshot.objects.filter(kind=SnapshotKind.FULL)
        .annotate(held=StateOf(F("pk"), Value(person.pk)), component=Subquery(standing.values("component")[:1]))
        .order_by("-as_of", "-id")
        .first()
    )
    return Held(found, found.held, found.component) if found else None
