"""Do groups that were drawn by lot agree beforehand? A test that needs no group to be large.

Under a draw every order of the labels inside a stratum is equally likely, so the sum of squared distances of the group
means from the stratum's mean, each in units of the covariance of *all* its people, has mean ``k (C - 1)`` exactly,
however small the C groups are. (Estimating a covariance inside each group, as a Wald test does, finds imbalance in
up to four of ten fair draws where groups have a handful of people.) With one stratum this is Pillai's trace.
"""

import numpy as np
from scipy import stats as distributions

from upwell.engine.numerics.impact_moments import Floats, Ints


def distance(values: Floats, label: Ints) -> tuple[float, int, int]:
    """Squared distance of group means from the common mean (N x k values), the rank of the values, and groups.

    Expected over all orders of the labels: rank x (groups - 1).
    """
    count = len(values)
    centred = values - values.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=0))
    kept = scale > 1e-12 * np.abs(values).max(initial=0.0) * np.sqrt(count)
    if not kept.any():
        return 0.0, 0, len(np.unique(label))
    left, size, _ = np.linalg.svd(centred[:, kept] / scale[kept], full_matrices=False)
    basis = left[:, size > 1e-9 * size[0]]
    code = np.unique(label, return_inverse=True)[1]
    heads = np.bincount(code)
    sums = np.stack([np.bincount(code, weights=column) for column in basis.T], axis=1)
    return float((count - 1) * (sums**2 / heads[:, None]).sum()), basis.shape[1], len(heads)


def agreement(values: Floats, label: Ints, stratum: Ints) -> float | None:
    """p-value that ``label`` was drawn without regard to ``values`` inside each stratum; None without two groups.

    F of Pillai's trace for one stratum, chi-squared for the sum over several.
    """
    parts = []
    for s in np.unique(stratum):
        inside = stratum == s
        statistic, rank, groups = distance(values[inside], label[inside])
        if groups > 1 and rank:
            parts.append((statistic, rank, groups, int(inside.sum())))
    if not parts:
        return None
    if len(parts) > 1:
        freedom = sum(rank * (groups - 1) for _, rank, groups, _ in parts)
        return float(distributions.chi2.sf(sum(part[0] for part in parts), freedom))
    return _pillai(*parts[0])


def _pillai(statistic: float, rank: int, groups: int, count: int) -> float:
    trace = statistic / (count - 1)
    least = min(rank, groups - 1)
    above = max(rank, groups - 1)
    rest = count - groups - rank + least
    if rest < 1 or trace >= least:
        return float(distributions.chi2.sf(statistic, rank * (groups - 1)))
    ratio = trace / (least - trace) * rest / above
    return float(distributions.f.sf(ratio, least * above, least * rest))
