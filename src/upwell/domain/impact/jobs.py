"""Estimating an effect in the background."""

import datetime as dt

from upwell.domain.impact.frames import ENGINE_VERSION
from upwell.domain.impact.models import Effect, Programme
from upwell.domain.impact.operations import RUN_KIND, SEED, evaluate
from upwell.foundation.runs.jobs import Outcome, Work, run_kind


@run_kind(RUN_KIND)
def evaluate_programme(work: Work) -> Outcome:
    """Estimate the effect of one programme; a second attempt of the same run returns the estimate of the first."""
    programme = Programme.objects.select_related("metric").get(uuid=work.params["programme"])
    effect = Effect.objects.filter(run=work.run).first()
    if effect is None:
        effect = evaluate(
            programme=programme,
            as_of=dt.date.fromisoformat(work.params["as_of"]),
            run=work.run,
            seed=work.seed or SEED,
            actor=work.actor,
            at=work.at,
        )
    return Outcome(
        result={"effect": str(effect.uuid), "verdict": effect.verdict, "words": effect.words},
        engine_version=ENGINE_VERSION,
        input_digest=effect.diagnostics["input_digest"],
        seed=work.seed or SEED,
    )
