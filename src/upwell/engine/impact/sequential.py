"""Looking before the end: intervals that stay honest at every look."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from upwell.engine.errors import ParameterError
from upwell.engine.impact.rejudging import corrected_se, is_judged, rejudge
from upwell.engine.impact.results import EffectResult, Estimate
from upwell.engine.numerics.impact_sequential import multiplier, p_value, tuned

TIGHTEST_AT = 0.5


def interim(result: EffectResult, *, share: float, tightest_at: float = TIGHTEST_AT) -> EffectResult:
    """The same evaluation as an interim look: every interval and the verdict hold however often one looks.

    Args:
        result: what ``evaluate`` found so far.
        share: part of the planned information that is in, above 0 to 1: months after treatment seen so far over months
            planned, if people are all there.
        tightest_at: part of the plan at which intervals shall be narrowest; fixed before the first look.

    The first look and every later one use this function, the last one too, unless only the last was to count. An
    interval is about 1.5 to 2 times as wide as one that assumes a single look. Refused evaluations come back unchanged.

    Assumes that estimates at successive looks are normal with independent increments in information, which holds in
    large samples; with very few people the band is approximate.

    Raises:
        ParameterError: a share outside 0 to 1.

    Sources: Robbins (1970); Howard, Ramdas, McAuliffe and Sekhon (2021); Waudby-Smith and others (2024).
    """
    for value in (share, tightest_at):
        if not 0 < value <= 1:
            raise ParameterError("The share of the plan lies above 0 and up to 1.")
    if not is_judged(result):
        return result
    ratio = tuned(share, tightest_at)
    factor = multiplier(ratio)
    estimators = {name: None if e is None else always_valid(e, ratio) for name, e in result.estimators.items()}
    judged = rejudge(
        result,
        estimators,
        None,
        {"interim": {"share": share, "tightest_at": tightest_at, "half_width_in_errors": factor}},
        0.0,
    )
    words = f"Interim look at {share:.0%} of the plan, valid however often one looks. {judged.verdict.words}"
    return replace(
        judged,
        event_study=_widened(judged.event_study, factor),
        verdict=replace(judged.verdict, words=words),
        assumptions=(*judged.assumptions, "Estimates at successive looks have independent normal increments."),
    )


def always_valid(found: Estimate, ratio: float) -> Estimate:
    """An estimate whose interval and p-value hold at all looks at once; ``ratio`` is information over rho."""
    se = corrected_se(found)
    half = multiplier(ratio) * se
    p = p_value(found.estimate / se, ratio) if se > 0 else 0.0
    return replace(found, lo95=found.estimate - half, hi95=found.estimate + half, p_value=max(p, found.p_value))


def _widened(study: pa.Table, factor: float) -> pa.Table:
    """The event study with each interval and band at least ``factor`` standard errors wide."""
    value, se = study["estimate"].to_numpy(), study["se"].to_numpy()
    for low, high in (("lo", "hi"), ("band_lo", "band_hi")):
        half = np.maximum((study[high].to_numpy() - study[low].to_numpy()) / 2 * factor / 1.96, factor * se)
        for name, edge in ((low, value - half), (high, value + half)):
            study = study.set_column(study.schema.get_field_index(name), name, pa.array(edge))
    return study
