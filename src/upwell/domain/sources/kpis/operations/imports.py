"""Taking in KPI series."""

import datetime as dt

from upwell.domain.sources.kpis.models import Metric, MetricValue
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.lib import bulk
from upwell.lib.partitions import ensure_months
from upwell.lib.wishes import Effect, Wishes


@operation("metric_value.import")
def apply_kpis(*, metrics: Wishes, kpis: Wishes, actor: Account | None, at: dt.datetime) -> Effect:
    """Metrics by key and their values by person and month; a value that differs replaces the one before."""
    effect = Effect()
    effect.did(bulk.upsert(Metric, match=("key",), rows=[dict(one) for one in metrics]))
    ids = bulk.ids_by_key(Metric, (one["key"] for one in metrics))
    people = bulk.ids_by_key(Person, {one["person_key"] for one in kpis})
    rows = []
    for one in kpis:
        person = people.get(one["person_key"])
        if person is None:
            effect.refuse("unknown_person", one, "person_key", "The person is unknown; import people first.")
            continue
        rows.append(
            {
                "person_id": person,
                "metric_id": ids[one["metric_key"]],
                "month": one["month"],
                "value": one["value"],
                "recorded_at": at,
            }
        )
    ensure_months(MetricValue._meta.db_table, {row["month"] for row in rows})
    match = ("person_id", "metric_id", "month")
    effect.did(bulk.upsert(MetricValue, match=match, rows=rows, keep=("recorded_at",)))
    return effect
