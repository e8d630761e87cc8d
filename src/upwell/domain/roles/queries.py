"""What roles ask, who holds which, and how ladders rise. Everything as of a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from upwell.domain.roles.models import Requirement, Role, RoleFamily, RoleHolding, TargetRole
from upwell.foundation.people.models import Person
from upwell.lib.periods import valid_on

_REQUIREMENT_FIELDS = (
    "role_id",
    "capability_id",
    "capability__uuid",
    "capability__name",
    "capability__group",
    "capability__facet",
    "capability__kind",
    "level",
    "level_name",
    "weight",
    "valid_from",
)


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One capability a role asks; `level` on the scale from 0 to 5."""

    role_id: int
    capability_id: int
    capability_uuid: UUID
    capability: str
    group: str
    facet: str
    kind: str
    level: float
    level_name: str
    weight: float
    valid_from: dt.date


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and the ladder it belongs to."""

    id: int
    uuid: UUID
    key: str
    name: str
    family: str
    family_uuid: UUID
    rank: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A job profile as of a day: the scorecard, and how many people hold the role."""

    role: RoleRow
    requirements: tuple[RequirementRow, ...]
    n_holders: int


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A ladder and how many rungs and holders it has."""

    uuid: UUID
    key: str
    name: str
    group: str
    n_roles: int


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a ladder; `added` are the capabilities the rung below does not ask or asks less of."""

    role: RoleRow
    requirements: tuple[RequirementRow, ...]
    added: tuple[RequirementRow, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """A family of roles, lowest rung first."""

    family: FamilyRow
    description: str
    rungs: tuple[Rung, ...]


def requirements_of(person: Person, *, as_of: dt.date) -> tuple[RequirementRow, ...]:
    """What the role a person holds asks of them, by group and name; one statement."""
    held = RoleHolding.objects.as_of(as_of).filter(person=person).values("role")
    found = Requirement.objects.as_of(as_of).filter(role__in=held)
    return _requirements(
        found.order_by("capability__group", "capability__name").values_list(*_REQUIREMENT_FIELDS)
    )


def requirements_of_role(role: Role, *, as_of: dt.date) -> tuple[RequirementRow, ...]:
    """What a role asks, by group and name; one statement."""
    found = Requirement.objects.as_of(as_of).filter(role=role)
    return _requirements(
        found.order_by("capability__group", "capability__name").values_list(*_REQUIREMENT_FIELDS)
    )


def role_of(person: Person, *, as_of: dt.date) -> RoleRow | None:
    """The role a person holds; one statement."""
    return roles_of([person.pk], as_of=as_of).get(person.pk)


def roles_of(person_ids: Iterable[int], *, as_of: dt.date) -> dict[int, RoleRow]:
    """The role each person holds, by person id; one statement."""
    found = (
        RoleHolding.objects.as_of(as_of).filter(person__in=list(person_ids)).select_related("role__family")
    )
    return {holding.person_id: row_of(holding.role) for holding in found}


def target_of(person: Person) -> RoleRow | None:
    """The role a person aims at; one statement."""
    found = TargetRole.objects.filter(person=person).select_related("role__family").first()
    return row_of(found.role) if found else None


def profile(role_uuid: UUID, *, as_of: dt.date) -> Profile | None:
    """The job profile of a role, or None; three statements."""
    role = Role.objects.select_related("family").filter(uuid=role_uuid).first()
    if role is None:
        return None
    holders = RoleHolding.objects.as_of(as_of).filter(role=role).count()
    return Profile(row_of(role), requirements_of_role(role, as_of=as_of), holders)


def holders_of(role: Role, *, as_of: dt.date) -> tuple[tuple[UUID, str], ...]:
    """Uuid and name of who holds a role, by name; one statement."""
    found = RoleHolding.objects.as_of(as_of).filter(role=role).order_by("person__sort_name")
    return tuple(found.values_list("person__uuid", "person__name"))


def families(*, text: str = "") -> tuple[FamilyRow, ...]:
    """Ladders by group and name; one statement."""
    found = RoleFamily.objects.annotate(n=Count("roles", filter=Q(roles__retired_on__isnull=True)))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(group__icontains=text))
    return tuple(
        FamilyRow(*values)
        for values in found.order_by("group", "name").values_list("uuid", "key", "name", "group", "n")
    )


def search(text: str, *, limit: int = 20) -> tuple[RoleRow, ...]:
    """Roles in use whose name or family contains `text`; one statement."""
    found = Role.objects.filter(retired_on__isnull=True).select_related("family")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(family__name__icontains=text))
    return tuple(row_of(role) for role in found[:limit])


def ladder(family_uuid: UUID, *, as_of: dt.date) -> Ladder | None:
    """A ladder with what each rung asks and adds, or None; three statements."""
    family = RoleFamily.objects.filter(uuid=family_uuid).first()
    if family is None:
        return None
    roles = list(
        family.roles.filter(retired_on__isnull=True).select_related("family").order_by("rank", "name")
    )
    asked: dict[int, list[RequirementRow]] = {}
    for asks in _requirements(
        Requirement.objects.filter(valid_on(as_of), role__in=roles)
        .order_by("capability__group", "capability__name")
        .values_list(*_REQUIREMENT_FIELDS)
    ):
        asked.setdefault(asks.role_id, []).append(asks)
    rungs: list[Rung] = []
    below: dict[int, float] = {}
    for role in roles:
        rows = tuple(asked.get(role.pk, ()))
        added = tuple(row for row in rows if row.level > below.get(row.capability_id, 0.0))
        rungs.append(Rung(row_of(role), rows, added))
        below = {row.capability_id: row.level for row in rows}
    row = FamilyRow(family.uuid, family.key, family.name, family.group, len(roles))
    return Ladder(row, family.description, tuple(rungs))


def row_of(role: Role) -> RoleRow:
    """The line of a role whose family is loaded."""
    return RoleRow(
        id=role.pk,
        uuid=role.uuid,
        key=role.key,
        name=role.name,
        family=role.family.name,
        family_uuid=role.family.uuid,
        rank=role.rank,
        purpose=role.purpose,
    )


def _requirements(found: Iterable[tuple[object, ...]]) -> tuple[RequirementRow, ...]:
    return tuple(RequirementRow(*values) for values in found)  # type: ignore[arg-type]
