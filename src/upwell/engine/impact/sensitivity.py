"""How large a break of parallel trends the finding survives (Rambachan and Roth 2023, relative magnitudes).

If after treatment the trend difference changes per period by at most M times the largest change seen before, the
bias of ``sum l_e effect_e`` is at most ``M * sum l_e (e + 1) * |largest change|``. For each pre-treatment change
and sign taken as the largest, the interval [effect - M c d, effect + M c d] is covered with normal bounds that
carry the sampling error of d; the union over all of them is valid whichever was the largest, and wider than the
conditional least-favourable interval.
"""

from itertools import pairwise

import numpy as np

from upwell.engine.impact.inference import Contrast, combined
from upwell.engine.impact.results import Sensitivity
from upwell.engine.numerics.impact_moments import Floats

METHOD = "relative magnitudes, union of intervals over the pre-treatment changes"
LARGEST = 10.0
FIRST = 3


def sensitivity(event: dict[int, Contrast], heads: dict[int, float], quantile: float) -> Sensitivity:
    """Breakdown values for the mean of the first three periods after treatment and for the whole average.

    ``quantile`` is the two-sided 95 % quantile in use.
    """
    before = sorted(e for e in event if e < 0)
    after = [e for e in sorted(event) if e >= 0]
    steps = [event[b] - event[a] for a, b in pairwise(before) if b - a == 1]
    if not steps or not after:
        return Sensitivity(METHOD, None, None, "Needs at least two periods before treatment.")
    early = [e for e in after if e < FIRST] or after[:1]
    first = _breakdown(event, early, np.full(len(early), 1 / len(early)), steps, quantile)
    weights = np.array([heads[e] for e in after])
    whole = _breakdown(event, after, weights / weights.sum(), steps, quantile)
    return Sensitivity(METHOD, first, whole, _words(first))


def _breakdown(
    event: dict[int, Contrast], periods: list[int], weights: Floats, steps: list[Contrast], quantile: float
) -> float:
    effect = combined(weights, [event[e] for e in periods])
    reach = float(weights @ (np.array(periods) + 1.0))
    sign = 1.0 if effect.value >= 0 else -1.0
    return min(_crossing(sign * effect, reach * turn * step, quantile) for step in steps for turn in (1.0, -1.0))


def _crossing(effect: Contrast, drift: Contrast, quantile: float) -> float:
    """Smallest M at which the lower bound of effect - M drift reaches zero; the bound is concave in M."""
    v, c, d = effect.se**2, float(effect.column @ drift.column), drift.se**2

    def bound(m: float) -> float:
        variance = max(v - 2 * m * c + m * m * d, 0.0)
        return effect.value - m * drift.value - quantile * float(np.sqrt(variance))

    if bound(0.0) <= 0:
        return 0.0
    if bound(LARGEST) > 0:
        return LARGEST
    low, high = 0.0, LARGEST
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if bound(middle) > 0 else (low, middle)
    return low


def _words(breakdown: float) -> str:
    if breakdown <= 0:
        return "The first periods after treatment show no effect that could be undone."
    more = "at least " if breakdown >= LARGEST else ""
    return (
        f"The effect of the first periods stands unless the trends drift apart per period by {more}{breakdown:.2g} "
        "times the largest change seen before treatment."
    )
