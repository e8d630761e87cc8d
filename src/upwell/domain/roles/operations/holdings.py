"""Which role a person holds, and which one they aim at."""

import datetime as dt

from upwell.domain.roles.models import Role, RoleHolding, TargetRole
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person


@operation("role.assign")
def assign_role(
    *, person: Person, role: Role, valid_from: dt.date, actor: Account | None, at: dt.datetime
) -> RoleHolding:
    """Give a person a role from `valid_from` on; the one held until then ends."""
    rows = RoleHolding.objects.filter(person=person)
    same_day = rows.filter(valid_from=valid_from).first()
    if same_day is not None:
        same_day.role = role
        same_day.save(update_fields=["role"])
        return same_day
    rows.as_of(valid_from).update(valid_to=valid_from)
    later = rows.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    return RoleHolding.objects.create(
        person=person, role=role, valid_from=valid_from, valid_to=later.valid_from if later else None
    )


@operation("role.choose_target")
def choose_target_role(*, person: Person, role: Role, actor: Account | None, at: dt.datetime) -> TargetRole:
    """Aim at a role; an earlier aim is replaced."""
    target, _ = TargetRole.objects.update_or_create(
        person=person, defaults={"role": role, "since": at.date()}
    )
    return target


@operation("role.drop_target")
def drop_target_role(*, person: Person, actor: Account | None, at: dt.datetime) -> None:
    """Aim at no role any more."""
    TargetRole.objects.filter(person=person).delete()
