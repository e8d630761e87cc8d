"""What a role asks, from when on. History is kept: a change ends the old row and begins a new one."""

import datetime as dt

from upwell.domain.capabilities.models import Capability
from upwell.domain.roles.models import Requirement, Role
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation


@operation("requirement.set")
def set_requirement(
    *,
    role: Role,
    capability: Capability,
    level: float,
    valid_from: dt.date,
    actor: Account | None,
    at: dt.datetime,
    weight: float = 1.0,
    level_name: str = "",
) -> Requirement:
    """Ask `level` (0 to 5) of a role from `valid_from` on, until the next change that is already planned."""
    rows = Requirement.objects.filter(role=role, capability=capability)
    same_day = rows.filter(valid_from=valid_from).first()
    if same_day is not None:
        same_day.level, same_day.weight, same_day.level_name = level, weight, level_name
        same_day.save(update_fields=["level", "weight", "level_name"])
        return same_day
    rows.as_of(valid_from).update(valid_to=valid_from)
    later = rows.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    return Requirement.objects.create(
        role=role,
        capability=capability,
        level=level,
        weight=weight,
        level_name=level_name,
        valid_from=valid_from,
        valid_to=later.valid_from if later else None,
    )


@operation("requirement.end")
def end_requirement(
    *, requirement: Requirement, valid_to: dt.date, actor: Account | None, at: dt.datetime
) -> Requirement:
    """Ask it no longer from `valid_to` on."""
    requirement.valid_to = valid_to
    requirement.save(update_fields=["valid_to"])
    return requirement
