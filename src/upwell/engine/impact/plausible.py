"""Results that are themselves estimates: their uncertainty carried into the effect."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from upwell.engine.errors import ParameterError
from upwell.engine.impact.evaluation import evaluate
from upwell.engine.impact.mechanisms import Mechanism
from upwell.engine.impact.rejudging import corrected_se, is_judged, normal, rejudge
from upwell.engine.impact.results import EffectResult, Estimate
from upwell.engine.numerics.impact_cells import Control
from upwell.engine.numerics.impact_plausible import pool


def evaluate_plausible(
    panels: Sequence[object],
    *,
    mechanism: Mechanism | str,
    seed: int,
    control: Control = "notyet",
    smallest_worthwhile: float | None = None,
    donut: int = 3,
    higher_is_better: bool = True,
    q_values: float | Sequence[float] | None = None,
    min_group: int = 5,
    who: str | None = None,
    spacing: str | None = None,
) -> EffectResult:
    """Evaluate a programme whose outcome is a level: once per draw of plausible values, pooled by Rubin's rules.

    Args:
        panels: M >= 2 panels (20 or more are better) that differ in ``outcome`` only: each a draw from the joint
            posterior of the levels, not their means.
        mechanism, seed, control, smallest_worthwhile, donut, higher_is_better, q_values, min_group, who, spacing:
            as ``evaluate``.

    Plausible values must be drawn by a model that knows who was treated when, or the effect is pulled towards zero
    (Mislevy 1991). The breakdown is the smallest over the draws; ``diagnostics["measurement_share"]`` is the part of
    the headline's variance (of A's, for a bracket) that stems from not knowing the levels.

    Raises:
        FrameError, NotEstimableError: as ``evaluate``.
        ParameterError: fewer than two panels, or panels that differ in more than the outcome.

    Sources: Rubin (1987); Mislevy (1991); Barnard and Rubin (1999).
    """
    if len(panels) < 2:
        raise ParameterError("Plausible values need at least two draws.")
    results = [
        evaluate(
            panel,
            mechanism=mechanism,
            seed=seed,
            control=control,
            smallest_worthwhile=smallest_worthwhile,
            donut=donut,
            higher_is_better=higher_is_better,
            q_values=q_values,
            min_group=min_group,
            who=who,
            spacing=spacing,
        )
        for panel in panels
    ]
    return _pooled(results)


def _pooled(results: list[EffectResult]) -> EffectResult:
    keys = ("units", "periods", "cells", "treated", "controls")
    if len({tuple(r.diagnostics[k] for k in keys) for r in results}) > 1:
        raise ParameterError("The panels of plausible values differ in more than the outcome.")
    refused = next((r for r in results if not is_judged(r)), None)
    if refused is not None:
        return refused
    first = min(results, key=_breakdown)
    shares: dict[str, float] = {}
    estimators: dict[str, Estimate | None] = {}
    for name in first.estimators:
        estimators[name] = _estimate([r.estimators[name] for r in results], name, shares)
    brackets = [r.bracket for r in results if r.bracket is not None]
    difference = None
    if len(brackets) == len(results):
        apart = pool(
            np.array([b.difference for b in brackets]), np.array([b.difference_se**2 for b in brackets]), np.inf
        )
        difference = (apart.value, float(np.sqrt(apart.variance)))
    headline = next((n for n, e in first.estimators.items() if e is not None and e == first.headline), "bjs_donut")
    least = float(np.median([r.q_value for r in results if r.q_value is not None] or [0.0]))
    extra = {"plausible_values": len(results), "measurement_share": shares.get(headline)}
    judged = rejudge(first, estimators, difference, extra, least)
    return replace(
        judged,
        event_study=_study([r.event_study for r in results]),
        assumptions=(*judged.assumptions, "Plausible values were drawn by a model that knows who was treated when."),
    )


def _breakdown(result: EffectResult) -> float:
    found = result.sensitivity.breakdown if result.sensitivity else None
    return -1.0 if found is None else found


def _estimate(found: list[Estimate | None], name: str, shares: dict[str, float]) -> Estimate | None:
    kept = [e for e in found if e is not None]
    if len(kept) < len(found):
        return None
    values = np.array([e.estimate for e in kept])
    known = [e.df for e in kept if e.df]
    one = float(np.median(known)) if len(known) == len(kept) else np.inf
    wide = pool(values, np.array([corrected_se(e) ** 2 for e in kept]), one)
    plain = pool(values, np.array([e.se**2 for e in kept]), np.inf)
    shares[name] = wide.share
    df = wide.df if np.isfinite(wide.df) and wide.df < 1e6 else None
    return normal(wide.value, float(np.sqrt(plain.variance)), float(np.sqrt(wide.variance)), df)


def _study(studies: list[pa.Table]) -> pa.Table:
    """Pooled event study; intervals and bands grow with the standard error."""
    if len({tuple(s["relative_period"].to_pylist()) for s in studies}) > 1 or not studies[0].num_rows:
        return studies[0]
    stacked = {name: np.stack([s[name].to_numpy() for s in studies]) for name in studies[0].column_names}
    value = stacked["estimate"].mean(axis=0)
    extra = (1 + 1 / len(studies)) * stacked["estimate"].var(axis=0, ddof=1)
    within = (stacked["se"] ** 2).mean(axis=0)
    total = np.sqrt(within + extra)
    growth = np.divide(total, np.sqrt(within), out=np.ones(len(value)), where=within > 0)
    table = studies[0]
    columns = {"estimate": value, "se": total}
    for low, high in (("lo", "hi"), ("band_lo", "band_hi")):
        half = (stacked[high] - stacked[low]).mean(axis=0) / 2 * growth
        columns |= {low: value - half, high: value + half}
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    return table
