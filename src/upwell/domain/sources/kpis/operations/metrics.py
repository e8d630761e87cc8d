"""Metrics and what they speak for."""

import datetime as dt

from upwell.domain.capabilities.models import Capability
from upwell.domain.roles.models import Role
from upwell.domain.sources.kpis.choices import Direction
from upwell.domain.sources.kpis.models import Metric, MetricLink
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation


@operation("metric.define")
def define_metric(
    *,
    key: str,
    name: str,
    family: str,
    actor: Account | None,
    at: dt.datetime,
    direction: str = Direction.HIGHER,
    unit_label: str = "",
    context_note: str = "",
) -> Metric:
    """Say what is measured, which way is better, and what must be known beside it."""
    return Metric.objects.create(
        key=key, name=name, family=family, direction=direction, unit_label=unit_label, context_note=context_note
    )


@operation("metric.link")
def link_metric(
    *,
    metric: Metric,
    actor: Account | None,
    at: dt.datetime,
    capability: Capability | None = None,
    role: Role | None = None,
    strength: float = 1.0,
) -> MetricLink:
    """Bind a metric to a capability, a role or both; `strength` weighs gaps by their outcome (1 is neutral)."""
    link, _ = MetricLink.objects.update_or_create(
        metric=metric, capability=capability, role=role, defaults={"strength": strength}
    )
    return link


@operation("metric.retire")
def retire_metric(*, metric: Metric, retired_on: dt.date, actor: Account | None, at: dt.datetime) -> Metric:
    """Measure it no longer; its series stays."""
    metric.retired_on = retired_on
    metric.save(update_fields=["retired_on"])
    return metric
