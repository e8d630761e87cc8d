"""Robust intervals under bounded violations of parallel trends, relative magnitudes (Rambachan and Roth 2023, 3.2.2).

Let d_k be the violation's change from one period to the next. The restriction says that after treatment no change
exceeds ``multiple`` times the largest change before it: ``|d_k| <= multiple * v``, ``v = +- d_s`` for some earlier
step s. For each s and sign the conditional least-favourable hybrid test of Andrews, Roth and Pakes (2023) is
inverted on the moments that involve periods after treatment (as the R package HonestDiD does), and the union over s
and signs is reported.

The linear programme of that test needs no solver here. With effects written as steps, its nuisance parameters
(all effects but the target) only have to satisfy one equation, so the vertices of its dual are known: both signs of
the target ``(+-g - multiple * C * v) / S`` (g: estimate minus hypothesis, C: sum of the absolute weights on steps, S:
the same sum with each step's standard deviation), and one vertex per step ``-2 * multiple * v / (sd_k+ + sd_k-)``, of
which the narrowest and the widest dominate. Four linear functions of the two normal variables g and v decide, which
makes the test exact (the least-favourable critical value is an integral, not a simulation) and fast.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from upwell.engine.numerics.impact_moments import Bools, Floats, Ints

FIRST_STAGE = 0.1
"""Share of the level spent on the least-favourable first stage (alpha / 10, Rambachan and Roth 2023, section 3)."""

LARGEST = 10.0
"""Beyond this multiple a breakdown value is not searched for."""

GRID = 65
HALVINGS = 30
SECANTS = 7
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(48)
_FAR = 7.0
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Effects by time relative to treatment, without the reference period (which is zero).

    ``value`` (P + Q) and ``covariance``; the first ``before`` (P >= 1) lie before the reference period, equally
    spaced with it and with the Q >= 1 periods after.
    """

    value: Floats
    covariance: Floats
    before: int

    @property
    def after(self) -> int:
        """Number Q of periods after the reference period."""
        return len(self.value) - self.before


@dataclass(frozen=True, slots=True)
class Robust:
    """Lower and upper end of the robust interval for each strength of the restriction."""

    strength: Floats
    lo: Floats
    hi: Floats


@dataclass(frozen=True, slots=True)
class _Tests:
    """K tests: ``by_g`` and ``by_v`` (K x 4) give the vertices, ``spread`` (K x 4 x 4) their covariance."""

    by_g: Floats
    by_v: Floats
    v: Floats
    spread: Floats
    critical: Floats
    level: float


def relative_magnitudes(study: EventStudy, weights: Floats, multiples: Floats, level: float = 0.05) -> Robust:
    """Robust interval of ``weights @ effects`` for each multiple (>= 0) of the largest change before treatment.

    ``weights`` has one entry per period after treatment. Covers with at least ``1 - level`` whenever the restriction
    holds and the estimates are normal.
    """
    strengths = np.asarray(multiples, dtype=np.float64)
    centre = float(weights @ study.value[study.before :])
    tests = _tests(study, weights, strengths, level)
    return Robust(strengths, centre - _reach(tests, len(strengths)), centre + _reach(_mirrored(tests), len(strengths)))


def relative_breakdown(study: EventStudy, weights: Floats, level: float = 0.05) -> float:
    """Smallest multiple at which the robust interval holds zero: 0 where it always does, LARGEST if none up to it."""
    steps = np.concatenate([np.linspace(0.0, 2.0, 6), np.geomspace(3.0, LARGEST, 4)])
    holds = _holds_zero(study, weights, steps, level)
    if holds[0]:
        return 0.0
    if not holds.any():
        return LARGEST
    first = int(np.argmax(holds))
    low, high = float(steps[first - 1]), float(steps[first])
    while high - low > 1e-4:
        inside = np.linspace(low, high, 6)[1:-1]
        found = np.append(_holds_zero(study, weights, inside, level), True)
        k = int(np.argmax(found))
        edges = np.concatenate([[low], inside, [high]])
        low, high = float(edges[k]), float(edges[k + 1])
    return high


def rejected(study: EventStudy, weights: Floats, hypothesis: float, multiple: float, level: float = 0.05) -> bool:
    """Whether the hypothesis about ``weights @ effects`` is rejected for every earlier step and sign."""
    tests = _tests(study, weights, np.array([multiple]), level)
    g = float(weights @ study.value[study.before :]) - hypothesis
    return bool(_rejects(tests, np.full((len(tests.v), 1), g)).all())


def _holds_zero(study: EventStudy, weights: Floats, multiples: Floats, level: float) -> Bools:
    tests = _tests(study, weights, multiples, level)
    g = np.full((len(tests.v), 1), float(weights @ study.value[study.before :]))
    accepted = ~_rejects(tests, g)[:, 0]
    return np.asarray(accepted.reshape(len(multiples), -1).any(axis=1))


def _tests(study: EventStudy, weights: Floats, multiples: Floats, level: float) -> _Tests:
    """One test per multiple, earlier step and sign (in this order)."""
    steps, covariance = _steps(study)
    p = study.before
    on_step = np.cumsum(weights[::-1])[::-1]
    gram = covariance[p:, p:]
    m = np.repeat(multiples, 2 * p)
    which, sign = np.tile(np.repeat(np.arange(p), 2), len(multiples)), np.tile([1.0, -1.0], p * len(multiples))
    var_v = covariance[which, which]
    with_v = sign[:, None] * covariance[which, p:]
    base = np.diag(gram) + (m**2 * var_v)[:, None]
    cross = 2 * m[:, None] * with_v
    up, down = (np.sqrt(np.maximum(base + s * cross, 1e-300)) for s in (-1.0, 1.0))
    size = np.abs(on_step)
    rising = on_step >= 0
    wide = [np.where(rising, a, b) @ size for a, b in ((up, down), (down, up))]
    both = up + down
    reach = m * size.sum()
    by_g = np.stack([1 / wide[0], -1 / wide[1], np.zeros(len(m)), np.zeros(len(m))], axis=1)
    by_v = np.stack([-reach / wide[0], -reach / wide[1], -2 * m / both.min(axis=1), -2 * m / both.max(axis=1)], axis=1)
    var_g = float(on_step @ gram @ on_step)
    cov = with_v @ on_step
    pair = by_g[:, :, None] * by_v[:, None, :] * cov[:, None, None]
    spread = by_g[:, :, None] * by_g[:, None, :] * var_g + pair + pair.transpose(0, 2, 1)
    spread += by_v[:, :, None] * by_v[:, None, :] * var_v[:, None, None]
    critical = _least_favourable(var_g, cov, var_v, wide, reach, by_v[:, 2], FIRST_STAGE * level)
    second = (level - FIRST_STAGE * level) / (1 - FIRST_STAGE * level)
    return _Tests(by_g, by_v, sign * steps[which], spread, critical, second)


def _steps(study: EventStudy) -> tuple[Floats, Floats]:
    """Changes from each period to the next (P + Q of them) and their covariance."""
    size, p = len(study.value), study.before
    matrix = np.zeros((size, size + 1))
    matrix[np.arange(size), np.arange(size)] = -1.0
    matrix[np.arange(size), np.arange(size) + 1] = 1.0
    matrix = np.delete(matrix, p, axis=1)
    return matrix @ study.value, matrix @ steadied(study.covariance) @ matrix.T


def steadied(covariance: Floats) -> Floats:
    """The covariance plus a billionth of its mean variance, so that no combination is free of noise."""
    return np.asarray(covariance + 1e-9 * np.diag(covariance).mean() * np.eye(len(covariance)))


def _least_favourable(
    var_g: float, cov: Floats, var_v: Floats, wide: list[Floats], reach: Floats, narrow: Floats, tail: float
) -> Floats:
    """Quantile ``1 - tail`` of the largest vertex at mean zero.

    It lies between the quantile of the most variable vertex and the bound of Bonferroni; inside, the probability
    (an integral over v) is nearly linear on the normal scale, so a bracketed secant needs few steps.
    """
    sd_v = np.sqrt(var_v)
    slope = cov / sd_v
    rest = np.sqrt(np.maximum(var_g - slope**2, 1e-12 * var_g))[:, None]
    target = float(ndtri(1 - tail))

    def excess(q: Floats) -> Floats:
        start = np.maximum(-_FAR, np.divide(q, narrow * sd_v, out=np.full(len(q), -_FAR), where=narrow < 0))
        half = 0.5 * (_FAR - start)[:, None]
        x = start[:, None] + half * (1 + _NODES)
        room, mean = (reach * sd_v)[:, None] * x, slope[:, None] * x
        above = ndtr(((wide[0] * q)[:, None] + room - mean) / rest)
        below = ndtr(((-wide[1] * q)[:, None] - room - mean) / rest)
        inside = (np.maximum(above - below, 0.0) * np.exp(-0.5 * x**2) * half) @ _NODE_WEIGHTS / np.sqrt(2 * np.pi)
        return np.asarray(ndtri(np.clip(inside, 1e-12, 1 - 1e-12)) - target)

    spread = np.sqrt(
        np.maximum.reduce(
            [(var_g + (reach**2 * var_v) + s * 2 * reach * cov) / w**2 for s, w in ((-1.0, wide[0]), (1.0, wide[1]))]
            + [narrow**2 * var_v]
        )
    )
    low, high = 0.999 * target * spread, 1.001 * float(ndtri(1 - tail / 4)) * spread
    at_low, at_high = excess(low), excess(high)
    for _ in range(SECANTS):
        middle = np.clip(low - at_low * (high - low) / np.maximum(at_high - at_low, 1e-300), low, high)
        found = excess(middle)
        under = found < 0
        at_high = np.where(under, 0.5 * at_high, found)
        at_low = np.where(under, found, 0.5 * at_low)
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray(middle)


def _rejects(tests: _Tests, g: Floats) -> Bools:
    """Decision of each test (K) at each of G values of estimate minus hypothesis (K x G)."""
    eta = tests.by_g[:, None, :] * g[:, :, None] + (tests.by_v * tests.v[:, None])[:, None, :]
    best = eta.argmax(axis=2)
    rows = np.arange(len(g))[:, None]
    top = np.take_along_axis(eta, best[:, :, None], axis=2)
    variance = tests.spread[rows, best, best][:, :, None]
    live = variance > 1e-14
    ratio = tests.spread[rows, best] / np.where(live, variance, 1.0)
    gap = 1 - ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = (eta - ratio * top) / gap
    low = np.where(gap > _TIE, bound, -np.inf).max(axis=2)
    high = np.where(gap < -_TIE, bound, np.inf).min(axis=2)
    high = np.minimum(high, tests.critical[:, None])
    top, live = top[:, :, 0], live[:, :, 0]
    sd = np.sqrt(np.where(live, variance[:, :, 0], 1.0))
    tail = _tail(top / sd, low / sd, high / sd)
    second = live & (top > 0) & (tail < tests.level)
    return np.asarray((top > tests.critical[:, None]) | second | (~live & (top > 0)))


def _tail(x: Floats, low: Floats, high: Floats) -> Floats:
    """P(Z > x | low < Z < high) of a standard normal, exact far in the tail; zero width counts as 1."""
    at_x, at_low, at_high = log_ndtr(-x), log_ndtr(-low), log_ndtr(-high)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = at_x + np.log1p(-np.exp(np.minimum(at_high - at_x, 0.0)))
        under = at_low + np.log1p(-np.exp(np.minimum(at_high - at_low, 0.0)))
        tail = np.exp(over - under)
    return np.where(np.isnan(tail), 1.0, tail)


def _mirrored(tests: _Tests) -> _Tests:
    """The same tests for the negative of the target."""
    return _Tests(-tests.by_g, tests.by_v, tests.v, tests.spread, tests.critical, tests.level)


def _reach(tests: _Tests, groups: int) -> Floats:
    """Largest estimate minus hypothesis that some test of each group accepts; the first stage bounds the search."""
    positive = tests.by_g.max(axis=1)
    at = tests.by_g.argmax(axis=1)
    rows = np.arange(len(positive))
    ceiling = (tests.critical - tests.by_v[rows, at] * tests.v) / positive
    floor = (tests.critical - tests.by_v[rows, 1 - at] * tests.v) / tests.by_g[rows, 1 - at]
    grid = floor[:, None] + (ceiling - floor)[:, None] * np.linspace(0.0, 1.0, GRID)
    accepted = ~_rejects(tests, grid)
    some = accepted.any(axis=1)
    last = GRID - 1 - accepted[:, ::-1].argmax(axis=1)
    low = np.where(some, grid[rows, last], -np.inf).reshape(groups, -1)
    high = np.where(some, grid[rows, np.minimum(last + 1, GRID - 1)], -np.inf).reshape(groups, -1)
    rivals = np.flatnonzero(high >= low.max(axis=1)[:, None])
    few, group = _subset(tests, rivals), rivals // low.shape[1]
    low, high = low.ravel()[rivals], high.ravel()[rivals]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        inside = ~_rejects(few, middle[:, None])[:, 0]
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    reach = np.full(groups, -np.inf)
    np.maximum.at(reach, group, low)
    return reach


def _subset(tests: _Tests, rows: Ints) -> _Tests:
    return _Tests(
        tests.by_g[rows], tests.by_v[rows], tests.v[rows], tests.spread[rows], tests.critical[rows], tests.level
    )
