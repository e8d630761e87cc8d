"""One drawn instrument for taking part: the ratio of two effects of assignment, and the set no test rejects.

With one instrument two-stage least squares is the effect of assignment on the result divided by its effect on taking
part, and its covariance follows from the joint covariance of both (Imbens and Angrist 1994; Angrist, Imbens and Rubin
1996). The Anderson and Rubin (1949) set keeps its coverage however weak the instrument is.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_small import Fit

WEAK = 10.0
"""First-stage F below which the ratio's normal interval is not to be trusted (Staiger and Stock 1997)."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Effect on those whom the offer moved: value, standard error, first-stage F, and the Anderson-Rubin set.

    ``robust`` is None where the set is unbounded or empty of any bound: the data then say nothing about the size.
    """

    value: float
    se: float
    first_stage_f: float
    robust: tuple[float, float] | None


def ratio(fit: Fit, quantile: float) -> Ratio:
    """Two-stage least squares from a fit of (result, taking part) on assignment; ``quantile`` for the set."""
    top, bottom = float(fit.value[0]), float(fit.value[1])
    value = top / bottom
    turn = np.array([1.0, -value])
    variance = float(turn @ fit.covariance @ turn) / bottom**2
    strength = bottom**2 / float(fit.covariance[1, 1]) if fit.covariance[1, 1] > 0 else np.inf
    return Ratio(value, float(np.sqrt(max(variance, 0.0))), float(strength), _anderson_rubin(fit, quantile))


def _anderson_rubin(fit: Fit, quantile: float) -> tuple[float, float] | None:
    top, bottom = float(fit.value[0]), float(fit.value[1])
    c = quantile**2
    square = bottom**2 - c * float(fit.covariance[1, 1])
    linear = top * bottom - c * float(fit.covariance[0, 1])
    constant = top**2 - c * float(fit.covariance[0, 0])
    inside = linear**2 - square * constant
    if square <= 0 or inside < 0:
        return None
    half = float(np.sqrt(inside))
    return (linear - half) / square, (linear + half) / square
