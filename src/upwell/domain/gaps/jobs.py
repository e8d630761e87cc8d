"""Computing everybody's levels in the background."""

import datetime as dt

from upwell.domain.gaps.frames import ENGINE_VERSION
from upwell.domain.gaps.models import Snapshot
from upwell.domain.gaps.operations import REPLAY_KIND, RUN_KIND, replay, take_snapshot
from upwell.foundation.runs.jobs import Outcome, Work, run_kind


@run_kind(RUN_KIND)
def compute_everybody(work: Work) -> Outcome:
    """Take one snapshot; a second attempt of the same run returns the snapshot of the first."""
    work.progress(5, "Reading the evidence")
    snapshot = Snapshot.objects.filter(run=work.run).first()
    if snapshot is None:
        as_of = dt.date.fromisoformat(work.params["as_of"])
        snapshot = take_snapshot(as_of=as_of, run=work.run, actor=work.actor, at=work.at)
    return Outcome(
        result={
            "snapshot": str(snapshot.uuid),
            "standings": snapshot.standings.count(),
            "diagnostics": snapshot.diagnostics,
        },
        engine_version=ENGINE_VERSION,
        input_digest=snapshot.diagnostics["input_digest"],
    )


@run_kind(REPLAY_KIND)
def replay_snapshot(work: Work) -> Outcome:
    """Compute a kept snapshot again from the evidence of its day and say whether anything differs; keeps nothing."""
    work.progress(5, "Reading the evidence of that day")
    snapshot = Snapshot.objects.select_related("run").get(uuid=work.params["snapshot"])
    found = replay(snapshot)
    return Outcome(
        result={
            "same": found.is_same,
            "same_input": found.same_input,
            "levels_compared": found.compared,
            "largest_difference": str(found.largest_difference),
        },
        engine_version=ENGINE_VERSION,
        input_digest=snapshot.diagnostics["input_digest"],
    )
