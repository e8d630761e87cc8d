"""What happened before treatment: joint test, slope, and the dip that returns by itself."""

import numpy as np
from scipy import stats as distributions

from upwell.engine.impact.inference import Contrast, combined
from upwell.engine.impact.results import Pretrend
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_moments import Floats

LAST = 3
"""Periods before treatment in which a bad or good spell is looked for."""

LONGEST = 12
"""At most this many relative periods enter the joint test."""


def line_weights(relative: Floats, heads: Floats) -> tuple[Floats, Floats]:
    """Weights that turn effects at these relative periods into intercept (at -1) and slope of a fitted line."""
    design = np.column_stack([np.ones(len(relative)), relative + 1.0])
    weighted = design * heads[:, None]
    both = np.linalg.solve(weighted.T @ design, weighted.T)
    return both[0], both[1]


def dip_of(event: dict[int, Contrast]) -> Contrast | None:
    """Mean of the last periods before treatment minus the mean of the earlier ones, against the untreated."""
    before = sorted(e for e in event if e < 0)
    last = min(LAST, len(before) - 1)
    if last < 1:
        return None
    near = [event[e] for e in before[-last:]]
    far = [event[e] for e in before[:-last]]
    weights = np.concatenate([np.full(len(near), 1 / len(near)), np.full(len(far), -1 / len(far))])
    return combined(weights, near + far)


def hotelling(wald: float, df: int, smallest: int) -> float:
    """p-value of a Wald statistic whose covariance rests on ``smallest`` independent units on its thin side."""
    rest = smallest - df
    if rest < 1 or df < 1:
        return 1.0
    return float(distributions.f.sf(wald * rest / (df * max(smallest - 1, 1)), df, rest))


def pretrend(event: dict[int, Contrast], heads: dict[int, float], higher_is_better: bool, smallest: int) -> Pretrend:
    """Summarise the event study before treatment; ``event[-1]`` is zero by construction.

    ``smallest`` counts the independent units on the thinner side; it caps how many periods are tested jointly.
    """
    before = sorted(e for e in event if e < 0)
    tested = [e for e in before if e < -1][-max(1, min(LONGEST, smallest // 4)) :]
    if not tested:
        return Pretrend(None, 0, None, None, None, None, None, None, "One period before treatment: nothing to check.")
    values = np.array([event[e].value for e in tested])
    matrix = np.stack([event[e].column for e in tested], axis=1)
    covariance = matrix.T @ matrix
    df = int(np.linalg.matrix_rank(covariance, tol=1e-9 * np.trace(covariance)))
    wald = float(values @ np.linalg.pinv(covariance, rcond=1e-9, hermitian=True) @ values)
    p_value = hotelling(wald, df, smallest)
    _, on_slope = line_weights(np.array(before, dtype=np.float64), np.array([heads[e] for e in before]))
    slope = combined(on_slope, [event[e] for e in before])
    dip = dip_of(event)
    words = _words(p_value, slope, dip, higher_is_better)
    return Pretrend(
        wald,
        df,
        p_value,
        slope.value,
        slope.se,
        2.8 * slope.se,
        dip.value if dip else None,
        dip.se if dip else None,
        words,
    )


def _words(p_value: float, slope: Contrast, dip: Contrast | None, higher_is_better: bool) -> str:
    seen = "differed" if p_value < 0.05 else "did not differ detectably"
    text = (
        f"Before treatment the treated and the untreated {seen} in their course (p = {p_value:.3f}); "
        f"a steady drift below {spoken(2.8 * slope.se)} per period would probably not have been seen."
    )
    if dip is None or dip.se == 0:
        return text
    if abs(dip.value) <= 1.96 * dip.se:
        return text + " No unusual spell just before treatment was found."
    bad = (dip.value < 0) == higher_is_better
    spell = "worse" if bad else "better"
    return text + (
        f" In the last periods before treatment their results were {spoken(abs(dip.value))} {spell} than their own "
        "earlier distance from the untreated: part of any later change is a return to normal that would have come "
        "without treatment (regression to the mean)."
    )
