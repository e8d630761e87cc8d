"""Monthly partitions of big append-only tables."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState
from psycopg import sql


def month_of(day: dt.date) -> dt.date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after `day`."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def ensure_months(table: str, days: Iterable[dt.date]) -> None:
    """Create the monthly partitions of `table` that `days` need; existing ones are left as they are."""
    wanted = sorted({month_of(day) for day in days})
    with connection.cursor() as cursor:
        cursor.execute("select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass", [table])
        present = {name.strip('"') for (name,) in cursor.fetchall()}
        for month in wanted:
            name = f"{table}_{month:%Y_%m}"
            if name in present:
                continue
            statement = sql.SQL("create table if not exists {} partition of {} for values from ({}) to ({})").format(
                sql.Identifier(name), sql.Identifier(table), sql.Literal(month), sql.Literal(next_month(month))
            )
            cursor.execute(statement.as_string(connection.connection))


class CreatePartitionedModel(CreateModel):
    """A migration step like `CreateModel`, for a table partitioned by range of the option `partition_by`."""

    def __init__(self, *args: Any, partition_by: str, **kwargs: Any) -> None:
        self.partition_by = partition_by
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """Name the step and its arguments, for the migration writer."""
        name, args, kwargs = super().deconstruct()
        return name, args, {**kwargs, "partition_by": self.partition_by}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create the table with its partition key."""
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{plain} PARTITION BY RANGE ({schema_editor.quote_name(self.partition_by)})"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
