"""Effects on any executor: one programme a part, or one programme whose people lie in many parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine import VERSION, impact
from upwell.engine.errors import EngineError, FrameError, NotEstimableError, ParameterError
from upwell.engine.executors.running import Executor, checked
from upwell.engine.frames import Column, Contract, Result, coded, codes_in
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_cells import Control
from upwell.engine.numerics.impact_moments import Moments, columns, moments

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]
Z95: Final = 1.959963984540054
NEVER: Final = -1
AGGREGATES: Final = {
    "cs_simple": impact_cells.simple,
    "cs_dynamic": impact_cells.dynamic,
    "cs_group": impact_cells.by_cohort,
    "cs_calendar": impact_cells.calendar,
}
JUDGED: Final = pa.schema(
    [
        ("programme", pa.string()),
        ("estimator", pa.string()),
        ("estimate", pa.float64()),
        ("se", pa.float64()),
        ("lo95", pa.float64()),
        ("hi95", pa.float64()),
        ("verdict", pa.int64()),
        ("words", pa.string()),
    ]
)
PANEL: Final = Contract(
    "panel",
    (
        Column("unit", "key"),
        Column("period", "integer"),
        Column("outcome", "real"),
        Column("first_treated", "integer", nullable=True),
    ),
)
PARTIAL: Final = pa.schema([("cohort", pa.int64()), ("seen", pa.binary()), ("n", pa.float64()), ("sums", pa.binary())])


@dataclass(frozen=True)
class StaggeredResult(Result):
    """``estimates`` per aggregation; ``statistics`` per cohort and pattern of observed periods (count and means)."""

    statistics: pa.Table


def evaluate(panels: object, *, on: Executor, mechanisms: Mapping[str, str], seed: int, **options: Any) -> Result:
    """``impact.evaluate`` for many programmes at once, each on one thread or worker.

    Args:
        panels: the panels of all programmes, one under the other, with the text column ``programme``.
        on: where to run.
        mechanisms: how people came to be treated, per programme.
        seed, options: as in ``impact.evaluate``; the same for all.

    Returns:
        ``estimates``: programme, estimator, estimate, se, lo95, hi95, verdict, words, in order of programme and
        estimator; the estimator ``verdict`` carries no number. A programme that cannot be estimated has only that
        row, with the reason and verdict 1.

    Raises:
        ParameterError: a programme without a mechanism.
    """
    given = on.lazy(panels)
    found = on.table(given.select("programme").unique()).column("programme").to_pylist()
    unknown = sorted(set(found) - set(mechanisms))
    if unknown:
        raise ParameterError(f"The programme '{unknown[0]}' has no mechanism.")
    kernel = partial(judge, mechanisms=dict(mechanisms), seed=seed, options=options)
    table = on.each(given, "programme", kernel, JUDGED)
    table = table.take(pc.sort_indices(table, sort_keys=[("programme", "ascending"), ("estimator", "ascending")]))
    return Result(table, {"programmes": len(found), "version": VERSION}, ("Programmes are judged one by one.",))


def staggered(panel: object, *, on: Executor, shards: int = 8, control: Control = "notyet") -> StaggeredResult:
    """Callaway-Sant'Anna for a panel in shards of people: counts, means and scatter matrices add up.

    Args:
        panel: unit, period (whole number), outcome, first_treated (empty = never), as an Arrow table or as what the
            executor holds. A unit's rows may lie anywhere.
        on: where to run.
        shards: parts into which units are split.
        control: compare with units not yet treated, or never treated.

    Returns:
        ``estimates``: estimator (``cs_simple``, ``cs_dynamic``, ``cs_group``, ``cs_calendar``), estimate, se, lo95,
        hi95. The base is the last period before treatment; verdicts are the business of ``impact.evaluate``.

    Raises:
        FrameError: a column is missing, a unit has two rows in a period or two first treatments.
        NotEstimableError: one period, nobody treated or nobody to compare with.
        ParameterError: fewer than one shard.
    """
    if shards < 1:
        raise ParameterError(f"At least one shard is needed, not {shards}.")
    given = checked(on.lazy(panel), PANEL)
    periods = np.sort(on.table(given.select("period").unique()).column("period").to_numpy().astype(np.int64))
    if len(periods) < 2:
        raise NotEstimableError("An effect needs results from at least two periods.")
    units = on.table(given.select("unit").unique()).column("unit")
    code, keys = coded(units)
    placed = on.lazy(pa.table({"unit": keys, "shard": np.sort(code) % shards}))
    parts = on.each(given.join(placed, on="unit", how="inner"), "shard", partial(condense, periods=periods), PARTIAL)
    stats = combined(parts, periods)
    cells = impact_cells.compare(stats, control)
    if not len(cells.effect):
        raise NotEstimableError("Nobody was treated while others were not yet, so there is nothing to compare.")
    totals = [aggregate(cells) for aggregate in AGGREGATES.values()]
    values = np.array([float(total.value) for total in totals])
    se = np.sqrt(np.diag(columns(stats, impact_cells.functional(stats, cells, totals)).covariance()))
    table = pa.table(
        {
            "estimator": list(AGGREGATES),
            "estimate": values,
            "se": se,
            "lo95": values - Z95 * se,
            "hi95": values + Z95 * se,
        }
    )
    return StaggeredResult(
        table,
        {"units": int(stats.count.sum()), "periods": len(periods), "rows": stats.rows, "version": VERSION},
        ("Units are independent; without treatment, cohorts would have moved in parallel.",),
        _statistics(stats, periods),
    )


def judge(part: pa.Table, *, mechanisms: Mapping[str, str], seed: int, options: Mapping[str, Any]) -> pa.Table:
    """One programme (kernel of one programme)."""
    name = part.column("programme")[0].as_py()
    try:
        found = impact.evaluate(part.drop_columns("programme"), mechanism=mechanisms[name], seed=seed, **options)
    except EngineError as reason:
        rows: list[tuple[Any, ...]] = [(name, "verdict", None, None, None, None, 1, str(reason))]
    else:
        code, words = found.verdict.code, found.verdict.words
        held = {key: value for key, value in found.estimators.items() if value is not None}
        rows = [(name, key, v.estimate, v.se, v.lo95, v.hi95, code, words) for key, v in held.items()]
        rows.append((name, "verdict", None, None, None, None, code, words))
    return pa.table({f.name: [row[i] for row in rows] for i, f in enumerate(JUDGED)}, schema=JUDGED)


def condense(part: pa.Table, *, periods: Codes) -> pa.Table:
    """Count, sums and scatter matrix of every cohort and pattern of observed periods (kernel of one shard)."""
    unit, units = coded(part.column("unit"))
    period = codes_in(part.column("period"), pa.array(periods))
    cell = unit * len(periods) + period
    if len(np.unique(cell)) < len(cell):
        raise FrameError("The panel frame has two rows for one unit and period; only one is allowed.")
    outcome = np.full((len(units), len(periods)), np.nan)
    outcome[unit, period] = part.column("outcome").cast(pa.float64()).to_numpy()
    first = pc.fill_null(part.column("first_treated").cast(pa.float64()), np.inf).to_numpy()
    if periods[0] > 0:
        first = np.where(first == 0, np.inf, first)
    treated = np.full(len(units), np.inf)
    np.minimum.at(treated, unit, first)
    if bool((treated[unit] != first).any()):
        raise FrameError("The panel frame has a unit with two different first treatments.")
    cohort = np.searchsorted(periods, treated).astype(np.int64)
    stats = moments(outcome, cohort, np.zeros(len(units), dtype=np.int64), None)
    rows = []
    for row in range(stats.rows):
        centred = stats.outcome[stats.row_of == row] - stats.mean[row]
        sums = np.concatenate([stats.mean[row], (centred.T @ centred).ravel()])
        rows.append((int(stats.cohort[row]), stats.seen[row].tobytes(), float(stats.count[row]), sums.tobytes()))
    return pa.table({f.name: [row[i] for row in rows] for i, f in enumerate(PARTIAL)}, schema=PARTIAL)


def combined(parts: pa.Table, periods: Codes) -> Moments:
    """The moments of the whole from those of the shards.

    Means and scatter matrices combine without cancellation: ``S = S_a + S_b + n_a n_b / n (m_a - m_b)(m_a - m_b)'``
    (Chan, Golub and LeVeque 1983).
    """
    size = len(periods)
    held: dict[tuple[int, bytes], tuple[float, Reals, Reals]] = {}
    for row in sorted(parts.to_pylist(), key=lambda r: (r["cohort"], r["seen"], r["n"], r["sums"])):
        sums = np.frombuffer(row["sums"])
        fresh = (row["n"], sums[:size], sums[size:].reshape(size, size))
        key = (row["cohort"], row["seen"])
        held[key] = _joined(held[key], fresh) if key in held else fresh
    count = np.array([n for n, _, _ in held.values()])
    values, vectors = np.linalg.eigh(np.stack([s for _, _, s in held.values()]))
    return Moments(
        count,
        np.stack([m for _, m, _ in held.values()]),
        np.stack([np.frombuffer(seen, dtype=np.bool_) for _, seen in held]),
        np.array([cohort for cohort, _ in held], dtype=np.int64),
        np.zeros(len(held), dtype=np.int64),
        np.zeros(0, dtype=np.int64),
        np.zeros((0, size)),
        None,
        vectors * np.sqrt(np.clip(values, 0.0, None))[:, None, :],
        np.arange(size),
    )


def _joined(a: tuple[float, Reals, Reals], b: tuple[float, Reals, Reals]) -> tuple[float, Reals, Reals]:
    n, apart = a[0] + b[0], b[1] - a[1]
    mean = a[1] + apart * (b[0] / n)
    return n, mean, a[2] + b[2] + np.outer(apart, apart) * (a[0] * b[0] / n)


def _statistics(stats: Moments, periods: Codes) -> pa.Table:
    row, at = np.nonzero(stats.seen)
    first = np.append(periods, NEVER)[stats.cohort]
    return pa.table(
        {
            "first_treated": pa.array(first[row], mask=stats.cohort[row] == stats.periods),
            "pattern": row,
            "period": periods[at],
            "n": stats.count[row].astype(np.int64),
            "mean": stats.mean[row, at],
        }
    )
