"""Monthly values arrive, one or many at a time; a later value of the same month replaces the earlier one."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from upwell.domain.sources.kpis.models import Metric, MetricValue
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.lib.partitions import ensure_months, month_of


class ValueSpec(NamedTuple):
    """The value of one person in the month of a day."""

    person_id: int
    month: dt.date
    value: float


@operation("metric.record_value")
def record_value(
    *, metric: Metric, person: Person, month: dt.date, value: float, actor: Account | None, at: dt.datetime
) -> MetricValue:
    """Keep one value; `month` is any day of the month."""
    ensure_months("kpis_metricvalue", [month])
    row, _ = MetricValue.objects.update_or_create(
        person=person, metric=metric, month=month_of(month), defaults={"value": value, "recorded_at": at}
    )
    return row


@operation("metric.record_values")
def record_values(*, metric: Metric, values: Sequence[ValueSpec], actor: Account | None, at: dt.datetime) -> int:
    """Keep many values in one pass and count them; of several for a person and month the last one holds."""
    last = {(person_id, month_of(month)): value for person_id, month, value in values}
    ensure_months("kpis_metricvalue", {month for _, month in last})
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table incoming_values (person_id bigint, month date, value double precision)"
            " on commit drop"
        )
        with cursor.copy("copy incoming_values from stdin") as copy:
            for (person_id, month), value in last.items():
                copy.write_row((person_id, month, value))
        cursor.execute(
            "insert into kpis_metricvalue (person_id, metric_id, month, value, recorded_at)"
            " select person_id, %s, month, value, %s from incoming_values"
            " on conflict (person_id, metric_id, month)"
            " do update set value = excluded.value, recorded_at = excluded.recorded_at",
            [metric.pk, at],
        )
        cursor.execute("drop table incoming_values")
    return len(last)
