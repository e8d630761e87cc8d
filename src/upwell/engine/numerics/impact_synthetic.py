"""Synthetic difference in differences, synthetic control and plain differences for one block of treated units.

Weights on untreated units and on periods before treatment minimise squared distance on the simplex with a ridge
(Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021, algorithm 1). Without a ridge (synthetic control) the minimum
is flat, so the estimate depends on where the search ends; ``published`` searches as the authors' program does, by
Frank-Wolfe steps with its stopping rule, ``exact`` solves the program to its minimum and is used for placebos.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats

Method = Literal["sdid", "sc", "did"]
Search = Literal["published", "exact"]

MOST_STEPS = 10_000
STEPS_BEFORE_SPARSE = 100
SPARSE = 0.25
"""After the first steps weights up to this share of the largest start the second search at zero."""


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Effect, weights of untreated units (N0) and of periods before treatment (T0), and the gap by period (T)."""

    effect: float
    unit_weight: Floats
    period_weight: Floats
    gap: Floats


def synthetic(
    controls: Floats, treated: Floats, before: int, heads: int, method: Method, search: Search = "published"
) -> Synthetic:
    """Controls N0 x T, mean of the ``heads`` treated units (T), and the number of periods before treatment."""
    units, after = len(controls), controls.shape[1] - before
    pre = controls[:, :before]
    if method == "did":
        return _assembled(controls, treated, before, np.full(units, 1 / units), np.full(before, 1 / before))
    noise = float(np.diff(pre, axis=1).std(ddof=1))
    strength = (heads * after) ** 0.25 if method == "sdid" else 1e-6
    unit = _weights(pre.T, treated[:before], (strength * noise) ** 2 * before, noise, search, centre=method == "sdid")
    period = np.zeros(before)
    if method == "sdid":
        period = _weights(pre, controls[:, before:].mean(axis=1), (1e-6 * noise) ** 2 * units, noise, search)
    return _assembled(controls, treated, before, unit, period)


def simplex_least_squares(design: Floats, target: Floats, ridge: float) -> Floats:
    """Weights >= 0 that sum to one and minimise ``|design w - target|^2 + ridge |w|^2``, by a primal active set.

    Solve on the support, leave it where a weight would turn negative, enter the column with the most negative
    multiplier. Each step lowers the objective, so it ends; equal columns are kept apart by a tiny ridge.
    """
    k = design.shape[1]
    gram = design.T @ design
    gram[np.diag_indices(k)] += ridge + 1e-12 * max(float(np.trace(gram)) / k, 1e-300)
    pull = design.T @ target
    inside: Bools = np.zeros(k, dtype=np.bool_)
    inside[int(np.argmin(0.5 * np.diag(gram) - pull))] = True
    weight = inside.astype(np.float64)
    for _ in range(50 * k + 100):
        best = _on_support(gram, pull, inside)
        if (best[inside] >= -1e-14).all():
            weight = np.where(inside, np.maximum(best, 0.0), 0.0)
            slope = gram @ weight - pull
            level = float(weight @ slope)
            free = np.where(inside, np.inf, slope - level)
            enter = int(np.argmin(free))
            if free[enter] >= -1e-10 * max(1.0, abs(level)):
                break
            inside[enter] = True
            continue
        falling = inside & (best < 0)
        reach = np.where(falling, weight / np.maximum(weight - best, 1e-300), np.inf)
        step = float(reach.min())
        weight = weight + step * (np.where(inside, best, 0.0) - weight)
        inside &= ~(falling & (reach <= step * (1 + 1e-12)))
        weight[~inside] = 0.0
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def frank_wolfe(design: Floats, target: Floats, ridge: float, start: Floats, least: float, steps: int) -> Floats:
    """The same program by Frank-Wolfe steps with exact line search, until one gains at most ``least`` per row."""
    weight, fitted = start.copy(), design @ start
    last = np.inf
    for _ in range(steps):
        slope = (fitted - target) @ design + ridge * weight
        corner = int(np.argmin(slope))
        move = -weight
        move[corner] += 1.0
        change = design[:, corner] - fitted
        size = float(change @ change + ridge * (move @ move))
        if size <= 0:
            break
        step = min(1.0, max(0.0, -float(slope @ move) / size))
        weight = weight + step * move
        fitted = fitted + step * change
        error = fitted - target
        value = float(error @ error + ridge * (weight @ weight)) / len(target)
        if last - value <= least:
            break
        last = value
    return np.asarray(weight, dtype=np.float64)


def _on_support(gram: Floats, pull: Floats, inside: Bools) -> Floats:
    members = np.flatnonzero(inside)
    size = len(members)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = gram[np.ix_(members, members)]
    system[size, :size] = system[:size, size] = 1.0
    answer = np.zeros(len(pull))
    answer[members] = np.linalg.solve(system, np.append(pull[members], 1.0))[:size]
    return answer


def _weights(
    design: Floats, target: Floats, ridge: float, noise: float, search: Search, *, centre: bool = True
) -> Floats:
    if centre:
        design, target = design - design.mean(axis=0), target - target.mean()
    if search == "exact":
        return simplex_least_squares(design, target, ridge)
    size = design.shape[1]
    least = (1e-5 * noise) ** 2
    weight = frank_wolfe(design, target, ridge, np.full(size, 1 / size), least, STEPS_BEFORE_SPARSE)
    weight = np.where(weight <= SPARSE * weight.max(), 0.0, weight)
    return frank_wolfe(design, target, ridge, weight / weight.sum(), least, MOST_STEPS)


def _assembled(controls: Floats, treated: Floats, before: int, unit: Floats, period: Floats) -> Synthetic:
    gap = treated - unit @ controls
    return Synthetic(float(gap[before:].mean() - period @ gap[:before]), unit, period, gap)
