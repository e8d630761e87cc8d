"""What is done to persons, posts and lines. Each change of a seat or line rebuilds today's closures."""

import datetime as dt

from django.db.models import Model, Q

from upwell.foundation.accounts import operations as accounts
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.choices import PersonKind
from upwell.foundation.people.models import (
    Occupancy,
    Person,
    Position,
    PositionPlacement,
    ReportingLine,
    Unit,
    UnitPlacement,
)
from upwell.foundation.people.operations import chains
from upwell.foundation.people.queries import fold
from upwell.lib.periods import valid_on


class NotEmployedError(ValueError):
    """The person holds no position on that day."""


def folded(name: str) -> str:
    """The name people are sorted and searched by: family name first where there is one, without accents or case."""
    given, _, family = name.strip().rpartition(" ")
    return fold(f"{family} {given}")[:300]


@operation("unit.found")
def found_unit(
    *, key: str, name: str, parent: Unit | None, on: dt.date, actor: Account | None, at: dt.datetime
) -> Unit:
    """Add a unit under `parent` (None: a root) from a day on."""
    unit = Unit.objects.create(key=key, name=name)
    UnitPlacement.objects.create(unit=unit, parent=parent, valid_from=on)
    chains.rebuild(on=at.date())
    return unit


@operation("position.open")
def open_position(
    *, key: str, title: str, unit: Unit, grade: str = "", on: dt.date, actor: Account | None, at: dt.datetime
) -> Position:
    """Add a post in a unit from a day on; it is vacant until somebody is hired or moved into it."""
    position = Position.objects.create(key=key, title=title)
    PositionPlacement.objects.create(position=position, unit=unit, grade=grade, valid_from=on)
    return position


@operation("person.hire")
def hire(
    *, key: str, name: str, email: str, position: Position, on: dt.date, actor: Account | None, at: dt.datetime
) -> Person:
    """Take somebody into a position from a day on; a candidate of the same key becomes employed."""
    person, _ = Person.objects.update_or_create(
        key=key,
        defaults={
            "name": name,
            "sort_name": folded(name),
            "email": email,
            "kind": PersonKind.EMPLOYED,
            "hired_on": on,
            "left_on": None,
        },
    )
    Occupancy.objects.create(person=person, position=position, valid_from=on)
    chains.rebuild(on=at.date())
    return person


@operation("person.move")
def move(*, person: Person, position: Position, on: dt.date, actor: Account | None, at: dt.datetime) -> Occupancy:
    """Give a person another position from a day on. Raises NotEmployedError where there is none to leave."""
    if not _end(Occupancy, Q(person=person), on):
        raise NotEmployedError(person.key)
    occupancy = Occupancy.objects.create(person=person, position=position, valid_from=on)
    chains.rebuild(on=at.date())
    return occupancy


@operation("person.leave")
def leave(*, person: Person, on: dt.date, actor: Account | None, at: dt.datetime) -> Person:
    """Let a person go: `on` is the first day without them. Their account is closed when that day has come."""
    if not _end(Occupancy, Q(person=person), on):
        raise NotEmployedError(person.key)
    person.left_on = on
    person.save(update_fields=["left_on"])
    if person.account is not None and on <= at.date():
        accounts.deactivate(account=person.account)
    chains.rebuild(on=at.date())
    return person


@operation("line.set")
def set_reporting_line(
    *, position: Position, manager: Position | None, on: dt.date, actor: Account | None, at: dt.datetime
) -> Position:
    """Let a position report to another from a day on; None ends the line."""
    _end(ReportingLine, Q(position=position), on)
    if manager is not None:
        ReportingLine.objects.create(position=position, manager=manager, valid_from=on)
    chains.rebuild(on=at.date())
    return position


@operation("chains.rebuild")
def rebuild_chains(*, on: dt.date, actor: Account | None, at: dt.datetime) -> chains.Rebuilt:
    """Compute seats and both closures anew as of a day, and name the circles found on the way."""
    return chains.rebuild(on=on)


def _end(model: type[Model], whose: Q, on: dt.date) -> int:
    """End the rows valid on a day there; a row that would have begun that very day is taken away."""
    rows = model._default_manager.filter(whose)
    ended = rows.filter(valid_on(on), valid_from__lt=on).update(valid_to=on)
    removed, _ = rows.filter(valid_from__gte=on).delete()
    return ended + removed
