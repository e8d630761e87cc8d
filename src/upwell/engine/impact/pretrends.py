"""What happened before treatment: joint test, slope, what the check could have seen, and the dip that returns."""

import numpy as np
from scipy import stats as distributions

from upwell.engine.impact.inference import SMALL, Contrast, combined
from upwell.engine.impact.results import Drift, Pretrend
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_honest_pretest import JointTest
from upwell.engine.numerics.impact_moments import Floats

LAST = 3
"""Periods before treatment in which a bad or good spell is looked for."""

LONGEST = 12
"""At most this many relative periods enter the joint test."""

NOTHING = "One period before treatment: nothing to check."


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
        return Pretrend(None, 0, None, None, None, None, None, None, NOTHING)
    values = np.array([event[e].value for e in tested])
    matrix = np.stack([event[e].column for e in tested], axis=1)
    covariance = matrix.T @ matrix
    df = int(np.linalg.matrix_rank(covariance, tol=1e-9 * np.trace(covariance)))
    inverse: Floats = np.linalg.pinv(covariance, rcond=1e-9, hermitian=True).astype(np.float64)
    wald = float(values @ inverse @ values)
    p_value = hotelling(wald, df, smallest)
    _, on_slope = line_weights(np.array(before, dtype=np.float64), np.array([heads[e] for e in before]))
    slope = combined(on_slope, [event[e] for e in before])
    dip = dip_of(event)
    drifts = _drifts(event, heads, tested, JointTest(np.array(tested) + 1.0, inverse, df, smallest - df))
    degrees = smallest - 1 if smallest < SMALL else np.inf
    half = float(distributions.t.ppf(0.975, degrees)) * slope.se
    return Pretrend(
        wald,
        df,
        p_value,
        slope.value,
        slope.se,
        2.8 * slope.se,
        dip.value if dip else None,
        dip.se if dip else None,
        _words(p_value, slope, drifts, dip, higher_is_better),
        slope_lo95=slope.value - half,
        slope_hi95=slope.value + half,
        slope_within=abs(slope.value) + float(distributions.t.ppf(0.95, degrees)) * slope.se,
        drifts=drifts,
    )


def _drifts(
    event: dict[int, Contrast], heads: dict[int, float], tested: list[int], test: JointTest
) -> tuple[Drift, ...]:
    """Drifts found with 50 % and with 80 % probability, and what they do to the average effect when they are not."""
    after = sorted(e for e in event if e >= 0)
    if not after or test.df < 1 or test.rest is None or test.rest < 1:
        return ()
    if float(test.at @ test.inverse @ test.at) <= 0:
        return ()
    share = np.array([heads[e] for e in after])
    average = combined(share / share.sum(), [event[e] for e in after])
    reach = float(share @ (np.array(after) + 1.0) / share.sum())
    cross = np.array([float(event[e].column @ average.column) for e in tested])
    found = []
    for probability in (0.5, 0.8):
        slope = test.slope_found(probability)
        found.append(Drift(probability, slope, slope * reach, test.bias_after_passing(slope, reach, cross)))
    return tuple(found)


def _words(
    p_value: float, slope: Contrast, drifts: tuple[Drift, ...], dip: Contrast | None, higher_is_better: bool
) -> str:
    seen = "differed" if p_value < 0.05 else "did not differ detectably"
    text = (
        f"Before treatment the treated and the untreated {seen} in their course (p = {p_value:.3f}); "
        f"a steady drift below {spoken(2.8 * slope.se)} per period would probably not have been seen."
    )
    if drifts:
        text += (
            f" The joint check finds a steady drift of {spoken(drifts[0].slope)} per period only half of the time, and "
            f"one that passes moves the average effect by {spoken(abs(drifts[0].bias_after_passing))}."
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
