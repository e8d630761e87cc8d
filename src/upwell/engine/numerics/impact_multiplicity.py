"""Many programmes judged at once: the false discovery rate of Benjamini and Hochberg (1995)."""

from collections.abc import Sequence

import numpy as np

from upwell.engine.errors import ParameterError
from upwell.engine.numerics.impact_moments import Floats


def adjust(p_values: Sequence[float] | Floats) -> Floats:
    """Benjamini-Hochberg q-values, in the order given.

    ``p_values`` lie in 0..1; NaN marks a programme that was not judged, stays NaN and does not count.

    Raises:
        ParameterError: a value outside 0..1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    judged = ~np.isnan(p)
    if ((p[judged] < 0) | (p[judged] > 1)).any():
        raise ParameterError("A p-value lies outside 0 to 1.")
    q = np.full(p.shape, np.nan)
    values = p[judged]
    order = np.argsort(values)[::-1]
    ranks = np.arange(len(values), 0, -1)
    scaled = np.minimum.accumulate(values[order] * len(values) / ranks)
    placed = np.empty_like(values)
    placed[order] = np.minimum(scaled, 1.0)
    q[judged] = placed
    return q
