"""From parsed records to the apps that own them, in the order their references need."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from upwell.domain.capabilities.models import (
    Capability,
    Edition,
    EditionEntry,
    Framework,
    Indicator,
    Scale,
    ScaleLevel,
)
from upwell.domain.capabilities.operations.imports import apply_frameworks
from upwell.domain.evidence.models import Observation
from upwell.domain.evidence.operations.imports import apply_ratings
from upwell.domain.intake.readers.records import Records
from upwell.domain.learning.models import ItemCapability, LearningItem, Prerequisite
from upwell.domain.learning.operations.imports import apply_items
from upwell.domain.records.models import Statement
from upwell.domain.records.operations.imports import apply_statements
from upwell.domain.roles.models import Requirement, Role, RoleFamily, RoleHolding
from upwell.domain.roles.operations.imports import apply_holdings, apply_roles
from upwell.domain.sources.kpis.models import Metric, MetricValue
from upwell.domain.sources.kpis.operations.imports import apply_kpis
from upwell.foundation.accounts.models import Account
from upwell.foundation.people.models import (
    Establishment,
    Occupancy,
    Person,
    Position,
    PositionPlacement,
    ReportingLine,
    Unit,
    UnitPlacement,
)
from upwell.foundation.people.operations import rebuild_chains
from upwell.foundation.people.operations.imports import apply_organisation, apply_persons
from upwell.lib.wishes import Effect, Problem

TABLES = {
    model._meta.label_lower: model
    for model in (
        Capability, Edition, EditionEntry, Establishment, Framework, Indicator, ItemCapability, LearningItem, Metric,
        MetricValue, Observation, Occupancy, Person, Position, PositionPlacement, Prerequisite, ReportingLine,
        Requirement, Role, RoleFamily, RoleHolding, Scale, ScaleLevel, Statement, Unit, UnitPlacement,
    )
}  # fmt: skip


def make_true(records: Records, *, since: dt.date, source: str, actor: Account | None, at: dt.datetime) -> Effect:
    """Hand every set of records to the app that owns it. Call inside a transaction."""
    effects: list[Effect] = []
    if records.frameworks or records.capabilities:
        effects.append(
            apply_frameworks(
                frameworks=_rows(records.frameworks),
                scales=_rows(records.scales),
                capabilities=_rows(records.capabilities),
                since=since,
                actor=actor,
                at=at,
            )
        )
    if records.roles:
        effects.append(
            apply_roles(
                families=_rows(records.families),
                roles=_rows(records.roles),
                requirements=_rows(records.requirements),
                since=since,
                actor=actor,
                at=at,
            )
        )
    if records.units or records.positions:
        effects.append(
            apply_organisation(
                units=_rows(records.units),
                positions=_rows(records.positions),
                establishments=_rows(records.establishments),
                actor=actor,
                at=at,
            )
        )
    if records.persons:
        persons = _rows(records.persons)
        effects.append(apply_persons(persons=persons, actor=actor, at=at))
        effects.append(apply_holdings(persons=persons, actor=actor, at=at))
    if records.items:
        effects.append(apply_items(items=_rows(records.items), actor=actor, at=at))
    if records.ratings:
        effects.append(apply_ratings(ratings=_rows(records.ratings), actor=actor, at=at))
    if records.kpis:
        effects.append(apply_kpis(metrics=_rows(records.metrics), kpis=_rows(records.kpis), actor=actor, at=at))
    if records.statements:
        effects.append(apply_statements(statements=_rows(records.statements), source=source, actor=actor, at=at))
    whole = Effect()
    for effect in effects:
        whole.outcomes += effect.outcomes
        whole.problems += effect.problems
    touched = {one.model.split(".")[0] for one in whole.outcomes if one.changes}
    if "people" in touched:
        rebuilt = rebuild_chains(on=at.date(), actor=actor, at=at)
        for name in rebuilt.circles:
            whole.problems.append(
                Problem("circle", 0, "", name, "It lies on a circle of lines and is left out of chains.")
            )
    return whole


def _rows(records: Iterable[Any]) -> list[dict[str, Any]]:
    rows = list(records)
    names = [field.name for field in fields(rows[0])] if rows else []
    return [{name: getattr(row, name) for name in names} for row in rows]
