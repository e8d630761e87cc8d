"""Programme members and their metric as a panel, and what the engine says of it."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import pyarrow as pa
from django.db import connection

from upwell.domain.impact.models import Programme
from upwell.domain.sources.kpis.choices import Direction
from upwell.engine import VERSION as ENGINE_VERSION
from upwell.engine import frames, impact, returns
from upwell.engine.errors import EngineError
from upwell.engine.impact import EffectResult

__all__ = ["ENGINE_VERSION", "Estimated", "NotJudgeable", "estimate", "panel_of"]

MONTHS_OF_BENEFIT = 12

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


class NotJudgeable(Exception):
    """The panel cannot be judged at all; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """What is kept of an evaluation: the digest of its input and the fields of an `Effect`."""

    input_digest: str
    fields: Mapping[str, Any]


def estimate(programme: Programme, *, as_of: dt.date, seed: int) -> Estimated:
    """Estimate a programme's effect from its members' months before a day.

    Raises:
        NotJudgeable: the panel breaks the contract, is constant, or nobody is untreated.
    """
    panel = panel_of(programme, as_of=as_of)
    try:
        result = impact.evaluate(
            panel,
            mechanism=programme.mechanism,
            seed=seed,
            smallest_worthwhile=programme.smallest_worthwhile,
            higher_is_better=programme.metric.direction == Direction.HIGHER,
        )
    except EngineError as error:
        raise NotJudgeable(str(error)) from error
    diagnostics = _plain(result.diagnostics)
    digest = frames.digest(panel)
    return Estimated(
        input_digest=digest,
        fields={
            "verdict": result.verdict.code,
            "words": result.verdict.words,
            "lo": _bound(result, "lo"),
            "hi": _bound(result, "hi"),
            "n_treated": diagnostics["treated"],
            "n_controls": diagnostics["controls"],
            "estimators": {name: _plain(found) for name, found in result.estimators.items()}
            | {"reasons": dict(result.reasons)},
            "event_study": _plain(result.event_study),
            "pretrend": _plain(result.pretrend) or {},
            "sensitivity": _plain(result.sensitivity) or {},
            "mde": result.mde.effect if result.mde else None,
            "returns": _returns(programme, result, seed=seed),
            "assumptions": list(result.assumptions),
            "diagnostics": diagnostics | {"input_digest": digest},
        },
    )


def _bound(result: EffectResult, side: str) -> float | None:
    """The interval the verdict rests on: of the headline where dates were drawn, else the bracket."""
    if result.headline is not None:
        return float(getattr(result.headline, f"{side}95"))
    return float(getattr(result.bracket, side)) if result.bracket is not None else None


def _returns(programme: Programme, result: EffectResult, *, seed: int) -> dict[str, Any]:
    """The return on the programme's cost, or why none is calculated."""
    if programme.value_low is None or programme.value_mode is None or programme.value_high is None:
        return {"reason": "No value per unit was named before launch."}
    treated = programme.members.filter(treated_from__isnull=False).count()
    found = returns.calculate(
        result,
        people=treated,
        value_per_unit=(float(programme.value_low), float(programme.value_mode), float(programme.value_high)),
        months=MONTHS_OF_BENEFIT,
        cost=float(programme.cost),
        seed=seed,
    )
    return dict(_plain(found))


def _plain(value: Any) -> Any:
    """A result as JSON keeps it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(part) for name, part in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, pa.Table):
        return value.to_pylist()
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "item"):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
