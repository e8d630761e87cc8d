"""The verbs of strategy."""

import datetime as dt

from upwell.domain.capabilities.models import Capability
from upwell.domain.strategy.models import Campaign, CapabilityWeight, GrowthStage, Objective
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person, Unit


class ObjectiveUnderItself(Exception):
    """An objective cannot serve itself, nor one that serves it."""


@operation("objective.create")
def create_objective(
    *,
    key: str,
    kind: str,
    title: str,
    actor: Account | None,
    at: dt.datetime,
    statement: str = "",
    parent: Objective | None = None,
    owner: Person | None = None,
    unit: Unit | None = None,
    outcome_metric: str = "",
    due_on: dt.date | None = None,
) -> Objective:
    """Add a rung to the chain from mission to objective."""
    return Objective.objects.create(
        key=key,
        kind=kind,
        title=title,
        statement=statement,
        parent=parent,
        owner=owner,
        unit=unit,
        outcome_metric=outcome_metric,
        due_on=due_on,
    )


@operation("objective.revise")
def revise_objective(
    *,
    objective: Objective,
    title: str,
    statement: str,
    parent: Objective | None,
    owner: Person | None,
    outcome_metric: str,
    due_on: dt.date | None,
    actor: Account | None,
    at: dt.datetime,
) -> Objective:
    """Reword an objective or move it under another.

    Raises:
        ObjectiveUnderItself: the new parent is the objective or serves it.
    """
    above = parent
    while above is not None:
        if above.pk == objective.pk:
            raise ObjectiveUnderItself(f"{objective} cannot stand under itself.")
        above = above.parent
    objective.title, objective.statement, objective.parent = title, statement, parent
    objective.owner, objective.outcome_metric, objective.due_on = owner, outcome_metric, due_on
    objective.save()
    return objective


@operation("objective.weigh")
def weigh_capability(
    *,
    objective: Objective,
    capability: Capability,
    weight: float,
    reason: str,
    actor: Account | None,
    at: dt.datetime,
) -> CapabilityWeight:
    """Say how much an objective leans on a capability (above 0, at most 5), and why."""
    row, _ = CapabilityWeight.objects.update_or_create(
        objective=objective, capability=capability, defaults={"weight": weight, "reason": reason}
    )
    return row


@operation("objective.unweigh")
def unweigh_capability(*, objective: Objective, capability: Capability, actor: Account | None, at: dt.datetime) -> None:
    """The objective does not lean on the capability any more."""
    CapabilityWeight.objects.filter(objective=objective, capability=capability).delete()


@operation("strategy.enter_stage")
def enter_stage(*, stage: str, since: dt.date, reason: str, actor: Account | None, at: dt.datetime) -> GrowthStage:
    """The business enters a growth stage; the weights of capabilities follow from that day."""
    row, _ = GrowthStage.objects.update_or_create(since=since, defaults={"stage": stage, "reason": reason})
    return row


@operation("campaign.create")
def create_campaign(
    *,
    key: str,
    name: str,
    unit: Unit,
    outcome: str,
    due_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
    objective: Objective | None = None,
) -> Campaign:
    """Begin a short push: population, deadline and business outcome."""
    return Campaign.objects.create(key=key, name=name, unit=unit, outcome=outcome, due_on=due_on, objective=objective)
