"""After the fit of a many-facet Rasch model: weighted likelihood estimates of persons, and infit and outfit.

Sources: Warm 1989, Psychometrika 54 (weighted likelihood); Wright and Masters 1982 (mean squares), averaged over the
posterior of each person so that both expect 1 also with few ratings per person.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.mfrm_likelihood import (
    PERSONS_AT_ONCE,
    Ability,
    Facets,
    Floats,
    Ints,
    constants,
    posteriors,
    tables,
)

LARGEST_THETA = 25.0


@dataclass(frozen=True)
class MeanSquares:
    """Infit (weighted by information) and outfit per level of every facet; 1 is expected."""

    infit: Floats
    outfit: Floats


@dataclass(frozen=True)
class WeightedLikelihood:
    """Warm's estimates per person, their standard errors, and 1 - mean error variance / variance."""

    theta: Floats
    se: Floats

    @property
    def reliability(self) -> float:
        """Separation reliability of the estimates."""
        spread = float(self.theta.var(ddof=1)) if len(self.theta) > 1 else 0.0
        return 1.0 - float((self.se**2).mean()) / spread if spread > 0 else 0.0


def weighted_likelihood(facets: Facets, full: Floats, rounds: int = 60) -> WeightedLikelihood:
    """Newton steps on Warm's estimating equation, each person with the combinations met."""
    n = facets.met.shape[0]
    theta = np.zeros(n)
    information = np.ones(n)
    for _ in range(rounds):
        first, second, third = _moments(facets, full, theta)
        information = np.maximum(second, 1e-10)
        step = (facets.score - first + 0.5 * third / information) / information
        step = np.clip(step, -1.0, 1.0)
        theta = np.clip(theta + step, -LARGEST_THETA, LARGEST_THETA)
        if float(np.abs(step).max(initial=0.0)) < 1e-8:
            break
    return WeightedLikelihood(theta, 1.0 / np.sqrt(information))


def mean_squares(facets: Facets, full: Floats, ability: Ability) -> MeanSquares:
    """Infit and outfit of each facet level, residuals averaged over the persons' posteriors."""
    psi, expected, upper = tables(facets, full, ability.nodes)
    steps = np.arange(facets.n_steps)
    variance = upper[:, np.maximum.outer(steps, steps)].sum(axis=(1, 2)) - expected**2
    variance = np.maximum(variance, 1e-12)
    weights = np.empty((facets.met.shape[0], len(ability.nodes)))
    for rows, posterior, _ in posteriors(facets, psi, constants(facets, full), ability):
        weights[rows] = posterior
    size = facets.n_levels
    squared, information, standard, count = (np.zeros(size) for _ in range(4))
    for start in range(0, len(facets.person), PERSONS_AT_ONCE):
        at = slice(start, start + PERSONS_AT_ONCE)
        combo, own = facets.combination[at], weights[facets.person[at]]
        residual = (facets.category[at, None] - expected[combo]) ** 2
        inner = ((residual * own).sum(axis=1), (variance[combo] * own).sum(axis=1))
        outer = (residual / variance[combo] * own).sum(axis=1)
        for level in facets.level_of[combo].T:
            squared += np.bincount(level, inner[0], size)
            information += np.bincount(level, inner[1], size)
            standard += np.bincount(level, outer, size)
            count += np.bincount(level, minlength=size)
    return MeanSquares(squared / np.maximum(information, 1e-12), standard / np.maximum(count, 1))


def residual_share(facets: Facets, full: Floats, theta: Floats) -> float:
    """Share of the variance of the ratings that the model reproduces at these theta."""
    total = float(np.var(facets.category))
    left = 0.0
    ratings = np.empty(len(facets.person))
    for start in range(0, len(facets.person), PERSONS_AT_ONCE):
        at = slice(start, start + PERSONS_AT_ONCE)
        chance = _chances(facets, full, facets.combination[at], theta[facets.person[at]])
        ratings[at] = facets.category[at] - chance @ np.arange(facets.n_steps + 1)
    left = float(np.var(ratings))
    return 1.0 - left / total if total > 0 else 0.0


def _moments(facets: Facets, full: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum over a person's ratings of the mean, variance and third central moment of the category."""
    k = np.arange(facets.n_steps + 1.0)
    sums = np.zeros((3, len(theta)))
    for start in range(0, len(facets.person), PERSONS_AT_ONCE):
        at = slice(start, start + PERSONS_AT_ONCE)
        person = facets.person[at]
        chance = _chances(facets, full, facets.combination[at], theta[person])
        mean = chance @ k
        away = k - mean[:, None]
        for row, value in enumerate((mean, (chance * away**2).sum(axis=1), (chance * away**3).sum(axis=1))):
            sums[row] += np.bincount(person, value, len(theta))
    return sums[0], sums[1], sums[2]


def _chances(facets: Facets, full: Floats, combination: Ints, theta: Floats) -> Floats:
    severity = full[: facets.n_levels]
    steps = full[facets.n_levels :].reshape(facets.step_count.shape)
    place = theta - severity[facets.level_of[combination]].sum(axis=1)
    climbed = np.cumsum(np.hstack([np.zeros((len(steps), 1)), steps]), axis=1)
    logits = np.arange(facets.n_steps + 1.0) * place[:, None] - climbed[facets.group_of[combination]]
    weight = np.exp(logits - logits.max(axis=1, keepdims=True))
    out: Floats = weight / weight.sum(axis=1, keepdims=True)
    return out
