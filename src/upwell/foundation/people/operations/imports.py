"""Making an imported organisation true, set by set."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
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
from upwell.lib import bulk
from upwell.lib.wishes import Effect, Wishes


@operation("people.import_organisation")
def apply_organisation(
    *, units: Wishes, positions: Wishes, establishments: Wishes, actor: Account | None, at: dt.datetime
) -> Effect:
    """Units with `parent_key`, positions with `unit_key` and `reports_to_key`, establishments; dated rows each.

    A post without `reports_to_key` ends the line it had.
    """
    effect = Effect()
    today = at.date()
    names = {unit["key"]: {"key": unit["key"], "name": unit["name"]} for unit in units}
    effect.did(bulk.upsert(Unit, match=("key",), rows=list(names.values())))
    linked = {unit["parent_key"] for unit in units} | {post["unit_key"] for post in (*positions, *establishments)}
    ids = bulk.ids_by_key(Unit, {*names, *linked})
    placements = []
    for unit in units:
        if unit["parent_key"] and unit["parent_key"] not in ids:
            effect.refuse(
                "unknown_unit", unit, "parent_key", f"The parent of '{unit['name']}' is unknown; it is a root."
            )
        placements.append({"unit_id": ids[unit["key"]], "parent_id": ids.get(unit["parent_key"]), **_span(unit, today)})
    effect.did(bulk.amend_periods(UnitPlacement, entity=("unit_id",), rows=placements))
    _positions(positions, ids, today, effect)
    seen = bulk.ids_by_key(Position, {one["reports_to_key"] for one in establishments})
    crowds = [
        {
            "key": one["key"],
            "unit_id": ids[one["unit_key"]],
            "reports_to_id": seen.get(one["reports_to_key"]),
            "title": one["title"],
            "grade": one["grade"],
            "profession": one["profession"],
            "fte": one["fte"],
            **_span(one, today),
        }
        for one in establishments
    ]
    effect.did(bulk.upsert(Establishment, match=("key",), rows=crowds))
    return effect


def _positions(positions: Wishes, units: dict[str, int], today: dt.date, effect: Effect) -> None:
    titles = {
        post["key"]: {"key": post["key"], "title": post["title"]}
        for post in sorted(positions, key=lambda one: one["valid_from"] or today)
    }
    effect.did(bulk.upsert(Position, match=("key",), rows=list(titles.values())))
    ids = bulk.ids_by_key(Position, {*titles, *(post["reports_to_key"] for post in positions)})
    effect.did(
        bulk.amend_periods(
            PositionPlacement,
            entity=("position_id",),
            rows=[
                {
                    "position_id": ids[post["key"]],
                    "unit_id": units[post["unit_key"]],
                    "grade": post["grade"],
                    "fte": post["fte"],
                    **_span(post, today),
                }
                for post in positions
            ],
        )
    )
    outside = _positions_of({post["manager_key"] for post in positions}, today)
    lines = []
    for post in positions:
        manager = ids.get(post["reports_to_key"]) or outside.get(post["manager_key"])
        if post["manager_key"] and manager is None:
            effect.refuse("unknown_manager", post, "manager_key", "The manager is unknown; the post counts as a root.")
        if post["reports_to_key"] and manager is None:
            effect.refuse("unknown_manager", post, "reports_to_key", f"'{post['title']}' reports to an unknown post.")
        lines.append({"position_id": ids[post["key"]], "manager_id": manager, **_span(post, today)})
    effect.did(bulk.amend_periods(ReportingLine, entity=("position_id",), rows=lines, none_closes=True))


def _positions_of(managers: set[str], today: dt.date) -> dict[str, int]:
    """The position each of these persons fills, by person key."""
    held = Occupancy.objects.as_of(today).filter(person__key__in=managers - {""})
    return dict(held.values_list("person__key", "position_id"))


@operation("people.import_persons")
def apply_persons(*, persons: Wishes, actor: Account | None, at: dt.datetime) -> Effect:
    """Persons by `key` and, where `position_key` is given, the position they fill from `valid_from` on."""
    effect = Effect()
    today = at.date()
    columns = ("key", "name", "sort_name", "email", "hired_on", "left_on")
    latest = {
        person["key"]: {name: person[name] for name in columns}
        for person in sorted(persons, key=lambda one: one["valid_from"] or today)
    }
    effect.did(bulk.upsert(Person, match=("key",), rows=list(latest.values())))
    ids = bulk.ids_by_key(Person, latest)
    posts = bulk.ids_by_key(Position, {person["position_key"] for person in persons})
    seats = []
    for person in persons:
        post = posts.get(person["position_key"])
        if post is not None:
            seats.append({"person_id": ids[person["key"]], "position_id": post, **_span(person, today)})
        elif person["position_key"]:
            effect.refuse("unknown_position", person, "position_key", f"The position of '{person['name']}' is unknown.")
    effect.did(bulk.amend_periods(Occupancy, entity=("person_id",), rows=seats))
    return effect


def _span(wish: Mapping[str, Any], today: dt.date) -> dict[str, dt.date | None]:
    return {"valid_from": wish["valid_from"] or today, "valid_to": wish["valid_to"]}
