"""Many-facet Rasch model by marginal maximum likelihood: rating scale or partial credit, any number of facets.

Two ways to integrate over persons. `fit_converged` follows the distribution with a grid fine enough for the best
measured person, and is the maximum likelihood estimate. `fit_fixed` keeps the nodes where they are and sets mean and
variance to the posterior moments, as TAM does with its default nodes -6..6; it reproduces numbers published with that
grid.

Sources: Linacre 1989; Andrich 1978, Psychometrika 43; Masters 1982, Psychometrika 47; Bock and Aitkin 1981,
Psychometrika 46; Robitzsch, Kiefer and Wu, TAM. Standard errors: Louis 1982, JRSS B 44.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from upwell.engine.errors import NotEstimableError
from upwell.engine.numerics.mfrm_likelihood import (
    Ability,
    Facets,
    Floats,
    Ints,
    complete_information,
    evaluate,
    information,
    moving,
    score_products,
    still,
    tables,
)

REACH = 6.5
"""How many standard deviations of theta the moving grid covers on either side."""
FINENESS = 0.75
"""Widest spacing of the moving grid, in standard deviations of the sharpest posterior."""
FEWEST_NODES, MOST_NODES = 41, 1201
LARGEST_SD = 60.0
MOST_ROUNDS = 2000
CURVATURE_BUDGET = 3e10
"""Multiplications up to which the exact curvature is computed; above it, products of scores."""


@dataclass(frozen=True)
class Fit:
    """Estimates in logits; positive facet values are harder or more severe.

    facets: one array per facet, sum zero, with standard errors; facet_plain_se ignore how estimates go together and are
    too small, kept because TAM publishes them. steps: groups x (K-1), each group with sum zero.
    theta, theta_sd: posterior mean and sd per person. log_likelihood is marginal; deviance is -2 of it.
    `exact` is False where the standard errors come from products of scores.
    """

    facets: tuple[Floats, ...]
    facet_se: tuple[Floats, ...]
    facet_plain_se: tuple[Floats, ...]
    steps: Floats
    step_se: Floats
    mean: float
    variance: float
    theta: Floats
    theta_sd: Floats
    log_likelihood: float
    parameters: int
    nodes: int
    rounds: int
    gradient: float
    exact: bool
    full: Floats

    @property
    def deviance(self) -> float:
        """Minus two log likelihood."""
        return -2.0 * self.log_likelihood

    @property
    def eap_reliability(self) -> float:
        """Share of the variance of persons that the posterior means carry."""
        spread = float(self.theta.var())
        return spread / (spread + float((self.theta_sd**2).mean()))


def lay_out(
    person: Ints, category: Ints, levels: Sequence[Ints], group: Ints | None = None, categories: int | None = None
) -> Facets:
    """Lay ratings out: codes from 0 for persons, categories (0..K-1), each facet's levels and the step group."""
    n, k = int(person.max()) + 1, int(categories or category.max() + 1)
    group = np.zeros(len(person), dtype=np.int64) if group is None else group
    sizes = [int(level.max()) + 1 for level in levels]
    starts = np.cumsum([0, *sizes])
    stacked = np.column_stack([*(level + start for level, start in zip(levels, starts, strict=False)), group])
    distinct, combo = np.unique(stacked, axis=0, return_inverse=True)
    combo = combo.reshape(-1)
    groups, steps = int(group.max()) + 1, k - 1
    ones = np.ones(len(person))
    reached = np.repeat(np.arange(len(person)), category)
    height = np.arange(len(reached)) - np.repeat(np.cumsum(category) - category, category)
    step_at = group[reached] * steps + height
    score = category.astype(float)
    level_rows = np.tile(person, len(levels)), np.concatenate([lv + s for lv, s in zip(levels, starts, strict=False)])
    person_levels = sparse.csr_array((np.tile(score, len(levels)), level_rows), shape=(n, int(starts[-1])))
    person_steps = sparse.csr_array((np.ones(len(reached)), (person[reached], step_at)), shape=(n, groups * steps))
    return Facets(
        person=person,
        combination=combo,
        category=category,
        met=sparse.csr_array((ones, (person, combo)), shape=(n, len(distinct))),
        level_of=distinct[:, :-1],
        group_of=distinct[:, -1],
        score=np.bincount(person, score, n).astype(np.float64),
        level_score=np.asarray(person_levels.sum(axis=0)),
        step_count=np.asarray(person_steps.sum(axis=0)).reshape(groups, steps),
        free=effect_coding([*sizes, *[steps] * groups]),
        free_blocks=np.array([*sizes, *[steps] * groups], dtype=np.int64),
        person_levels=person_levels,
        person_steps=person_steps,
    )


def effect_coding(sizes: Sequence[int]) -> Floats:
    """All parameters x free parameters, each block summing to zero through its last member."""
    out = np.zeros((sum(sizes), sum(size - 1 for size in sizes)))
    row = column = 0
    for size in sizes:
        out[row : row + size - 1, column : column + size - 1] = np.eye(size - 1)
        out[row + size - 1, column : column + size - 1] = -1.0
        row, column = row + size, column + size - 1
    return out


def fit_converged(facets: Facets, sizes: Sequence[int]) -> Fit:
    """Maximum likelihood on a grid that moves with the distribution and is as fine as the data ask.

    Raises:
        NotEstimableError: the spread of persons has no finite estimate, or the facets cannot be told apart.
    """
    check_separable(facets)
    point = np.concatenate([np.zeros(facets.free.shape[1]), _start(facets)])
    count, rounds = FEWEST_NODES, 0
    for _ in range(4):
        standard = np.linspace(-REACH, REACH, count)
        point, used = _maximise(facets, point, standard)
        rounds += used
        needed = _nodes_needed(facets, point)
        if needed <= count:
            break
        count = needed
    point, size = _polish(facets, point, standard)
    mean, sd = float(point[-2]), float(np.exp(point[-1]))
    ability = moving(mean, sd, standard)
    return _result(facets, sizes, point[:-2], mean, sd, ability, rounds, size, len(point))


def fit_fixed(facets: Facets, sizes: Sequence[int], nodes: Floats, stop: float = 1e-4) -> Fit:
    """Estimates on fixed nodes by EM; mean and variance are those of the posteriors, so they depend on the grid.

    Ends, as TAM does, when no parameter moves by more than `stop` in a round and the deviance by no more than ten times
    that. A facet that is constant within a person moves slowly and is then not quite settled; a smaller `stop` settles
    it.
    The deviance counts the normal density at the nodes times their spacing, so mass beyond the grid is lost, as in TAM.
    Standard errors take mean and variance as known.

    Raises:
        NotEstimableError: the facets cannot be told apart, or the rounds do not end.
    """
    check_separable(facets)
    point = np.zeros(facets.free.shape[1])
    mean, variance, before, rounds = 0.0, 1.0, np.inf, 0
    while rounds < MOST_ROUNDS:
        rounds += 1
        ability = still(mean, float(np.sqrt(variance)), nodes)
        moved, fresh, spread, likelihood = _em_round(facets, point, ability)
        change = max(float(np.abs(moved).max(initial=0.0)), abs(fresh - mean), abs(spread - variance))
        point, mean, variance = point + moved, fresh, max(spread, 1e-6)
        if change < stop and abs(2 * (likelihood - before)) < 10 * stop:
            break
        before = likelihood
    else:
        raise NotEstimableError("The model did not settle on this grid; use the converged grid.")
    ability = still(mean, float(np.sqrt(variance)), nodes)
    found = _result(facets, sizes, point, mean, float(np.sqrt(variance)), ability, rounds, change, len(point) + 2)
    mass = float(np.exp(-0.5 * (nodes - mean) ** 2 / variance).sum() * (nodes[1] - nodes[0]))
    lost = facets.met.shape[0] * np.log(mass / np.sqrt(2 * np.pi * variance))
    return replace(found, log_likelihood=found.log_likelihood + float(lost))


def _em_round(facets: Facets, point: Floats, ability: Ability) -> tuple[Floats, float, float, float]:
    """One round: the Newton step of the complete-data likelihood, and the moments of the posteriors."""
    full = facets.free @ point
    now = evaluate(facets, full, ability)
    slope = facets.free.T @ now.gradient
    curvature = facets.free.T @ complete_information(facets, full, ability) @ facets.free
    step = np.asarray(np.linalg.solve(curvature, slope) if len(slope) else np.zeros(0), dtype=np.float64)
    step *= min(1.0, 1.0 / max(float(np.abs(step).max(initial=0.0)), 1e-12))
    mean = float(now.mean.mean())
    return step, mean, float((now.sd**2 + now.mean**2).mean()) - mean**2, now.log_likelihood


def _plain_se(facets: Facets, full: Floats, ability: Ability) -> Floats:
    """Errors from the diagonal of the complete-data information of the coded parameters, as TAM gives them."""
    curvature = complete_information(facets, full, ability)
    own = np.diag(curvature)
    block = np.cumsum(facets.free_blocks) - 1
    last = np.repeat(block, facets.free_blocks)
    first = np.repeat(block - facets.free_blocks + 1, facets.free_blocks)
    at = np.arange(len(own))
    other = np.where(at == last, first, last)
    coded = own + own[other] - 2 * curvature[at, other]
    return np.where(coded > 0, 1.0 / np.sqrt(np.maximum(coded, 1e-300)), 0.0)


def check_separable(facets: Facets) -> None:
    """Refuse facets whose levels always occur together.

    Raises:
        NotEstimableError: a combination of levels is confounded with another.
    """
    levels = facets.free[: facets.n_levels]
    levels = levels[:, np.abs(levels).sum(axis=0) > 0]
    design = np.hstack([facets.indicator @ levels, np.ones((len(facets.group_of), 1))])
    values = np.linalg.eigvalsh(design.T @ design)
    if values[0] < 1e-9 * values[-1]:
        raise NotEstimableError("Two facets always change together, so their effects cannot be told apart; name fewer.")


def _start(facets: Facets) -> Floats:
    most = facets.met.sum() * facets.n_steps
    share = float(np.clip(facets.score.sum() / most, 0.02, 0.98))
    return np.array([np.log(share / (1 - share)), 0.4])


def _scale(facets: Facets) -> Floats:
    """Rough curvature of each free parameter, to make them alike for the search."""
    met = np.asarray(facets.met.sum(axis=0)).ravel()
    levels = facets.indicator.T @ met * 0.5
    steps = np.zeros_like(facets.step_count)
    np.add.at(steps, facets.group_of, np.repeat(met[:, None] * 0.2, facets.n_steps, axis=1))
    weight = np.concatenate([levels, steps.ravel()])
    return np.asarray(np.sqrt(np.maximum(np.abs(facets.free).T @ weight, 1.0)))


def _maximise(facets: Facets, point: Floats, standard: Floats) -> tuple[Floats, int]:
    n = facets.met.shape[0]
    scale = np.concatenate([_scale(facets), np.sqrt([n, n])])

    def negative(scaled: Floats) -> tuple[float, Floats]:
        here = scaled / scale
        sd = float(np.exp(here[-1]))
        now = evaluate(facets, facets.free @ here[:-2], moving(float(here[-2]), sd, standard))
        slope = np.concatenate([facets.free.T @ now.gradient[:-2], [now.gradient[-2], sd * now.gradient[-1]]])
        return -now.log_likelihood, -slope / scale

    bounds = [(None, None)] * (len(point) - 1) + [(np.log(0.02) * scale[-1], np.log(LARGEST_SD) * scale[-1])]
    found = minimize(
        negative,
        point * scale,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 400, "maxcor": 25, "gtol": 1e-5, "ftol": 1e-13},
    )
    best: Floats = found.x / scale
    if best[-1] > np.log(LARGEST_SD) - 1e-6 or not np.isfinite(found.fun):
        raise NotEstimableError("The ratings separate the persons completely, so the model has no finite estimate.")
    return best, int(found.nit)


def _polish(facets: Facets, point: Floats, standard: Floats) -> tuple[Floats, float]:
    """Newton steps with the exact curvature, where it is affordable; the largest scaled gradient left."""
    scale = np.concatenate([_scale(facets), np.sqrt([facets.met.shape[0]] * 2)])
    size = np.inf
    for _ in range(4):
        mean, sd = float(point[-2]), float(np.exp(point[-1]))
        ability = moving(mean, sd, standard)
        now = evaluate(facets, facets.free @ point[:-2], ability)
        slope = np.concatenate([facets.free.T @ now.gradient[:-2], now.gradient[-2:]])
        size = float(np.abs(slope / scale).max())
        if size < 1e-7 or not _affordable(facets, len(standard)):
            break
        step = np.linalg.solve(_reduced(facets, information(facets, facets.free @ point[:-2], ability)), slope)
        if not np.isfinite(step).all() or np.abs(step * scale).max() > 1.0 * np.sqrt(len(step)) or sd + step[-1] <= 0:
            break
        point = np.concatenate([point[:-1] + step[:-1], [np.log(sd + step[-1])]])
    return point, size


def _nodes_needed(facets: Facets, point: Floats) -> int:
    sd = float(np.exp(point[-1]))
    nodes = point[-2] + sd * np.linspace(-4, 4, 33)
    _, _, upper = tables(facets, facets.free @ point[:-2], nodes)
    steps = np.arange(facets.n_steps)
    spread = upper[:, np.maximum.outer(steps, steps)].sum(axis=(1, 2)) - upper.sum(axis=1) ** 2
    sharpest = 1.0 / np.sqrt(float((facets.met @ spread).max()) + 1.0 / sd**2)
    count = int(np.ceil(2 * REACH * sd / (FINENESS * sharpest))) | 1
    return int(np.clip(count, FEWEST_NODES, MOST_NODES))


def _affordable(facets: Facets, nodes: int) -> bool:
    size = facets.free.shape[0]
    persons, combos = facets.met.shape
    return bool((persons * size + facets.met.nnz + combos * facets.n_steps) * size * nodes < CURVATURE_BUDGET)


def _reduced(facets: Facets, curvature: Floats) -> Floats:
    extra = curvature.shape[0] - facets.free.shape[0]
    code = np.block(
        [
            [facets.free, np.zeros((facets.free.shape[0], extra))],
            [np.zeros((extra, facets.free.shape[1])), np.eye(extra)],
        ]
    )
    out: Floats = code.T @ curvature @ code
    return out


def _result(
    facets: Facets,
    sizes: Sequence[int],
    point: Floats,
    mean: float,
    sd: float,
    ability: Ability,
    rounds: int,
    size: float,
    parameters: int,
) -> Fit:
    full = facets.free @ point
    now = evaluate(facets, full, ability)
    exact = _affordable(facets, len(ability.nodes))
    curvature = (information if exact else score_products)(facets, full, ability)
    covariance = np.linalg.pinv(_reduced(facets, curvature), hermitian=True)[: len(point), : len(point)]
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", facets.free, covariance, facets.free), 0.0))
    cuts = np.cumsum(sizes)
    count = facets.n_levels
    return Fit(
        facets=tuple(np.split(full[:count], cuts)[:-1]),
        facet_se=tuple(np.split(se[:count], cuts)[:-1]),
        facet_plain_se=tuple(np.split(_plain_se(facets, full, ability)[:count], cuts)[:-1]),
        steps=full[count:].reshape(facets.step_count.shape),
        step_se=se[count:].reshape(facets.step_count.shape),
        mean=mean,
        variance=sd**2,
        theta=now.mean,
        theta_sd=now.sd,
        log_likelihood=now.log_likelihood,
        parameters=parameters,
        nodes=len(ability.nodes),
        rounds=rounds,
        gradient=size,
        exact=exact,
        full=full,
    )
