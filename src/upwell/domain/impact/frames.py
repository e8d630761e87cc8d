"""Programme members and their metric as a panel, and what the engine says of it."""

import datetime as dt
from dataclasses import asdict
from typing import Any

import pyarrow as pa
from django.db import connection

from upwell.domain.impact.choices import Mechanism
from upwell.domain.impact.models import Programme
from upwell.domain.sources.kpis.choices import Direction
from upwell.engine import frames, impact, returns

PANEL = """
select m.person_id as unit, v.month as period, v.value as outcome, m.treated_from as first_treated
from impact_member m
join kpis_metricvalue v on v.person_id = m.person_id and v.metric_id = %s and v.month < %s
where m.programme_id = %s
order by 1, 2
"""


def panel_of(programme: Programme, *, as_of: dt.date) -> pa.Table:
    """The months of a programme's members before a day: unit, period, outcome, first_treated (null = never)."""
    with connection.cursor() as cursor:
        cursor.execute(PANEL, [programme.metric_id, as_of, programme.pk])
        rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    schema = pa.schema(
        [("unit", pa.int64()), ("period", pa.date32()), ("outcome", pa.float64()), ("first_treated", pa.date32())]
    )
    return pa.table([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
