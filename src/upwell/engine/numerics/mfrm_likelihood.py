"""The marginal likelihood of the many-facet Rasch model on a grid, with its gradient and its curvature.

A rating r is made under a *combination* c(r) of facet levels. With K ordered categories 0..K-1,
``log P(k | theta, c) = k (theta - sum of the facets of c) - (tau_1 + ... + tau_k) - log Psi_c(theta)``; the steps tau
may be common or belong to a group of combinations (partial credit). theta ~ N(mean, sd^2).

For this exponential family a person's likelihood needs the total score and ``log Psi`` of the combinations met,
nothing else, so one pass costs (ratings x nodes). The curvature is Louis' identity: complete-data information minus
the posterior variance of the complete-data score.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PERSONS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Facets:
    """Ratings laid out for the model.

    person, combination, category: one entry per rating. met: persons x combinations, how many ratings. level_of:
    combinations x facets, index of the level among all levels of all facets. group_of: step group of each combination.
    score: total category per person. level_score, step_count (groups x K-1, ratings in category >= h): what was
    observed. free: effect coding, all parameters x free parameters, in blocks of the sizes `free_blocks`.
    """

    person: Ints
    combination: Ints
    category: Ints
    met: sparse.csr_array
    level_of: Ints
    group_of: Ints
    score: Floats
    level_score: Floats
    step_count: Floats
    free: Floats
    free_blocks: Ints
    person_levels: sparse.csr_array
    person_steps: sparse.csr_array

    @property
    def n_levels(self) -> int:
        """Levels of all facets together."""
        return len(self.level_score)

    @property
    def n_steps(self) -> int:
        """Steps between neighbouring categories."""
        return int(self.step_count.shape[1])

    @cached_property
    def indicator(self) -> sparse.csr_array:
        """Combinations x levels, 1 where the combination has the level."""
        rows, width = self.level_of.shape
        at = np.repeat(np.arange(rows), width)
        return sparse.csr_array(
            (np.ones(rows * width), (at, self.level_of.ravel())), shape=(rows, self.n_levels), dtype=np.float64
        )

    @cached_property
    def indicator_dense(self) -> Floats:
        """The same, with the noughts."""
        return np.asarray(self.indicator.toarray())


@dataclass(frozen=True)
class Ability:
    """Grid of theta: log weights of its nodes, and how theta moves with mean and sd (None: it does not)."""

    nodes: Floats
    log_weights: Floats
    standard: Floats | None


@dataclass(frozen=True)
class Pass:
    """One evaluation. ``gradient`` is of the full parameters (levels, steps) and, where theta moves, mean and sd."""

    log_likelihood: float
    gradient: Floats
    mean: Floats
    sd: Floats
    expected: Floats


def moving(mean: float, sd: float, standard: Floats) -> Ability:
    """Nodes that follow the distribution: theta = mean + sd z, with the normal weights of equally spaced z."""
    weights = -0.5 * standard**2
    return Ability(mean + sd * standard, weights - _log_sum(weights[None, :])[0], standard)


def still(mean: float, sd: float, nodes: Floats) -> Ability:
    """Fixed nodes whose weights follow the normal density, normalised over the nodes."""
    weights = -0.5 * ((nodes - mean) / sd) ** 2
    return Ability(nodes, weights - _log_sum(weights[None, :])[0], None)


def evaluate(facets: Facets, full: Floats, ability: Ability) -> Pass:
    """Log likelihood, gradient and the persons' posterior moments at these parameters."""
    psi, expected, upper = tables(facets, full, ability.nodes)
    constant = constants(facets, full)
    n = facets.met.shape[0]
    met = np.zeros((facets.met.shape[1], len(ability.nodes)))
    mean, sd = np.empty(n), np.empty(n)
    total, pull = 0.0, np.zeros(len(ability.nodes))
    for rows, posterior, evidence in posteriors(facets, psi, constant, ability):
        total += float(evidence.sum())
        met += facets.met[rows].T @ posterior
        pull += facets.score[rows] @ posterior
        mean[rows] = posterior @ ability.nodes
        sd[rows] = np.sqrt(np.maximum(posterior @ ability.nodes**2 - mean[rows] ** 2, 0.0))
    by_combination = (met * expected).sum(axis=1)
    gradient = [-(facets.level_score - facets.indicator.T @ by_combination)]
    by_step = np.einsum("chq,cq->ch", upper, met)
    fitted = np.zeros_like(facets.step_count)
    np.add.at(fitted, facets.group_of, by_step)
    gradient.append(-(facets.step_count - fitted).ravel())
    if ability.standard is not None:
        along = pull - (met * expected).sum(axis=0)
        gradient.append(np.array([along.sum(), ability.standard @ along]))
    return Pass(total, np.concatenate(gradient), mean, sd, expected)


def tables(facets: Facets, full: Floats, nodes: Floats) -> tuple[Floats, Floats, Floats]:
    """Per combination and node: log Psi, expected category, and P(category >= h) for each step h."""
    severity, steps = _split(facets, full)
    place = -severity[facets.level_of].sum(axis=1)
    climbed = np.cumsum(steps, axis=1)[facets.group_of]
    k = np.arange(1, facets.n_steps + 1)
    logits = k[None, :, None] * (place[:, None, None] + nodes[None, None, :]) - climbed[:, :, None]
    top = np.maximum(logits.max(axis=1), 0.0)
    weight = np.exp(logits - top[:, None, :])
    whole = np.exp(-top) + weight.sum(axis=1)
    chance = weight / whole[:, None, :]
    upper = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]
    return top + np.log(whole), upper.sum(axis=1), upper


def posteriors(
    facets: Facets, psi: Floats, constant: Floats, ability: Ability
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Blocks of persons: rows, posterior weights of the nodes, log evidence."""
    n = facets.met.shape[0]
    for start in range(0, n, PERSONS_AT_ONCE):
        rows = slice(start, min(start + PERSONS_AT_ONCE, n))
        joint = np.outer(facets.score[rows], ability.nodes) - facets.met[rows] @ psi
        joint += constant[rows, None] + ability.log_weights
        evidence = _log_sum(joint)
        yield rows, np.exp(joint - evidence[:, None]), evidence


def information(facets: Facets, full: Floats, ability: Ability) -> Floats:
    """Observed information of the full parameters (and mean and sd where theta moves), before effect coding."""
    psi, expected, upper = tables(facets, full, ability.nodes)
    constant = constants(facets, full)
    size = facets.n_levels + facets.step_count.size + (2 if ability.standard is not None else 0)
    out = np.zeros((size, size))
    met = np.zeros(psi.shape)
    observed = np.hstack([-facets.person_levels.toarray(), -facets.person_steps.toarray()])
    for rows, posterior, _ in posteriors(facets, psi, constant, ability):
        average = np.zeros((posterior.shape[0], size))
        for q in range(len(ability.nodes)):
            weight = posterior[:, q]
            if weight.max() < 1e-14:
                continue
            slope = _scores(facets, observed[rows], rows, expected[:, q], upper[:, :, q], ability, q)
            average += weight[:, None] * slope
            out -= (slope * weight[:, None]).T @ slope
        met += facets.met[rows].T @ posterior
        out += average.T @ average
    return out + _complete(facets, met, upper, ability)


def complete_information(facets: Facets, full: Floats, ability: Ability) -> Floats:
    """What the information of levels and steps would be if the persons' theta were known."""
    psi, _, upper = tables(facets, full, ability.nodes)
    met = np.zeros(psi.shape)
    for rows, posterior, _ in posteriors(facets, psi, constants(facets, full), ability):
        met += facets.met[rows].T @ posterior
    return _complete(facets, met, upper, Ability(ability.nodes, ability.log_weights, None))


def score_products(facets: Facets, full: Floats, ability: Ability) -> Floats:
    """Sum of outer products of the persons' scores: the cheaper estimate of the information."""
    psi, expected, upper = tables(facets, full, ability.nodes)
    weights = np.empty((facets.met.shape[0], len(ability.nodes)))
    for rows, posterior, _ in posteriors(facets, psi, constants(facets, full), ability):
        weights[rows] = posterior
    count, levels, steps = len(facets.person), facets.n_levels, facets.n_steps
    reached = np.empty((count, steps))
    along = np.zeros((facets.met.shape[0], 2))
    standard = np.zeros(len(ability.nodes)) if ability.standard is None else ability.standard
    for start in range(0, count, PERSONS_AT_ONCE):
        at = slice(start, start + PERSONS_AT_ONCE)
        own, met = weights[facets.person[at]], facets.combination[at]
        reached[at] = np.einsum("rhq,rq->rh", upper[met], own)
        rest = (facets.category[at, None] - expected[met]) * own
        np.add.at(along, facets.person[at], np.column_stack([rest.sum(axis=1), rest @ standard]))
    rest = reached.sum(axis=1) - facets.category
    width = facets.level_of.shape[1]
    columns = facets.level_of[facets.combination].ravel()
    by_level = sparse.csr_array(
        (np.repeat(rest, width), (np.repeat(facets.person, width), columns)), shape=(len(along), levels)
    )
    at_step = facets.group_of[facets.combination][:, None] * steps + np.arange(steps)
    excess = reached - (facets.category[:, None] > np.arange(steps))
    by_step = sparse.csr_array(
        (excess.ravel(), (np.repeat(facets.person, steps), at_step.ravel())), shape=(len(along), facets.step_count.size)
    )
    parts = [by_level, by_step] + ([sparse.csr_array(along)] if ability.standard is not None else [])
    scores = sparse.hstack(parts, format="csr")
    return np.asarray((scores.T @ scores).toarray())


def _scores(
    facets: Facets, observed: Floats, rows: slice, expected: Floats, upper: Floats, ability: Ability, q: int
) -> Floats:
    """Complete-data score of each person at one node."""
    combos = len(expected)
    by_step = np.zeros((combos, facets.step_count.size))
    at = facets.group_of[:, None] * facets.n_steps + np.arange(facets.n_steps)
    np.put_along_axis(by_step, at, upper, axis=1)
    design = np.hstack([facets.indicator_dense * expected[:, None], by_step])
    slope = observed + facets.met[rows] @ design
    if ability.standard is None:
        return np.asarray(slope)
    along = facets.score[rows] - facets.met[rows] @ expected
    return np.hstack([slope, along[:, None], ability.standard[q] * along[:, None]])


def _complete(facets: Facets, met: Floats, upper: Floats, ability: Ability) -> Floats:
    """Complete-data information: the variance of the statistics of each rating, summed over ratings and nodes."""
    steps, groups = facets.n_steps, facets.step_count.shape[0]
    later = np.maximum.outer(np.arange(steps), np.arange(steps))
    spread = np.zeros((len(met), steps, steps))
    moved = np.zeros((2, len(met), steps))
    for q in range(met.shape[1]):
        here = upper[:, later, q] - upper[:, :, None, q] * upper[:, None, :, q]
        here *= met[:, q, None, None]
        spread += here
        if ability.standard is not None:
            along = ability.standard[q] * here.sum(axis=2)
            moved[0] += along
            moved[1] += ability.standard[q] * along
    with_score = spread.sum(axis=2)
    indicator = facets.indicator
    levels = (indicator.T @ (indicator * with_score.sum(axis=1)[:, None])).toarray()
    cross = np.zeros((facets.n_levels, groups * steps))
    inner = np.zeros((groups * steps, groups * steps))
    for g in range(groups):
        own = facets.group_of == g
        part = slice(g * steps, (g + 1) * steps)
        cross[:, part] = indicator[own].T @ with_score[own]
        inner[part, part] = spread[own].sum(axis=0)
    out = np.block([[levels, cross], [cross.T, inner]])
    if ability.standard is None:
        return out
    edge = np.column_stack(
        [-np.concatenate([indicator.T @ v.sum(axis=1), _by_group(facets, v)]) for v in (with_score, moved[0])]
    )
    sums = [float(v.sum()) for v in (with_score, moved[0], moved[1])]
    corner = np.array([[sums[0], sums[1]], [sums[1], sums[2]]])
    return np.block([[out, edge], [edge.T, corner]])


def _by_group(facets: Facets, values: Floats) -> Floats:
    out = np.zeros_like(facets.step_count)
    np.add.at(out, facets.group_of, values)
    return out.ravel()


def constants(facets: Facets, full: Floats) -> Floats:
    """What of each person's log likelihood does not depend on theta."""
    severity, steps = _split(facets, full)
    return np.asarray(-(facets.person_levels @ severity) - facets.person_steps @ steps.ravel())


def _split(facets: Facets, full: Floats) -> tuple[Floats, Floats]:
    return full[: facets.n_levels], full[facets.n_levels :].reshape(facets.step_count.shape)


def _log_sum(values: Floats) -> Floats:
    top = values.max(axis=1)
    out: Floats = top + np.log(np.exp(values - top[:, None]).sum(axis=1))
    return out
