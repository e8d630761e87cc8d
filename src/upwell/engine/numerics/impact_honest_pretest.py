"""What a joint test of the periods before treatment can see, and what passes it (Roth 2022).

The test looks at ``W = x' V^-1 x`` for coefficients x before treatment with covariance V. Under a drift of ``slope``
per period x has mean ``slope * t`` and W is noncentral chi-squared (noncentral F where V rests on few units), so its
power needs no simulation. Given that the test passed, ``E[x | W <= c] = slope * t * P(chi2(d + 2) <= c) /
P(chi2(d) <= c)`` at the same noncentrality, which gives the bias of any estimate correlated with x.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri, chndtr, fdtri, ncfdtr

from upwell.engine.numerics.impact_moments import Floats


@dataclass(frozen=True, slots=True)
class JointTest:
    """A joint test of d coefficients before treatment at periods ``at`` (relative to the reference period).

    ``inverse`` is the (pseudo-)inverse of their covariance of rank ``df``; ``rest`` the degrees of freedom behind
    that covariance, None where it counts as known.
    """

    at: Floats
    inverse: Floats
    df: int
    rest: int | None
    level: float = 0.05

    @property
    def threshold(self) -> float:
        """Largest value of W that passes."""
        if self.rest is None:
            return float(chdtri(self.df, self.level))
        return float(fdtri(self.df, self.rest, 1 - self.level)) * self.df * (self.rest + self.df - 1) / self.rest

    def power(self, slope: float) -> float:
        """Probability that a drift of ``slope`` per period is found."""
        size = slope**2 * float(self.at @ self.inverse @ self.at)
        if self.rest is None:
            return float(1 - chndtr(self.threshold, self.df, size))
        ratio = self.threshold * self.rest / (self.df * (self.rest + self.df - 1))
        return float(1 - ncfdtr(self.df, self.rest, size, ratio))

    def slope_found(self, probability: float) -> float:
        """Drift per period that is found with this probability (above the level)."""
        unit = 1 / np.sqrt(float(self.at @ self.inverse @ self.at))
        high = unit
        while self.power(high) < probability:
            high *= 2
        return float(brentq(lambda s: self.power(s) - probability, 0.0, high, xtol=1e-9 * high))

    def bias_after_passing(self, slope: float, reach: float, cross: Floats) -> float:
        """Mean error that a drift causes in an estimate, given that the test passed.

        ``reach`` is the estimate's mean distance from the reference period, ``cross`` its covariance with the
        coefficients tested.
        """
        size = slope**2 * float(self.at @ self.inverse @ self.at)
        passed = float(chndtr(self.threshold, self.df, size))
        shrunk = float(chndtr(self.threshold, self.df + 2, size)) / passed
        return slope * (reach - float(cross @ self.inverse @ self.at) * (1 - shrunk))
