"""Applying a large import in the background."""

import uuid

from upwell.domain.intake.choices import BatchState
from upwell.domain.intake.models import ImportBatch
from upwell.domain.intake.operations import apply
from upwell.domain.intake.queries import detail
from upwell.foundation.runs.jobs import Outcome, Work, run_kind

APPLY = "import.apply"


@run_kind(APPLY)
def apply_batch(work: Work) -> Outcome:
    """Apply the checked batch named by `batch`; a second attempt of the same run finds it applied and reports it."""
    batch = ImportBatch.objects.get(uuid=uuid.UUID(work.params["batch"]))
    if batch.state != BatchState.APPLIED:
        batch = apply(batch=batch, actor=work.actor, at=work.at)
    row = detail(batch).batch
    return Outcome(result={"batch": str(batch.uuid), "added": row.added, "changed": row.changed, "same": row.same})
