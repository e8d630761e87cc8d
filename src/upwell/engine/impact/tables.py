"""The tables of an evaluation: one line per estimator, one line per period since treatment."""

import numpy as np
import pyarrow as pa
from scipy import stats as distributions

from upwell.engine.frames import table_of
from upwell.engine.impact.estimators import Workbench
from upwell.engine.impact.inference import corrected
from upwell.engine.impact.results import ESTIMATES, EVENT_STUDY, Estimate
from upwell.engine.numerics.impact_bands import sup_t
from upwell.engine.numerics.impact_moments import arms


def event_study(bench: Workbench, seed: int) -> pa.Table:
    """Effects by time since treatment with pointwise interval and simultaneous 95 % band (Gaussian draws)."""
    shown = [e for e in sorted(bench.event) if bench.heads[e] >= bench.min_group]
    if not shown or bench.treated_mask is None:
        return EVENT_STUDY.empty_table()
    contrasts = [bench.event[e] for e in shown]
    pairs = [corrected(c, bench.treated_mask, arms(bench.stats)) for c in contrasts]
    se = np.array([p[0] for p in pairs])
    quantile = np.array([distributions.t.ppf(0.975, d) if d else distributions.norm.ppf(0.975) for _, d in pairs])
    value = np.array([c.value for c in contrasts])
    matrix = np.stack([c.column for c in contrasts], axis=1)
    degrees = min((d for _, d in pairs if d), default=None)
    wide = np.maximum(quantile, sup_t(matrix.T @ matrix, seed=seed, df=degrees))
    return table_of(
        {
            "relative_period": np.array(shown),
            "estimate": value,
            "se": np.array([c.se for c in contrasts]),
            "lo": value - quantile * se,
            "hi": value + quantile * se,
            "band_lo": value - wide * se,
            "band_hi": value + wide * se,
            "n_treated": np.array([int(bench.heads[e]) for e in shown]),
        },
        EVENT_STUDY,
    )


def estimates_table(estimators: dict[str, Estimate | None], reasons: dict[str, str]) -> pa.Table:
    """One line per estimator of the contract; the reason where it was left out."""
    found = list(estimators.values())
    return table_of(
        {
            "estimator": list(estimators),
            "estimate": [e.estimate if e else None for e in found],
            "se": [e.se if e else None for e in found],
            "lo95": [e.lo95 if e else None for e in found],
            "hi95": [e.hi95 if e else None for e in found],
            "p_value": [e.p_value if e else None for e in found],
            "reason": [reasons.get(name) for name in estimators],
        },
        ESTIMATES,
    )
