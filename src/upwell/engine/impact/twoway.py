"""The regression most programmes are judged by elsewhere, what it is made of, and what it should have been."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from upwell.engine.errors import FrameError, NotEstimableError
from upwell.engine.frames import Column, Contract, Result, accept, table_of
from upwell.engine.impact.instruments import interval
from upwell.engine.impact.panel import Panel, read
from upwell.engine.impact.results import ESTIMATES, Estimate, Part
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics import impact_imputation, impact_twoway
from upwell.engine.numerics.impact_imputation import UnidentifiedError
from upwell.engine.numerics.impact_moments import Floats, columns, moments

WEIGHTS = Contract(
    "panel", (Column("unit", "key"), Column("period", "month"), Column("weight", "real", "", low=0.0, required=False))
)


@dataclass(frozen=True)
class TwoWayResult(Result):
    """Two-way fixed effects with its Goodman-Bacon parts, and imputation with two kinds of errors.

    ``parts`` is empty where weights or gaps forbid the decomposition. ``imputation`` has the conservative
    errors of Borusyak, Jaravel and Spiess; ``two_stage`` is the same number with the errors of Gardner.
    """

    effect: Estimate
    parts: tuple[Part, ...]
    wrong_way: float | None
    imputation: Estimate | None
    two_stage: Estimate | None
    words: str


def two_way(frame: object) -> TwoWayResult:
    """Two-way fixed effects, shown to explain why it is not used: it lets treated people serve as comparison.

    Args:
        frame: a panel as for ``evaluate``; an optional column ``weight`` (>= 0) weights its cells.

    Errors are clustered by unit, or by ``cluster`` where given, with the small-sample factor of common programs;
    intervals use Student's t with one degree of freedom fewer than clusters. Weights apply to the regression only:
    the decomposition and the imputation are left out then.

    Raises:
        FrameError: the panel breaks its contract.
        NotEstimableError: treatment cannot be told from person and period effects, or fewer than two clusters.

    Sources: Goodman-Bacon (2021); Borusyak, Jaravel and Spiess (2024); Gardner (2022).
    """
    data = read(frame)
    weight = _weight(frame, data)
    cluster = np.arange(len(data.cohort)) if data.cluster is None else data.cluster
    groups = len(np.unique(cluster))
    if groups < 2:
        raise NotEstimableError("Errors need at least two clusters.")
    status = (np.arange(len(data.periods)) >= data.cohort[:, None]).astype(np.float64)
    filled = np.where(np.isnan(data.outcome), 0.0, weight)
    try:
        found = impact_twoway.weighted_two_way(np.nan_to_num(data.outcome), status, filled, cluster)
    except UnidentifiedError as error:
        raise NotEstimableError(f"The regression has no answer: {error}.") from error
    effect = interval(found.value, found.se, groups - 1)
    plain = bool((weight == 1.0).all())
    parts = _parts(data) if plain else ()
    imputation, two_stage = _imputation(data, groups) if plain else (None, None)
    wrong = (
        sum(p.weight or 0.0 for p in parts if p.label in ("later_vs_earlier", "treated_vs_always")) if parts else None
    )
    return TwoWayResult(
        estimates=_table({"twfe": effect, "bjs": imputation, "did2s": two_stage}),
        diagnostics={"units": len(data.cohort), "clusters": groups, "weighted": not plain},
        assumptions=("The effect is the same for all cohorts and at all times.", "Parallel trends in every period."),
        effect=effect,
        parts=parts,
        wrong_way=wrong,
        imputation=imputation,
        two_stage=two_stage,
        words=_words(effect, wrong, imputation),
    )


def _weight(frame: object, data: Panel) -> Floats:
    table = accept(frame, WEIGHTS)
    shape = data.outcome.shape
    if "weight" not in table.column_names:
        return np.ones(shape)
    unit = np.unique(np.asarray(table.column("unit").to_pylist()), return_inverse=True)[1]
    when = np.unique(np.asarray(_month_numbers(table.column("period"))), return_inverse=True)[1]
    if (unit.max() + 1, when.max() + 1) != shape:
        raise FrameError("The column 'weight' of the panel frame does not fit its units and periods.")
    wide = np.zeros(shape)
    wide[unit, when] = table.column("weight").to_numpy()
    if not (wide > 0).any():
        raise FrameError("The column 'weight' of the panel frame is zero in every row.")
    return wide


def _month_numbers(values: pa.ChunkedArray) -> list[int]:
    if pa.types.is_date(values.type):
        return [day.year * 12 + day.month for day in values.to_pylist()]
    return list(values.to_pylist())


def _parts(data: Panel) -> tuple[Part, ...]:
    if np.isnan(data.outcome).any():
        return ()
    found = impact_twoway.bacon(moments(data.outcome, data.cohort, data.stratum, None))
    return tuple(Part(c.kind, c.estimate, None, c.weight) for c in found)


def _imputation(data: Panel, groups: int) -> tuple[Estimate | None, Estimate | None]:
    stats = moments(data.outcome, data.cohort, np.zeros_like(data.stratum), data.cluster)
    try:
        fit = impact_imputation.impute(stats, 0)
    except UnidentifiedError:
        return None, None
    if not fit.usable.any():
        return None, None
    everywhere = np.ones_like(fit.usable)
    value, own = impact_imputation.average(stats, fit, everywhere)
    around = replace(fit, cohort_effect=np.full_like(fit.cohort_effect, value))
    _, gardner = impact_imputation.average(stats, around, everywhere)
    covariance = columns(stats, [own, gardner]).covariance()
    first, second = (interval(value, float(np.sqrt(covariance[j, j])), groups - 1) for j in (0, 1))
    return first, second


def _words(effect: Estimate, wrong: float | None, imputation: Estimate | None) -> str:
    text = f"Two-way fixed effects say {spoken(effect.estimate)} ({spoken(effect.lo95)} to {spoken(effect.hi95)})."
    if wrong:
        text += (
            f" {wrong:.0%} of it compares newly treated people with people already treated, which may reverse its sign."
        )
    if imputation is not None:
        text += (
            f" Comparing with untreated results only gives {spoken(imputation.estimate)} "
            f"({spoken(imputation.lo95)} to {spoken(imputation.hi95)})."
        )
    return text


def _table(rows: dict[str, Estimate | None]) -> pa.Table:
    found = list(rows.values())
    return table_of(
        {
            "estimator": list(rows),
            "estimate": [e.estimate if e else None for e in found],
            "se": [e.se if e else None for e in found],
            "lo95": [e.lo95 if e else None for e in found],
            "hi95": [e.hi95 if e else None for e in found],
            "p_value": [e.p_value if e else None for e in found],
            "reason": [None if e else "weights are given, or untreated results do not tie all periods" for e in found],
        },
        ESTIMATES,
    )
