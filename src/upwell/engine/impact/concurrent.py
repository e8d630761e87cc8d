"""Other programmes at the same time: whose effect is it?"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats as distributions

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.frames import Column, Contract, Result, accept, table_of
from upwell.engine.impact.panel import CONTRACT as PANEL
from upwell.engine.numerics.impact_moments import Bools, Floats, Ints

OTHERS = Contract(
    "other programmes", (Column("unit", "key"), Column("programme", "key"), Column("started", "month", "month"))
)
"""One row per person and start of another programme."""

EARLIER = 3
NOTICED = 0.05
TABLE = pa.schema(
    [
        ("programme", pa.string()),
        ("treated_share", pa.float64()),
        ("untreated_share", pa.float64()),
        ("p_value", pa.float64()),
        ("is_uneven", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Concurrent(Result):
    """``estimates`` has a row per other programme (shares empty where fewer than ``min_group`` took it)."""

    uneven: tuple[str, ...]
    words: str


def concurrent(panel: object, others: object, *, min_group: int = 5) -> Concurrent:
    """Did the treated take other programmes at the same time more often, or less, than the untreated?

    Args:
        panel: as for ``evaluate`` (only ``unit``, ``period`` and ``first_treated`` are read).
        others: columns ``unit``, ``programme``, ``started``, in the same months; people outside the panel are ignored.
        min_group: shares of programmes taken by fewer people are withheld, and so are all where an arm is smaller.

    A treated person's window runs from three periods before treatment to the last period of the panel; an untreated
    person's from three periods before the earliest treatment. A programme is uneven where the shares differ with
    p < .05 (Fisher's exact test) and by more than five points.

    Raises:
        FrameError: a frame breaks its contract.
        NotEstimableError: nobody is treated, or nobody is untreated.
    """
    if min_group < 1:
        raise ParameterError("The smallest group must be at least 1.")
    keys, first, last = _people(panel)
    treated = first <= last
    if not treated.any() or treated.all():
        raise NotEstimableError("Other programmes can be compared only where some are treated and some are not.")
    table = accept(others, OTHERS)
    heads = (int(treated.sum()), int((~treated).sum()))
    opening = np.where(treated, first, first[treated].min()) - EARLIER
    where = {key: j for j, key in enumerate(keys)}
    taken: dict[str, Bools] = {}
    months = _months(table.column("started"))
    rows = zip(table.column("unit").to_pylist(), table.column("programme").to_pylist(), months, strict=True)
    for unit, programme, month in rows:
        person = where.get(unit)
        if person is not None and opening[person] <= month <= last:
            taken.setdefault(str(programme), np.zeros(len(keys), dtype=np.bool_))[person] = True
    names = sorted(taken)
    found = [_compared(taken[name], treated, heads, min_group) for name in names]
    uneven = tuple(name for name, row in zip(names, found, strict=True) if row[3])
    return Concurrent(
        estimates=_table(names, found),
        diagnostics={"treated": heads[0], "untreated": heads[1], "programmes": len(names)},
        assumptions=("Other programmes are recorded equally well for treated and untreated people.",),
        uneven=uneven,
        words=_words(names, found, uneven),
    )


Row = tuple[float | None, float | None, float | None, bool]


def _people(panel: object) -> tuple[list[object], Floats, float]:
    wanted = ("unit", "period", "first_treated")
    table = accept(panel, Contract("panel", tuple(c for c in PANEL.columns if c.name in wanted)))
    starts = table.group_by("unit").aggregate([("first_treated", "min")])
    known = np.asarray(pc.is_valid(starts.column("first_treated_min")))
    first = np.full(starts.num_rows, np.inf)
    if known.any():
        first[known] = _months(starts.column("first_treated_min").drop_null())
    return starts.column("unit").to_pylist(), first, float(_months(table.column("period")).max())


def _months(values: pa.ChunkedArray) -> Ints:
    if pa.types.is_date(values.type):
        values = pc.add(pc.multiply(pc.year(values), 12), pc.month(values))
    return np.asarray(values.to_numpy(), dtype=np.int64)


def _compared(taken: Bools, treated: Bools, heads: tuple[int, int], min_group: int) -> Row:
    ours, theirs = int((taken & treated).sum()), int((taken & ~treated).sum())
    if ours + theirs < min_group or min(heads) < min_group:
        return None, None, None, False
    shares = ours / heads[0], theirs / heads[1]
    p_value = float(distributions.fisher_exact([[ours, heads[0] - ours], [theirs, heads[1] - theirs]])[1])
    return *shares, p_value, bool(p_value < NOTICED and abs(shares[0] - shares[1]) > NOTICED)


def _table(names: list[str], found: list[Row]) -> pa.Table:
    columns = {"programme": names}
    rest = {f.name: [row[j] for row in found] for j, f in enumerate(list(TABLE)[1:])}
    return table_of({**columns, **rest}, TABLE)


def _words(names: list[str], found: list[Row], uneven: tuple[str, ...]) -> str:
    if not names:
        return "No other programme is recorded at the same time."
    if not uneven:
        return "Other programmes at the same time were taken about as often by treated and untreated people."
    parts = []
    for name, row in zip(names, found, strict=True):
        if name in uneven and row[0] is not None and row[1] is not None:
            parts.append(f"{name} ({row[0]:.0%} of the treated, {row[1]:.0%} of the untreated)")
    return f"At the same time people took {', '.join(parts)}: the effect is that of both and cannot be told apart."
