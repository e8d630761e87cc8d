"""Intervals that hold however often somebody looks: the normal mixture boundary.

With information ``I = 1 / se^2`` the sum ``estimate x I`` behaves like Brownian motion in time I, so that
``|estimate - effect| <= se sqrt((1 + rho / I) log((1 + I / rho) / alpha^2))`` holds at all looks at once with
probability 1 - alpha (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, equation 14; asymptotically for any
estimate with normal errors: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024). ``rho`` says at which information
it is tightest.
"""

import numpy as np
from scipy.special import lambertw

ALPHA = 0.05


def tuned(share: float, tightest_at: float, alpha: float = ALPHA) -> float:
    """Information now over rho, if the boundary is tightest at ``tightest_at`` of the planned information.

    ``share`` and ``tightest_at`` are parts of the information planned in all, above 0.
    """
    root = float(-lambertw(-(alpha**2) / np.e, -1).real - 1.0)
    return share / tightest_at * root


def multiplier(ratio: float, alpha: float = ALPHA) -> float:
    """Half the width of the interval in standard errors; ``ratio`` is information over rho."""
    return float(np.sqrt((1.0 + 1.0 / ratio) * np.log((1.0 + ratio) / alpha**2)))


def p_value(statistic: float, ratio: float) -> float:
    """Smallest alpha at which an interval excludes zero; ``statistic`` is estimate over standard error."""
    exponent = 0.5 * np.log1p(ratio) - 0.5 * statistic**2 * ratio / (1.0 + ratio)
    return float(min(1.0, np.exp(exponent)))
