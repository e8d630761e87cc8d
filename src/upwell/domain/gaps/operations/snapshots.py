"""Computing levels and gaps: of everybody through a run, of one person as soon as evidence arrives, and again."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from upwell.domain.gaps.choices import SnapshotKind
from upwell.domain.gaps.frames import ENGINE_VERSION, Computed, compute, recompute
from upwell.domain.gaps.models import RaterBelief, RaterEffect, RaterLink, Snapshot, Standing, UnitGap
from upwell.domain.gaps.queries.states import newest_for
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.foundation.runs.models import Run
from upwell.foundation.runs.operations import record_done, request
from upwell.lib import bulk

RUN_KIND = "gaps.snapshot"
UPDATE_KIND = "gaps.update"
REPLAY_KIND = "gaps.replay"
SAME = 1e-9


class NoSnapshotYet(Exception):
    """Levels have never been computed; ask for a snapshot first."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether a stored snapshot comes out the same again: standings compared, the largest difference in levels."""

    compared: int
    largest_difference: float
    same_input: bool

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return self.same_input and self.largest_difference <= SAME


def request_snapshot(*, as_of: dt.date, actor: Account | None, at: dt.datetime) -> Run:
    """Ask for levels and gaps of everybody as of a day; a worker computes them."""
    return request(kind=RUN_KIND, params={"as_of": as_of.isoformat()}, actor=actor, at=at)


def request_replay(*, snapshot: Snapshot, actor: Account | None, at: dt.datetime) -> Run:
    """Ask for a full snapshot to be computed again and compared with what is kept; a worker does it."""
    params = {"snapshot": str(snapshot.uuid), "run": str(snapshot.run.uuid), "as_of": snapshot.as_of.isoformat()}
    return request(kind=REPLAY_KIND, params=params, actor=actor, at=at)


@operation("snapshot.take")
def take_snapshot(*, as_of: dt.date, run: Run, actor: Account | None, at: dt.datetime) -> Snapshot:
    """Compute levels and gaps of everybody and keep them. They become current unless a later day is already."""
    found = compute(as_of=as_of)
    newest = Snapshot.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    is_current = newest is None or newest <= as_of
    snapshot = Snapshot.objects.create(
        run=run,
        kind=SnapshotKind.FULL,
        as_of=as_of,
        state=found.state,
        diagnostics=found.diagnostics | {"input_digest": found.input_digest},
        created_at=at,
    )
    if is_current:
        Standing.objects.filter(is_current=True).update(is_current=False)
    _keep(snapshot, found.standings, is_current=is_current)
    bulk.insert(
        RaterEffect,
        [
            {
                "snapshot_id": snapshot.pk,
                "rater_id": row["rater"],
                "group": row["group"],
                **{name: row[name] for name in ("severity", "sd", "lo95", "hi95", "n_persons")},
            }
            for row in found.raters
        ],
    )
    bulk.insert(UnitGap, [{"snapshot_id": snapshot.pk, **row} for row in found.units])
    if is_current:
        _keep_state(snapshot, found)
    return snapshot


@operation("snapshot.refresh")
def refresh(*, person: Person, actor: Account | None, at: dt.datetime) -> Snapshot:
    """Move one person's levels and gaps after new evidence; nobody else's row is touched.

    With whom the person can be compared is known to full computations alone, so it stays as it was.

    Raises NoSnapshotYet where levels were never computed.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    held = newest_for(person)
    if held is None:
        raise NoSnapshotYet("Levels have not been computed yet. An administrator starts the first computation.")
    base = held.snapshot
    as_of = max(at.date(), base.as_of)
    found = recompute(held.state, [person.pk], as_of=as_of)
    run = record_done(
        kind=UPDATE_KIND,
        params={"person": str(person.uuid), "base": str(base.uuid), "as_of": as_of.isoformat()},
        result={"standings": len(found.standings)},
        engine_version=ENGINE_VERSION,
        input_digest=found.input_digest,
        actor=actor,
        at=at,
    )
    snapshot = Snapshot.objects.create(
        run=run,
        kind=SnapshotKind.UPDATE,
        base=base,
        as_of=as_of,
        diagnostics={"input_digest": found.input_digest},
        created_at=at,
    )
    Standing.objects.filter(person=person, is_current=True).update(is_current=False)
    Standing.objects.bulk_create(
        Standing(snapshot=snapshot, **standing | {"component": held.component}) for standing in found.standings
    )
    return snapshot


def replay(snapshot: Snapshot) -> Replayed:
    """Compute a full snapshot again from the evidence as it was known then and compare; nothing is written.

    What was recorded, or withdrawn, after the snapshot was made does not count.
    """
    found = compute(as_of=snapshot.as_of, known_at=snapshot.created_at)
    again = {(row["person_id"], row["capability_id"]): row["level"] for row in found.standings}
    kept = Standing.objects.filter(snapshot=snapshot).values_list("person_id", "capability_id", "level")
    differences = [_difference(level, again.get((person, capability))) for person, capability, level in kept]
    return Replayed(
        compared=len(differences),
        largest_difference=max(differences, default=0.0),
        same_input=found.input_digest == snapshot.diagnostics.get("input_digest"),
    )


def _keep(snapshot: Snapshot, standings: list[dict[str, Any]], *, is_current: bool) -> None:
    bulk.insert(
        Standing, [{"snapshot_id": snapshot.pk, "is_current": is_current, **standing} for standing in standings]
    )


def _keep_state(snapshot: Snapshot, found: Computed) -> None:
    """Keep what moving one person needs, for this snapshot and the full one before it; older ones move nobody."""
    before = Snapshot.objects.filter(Exists(RaterBelief.objects.filter(snapshot=OuterRef("pk"))))
    kept = [snapshot.pk, *before.order_by("-as_of", "-id").values_list("pk", flat=True)[:1]]
    RaterLink.objects.exclude(snapshot__in=kept).delete()
    RaterBelief.objects.exclude(snapshot__in=kept).delete()
    bulk.insert(RaterLink, [{"snapshot_id": snapshot.pk, **row} for row in found.links])
    bulk.insert(RaterBelief, [{"snapshot_id": snapshot.pk, **row} for row in found.beliefs])


def _difference(kept: float | None, again: float | None) -> float:
    if kept is None or again is None:
        return 0.0 if kept is again else float("inf")
    return abs(kept - again)
