"""The sweep over person blocks as one compiled loop, for large inputs; same formulas as ``vectorised`` and ``probit``.

Given a person's offsets and general level, that person's capability levels are independent, so only a system of
one unknown per rater and one more is dense. Importing this module loads the compiler, so it is imported only
where it pays (``ep.COMPILED_FROM`` ratings).
"""

from collections.abc import Callable
from math import log, sqrt, tau
from typing import Any

import numpy as np
from numba import njit

from upwell.engine.numerics import totals as at
from upwell.engine.numerics.mills import PIECES, mills_table

_PER_ROOT_TWO_PI = 1.0 / sqrt(tau)
_MILLS = mills_table()
_PER_LOG_TWO = 1.0 / log(2.0)
_LOG_TWO_HIGH, _LOG_TWO_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_HALVES = 0.5 ** np.arange(1024.0)
_FARTHEST = 37.0
"""Standard deviations beyond which a density counts as this far out; squared and halved it stays within `_HALVES`."""
_FIXED, _SHARED = at.FIXED, at.INFO_SHARED
_HALO, _HALO_INFO, _DRIFT, _DRIFT_INFO = at.HALO, at.INFO_HALO, at.DRIFT, at.INFO_DRIFT


def _kept(function: Callable[..., Any]) -> Any:
    # Where no directory can be written the compiler cannot keep its work, and compiles for each process.
    try:
        return njit(function, nogil=True, cache=True, error_model="numpy")
    except RuntimeError:
        return njit(function, nogil=True, error_model="numpy")


@_kept
def _invert(a, n):  # type: ignore[no-untyped-def]
    for j in range(n):
        for k in range(j):
            for i in range(j, n):
                a[i, j] -= a[i, k] * a[j, k]
        root = 1.0 / sqrt(a[j, j])
        for i in range(j, n):
            a[i, j] *= root
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


@_kept
def _exp(x):  # type: ignore[no-untyped-def]
    # For -709 < x <= 0, exact to the last digit; unlike the library's it can be done for several x at once.
    halvings = np.floor(0.5 - x * _PER_LOG_TWO)
    r = (x + halvings * _LOG_TWO_HIGH) + halvings * _LOG_TWO_LOW
    p = 1 / 39916800 + r * (1 / 479001600 + r * (1 / 6227020800))
    p = 1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * p)))
    p = 1.0 + r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * p))))))
    return p * _HALVES[np.int32(halvings)]


@_kept
def _tail(z, density):  # type: ignore[no-untyped-def]
    t = 2.0 * PIECES / (2.0 + z)
    i = min(np.int32(t), np.int32(PIECES - 1))
    u, c = 2.0 * (t - i) - 1.0, _MILLS
    ratio = c[i, 0] + u * (c[i, 1] + u * (c[i, 2] + u * (c[i, 3] + u * (c[i, 4] + u * (c[i, 5] + u * c[i, 6])))))
    return ratio * density


@_kept
def _above(z):  # type: ignore[no-untyped-def]
    z = min(max(z, -_FARTHEST), _FARTHEST)
    tail = _tail(abs(z), _exp(-0.5 * z * z) * _PER_ROOT_TWO_PI)
    return tail if z > 0.0 else 1.0 - tail


@_kept
def _moments(n, a, b, c, d):  # type: ignore[no-untyped-def]
    # Mean, variance, cut below and above go in; slope, curvature and how log Z moves with the cuts come out in their
    # place. No branch and no call, so that the compiler does several ratings at once.
    for i in range(n):
        scale = 1.0 / sqrt(b[i])
        left, right = (c[i] - a[i]) * scale, (d[i] - a[i]) * scale
        flip = left + right > 0.0
        low = -right if flip else left
        high = -left if flip else right
        shift = min(high + 30.0, 0.0)
        low, high = max(low - shift, -_FARTHEST), min(high - shift, _FARTHEST)
        dens_low, dens_high = _exp(-0.5 * low * low) * _PER_ROOT_TWO_PI, _exp(-0.5 * high * high) * _PER_ROOT_TWO_PI
        mass_low, mass_high = _tail(-low, dens_low), _tail(abs(high), dens_high)
        mass_high = 1.0 - mass_high if high > 0.0 else mass_high
        evidence = 1.0 / max(mass_high - mass_low, 1e-300)
        slope = (dens_low - dens_high) * evidence
        edges = (low * dens_low - high * dens_high) * evidence
        b[i] = min(max(slope * slope - edges, 1e-12), 1.0 - 1e-9) * scale * scale
        dens_low, dens_high = dens_low * evidence * scale, dens_high * evidence * scale
        a[i] = -slope * scale if flip else slope * scale
        c[i] = dens_high if flip else dens_low
        d[i] = dens_low if flip else dens_high


@_kept
def _assemble(p, rows, values, beliefs, severity_shift, severity_precision, w):  # type: ignore[no-untyped-def]
    a, b, h, d, g, cavity, spread = w
    raters, group, halo, means = rows.pair_rater, values.group, values.halo, values.capability_mean
    pair_shift, pair_precision = beliefs.pair_shift, beliefs.pair_precision
    site_shift, site_precision = beliefs.site_shift, beliefs.site_precision
    cell, pair, capability = rows.rating_cell, rows.rating_pair, rows.cell_capability
    c0, q0, first, last = rows.cell_start[p], rows.pair_start[p], rows.rating_start[p], rows.rating_start[p + 1]
    k, m = rows.cell_start[p + 1] - c0, rows.pair_start[p + 1] - q0
    n, looser = m + 1, 1.0 / values.specific
    for i in range(n):
        h[i] = 0.0
        for j in range(n):
            a[i, j] = 0.0
    a[0, 0] = 1.0 / values.general + k * looser
    for j in range(m):
        q = q0 + j
        precision = severity_precision[raters[q]] - pair_precision[q]
        cavity[j] = (severity_shift[raters[q]] - pair_shift[q]) / precision
        spread[j] = 1.0 / precision
        a[j + 1, j + 1] = 1.0 / (spread[j] + halo[group[raters[q]]])
        h[j + 1] = -cavity[j] * a[j + 1, j + 1]
    for i in range(k):
        d[i], g[i], b[i, 0] = looser, 0.0, -looser
        for j in range(1, n):
            b[i, j] = 0.0
    for r in range(first, last):
        i, j, weight = cell[r] - c0, pair[r] - q0 + 1, site_precision[r]
        shift = site_shift[r] - weight * means[capability[c0 + i]]
        d[i] += weight
        g[i] += shift
        if pair[r] < 0:
            continue
        b[i, j] += weight
        a[j, j] += weight
        h[j] += shift
    for i in range(k):
        e = 1.0 / d[i]
        d[i] = e
        for j in range(n):
            scaled = b[i, j] * e
            if scaled != 0.0:
                h[j] -= scaled * g[i]
                for l in range(j + 1):
                    a[j, l] -= scaled * b[i, l]
    return k, m


@_kept
def _solve(k, m, w, x, t, u, v):  # type: ignore[no-untyped-def]
    a, b, h, d, g, _cavity, _spread = w
    n = m + 1
    _invert(a, n)
    for i in range(n):
        x[i] = 0.0
        for j in range(n):
            x[i] += a[i, j] * h[j]
    for i in range(k):
        t[i] = g[i]
        v[i] = 0.0
        for j in range(n):
            u[i, j] = 0.0
        for l in range(n):
            if b[i, l] != 0.0:
                t[i] -= b[i, l] * x[l]
                for j in range(n):
                    u[i, j] -= b[i, l] * a[l, j]
        t[i] *= d[i]
        for j in range(n):
            u[i, j] *= d[i]
            v[i] -= u[i, j] * b[i, j]
        v[i] = d[i] * (1.0 + v[i])


@_kept
def _level_totals(k, m, specific, general, w, t, u, v, totals, capability, width):  # type: ignore[no-untyped-def]
    _a, b, _h, d, _g, _cavity, _spread = w
    shared = general / (specific * (specific + k * general))
    gap_sum, squares, trace, ones = 0.0, 0.0, 0.0, 0.0
    for i in range(k):
        gap_sum += t[i]
        squares += t[i] * t[i]
        trace += v[i]
        ones += d[i]
    for j in range(m + 1):
        z, s = 0.0, 0.0
        for i in range(k):
            z += d[i] * b[i, j]
            s += u[i, j]
        ones -= s * z
    for i in range(k):
        c = capability[i]
        known = min(max(1.0 - v[i] / (general + specific), 0.02), 1.0)
        totals[_FIXED + c] += t[i] / specific - shared * gap_sum
        totals[_FIXED + width + c] += known / specific
        totals[_SHARED] += shared * k * known
    along_var = ones / k
    along = gap_sum * gap_sum / k + along_var
    across_var = trace - along_var
    across = squares - gap_sum * gap_sum / k + across_var
    both = specific + k * general
    to_general, to_specific = k * general / both, specific / both
    score = 0.5 * (along / both - 1.0)
    info = 0.5 * (1.0 - along_var / both) ** 2
    across_info = 0.5 * (k - 1.0) * (1.0 - across_var / (max(k - 1.0, 1.0) * specific)) ** 2
    totals[0] += score * to_general
    totals[1] += score * to_specific + 0.5 * (across / specific - (k - 1.0))
    totals[2] += info * to_general**2
    totals[3] += info * to_general * to_specific
    totals[4] += info * to_specific**2 + across_info


@_kept
def _tell_raters(q0, m, halo, group, raters, beliefs, damping, w, x, totals):  # type: ignore[no-untyped-def]
    a, _b, _h, _d, _g, cavity, spread = w
    pair_shift, pair_precision = beliefs.pair_shift, beliefs.pair_precision
    for j in range(m):
        q, own = q0 + j, halo[group[raters[q0 + j]]]
        mean, var = x[j + 1], a[j + 1, j + 1]
        wide = spread[j] + own
        seen = max(1.0 / var - 1.0 / wide, 0.0)
        softened = 1.0 + own * seen
        told = -(mean / var + cavity[j] / wide) / softened
        pair_shift[q] += damping * (told - pair_shift[q])
        pair_precision[q] += damping * (seen / softened - pair_precision[q])
        if own > 0.0:
            gain = own / wide
            mean = gain * (mean + cavity[j])
            var = gain * spread[j] + gain**2 * var
            totals[_HALO] += 0.5 * ((mean**2 + var) / own - 1.0)
            totals[_HALO_INFO] += 0.5 * min(max(1.0 - var / own, 0.0), 1.0) ** 2


@_kept
def _project(p, rows, values, beliefs, w, x, t, u, v, moments, totals):  # type: ignore[no-untyped-def]
    a, means, all_noise, drift, edges = w[0], values.capability_mean, values.noise, values.drift, values.edges
    site_shift, site_precision, damping = beliefs.site_shift, beliefs.site_precision, values.damping
    cell, pair, capability = rows.rating_cell, rows.rating_pair, rows.cell_capability
    sources, marks, ages = rows.rating_source, rows.rating_edge, rows.age
    centres, variances, slopes, curvatures, lows, highs = moments
    c0, q0, n, e = rows.cell_start[p], rows.pair_start[p], len(all_noise), len(edges)
    first, last = rows.rating_start[p], rows.rating_start[p + 1]
    for r in range(first, last):
        i, j, k = cell[r] - c0, pair[r] - q0 + 1, r - first
        f, spread = means[capability[c0 + i]] + t[i], v[i]
        if pair[r] >= 0:
            f, spread = f + x[j], spread + a[j, j] + 2.0 * u[i, j]
        known = 1.0 / spread
        var = 1.0 / max(known - site_precision[r], 1e-8)
        centre = (f * known - site_shift[r]) * var
        centres[k], variances[k], slopes[k] = centre, var, centre
        curvatures[k] = var + all_noise[sources[r]] + drift * ages[r]
        lows[k], highs[k] = edges[marks[r]], edges[marks[r] + 1]
    _moments(last - first, slopes, curvatures, lows, highs)
    at_source = _FIXED + 2 * len(means)
    at_edge = at_source + 3 * n
    for r in range(first, last):
        k, source, edge = r - first, sources[r], marks[r]
        slope, curvature, low, high = slopes[k], curvatures[k], lows[k], highs[k]
        left = 1.0 / (1.0 - curvature * variances[k])
        site_precision[r] += damping * (curvature * left - site_precision[r])
        site_shift[r] += damping * ((curvature * centres[k] + slope) * left - site_shift[r])
        rise = 0.5 * (slope * slope - curvature)
        noise, aged = rise * all_noise[source], rise * (drift * ages[r])
        totals[_DRIFT] += aged
        totals[_DRIFT_INFO] += aged * aged
        totals[at_source + source] += noise
        totals[at_source + n + source] += noise * noise
        totals[at_source + 2 * n + source] += noise * aged
        totals[at_edge + edge] -= low
        totals[at_edge + edge + 1] += high
        totals[at_edge + e + edge] += low * low
        totals[at_edge + e + edge + 1] += high * high
        totals[at_edge + 2 * e + edge] -= low * high


@_kept
def _score(p, rows, values, beliefs, w, x, t, u, v, residuals, base):  # type: ignore[no-untyped-def]
    a, means, all_noise, drift, edges = w[0], values.capability_mean, values.noise, values.drift, values.edges
    site_shift, site_precision, starts = beliefs.site_shift, beliefs.site_precision, rows.scale_start
    cell, pair, capability, scale_of = rows.rating_cell, rows.rating_pair, rows.cell_capability, rows.rating_first
    sources, marks, ages = rows.rating_source, rows.rating_edge, rows.age
    c0, q0 = rows.cell_start[p], rows.pair_start[p]
    for r in range(rows.rating_start[p], rows.rating_start[p + 1]):
        if pair[r] < 0:
            continue
        i, j = cell[r] - c0, pair[r] - q0 + 1
        f = means[capability[c0 + i]] + t[i] + x[j]
        spread = v[i] + a[j, j] + 2.0 * u[i, j]
        precision = max(1.0 / spread - site_precision[r], 1e-8)
        centre = (f / spread - site_shift[r]) / precision
        factor = 1.0 / sqrt(1.0 / precision + all_noise[sources[r]] + drift * ages[r])
        first, last = starts[scale_of[marks[r]]], starts[scale_of[marks[r]] + 1]
        expected, square = 0.0, 0.0
        for e in range(first + 1, last - 1):
            above = _above((edges[e] - centre) * factor)
            expected += above
            square += (2.0 * (e - first) - 1.0) * above
        given = marks[r] - first
        var = max(square - expected * expected, 1e-9)
        rest = (given - expected) ** 2
        q = pair[r] - base
        residuals[0, q] += given
        residuals[1, q] += given * given
        residuals[2, q] += expected
        residuals[3, q] += expected * expected
        residuals[4, q] += var
        residuals[5, q] += rest
        residuals[6, q] += rest / var


@_kept
def sweep_persons(  # type: ignore[no-untyped-def]
    first, last, rows, values, beliefs, severity_shift, severity_precision, levels, totals, residuals, width, height
):
    """Solve the blocks of persons ``first`` to ``last``, project their ratings and add to ``totals``; returns the
    largest move of a level (levels). With ``residuals`` that have rows, only scores the ratings against what the
    rest of the evidence expects and changes no message or level; their columns are the pairs of these persons.

    Persons are independent here, so ranges may run on several threads without changing a digit. ``width`` and
    ``height`` are the most raters and the most capabilities of one person.
    """
    n = width + 1
    w = (
        np.empty((n, n)), np.empty((height, n)), np.empty(n), np.empty(height), np.empty(height),
        np.empty(width), np.empty(width),
    )  # fmt: skip
    x, t, u, v = np.empty(n), np.empty(height), np.empty((height, n)), np.empty(height)
    longest = 0
    for p in range(first, last):
        longest = max(longest, rows.rating_start[p + 1] - rows.rating_start[p])
    moments = (
        np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest),
        np.empty(longest),
    )  # fmt: skip
    means, owned = values.capability_mean, rows.cell_capability
    cell_start, pair_start = rows.cell_start, rows.pair_start
    level_mean, level_var = levels.mean, levels.var
    learn = residuals.shape[0] == 0
    moved = 0.0
    for p in range(first, last):
        k, m = _assemble(p, rows, values, beliefs, severity_shift, severity_precision, w)
        _solve(k, m, w, x, t, u, v)
        if learn:
            c0 = cell_start[p]
            for i in range(k):
                mean = means[owned[c0 + i]] + t[i]
                moved = max(moved, abs(mean - level_mean[c0 + i]))
                level_mean[c0 + i], level_var[c0 + i] = mean, v[i]
            own = owned[c0 : c0 + k]
            _level_totals(k, m, values.specific, values.general, w, t, u, v, totals, own, len(means))
            _tell_raters(
                pair_start[p], m, values.halo, values.group, rows.pair_rater, beliefs, values.damping, w, x, totals
            )
            _project(p, rows, values, beliefs, w, x, t, u, v, moments, totals)
        else:
            _score(p, rows, values, beliefs, w, x, t, u, v, residuals, pair_start[first])
    return moved
