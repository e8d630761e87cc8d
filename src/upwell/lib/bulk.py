"""Set-based writes that remember what they did, so that many rows can be compared, written and put back.

Rows are mappings of column attribute names (``unit_id``, not ``unit``) to values. Every function reads the present
rows once, compares in memory and writes by COPY into a temporary table. Call inside a transaction.
"""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb

Row = Mapping[str, Any]
_names = itertools.count(1)


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row added, changed or removed. `key` is its primary key by column."""

    model: str
    kind: str
    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What happened to one table."""

    model: str
    same: int = 0
    changes: list[RowChange] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many rows were ``added``, ``changed`` or ``removed``."""
        return sum(change.kind == kind for change in self.changes)

    def add(self, kind: str, key: Row, before: Row | None = None, after: Row | None = None) -> None:
        """Remember one row."""
        self.changes.append(RowChange(self.model, kind, dict(key), dict(before or {}), dict(after or {})))


def key_columns(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a model's primary key."""
    return tuple(one.attname for one in model._meta.pk_fields)


def column_names(model: type[models.Model]) -> tuple[str, ...]:
    """Every stored column of a model by attribute name."""
    return tuple(one.attname for one in model._meta.concrete_fields if one.column)


def ids_by_key(model: type[models.Model], keys: Iterable[str], *, column: str = "key") -> dict[str, int]:
    """The ids of rows by their key, for those keys that exist."""
    wanted = list({key for key in keys if key})
    rows = _select(model, (column, "id"), column, wanted)
    return {str(row[column]): int(row["id"]) for row in rows}


def upsert(
    model: type[models.Model], *, match: Sequence[str], rows: Sequence[Row], keep: Sequence[str] = ()
) -> Outcome:
    """Add the rows that are not there, change those that differ. Columns in `keep` are written only when adding."""
    outcome = Outcome(model._meta.label_lower)
    if not rows:
        return outcome
    columns = tuple(rows[0])
    compared = [name for name in columns if name not in match and name not in keep]
    present = _present(model, match, columns, rows)
    fresh: list[Row] = []
    updates: list[tuple[dict[str, Any], dict[str, Any]]] = []
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(row[name] for name in match)
        if key in seen:
            raise ValueError(f"{model._meta.label} is given twice for {key}.")
        seen.add(key)
        known = present.get(key)
        if known is None:
            fresh.append(row)
            continue
        after = {name: row[name] for name in compared if not _equal(known[name], row[name])}
        if after:
            pk = {name: known[name] for name in key_columns(model)}
            updates.append((pk, after))
            outcome.add("changed", pk, {name: known[name] for name in after}, after)
        else:
            outcome.same += 1
    _update(model, updates)
    for pk in insert(model, fresh):
        outcome.add("added", pk)
    return outcome


def insert(model: type[models.Model], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Add rows, with the model's defaults for columns not given; returns the primary keys of those added."""
    if not rows:
        return []
    auto = {one.attname for one in model._meta.concrete_fields if isinstance(one, models.AutoField)}
    defaults: dict[str, Callable[[], Any]] = {
        one.attname: one.get_default
        for one in model._meta.concrete_fields
        if one.column and one.attname not in rows[0] and one.attname not in auto
    }
    columns = (*rows[0], *defaults)
    full = ((*row.values(), *(make() for make in defaults.values())) for row in rows)
    staged = _stage(model, columns, full)
    names = sql.SQL(", ").join(sql.Identifier(_column(model, name)) for name in columns)
    keys = key_columns(model)
    back = sql.SQL(", ").join(sql.Identifier(_column(model, name)) for name in keys)
    statement = sql.SQL("insert into {} ({}) select {} from {} on conflict do nothing returning {}").format(
        sql.Identifier(model._meta.db_table), names, names, staged, back
    )
    with connection.cursor() as cursor:
        cursor.execute(_text(statement))
        return [dict(zip(keys, row, strict=True)) for row in cursor.fetchall()]


def remove(model: type[models.Model], rows: Sequence[Row]) -> Outcome:
    """Delete full rows (all columns), remembering them."""
    outcome = Outcome(model._meta.label_lower)
    keys = key_columns(model)
    _delete(model, [{name: row[name] for name in keys} for row in rows])
    for row in rows:
        outcome.add("removed", {name: row[name] for name in keys}, row)
    return outcome


def replace_children(
    model: type[models.Model], *, owner: str, match: Sequence[str], rows: Sequence[Row], owners: Iterable[int]
) -> Outcome:
    """Make the rows of `owners` exactly these: add, change, and remove what is no longer there."""
    outcome = upsert(model, match=match, rows=rows)
    wanted = {tuple(row[name] for name in match) for row in rows}
    present = _select(model, column_names(model), owner, list(set(owners)))
    gone = remove(model, [row for row in present if tuple(row[name] for name in match) not in wanted])
    outcome.changes += gone.changes
    return outcome


@dataclass(slots=True)
class _Period:
    pk: Any
    since: dt.date
    until: dt.date | None
    values: tuple[Any, ...]
    before: tuple[dt.date, dt.date | None, tuple[Any, ...]] | None
    dropped: bool = False


def amend_periods(
    model: type[models.Model], *, entity: Sequence[str], rows: Sequence[Row], none_closes: bool = False
) -> Outcome:
    """Say what holds for each entity from ``valid_from`` on (to ``valid_to`` where given).

    What held before is closed on that day, never overwritten, unless it began on the very same day. With
    `none_closes` a row whose values are all None only closes. Nothing changes where the same already holds.
    """
    outcome = Outcome(model._meta.label_lower)
    if not rows:
        return outcome
    values = tuple(name for name in rows[0] if name not in entity and name not in {"valid_from", "valid_to"})
    lines: defaultdict[tuple[Any, ...], list[_Period]] = defaultdict(list)
    stored: dict[Any, Row] = {}
    for row in _select(model, column_names(model), entity[0], list({row[entity[0]] for row in rows})):
        held = tuple(row[name] for name in values)
        span = (row["valid_from"], row["valid_to"])
        stored[row["id"]] = row
        lines[tuple(row[name] for name in entity)].append(_Period(row["id"], *span, held, (*span, held)))
    for wish in sorted(rows, key=lambda one: one["valid_from"]):
        line = lines[tuple(wish[name] for name in entity)]
        if not _amend(line, wish, tuple(wish[name] for name in values), none_closes):
            outcome.same += 1
    _write_periods(model, entity, values, lines, stored, outcome)
    return outcome


def _amend(line: list[_Period], wish: Row, values: tuple[Any, ...], none_closes: bool) -> bool:
    """Put one wish into a timeline; False where it held already."""
    since, until = wish["valid_from"], wish.get("valid_to")
    ends = none_closes and all(one is None for one in values)
    here = next((p for p in line if not p.dropped and p.since <= since and (p.until is None or p.until > since)), None)
    if here is not None and _all_equal(here.values, values):
        if until is None or (here.until is not None and here.until <= until):
            return False
        here.until = until
        return True
    later = min((p.since for p in line if not p.dropped and p.since > since), default=None)
    limit = min((day for day in (until, later) if day is not None), default=None)
    if here is not None:
        limit = min((day for day in (limit, here.until) if day is not None), default=None)
        if here.since == since:
            here.values, here.dropped = (here.values, True) if ends else (values, False)
            here.until = limit if not ends else here.until
            return True
        here.until = since
    elif ends:
        return False
    if not ends:
        line.append(_Period(None, since, limit, values, None))
    return True


def _write_periods(
    model: type[models.Model],
    entity: Sequence[str],
    values: Sequence[str],
    lines: Mapping[tuple[Any, ...], list[_Period]],
    stored: Mapping[Any, Row],
    outcome: Outcome,
) -> None:
    fresh: list[Row] = []
    updates: list[tuple[dict[str, Any], dict[str, Any]]] = []
    gone: list[Row] = []
    for who, line in lines.items():
        for period in line:
            now = {
                "valid_from": period.since,
                "valid_to": period.until,
                **dict(zip(values, period.values, strict=True)),
            }
            if period.before is None:
                if not period.dropped:
                    fresh.append({**dict(zip(entity, who, strict=True)), **now})
            elif period.dropped:
                gone.append(stored[period.pk])
            else:
                old = stored[period.pk]
                after = {name: value for name, value in now.items() if not _equal(old[name], value)}
                if after:
                    updates.append(({"id": period.pk}, after))
                    outcome.add("changed", {"id": period.pk}, {name: old[name] for name in after}, after)
    outcome.changes += remove(model, gone).changes
    _update(model, updates)
    for pk in insert(model, fresh):
        outcome.add("added", pk)


def put_back(model: type[models.Model], changes: Sequence[RowChange]) -> None:
    """Undo changes of one table: delete what was added, restore what was changed or removed.

    Raises `ChangedSinceError` where a changed row no longer reads as it was left.
    """
    keys = key_columns(model)
    _delete(model, [change.key for change in changes if change.kind == "added"])
    changed = [change for change in changes if change.kind == "changed"]
    if changed:
        present = {
            tuple(_plain(row[name]) for name in keys): row
            for row in _select(model, column_names(model), keys[0], [change.key[keys[0]] for change in changed])
        }
        moved = [
            change
            for change in changed
            if (row := present.get(tuple(_plain(change.key[name]) for name in keys))) is None
            or any(not _equal(row[name], _typed(model, name, value)) for name, value in change.after.items())
        ]
        if moved:
            raise ChangedSinceError(model._meta.verbose_name_plural, len(moved))
        _update(model, [(change.key, change.before) for change in changed])
    removed = [change.before for change in changes if change.kind == "removed"]
    if removed:
        insert(model, removed)


def resting_on(model: type[models.Model], ids: Sequence[int]) -> str:
    """Name the rows that point to these ids from tables without foreign-key constraints; empty where none does."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or getattr(relation.field, "db_constraint", True):
            continue
        pointing = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids})
        if pointing.exists():
            names = relation.related_model._meta.verbose_name_plural, model._meta.verbose_name_plural
            return "{} point to its {}".format(*names)
    return ""


class ChangedSinceError(Exception):
    """Rows were changed by somebody else after the change that is to be undone."""

    def __init__(self, what: object, number: int) -> None:
        super().__init__(f"{number} {what} were changed since.")
        self.what, self.number = str(what), number


def _plain(value: Any) -> str:
    return str(value)


def _typed(model: type[models.Model], name: str, value: Any) -> Any:
    """A value that went through JSON as the model's column holds it."""
    found = next(one for one in model._meta.concrete_fields if one.attname == name)
    return found.to_python(value) if value is not None and not found.is_relation else value


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float | int):
        return abs(left - right) <= 1e-9 * max(1.0, abs(left))
    return bool(left == right)


def _all_equal(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return all(_equal(a, b) for a, b in zip(left, right, strict=True))


def _column(model: type[models.Model], attname: str) -> str:
    return next(one.column for one in model._meta.concrete_fields if one.attname == attname and one.column)


def _text(statement: sql.Composable) -> str:
    return statement.as_string(connection.connection)


def _present(
    model: type[models.Model], match: Sequence[str], columns: Sequence[str], rows: Sequence[Row]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    wanted = tuple(dict.fromkeys((*key_columns(model), *columns)))
    found = _select(model, wanted, match[0], list({row[match[0]] for row in rows}))
    return {tuple(row[name] for name in match): row for row in found}


def _select(model: type[models.Model], columns: Sequence[str], column: str, values: list[Any]) -> list[dict[str, Any]]:
    if not values:
        return []
    found = model._base_manager.filter(**{f"{column}__in": values}) if len(values) < 1000 else None
    if found is None:
        manager = model._base_manager
        target = next(one for one in model._meta.concrete_fields if one.attname == column)
        found = manager.extra(  # noqa: S610  # the column name comes from the model, the values are a parameter
            where=[f'"{model._meta.db_table}"."{target.column}" = any(%s)'], params=[values]
        )
    return list(found.order_by().values(*columns))


def _stage(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> sql.Identifier:
    """COPY rows into a new temporary table of the model's column types, gone with the transaction."""
    name = sql.Identifier(f"bulk_{next(_names)}")
    listed = sql.SQL(", ").join(sql.Identifier(_column(model, one)) for one in columns)
    make = sql.SQL("create temporary table {} on commit drop as select {} from {} with no data").format(
        name, listed, sql.Identifier(model._meta.db_table)
    )
    wraps = {one.attname for one in model._meta.concrete_fields if isinstance(one, models.JSONField)}
    as_json = [one in wraps for one in columns]
    with connection.cursor() as cursor:
        cursor.execute(_text(make))
        with cursor.copy(_text(sql.SQL("copy {} ({}) from stdin").format(name, listed))) as copy:
            for row in rows:
                copy.write_row([Jsonb(v) if j else v for v, j in zip(row, as_json, strict=True)] if wraps else row)
    return name


def _update(model: type[models.Model], updates: Sequence[tuple[Row, Row]]) -> None:
    """Set columns of rows by primary key; rows that change the same columns go together."""
    keys = key_columns(model)
    groups: defaultdict[tuple[str, ...], list[tuple[Row, Row]]] = defaultdict(list)
    for key, values in updates:
        groups[tuple(values)].append((key, values))
    for names, group in groups.items():
        staged = _stage(
            model, (*keys, *names), ([*(key[n] for n in keys), *(vals[n] for n in names)] for key, vals in group)
        )
        statement = sql.SQL("update {table} as target set {sets} from {staged} as new where {where}").format(
            table=sql.Identifier(model._meta.db_table),
            sets=sql.SQL(", ").join(
                sql.SQL("{0} = new.{0}").format(sql.Identifier(_column(model, name))) for name in names
            ),
            staged=staged,
            where=_same_key(model, "target", "new"),
        )
        with connection.cursor() as cursor:
            cursor.execute(_text(statement))


def _delete(model: type[models.Model], keys: Sequence[Row]) -> None:
    if not keys:
        return
    names = key_columns(model)
    staged = _stage(model, names, ([key[name] for name in names] for key in keys))
    statement = sql.SQL("delete from {} as target using {} as old where {}").format(
        sql.Identifier(model._meta.db_table), staged, _same_key(model, "target", "old")
    )
    with connection.cursor() as cursor:
        cursor.execute(_text(statement))


def _same_key(model: type[models.Model], left: str, right: str) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("{}.{} = {}.{}").format(
            sql.Identifier(left),
            sql.Identifier(_column(model, name)),
            sql.Identifier(right),
            sql.Identifier(_column(model, name)),
        )
        for name in key_columns(model)
    )
