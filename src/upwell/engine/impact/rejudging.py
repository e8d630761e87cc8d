"""The verdict again, after the uncertainty of an evaluation has grown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats as distributions

from upwell.engine.impact import union
from upwell.engine.impact.results import EffectResult, Estimate
from upwell.engine.impact.tables import estimates_table
from upwell.engine.impact.verdicts import Findings, decide
from upwell.engine.impact.wording import Wording, told


def corrected_se(found: Estimate) -> float:
    """The standard error behind an interval, Welch's correction included."""
    return (found.hi95 - found.lo95) / 2 / _quantile(found.df)


def normal(value: float, se: float, corrected: float, df: float | None) -> Estimate:
    """An estimate whose interval and p-value rest on ``corrected`` and ``df`` (None: normal)."""
    half = _quantile(df) * corrected
    ratio = abs(value) / corrected if corrected > 0 else np.inf
    tail = distributions.t.sf(ratio, df) if df else distributions.norm.sf(ratio)
    return Estimate(value, se, value - half, value + half, float(min(1.0, 2 * tail)), df)


def rejudge(
    result: EffectResult,
    estimators: Mapping[str, Estimate | None],
    difference: tuple[float, float] | None,
    diagnostics: Mapping[str, Any],
    least_q: float,
) -> EffectResult:
    """The same evaluation with other estimates; ``difference`` of A and B with its error, or None where unchanged.

    The q-value becomes at least ``least_q`` and at least the p-value of the new headline or bracket.
    """
    headline_name = next((n for n, e in result.estimators.items() if e is not None and e == result.headline), None)
    headline = estimators[headline_name] if headline_name else None
    bracket = None
    if result.bracket is not None:
        apart = difference or (result.bracket.difference, result.bracket.difference_se)
        bracket = union.bracket(estimators, apart)
    judged = (headline,) if headline is not None else union.spans(estimators)
    q_value = None if result.q_value is None else max(least_q, *(e.p_value for e in judged))
    found = Findings(
        treated=result.diagnostics["treated"],
        controls=result.diagnostics["controls"],
        has_history=result.diagnostics["has_history"],
        min_group=result.diagnostics["min_group"],
        is_drawn=result.diagnostics["treated_as_drawn"],
        headline=headline,
        bracket=bracket,
        detrended=estimators["detrended"],
        turns=union.turns(estimators),
        breakdown=result.sensitivity.breakdown if result.sensitivity else None,
        q_value=q_value,
        smallest_worthwhile=result.diagnostics["smallest_worthwhile"],
        mde=result.mde,
        higher_is_better=result.higher_is_better,
        missing=" ".join(
            f"{name} could not be computed: {result.reasons[name]}."
            for name in ("bjs_donut", "sequential_trial")
            if estimators[name] is None and name in result.reasons
        ),
    )
    again = replace(
        result,
        estimates=estimates_table(dict(estimators), dict(result.reasons)),
        diagnostics={**result.diagnostics, **diagnostics},
        estimators=dict(estimators),
        headline=headline,
        judged=judged,
        bracket=bracket,
        q_value=q_value,
        verdict=decide(found),
    )
    return told(again, Wording(**result.diagnostics["wording"]))


def is_judged(result: EffectResult) -> bool:
    """False where an evaluation was refused or withheld, so that there is nothing to widen."""
    return any(e is not None for e in result.estimators.values())


def _quantile(df: float | None) -> float:
    return float(distributions.t.ppf(0.975, df) if df else distributions.norm.ppf(0.975))
