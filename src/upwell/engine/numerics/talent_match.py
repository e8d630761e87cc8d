"""How surely a person meets a weighted list of requirements, from normal beliefs about each level.

Beliefs of one person share a factor (who is underrated here is probably underrated there); given the factor the
requirements are met independently, so the met weight is a Poisson-binomial sum, convolved exactly on a grid of weights
and integrated over the factor by Gauss-Hermite quadrature. No chance is involved.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Reals = NDArray[np.float64]
GRID = 200
NODES = 15


@dataclass(frozen=True, slots=True)
class Met:
    """Per person: expected share of the weight that is met, its 95 % interval, the probability that every must-have
    is met, and that besides at least `ready_at` of the weight is."""

    share: Reals
    lo95: Reals
    hi95: Reals
    p_must: Reals
    p_ready: Reals


def met(
    level: Reals, sd: Reals, required: Reals, weight: Reals, must: NDArray[np.bool_], *, ready_at: float, shared: float
) -> Met:
    """Beliefs are persons x capabilities; `shared` is the correlation of one person's beliefs, 0 to below 1."""
    people, count = level.shape
    parts = _parts(weight)
    total = int(parts.sum())
    threshold = int(np.ceil(ready_at * total - 1e-9))
    nodes, quadrature = np.polynomial.hermite_e.hermegauss(NODES)
    quadrature = quadrature / quadrature.sum()
    mass, sure = np.zeros((people, total + 1)), np.zeros((people, total + 1))
    for node, chance in zip(nodes, quadrature, strict=True):
        meets = ndtr((level - required + np.sqrt(shared) * sd * node) / (np.sqrt(1.0 - shared) * np.maximum(sd, 1e-9)))
        mass += chance * _sums(meets, parts, np.zeros(count, dtype=np.bool_))
        sure += chance * _sums(meets, parts, must)
    along = np.cumsum(mass, axis=1)
    shares = np.arange(total + 1) / total
    return Met(
        share=ndtr((level - required) / np.maximum(sd, 1e-9)) @ (weight / weight.sum()),
        lo95=shares[np.minimum((along < 0.025 - 1e-12).sum(axis=1), total)],
        hi95=shares[np.minimum((along < 0.975 - 1e-12).sum(axis=1), total)],
        p_must=np.clip(sure.sum(axis=1), 0.0, 1.0),
        p_ready=np.clip(sure[:, threshold:].sum(axis=1), 0.0, 1.0),
    )


def _parts(weight: Reals) -> NDArray[np.int64]:
    """Weights as whole parts: themselves where they are small whole numbers, else rounded to GRID parts in all."""
    whole = np.round(weight).astype(np.int64)
    if np.abs(weight - whole).max() < 1e-9 and whole.sum() <= 5 * GRID:
        return whole
    return np.asarray(np.round(GRID * weight / weight.sum()), dtype=np.int64)


def _sums(meets: Reals, parts: NDArray[np.int64], must: NDArray[np.bool_]) -> Reals:
    """Probability of each met weight, leaving out every case in which a must-have is not met."""
    mass = np.zeros((len(meets), int(parts.sum()) + 1))
    mass[:, 0] = 1.0
    for k, step in enumerate(parts):
        held = mass * meets[:, k, None]
        mass = np.zeros_like(mass) if must[k] else mass * (1.0 - meets[:, k, None])
        mass[:, step:] += held[:, : held.shape[1] - step]
    return mass
