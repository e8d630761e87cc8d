"""Robust intervals when the violation of parallel trends is nearly a line (Rambachan and Roth 2023, section 3.2.1).

The restriction: the violation's slope changes by at most ``bend`` from one period to the next. A fixed-length
confidence interval (Donoho 1994; Armstrong and Kolesar 2018) is centred on the affine estimator
``weights @ after + a @ before`` whose half-length ``cv(bend * b / sd) * sd`` is smallest, where b is its worst bias at
bend 1 and cv(t) the quantile of ``|N(t, 1)|``.

Writing the violation as a line plus kinks, ``(t - x)+`` before and ``(x - t)+`` after the reference period, the bias is
bounded only if the line cancels, and then b is a constant of the target plus the sum of absolute kink weights h.
Given its sd the best estimator therefore solves a lasso, and all candidates lie on its piecewise linear path, which is
followed exactly (Osborne, Presnell and Turlach 2000) once for every bend.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from upwell.engine.numerics.impact_honest import EventStudy, Robust, steadied
from upwell.engine.numerics.impact_moments import Floats, Ints

POINTS = 9
NARROWINGS = 6
_NEWTON = 6


@dataclass(frozen=True, slots=True)
class Frontier:
    """Estimators of least bias given their variance, by knots of the path: ``weight`` (K x P + Q), ``bias`` (K)."""

    weight: Floats
    bias: Floats


def frontier(study: EventStudy, weights: Floats) -> Frontier:
    """Every affine estimator of ``weights @ effects`` that some bend makes optimal lies between two of these knots."""
    p, q = study.before, study.after
    ahead = np.arange(1, q + 1)
    kinks = np.maximum(ahead[None, :] - np.arange(q)[:, None], 0) @ weights
    start = np.concatenate([np.zeros(p), weights])
    start[p - 1] += weights @ ahead
    onto = np.zeros((p + q, max(p - 1, 0)))
    for j in range(p - 1):
        onto[j, j] += 1.0
        onto[j + 1, j] -= 2.0
        if j + 2 < p:
            onto[j + 2, j] += 1.0
    noise = steadied(study.covariance)
    path = _lasso_path(onto.T @ noise @ onto, onto.T @ noise @ start)
    return Frontier(start + path @ onto.T, np.abs(kinks).sum() + np.abs(path).sum(axis=1))


def smoothness(study: EventStudy, weights: Floats, bends: Floats, level: float = 0.05) -> Robust:
    """Shortest fixed-length interval of ``weights @ effects`` for each bend (>= 0, outcome per period squared).

    Covers with at least ``1 - level`` whenever the restriction holds and the estimates are normal.
    """
    found = frontier(study, weights)
    strengths = np.asarray(bends, dtype=np.float64)
    ends = np.array([_interval(study, found, float(b), level) for b in strengths]).reshape(-1, 2)
    return Robust(strengths, ends[:, 0], ends[:, 1])


def smooth_breakdown(study: EventStudy, weights: Floats, level: float = 0.05) -> float:
    """Smallest bend at which the interval holds zero (0 where it always does)."""
    found = frontier(study, weights)
    top = 1.001 * float(np.abs(found.weight @ study.value).max() / found.bias.min())
    steps = np.concatenate([np.zeros(1), np.geomspace(1e-4, 1e-2, 3), np.linspace(0.1, 1.0, 10)]) * top

    def misses(bend: float) -> float:
        low, high = _interval(study, found, bend, level)
        return max(low, -high)

    near = (i for i, bend in enumerate(steps) if _coarse(study, found, float(bend), level) <= 0)
    for i in range(max(next(near, len(steps)) - 1, 0), len(steps)):
        if misses(float(steps[i])) <= 0:
            break
    while i > 0 and misses(float(steps[i - 1])) <= 0:
        i -= 1
    if i == 0:
        return 0.0
    return float(brentq(misses, steps[i - 1], steps[i], xtol=1e-7 * top, rtol=1e-9))


def folded_quantile(shift: Floats, level: float = 0.05) -> Floats:
    """Quantile ``1 - level`` of ``|N(shift, 1)|`` for shifts >= 0, by Newton's rule from below."""
    over = np.full(np.shape(shift), float(ndtri(1 - level)))
    for _ in range(_NEWTON):
        miss = ndtr(over) - ndtr(-over - 2 * shift) - (1 - level)
        slope = np.exp(-0.5 * over**2) + np.exp(-0.5 * (over + 2 * shift) ** 2)
        step = miss * np.sqrt(2 * np.pi) / slope
        over = over - step
        if np.abs(step).max(initial=0.0) < 1e-10:
            break
    return np.asarray(shift + over)


def _coarse(study: EventStudy, found: Frontier, bend: float, level: float) -> float:
    """Distance of zero from the interval (negative inside), centred on the nearest of the points on the path."""
    centre, half = _along(study, found, _points(found), bend, level)
    best = int(half.argmin())
    return abs(float(centre[best])) - float(half[best])


def _interval(study: EventStudy, found: Frontier, bend: float, level: float) -> tuple[float, float]:
    place = _points(found)
    for _ in range(NARROWINGS):
        centre, half = _along(study, found, place, bend, level)
        best = int(half.argmin())
        if len(place) == 1:
            break
        place = np.linspace(place[max(best - 1, 0)], place[min(best + 1, len(place) - 1)], 17)
    return float(centre[best] - half[best]), float(centre[best] + half[best])


def _points(found: Frontier) -> Floats:
    return np.arange((len(found.bias) - 1) * (POINTS - 1) + 1) / (POINTS - 1)


def _along(study: EventStudy, found: Frontier, place: Floats, bend: float, level: float) -> tuple[Floats, Floats]:
    """Estimates and half-lengths at places on the path, counted in knots."""
    left = np.minimum(place.astype(np.int64), max(len(found.bias) - 2, 0))
    right = np.minimum(left + 1, len(found.bias) - 1)
    share = place - left
    weight = found.weight[left] * (1 - share)[:, None] + found.weight[right] * share[:, None]
    bias = found.bias[left] * (1 - share) + found.bias[right] * share
    sd = np.sqrt(((weight @ steadied(study.covariance)) * weight).sum(axis=1))
    return weight @ study.value, folded_quantile(bend * bias / sd, level) * sd


def _lasso_path(gram: Floats, linear: Floats) -> Floats:
    """Knots (K x D) of argmin 1/2 h'Gh + q'h + lambda |h|_1 from h = 0 down to lambda = 0."""
    size = len(linear)
    h = np.zeros(size)
    knots = [h.copy()]
    if size == 0:
        return np.zeros((1, 0))
    gram = gram + np.eye(size) * 1e-12 * max(float(np.trace(gram)) / size, 1e-300)
    active: list[int] = []
    penalty = float(np.abs(linear).max())
    left = -1
    for _ in range(20 * size):
        if penalty <= 0:
            break
        slack = linear + gram @ h
        joining = [i for i in range(size) if i not in active and i != left and abs(slack[i]) >= penalty * (1 - 1e-10)]
        active += joining
        sign = -np.sign(slack[active])
        step = np.zeros(size)
        step[active] = np.linalg.solve(gram[np.ix_(active, active)], sign)
        reach, leaver = _next_event(h, step, slack, gram @ step, np.array(active, dtype=np.int64), penalty)
        h = h + reach * step
        penalty -= reach
        left = -1
        if leaver >= 0:
            h[leaver] = 0.0
            active.remove(leaver)
            left = leaver
        knots.append(h.copy())
    return np.array(knots)


def _next_event(
    h: Floats, step: Floats, slack: Floats, drift: Floats, active: Ints, penalty: float
) -> tuple[float, int]:
    """How far the penalty falls until a weight joins (-1) or an active one reaches zero (its index)."""
    reach, leaver = penalty, -1
    for i in range(len(h)):
        if i in active:
            at = -h[i] / step[i] if h[i] * step[i] < 0 else np.inf
            if at < reach:
                reach, leaver = float(at), i
            continue
        for sign in (1.0, -1.0):
            pace = 1.0 + sign * drift[i]
            at = (penalty - sign * slack[i]) / pace if pace > 0 else np.inf
            if 1e-12 * penalty < at < reach:
                reach, leaver = float(at), -1
    return reach, leaver
