"""Ladders and their rungs."""

import datetime as dt

from upwell.domain.roles.models import Role, RoleFamily
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation


@operation("role_family.create")
def create_family(
    *,
    key: str,
    name: str,
    actor: Account | None,
    at: dt.datetime,
    group: str = "",
    description: str = "",
) -> RoleFamily:
    """Create an empty ladder."""
    return RoleFamily.objects.create(key=key, name=name, group=group, description=description)


@operation("role.create")
def create_role(
    *,
    key: str,
    name: str,
    family: RoleFamily,
    rank: int,
    actor: Account | None,
    at: dt.datetime,
    purpose: str = "",
) -> Role:
    """Create a rung; `rank` counts from 1 at the foot of the ladder."""
    return Role.objects.create(key=key, name=name, family=family, rank=rank, purpose=purpose)


@operation("role.retire")
def retire_role(*, role: Role, retired_on: dt.date, actor: Account | None, at: dt.datetime) -> Role:
    """Take a role out of use; who held it and what it asked stays readable."""
    role.retired_on = retired_on
    role.save(update_fields=["retired_on"])
    return role
