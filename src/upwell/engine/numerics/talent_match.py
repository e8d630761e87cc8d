"""How surely a person meets a weighted list of requirements, from normal beliefs about each level.

Beliefs of one person share a factor (who is underrated here is probably underrated there); given the factor the
requirements are met independently, so the met weight is a Poisson-binomial sum: the probability of every sum that the
weights can have, integrated over the factor by Gauss-Hermite quadrature. No chance is involved. Sums are exact while
there are at most MOST_SUMS different ones (always so for whole weights that add up to less); beyond that, sums that lie
within 1/MOST_SUMS of the whole weight are counted together at their mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
MOST_SUMS = 512
NODES = 15
_SAME = 1e-9
"""Shares of the whole weight that differ by less are equal."""
_CELLS = 1 << 16
"""Probabilities held at once."""


@dataclass(frozen=True, slots=True)
class Met:
    """Per person: expected share of the weight that is met, its 95 % interval, the probability that every must-have
    is met, and that besides at least `ready_at` of the weight is."""

    share: Reals
    lo95: Reals
    hi95: Reals
    p_must: Reals
    p_ready: Reals


@dataclass(frozen=True, slots=True)
class _Step:
    """Adding one requirement: where each sum goes if it is not met and if it is, how many sums there are then, and
    where groups that are counted together begin in the order of sums (None: each on its own)."""

    requirement: int
    low: Ints
    high: Ints
    size: int
    groups: Ints | None


def met(level: Reals, sd: Reals, required: Reals, weight: Reals, must: Flags, *, ready_at: float, shared: float) -> Met:
    """Beliefs are persons x capabilities; `shared` is the correlation of one person's beliefs, 0 to below 1."""
    people = len(level)
    part = weight / weight.max()
    part = part / part.sum()
    needed = must | (part > 1.0 - ready_at + _SAME)
    order = np.lexsort((-part, needed))
    free = order[: len(part) - int(needed.sum())]
    steps, sums = _steps(part, order)
    exact = all(step.groups is None for step in steps[: len(free)])
    half = len(free) if exact else (len(free) + 1) // 2
    second, others = _steps(part, free[half:])
    wanting = ready_at - part[needed].sum() - _steps(part, free[:half])[1]
    reaches = np.searchsorted(others, wanting - _SAME)
    nodes, quadrature = np.polynomial.hermite_e.hermegauss(NODES)
    quadrature = quadrature / quadrature.sum()
    lo95, hi95, p_must, p_ready = (np.empty(people) for _ in range(4))
    at_once = max(1, _CELLS // (NODES * len(sums)))
    for start in range(0, people, at_once):
        here = slice(start, start + at_once)
        shift = np.sqrt(shared) * sd[here, :, None] * nodes
        meets = _meets(level[here, :, None] + shift, np.sqrt(1.0 - shared) * sd[here, :, None], required[:, None])
        columns = meets.transpose(1, 0, 2).reshape(len(part), -1)
        nothing = np.ones((1, columns.shape[1]))
        mass = _masses(steps[:half], columns, nothing)
        at_least = np.cumsum(_masses(second, columns, nothing)[::-1], axis=0)[::-1]
        at_least = np.concatenate([at_least, np.zeros_like(nothing)])
        sure = columns[needed].prod(axis=0) * np.einsum("ij,ij->j", mass, at_least[reaches])
        p_ready[here] = _over_factor(sure[None], quadrature)[0]
        mass = _masses(steps[half:], columns, mass)
        along = np.cumsum(_over_factor(mass, quadrature), axis=0)
        lo95[here], hi95[here] = (
            sums[np.minimum((along < tail - 1e-12).sum(axis=0), len(sums) - 1)] for tail in (0.025, 0.975)
        )
        p_must[here] = _over_factor(columns[must].prod(axis=0)[None], quadrature)[0]
    share = _meets(level, sd, required) @ part
    return Met(share, lo95, hi95, np.clip(p_must, 0.0, 1.0), np.clip(p_ready, 0.0, 1.0))


def _meets(level: Reals, sd: Reals, required: Reals) -> Reals:
    """Probability of reaching the requirement; a level known exactly reaches it or does not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(sd > 0, ndtr((level - required) / sd), level >= required))


def _steps(part: Reals, order: Ints) -> tuple[list[_Step], Reals]:
    """How the possible sums of these requirements arise, one after the other; the sums, ascending."""
    sums, steps = np.zeros(1), []
    for requirement in order:
        both = np.concatenate([sums, sums + part[requirement]])
        rank = np.argsort(both, kind="stable")
        ascending = both[rank]
        number = np.cumsum(np.diff(ascending, prepend=-1.0) > _SAME) - 1
        place = np.empty(len(both), dtype=np.int64)
        place[rank] = number
        sums = ascending[np.searchsorted(number, np.arange(number[-1] + 1))]
        size, groups = len(sums), None
        if size > MOST_SUMS:
            groups = np.flatnonzero(np.diff(np.round(sums * MOST_SUMS), prepend=-1.0))
            sums = np.add.reduceat(sums, groups) / np.diff(groups, append=size)
        steps.append(_Step(int(requirement), place[: len(both) // 2], place[len(both) // 2 :], size, groups))
    return steps, np.minimum(sums, 1.0)


def _masses(steps: list[_Step], meets: Reals, mass: Reals) -> Reals:
    """Probability of each sum (sums x columns) after these steps, given that of each before them."""
    for step in steps:
        p = meets[step.requirement]
        met_too = mass * p
        grown = np.zeros((step.size, len(p)))
        grown[step.low] = mass - met_too
        grown[step.high] += met_too
        mass = grown if step.groups is None else np.add.reduceat(grown, step.groups, axis=0)
    return mass


def _over_factor(columns: Reals, quadrature: Reals) -> Reals:
    return np.asarray(columns.reshape(len(columns), -1, len(quadrature)) @ quadrature)
