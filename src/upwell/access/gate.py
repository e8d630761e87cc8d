"""The gate: `must`, `may`, `visible`. The only place that decides, and the only place that notes what was seen.

Doors ask with a permission; the policy gives the cells of the actor's roles; a cell opens a thing when the thing's own
facts (whose data, which parties, how sensitive, which zone) lie within it. What an actor may not know of is not found.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from upwell.access import policy
from upwell.access.permissions import Permission
from upwell.access.policy import Grant, Role
from upwell.access.scopes import NOBODY, Reach, Scope, unit_within, within
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.operations import record
from upwell.foundation.people.models import Chain, Mandate, Person, Unit
from upwell.lib.facts import Facts, Sensitivity

Row = TypeVar("Row", bound=Model)

BETWEEN_PARTIES = frozenset({Scope.SELF, Scope.PARTIES, Scope.COUNTERPARTS})


class Denied(Exception):
    """The gate stays shut; catch one of the two kinds."""


class Unknown(Denied):
    """The actor may not know that the thing exists. Doors answer 404."""


class Refused(Denied):
    """The actor knows of the thing, or of the page, and may not do this with it. Doors answer 403."""


@dataclass(frozen=True, slots=True)
class Trust:
    """One mandate of an actor: its role, and the unit it is for (None: everyone)."""

    role: Role
    unit: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """An account at work on a day: who it is, in which roles, with which mandates. Lives for one request."""

    account: Account
    person: Person | None
    roles: frozenset[Role]
    mandates: tuple[Trust, ...]
    on: dt.date
    at: dt.datetime
    noted: set[tuple[object, ...]] = field(default_factory=set, compare=False, repr=False)

    def has(self, role: Role) -> bool:
        """Whether the actor works in a role."""
        return role in self.roles

    def reach(self, role: Role) -> Reach:
        """From where the scopes of a role are measured."""
        units = [trust.unit for trust in self.mandates if trust.role is role]
        return Reach(self.person, None if None in units else tuple(unit for unit in units if unit is not None))


def actor_of(account: Account, *, on: dt.date, at: dt.datetime | None = None) -> Actor:
    """The actor an account is on a day, in two SQL statements. `at` is the moment written beside what is seen.

    Whoever has left keeps no role, whatever mandates were never ended.
    """
    manages = Chain.objects.filter(manager=OuterRef("pk"), depth=1)
    person = Person.objects.annotate(manages=Exists(manages)).filter(account=account).first()
    has_left = person is not None and person.left_on is not None and person.left_on <= on
    held = Mandate.objects.filter(account=account).as_of(on).values_list("kind", "unit_id")
    mandates = [] if has_left else [Trust(Role(kind), unit) for kind, unit in held]
    if account.is_superuser and not has_left:
        mandates.append(Trust(Role.ADMINISTRATOR, None))
    roles = {trust.role for trust in mandates}
    if person is not None and not has_left:
        roles.add(Role.EMPLOYEE)
        if person.manages:
            roles.add(Role.MANAGER)
    return Actor(account, person, frozenset(roles), tuple(mandates), on, at or timezone.now())


def may(actor: Actor, permission: Permission, thing: Model | None = None) -> bool:
    """Whether the actor may; for showing or hiding a link. Writes nothing."""
    if thing is None:
        return any(policy.cells(actor.roles, permission))
    return _opens(actor, [permission], thing)


def must(actor: Actor, permission: Permission, thing: Model | None = None) -> None:
    """Let the actor pass, noting a sensitive read, or raise `Unknown` or `Refused`.

    Without a thing the page itself is asked for: whoever has no cell for it is refused.
    """
    if may(actor, permission, thing):
        if thing is not None:
            _note_thing(actor, permission, thing)
        return
    if thing is None:
        raise Refused(permission)
    _line(actor, permission, LineKind.REFUSED, thing)
    if _opens(actor, policy.views_of(permission.noun), thing):
        raise Refused(permission)
    raise Unknown(permission)


def visible(actor: Actor, permission: Permission, queryset: QuerySet[Row]) -> QuerySet[Row]:
    """The rows of `queryset` the actor may read under a permission; none where no cell speaks.

    A list of other persons' sensitive rows leaves one line a request.
    """
    facts = _facts(queryset.model)
    grants = list(policy.cells(actor.roles, permission))
    if _sensitive(facts, permission) and any(grant.scope not in BETWEEN_PARTIES for _, grant in grants):
        _note(actor, permission, (queryset.model._meta.label_lower,), None)
    return queryset.filter(_condition(actor, grants, queryset.model))


def known(actor: Actor, permission: Permission, queryset: QuerySet[Row]) -> Row:
    """The one row of `queryset` if the actor may; `Unknown` where there is none, else as `must`."""
    thing = queryset.first()
    if thing is None:
        raise Unknown(permission)
    must(actor, permission, thing)
    return thing


def seen(actor: Actor, permission: Permission, persons: Iterable[Person]) -> None:
    """Note that a page under `permission` showed the data of these persons: one line each, once a request."""
    for person in persons:
        _note_thing(actor, permission, person)


def _opens(actor: Actor, permissions: Iterable[Permission], thing: Model) -> bool:
    grants = [cell for permission in permissions for cell in policy.cells(actor.roles, permission)]
    if not grants:
        return False
    model = type(thing)
    facts = _facts(model)
    if not facts.subject and not isinstance(thing, Unit):
        return any(_covers(grant, facts) for _, grant in grants)
    return model._default_manager.filter(pk=thing.pk).filter(_condition(actor, grants, model)).exists()


def _condition(actor: Actor, grants: Iterable[tuple[Role, Grant]], model: type[Model]) -> Q:
    """Which rows of a model the cells open; cells whose ceiling or zones fall short open none."""
    facts = _facts(model)
    condition = NOBODY
    for part in _parts(actor, grants, model, facts):
        if not part:
            return part
        condition |= part
    return condition


def _parts(actor: Actor, grants: Iterable[tuple[Role, Grant]], model: type[Model], facts: Facts) -> Iterator[Q]:
    for role, grant in grants:
        if not _covers(grant, facts):
            continue
        reach = actor.reach(role)
        if issubclass(model, Unit):
            yield Q(pk__in=Unit.objects.filter(unit_within(grant.scope, reach)).values("pk"))
        elif not facts.subject:
            yield Q()
        else:
            part = within(grant.scope, reach, facts.subject, facts.parties)
            if facts.private_when and grant.scope not in BETWEEN_PARTIES:
                part &= ~Q(facts.private_when)
            yield part


def _covers(grant: Grant, facts: Facts) -> bool:
    return facts.sensitivity <= grant.ceiling and facts.zone in grant.zones


def _facts(model: type[Model]) -> Facts:
    facts = getattr(model, "facts", None)
    if not isinstance(facts, Facts):
        raise TypeError(f"{model.__name__} states no facts; give it `facts = Facts(...)` so that the gate can judge.")
    return facts


def _sensitive(facts: Facts, permission: Permission) -> bool:
    about_persons = bool(facts.subject) and facts.sensitivity >= Sensitivity.PERSONAL
    return about_persons or permission in policy.SHOWS_PERSONAL_DATA


def _subject_key(thing: Model, facts: Facts) -> int | None:
    """The primary key of the person a thing is about."""
    value: Model | None = thing
    for step in () if facts.subject in {"", "self"} else facts.subject.split("__"):
        value = getattr(value, step, None)
    return value.pk if value is not None and facts.subject else None


def _note_thing(actor: Actor, permission: Permission, thing: Model) -> None:
    facts = _facts(type(thing))
    subject = _subject_key(thing, facts)
    own = actor.person is not None and subject == actor.person.pk
    if subject is not None and not own and _sensitive(facts, permission):
        _note(actor, permission, (thing._meta.label_lower, thing.pk), thing)


def _note(actor: Actor, permission: Permission, key: tuple[object, ...], thing: Model | None) -> None:
    if (permission, *key) in actor.noted:
        return
    actor.noted.add((permission, *key))
    _line(actor, permission, LineKind.SEEN, thing, listed=None if thing else str(key[0]))


def _line(actor: Actor, permission: Permission, kind: LineKind, thing: Model | None, listed: str | None = None) -> None:
    record(
        verb=f"{permission.noun}.{permission.verb}",
        actor=actor.account,
        at=actor.at,
        thing=thing,
        kind=kind,
        details={"listed": listed} if listed else {},
    )
