"""Verbs of impact: fix what is wanted before launch, record who was sent and why, estimate, decide."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from upwell.domain.impact.choices import DecisionKind, Mechanism
from upwell.domain.impact.frames import Estimated, estimate
from upwell.domain.impact.models import Decision, Effect, Member, Programme
from upwell.domain.learning.models import LearningItem
from upwell.domain.sources.kpis.models import Metric
from upwell.domain.strategy.models import Objective
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.foundation.runs.models import Run
from upwell.foundation.runs.operations import request

RUN_KIND = "impact.evaluate"
SEED = 20_250_101


@operation("programme.launch")
def launch(
    *,
    key: str,
    name: str,
    purpose: str,
    metric: Metric,
    owner: Person,
    mechanism: Mechanism,
    smallest_worthwhile: float,
    launched_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
    objective: Objective | None = None,
    item: LearningItem | None = None,
    cost: Decimal = Decimal(0),
    value: tuple[Decimal, Decimal, Decimal] | None = None,
) -> Programme:
    """Fix what the business wants of a programme (R05): purpose, outcome metric, owner, smallest worthwhile effect.

    `value` is what one unit of the metric is worth in money a month: low, likeliest, high.
    """
    low, mode, high = value or (None, None, None)
    return Programme.objects.create(
        key=key,
        name=name,
        purpose=purpose,
        metric=metric,
        owner=owner,
        mechanism=mechanism,
        smallest_worthwhile=smallest_worthwhile,
        launched_on=launched_on,
        objective=objective,
        item=item,
        cost=cost,
        value_low=low,
        value_mode=mode,
        value_high=high,
    )


@operation("programme.enlist")
def enlist(
    *,
    programme: Programme,
    members: Iterable[tuple[int, dt.date | None]],
    assigned_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
) -> int:
    """Record a population: (person id, first treated month or None for the comparison); returns how many are new."""
    rows = [
        Member(programme=programme, person_id=person, treated_from=treated_from, assigned_on=assigned_on)
        for person, treated_from in members
    ]
    before = programme.members.count()
    Member.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)
    return programme.members.count() - before


def request_evaluation(*, programme: Programme, as_of: dt.date, actor: Account | None, at: dt.datetime) -> Run:
    """Ask for an estimate of a programme's effect; a worker computes it."""
    params = {"programme": str(programme.uuid), "as_of": as_of.isoformat()}
    return request(kind=RUN_KIND, params=params, seed=SEED, actor=actor, at=at)


@operation("programme.evaluate")
def evaluate(
    *, programme: Programme, as_of: dt.date, run: Run, seed: int, actor: Account | None, at: dt.datetime
) -> Effect:
    """Estimate the effect against the comparison and keep it with its run."""
    found: Estimated = estimate(programme, as_of=as_of, seed=seed)
    return Effect.objects.create(programme=programme, run=run, as_of=as_of, created_at=at, **found.fields)


@operation("programme.decide")
def decide(
    *,
    programme: Programme,
    kind: DecisionKind,
    reason: str,
    by: Person | None,
    effect: Effect | None,
    actor: Account | None,
    at: dt.datetime,
) -> Decision:
    """Keep, change or stop a programme, with the reason and the effect it rests on (R55)."""
    return Decision.objects.create(
        programme=programme, kind=kind, reason=reason, decided_by=by, effect=effect, decided_at=at
    )
