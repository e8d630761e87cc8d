"""Making imported role profiles true: families, roles, what they require, and who holds them."""

import datetime as dt

from upwell.domain.capabilities.models import Capability
from upwell.domain.roles.models import Requirement, Role, RoleFamily, RoleHolding
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.lib import bulk
from upwell.lib.wishes import Effect, Wishes


@operation("role.import")
def apply_roles(
    *, families: Wishes, roles: Wishes, requirements: Wishes, since: dt.date, actor: Account | None, at: dt.datetime
) -> Effect:
    """Roles by key and their requirements from `since` on. A requirement the file no longer has ends that day."""
    effect = Effect()
    effect.did(bulk.upsert(RoleFamily, match=("key",), rows=[dict(one) for one in families]))
    ladders = bulk.ids_by_key(RoleFamily, (one["family_key"] for one in roles))
    rows = [
        {
            "key": one["key"],
            "name": one["name"],
            "family_id": ladders[one["family_key"]],
            "rank": one["rank"],
            "purpose": one["purpose"],
        }
        for one in roles
    ]
    effect.did(bulk.upsert(Role, match=("key",), rows=rows))
    ids = bulk.ids_by_key(Role, (one["key"] for one in roles))
    capabilities = bulk.ids_by_key(Capability, (one["capability_key"] for one in requirements))
    wishes = []
    for one in requirements:
        if one["capability_key"] not in capabilities:
            effect.refuse("unknown_capability", one, "capability_key", "The capability is unknown; import it first.")
            continue
        wishes.append(
            {
                "role_id": ids[one["role_key"]],
                "capability_id": capabilities[one["capability_key"]],
                "level": one["position"],
                "level_name": one["level_name"],
                "weight": one["weight"],
                "valid_from": since,
            }
        )
    wished = {(wish["role_id"], wish["capability_id"]) for wish in wishes}
    standing = Requirement.objects.as_of(since).filter(role__in={role for role, _ in wished})
    closing = [
        {
            "role_id": role,
            "capability_id": capability,
            "level": None,
            "level_name": None,
            "weight": None,
            "valid_from": since,
        }
        for role, capability in standing.values_list("role_id", "capability_id")
        if (role, capability) not in wished
    ]
    effect.did(
        bulk.amend_periods(Requirement, entity=("role_id", "capability_id"), rows=[*wishes, *closing], none_closes=True)
    )
    return effect


@operation("role.import_holdings")
def apply_holdings(*, persons: Wishes, actor: Account | None, at: dt.datetime) -> Effect:
    """Who holds which role from `valid_from` on, for rows with a `role_key`."""
    effect = Effect()
    held = [person for person in persons if person["role_key"]]
    roles = bulk.ids_by_key(Role, (person["role_key"] for person in held))
    people = bulk.ids_by_key(Person, (person["key"] for person in held))
    rows = []
    for person in held:
        if person["role_key"] not in roles:
            effect.refuse("unknown_role", person, "role_key", "The role is unknown; import its framework first.")
            continue
        rows.append(
            {
                "person_id": people[person["key"]],
                "role_id": roles[person["role_key"]],
                "valid_from": person["valid_from"] or at.date(),
                "valid_to": person["valid_to"],
            }
        )
    effect.did(bulk.amend_periods(RoleHolding, entity=("person_id",), rows=rows))
    return effect
