"""The sweep over person blocks as one compiled loop, for large inputs; same formulas as ``blocks`` and ``probit``.

Compiling takes seconds, so it is imported only where it pays (``ep.COMPILED_FROM`` ratings).
"""

from math import erfc, exp, inf, sqrt

import numpy as np
from numba import njit

_ROOT_TWO = sqrt(2.0)
_ROOT_TWO_PI = sqrt(2.0 * np.pi)


@njit
def _invert(a):  # type: ignore[no-untyped-def]
    n = a.shape[0]
    for j in range(n):
        for k in range(j):
            for i in range(j, n):
                a[i, j] -= a[i, k] * a[j, k]
        root = sqrt(a[j, j])
        for i in range(j, n):
            a[i, j] /= root
    for j in range(n):
        a[j, j] = 1.0 / a[j, j]
        for i in range(j + 1, n):
            total = 0.0
            for k in range(j, i):
                total += a[i, k] * a[k, j]
            a[i, j] = -total / a[i, i]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, n):
                total += a[k, i] * a[k, j]
            a[j, i] = total
    for i in range(n):
        for j in range(i):
            a[i, j] = a[j, i]


@njit
def _moments(mean, total_var, below, above):  # type: ignore[no-untyped-def]
    scale = sqrt(total_var)
    low, high = (below - mean) / scale, (above - mean) / scale
    sign = 1.0
    if low + high > 0:
        low, high, sign = -high, -low, -1.0
    if high < -30.0:
        low, high = low - (high + 30.0), -30.0
    evidence = max(0.5 * erfc(-high / _ROOT_TWO) - 0.5 * erfc(-low / _ROOT_TWO), 1e-300)
    dens_low = 0.0 if low == -inf else exp(-0.5 * min(low * low, 1400.0)) / _ROOT_TWO_PI
    dens_high = exp(-0.5 * min(high * high, 1400.0)) / _ROOT_TWO_PI
    slope = (dens_low - dens_high) / evidence
    edges = (0.0 if low == -inf else low * dens_low) - high * dens_high
    curvature = min(max(slope * slope - edges / evidence, 1e-12), 1.0 - 1e-9)
    return sign * slope / scale, curvature / total_var


@njit
def _prior(k, m, c0, q0, prior_mean, specific, shared, offset_mean, offset_var):  # type: ignore[no-untyped-def]
    a = np.zeros((k + m, k + m))
    shift = np.zeros(k + m)
    prior_sum = 0.0
    for i in range(k):
        prior_sum += prior_mean[c0 + i]
        for j in range(k):
            a[i, j] = -shared
        a[i, i] += 1.0 / specific
    for i in range(k):
        shift[i] = prior_mean[c0 + i] / specific - shared * prior_sum
    for i in range(m):
        a[k + i, k + i] = 1.0 / offset_var[q0 + i]
        shift[k + i] = offset_mean[q0 + i] / offset_var[q0 + i]
    return a, shift


@njit(nogil=True)
def sweep_blocks(  # type: ignore[no-untyped-def]
    first,
    last,
    cell_start,
    pair_start,
    rating_start,
    rating_cell,
    rating_pair,
    prior_mean,
    general,
    specific,
    offset_mean,
    offset_var,
    site_shift,
    site_precision,
    noise,
    below,
    above,
    cell_mean,
    cell_var,
    pair_mean,
    pair_var,
    fit_mean,
    fit_var,
    along,
    along_var,
    across,
    across_var,
    pull,
    new_shift,
    new_precision,
    slopes,
):
    """Solve the blocks of persons ``first`` to ``last`` and project their ratings; writes from ``cell_mean`` on.

    Persons are independent here, so ranges may run on several threads without changing a digit.
    """
    for p in range(first, last):
        c0, q0 = cell_start[p], pair_start[p]
        k, m = cell_start[p + 1] - c0, pair_start[p + 1] - q0
        shared = general / (specific * (specific + k * general))
        a, shift = _prior(k, m, c0, q0, prior_mean, specific, shared, offset_mean, offset_var)
        for r in range(rating_start[p], rating_start[p + 1]):
            i, j, w = rating_cell[r] - c0, rating_pair[r] - q0 + k, site_precision[r]
            a[i, i] += w
            a[j, j] += w
            a[j, i] += w
            a[i, j] += w
            shift[i] += site_shift[r]
            shift[j] += site_shift[r]
        _invert(a)
        mean = (a * shift).sum(axis=1)
        gap_sum, gap_squares = 0.0, 0.0
        for i in range(k):
            gap = mean[i] - prior_mean[c0 + i]
            gap_sum += gap
            gap_squares += gap * gap
            cell_mean[c0 + i], cell_var[c0 + i] = mean[i], a[i, i]
        for i in range(k):
            pull[c0 + i] = (mean[i] - prior_mean[c0 + i]) / specific - shared * gap_sum
        along_var[p] = a[:k, :k].sum() / k
        along[p] = gap_sum * gap_sum / k + along_var[p]
        across_var[p] = np.trace(a[:k, :k]) - along_var[p]
        across[p] = gap_squares - gap_sum * gap_sum / k + across_var[p]
        for i in range(m):
            pair_mean[q0 + i], pair_var[q0 + i] = mean[k + i], a[k + i, k + i]
        for r in range(rating_start[p], rating_start[p + 1]):
            i, j = rating_cell[r] - c0, rating_pair[r] - q0 + k
            f, v = mean[i] + mean[j], a[i, i] + a[j, j] + 2.0 * a[i, j]
            precision = max(1.0 / v - site_precision[r], 1e-8)
            centre = (f / v - site_shift[r]) / precision
            slope, curvature = _moments(centre, 1.0 / precision + noise[r], below[r], above[r])
            new_precision[r] = curvature / (1.0 - curvature / precision)
            new_shift[r] = new_precision[r] * (centre + slope / curvature)
            slopes[r] = 0.5 * (slope * slope - curvature)
            fit_mean[r], fit_var[r] = f, v
