"""The sweep over person blocks in arrays, for small inputs and where nothing can be compiled.

Same formulas as ``compiled``; blocks of equal shape are solved together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from upwell.engine.numerics import totals as at
from upwell.engine.numerics.blocks import Design, Stack, solve, summed
from upwell.engine.numerics.probit import interval_moments
from upwell.engine.numerics.sweeping import RESIDUALS, Beliefs, Levels, Rows, Values, places_of

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solved:
    """Moments after one solve, per cell, pair, rating (``fit``: level plus offset) and person.

    ``along`` and ``across`` are the second moments of the deviations from the prior mean along the all-ones
    direction and across it, with their posterior variances; ``pull`` is prior precision times deviation.
    """

    cell_mean: Reals
    cell_var: Reals
    pair_mean: Reals
    pair_var: Reals
    fit_mean: Reals
    fit_var: Reals
    along: Reals
    along_var: Reals
    across: Reals
    across_var: Reals
    pull: Reals


def cavities(design: Design, beliefs: Beliefs, severity_shift: Reals, severity_precision: Reals) -> tuple[Reals, Reals]:
    """Mean and variance of each pair's severity as seen without that person's own message."""
    precision = severity_precision[design.pair_rater] - beliefs.pair_precision
    shift = severity_shift[design.pair_rater] - beliefs.pair_shift
    return shift / precision, 1.0 / precision


def sweep(
    design: Design,
    parts: list[Stack],
    values: Values,
    beliefs: Beliefs,
    severity: tuple[Reals, Reals],
    levels: Levels,
    totals: Reals,
) -> float:
    """As ``compiled.sweep_persons`` over all persons; ``severity`` is shift and precision per rater."""
    cavity, spread = cavities(design, beliefs, *severity)
    halo = values.halo[values.group[design.pair_rater]]
    found = _solve_all(design, parts, values, beliefs, -cavity, spread + halo)
    moved = float(np.abs(found.cell_mean - levels.mean).max(initial=0.0))
    levels.mean[:], levels.var[:] = found.cell_mean, found.cell_var
    _level_totals(design, values, found, totals)
    _tell_raters(found, halo, cavity, spread, beliefs, values.damping, totals)
    _project(design, values, found, beliefs, totals)
    return moved


def residuals(
    design: Design,
    parts: list[Stack],
    rows: Rows,
    values: Values,
    beliefs: Beliefs,
    severity: tuple[Reals, Reals],
) -> Reals:
    """As ``compiled.sweep_persons`` with residuals: sums per pair of what the rest of the evidence expects."""
    cavity, spread = cavities(design, beliefs, *severity)
    halo = values.halo[values.group[design.pair_rater]]
    found = _solve_all(design, parts, values, beliefs, -cavity, spread + halo)
    precision, centre = _cavity_of_fit(found, beliefs)
    noise = values.noise[design.rating_source] + values.drift * design.age
    scale_of = rows.rating_first[design.rating_edge]
    first, last = rows.scale_start[scale_of], rows.scale_start[scale_of + 1]
    expected, square = np.zeros(len(centre)), np.zeros(len(centre))
    for step in range(1, int((last - first).max(initial=0)) - 1):
        inside = first + step < last - 1
        cut = values.edges[np.where(inside, first + step, first)]
        above = np.where(inside, ndtr((centre - cut) / np.sqrt(1.0 / precision + noise)), 0.0)
        expected += above
        square += (2.0 * step - 1.0) * above
    given = (design.rating_edge - first).astype(np.float64)
    var = np.maximum(square - expected**2, 1e-9)
    rest = (given - expected) ** 2
    parts_of = (given, given**2, expected, expected**2, var, rest, rest / var)
    pairs = len(design.pair_rater)
    out = np.zeros((RESIDUALS, pairs))
    rated = design.rating_pair >= 0
    for i, part in enumerate(parts_of):
        out[i] = summed(design.rating_pair[rated], part[rated], pairs)
    return out


def _cavity_of_fit(found: Solved, beliefs: Beliefs) -> tuple[Reals, Reals]:
    precision = np.maximum(1.0 / found.fit_var - beliefs.site_precision, 1e-8)
    return precision, (found.fit_mean / found.fit_var - beliefs.site_shift) / precision


def _project(design: Design, values: Values, found: Solved, beliefs: Beliefs, totals: Reals) -> None:
    precision, centre = _cavity_of_fit(found, beliefs)
    source, edge = design.rating_source, design.rating_edge
    noise, drift = values.noise[source], values.drift * design.age
    below, above = values.edges[edge], values.edges[edge + 1]
    z = interval_moments(centre, 1.0 / precision + noise + drift, below, above)
    fresh = z.curvature / (1.0 - z.curvature / precision)
    _mix(beliefs.site_precision, fresh, values.damping)
    _mix(beliefs.site_shift, fresh * (centre + z.slope / z.curvature), values.damping)
    rise = 0.5 * (z.slope**2 - z.curvature)
    own, aged = rise * noise, rise * drift
    totals[at.DRIFT] += aged.sum()
    totals[at.INFO_DRIFT] += (aged**2).sum()
    places = places_of(design)
    of_source = places.of_sources(totals)
    for row, part in enumerate((own, own**2, own * aged)):
        of_source[row] += summed(source, part, design.n_sources)
    n = design.n_edges
    of_edge = places.of_edges(totals)
    of_edge[0] += summed(edge + 1, z.above, n) - summed(edge, z.below, n)
    of_edge[1] += summed(edge + 1, z.above**2, n) + summed(edge, z.below**2, n)
    of_edge[2] -= summed(edge, z.below * z.above, n)


def _tell_raters(
    found: Solved, halo: Reals, cavity: Reals, spread: Reals, beliefs: Beliefs, damping: float, totals: Reals
) -> None:
    wide = spread + halo
    seen = np.maximum(1.0 / found.pair_var - 1.0 / wide, 0.0)
    softened = 1.0 + halo * seen
    told = -(found.pair_mean / found.pair_var + cavity / wide) / softened
    _mix(beliefs.pair_shift, told, damping)
    _mix(beliefs.pair_precision, seen / softened, damping)
    own = halo > 0.0
    gain = halo[own] / wide[own]
    mean = gain * (found.pair_mean[own] + cavity[own])
    var = gain * spread[own] + gain**2 * found.pair_var[own]
    totals[at.HALO] += (0.5 * ((mean**2 + var) / halo[own] - 1.0)).sum()
    totals[at.INFO_HALO] += (0.5 * np.clip(1.0 - var / halo[own], 0.0, 1.0) ** 2).sum()


def _level_totals(design: Design, values: Values, found: Solved, totals: Reals) -> None:
    general, specific = values.general, values.specific
    of_capability = places_of(design).of_capabilities(totals)
    known = np.clip(1.0 - found.cell_var / (general + specific), 0.02, 1.0)
    of_capability[0] += summed(design.cell_capability, found.pull, design.n_capabilities)
    of_capability[1] += summed(design.cell_capability, known / specific, design.n_capabilities)
    k = np.bincount(design.cell_person, minlength=design.n_persons).astype(float)
    both = specific + k * general
    to_general, to_specific = k * general / both, specific / both
    totals[at.INFO_SHARED] += ((to_general / specific)[design.cell_person] * known).sum()
    score = 0.5 * (found.along / both - 1.0)
    across = 0.5 * (found.across / specific - (k - 1.0))
    info = 0.5 * (1.0 - found.along_var / both) ** 2
    free = np.maximum(k - 1.0, 1.0)
    info_across = 0.5 * (k - 1.0) * (1.0 - found.across_var / (free * specific)) ** 2
    totals[at.GENERAL] += (score * to_general).sum()
    totals[at.SPECIFIC] += (score * to_specific + across).sum()
    totals[at.INFO_GENERAL] += (info * to_general**2).sum()
    totals[at.INFO_BOTH] += (info * to_general * to_specific).sum()
    totals[at.INFO_SPECIFIC] += (info * to_specific**2 + info_across).sum()


def _mix(old: Reals, new: Reals, damping: float) -> None:
    old += damping * (new - old)


def _solve_all(
    design: Design, parts: list[Stack], values: Values, beliefs: Beliefs, offset_mean: Reals, offset_var: Reals
) -> Solved:
    cells, pairs, ratings, n = len(design.cell_person), len(design.pair_rater), len(design.age), design.n_persons
    sizes = (cells, cells, pairs, pairs, ratings, ratings, n, n, n, n, cells)
    out = Solved(*[np.empty(size) for size in sizes])
    prior_mean = values.capability_mean[design.cell_capability]
    general, specific = values.general, values.specific
    for part in parts:
        mean, covariance = solve(
            part,
            prior_mean,
            general,
            specific,
            offset_mean,
            offset_var,
            beliefs.site_shift,
            beliefs.site_precision,
        )
        k, size = part.cells.shape[1], part.size
        spread = np.diagonal(covariance, axis1=1, axis2=2)
        out.cell_mean[part.cells], out.cell_var[part.cells] = mean[:, :k], spread[:, :k]
        out.pair_mean[part.pairs], out.pair_var[part.pairs] = mean[:, k:], spread[:, k:]
        flat_mean, flat_spread, flat = mean.ravel(), spread.ravel(), covariance.ravel()
        fit_mean, fit_var = flat_mean[part.at_cell], flat_spread[part.at_cell]
        fit_mean[part.rated] += flat_mean[part.at_pair]
        crossing = flat[part.at_cell[part.rated] * size + part.at_pair % size]
        fit_var[part.rated] += flat_spread[part.at_pair] + 2.0 * crossing
        out.fit_mean[part.ratings], out.fit_var[part.ratings] = fit_mean, fit_var
        gap = mean[:, :k] - prior_mean[part.cells]
        along_var = covariance[:, :k, :k].sum(axis=(1, 2)) / k
        total_var = spread[:, :k].sum(axis=1)
        along = gap.sum(axis=1) ** 2 / k
        out.along[part.persons], out.along_var[part.persons] = along + along_var, along_var
        out.across[part.persons] = (gap**2).sum(axis=1) - along + total_var - along_var
        out.across_var[part.persons] = total_var - along_var
        shared = general / (specific * (specific + k * general))
        out.pull[part.cells] = gap / specific - shared * gap.sum(axis=1, keepdims=True)
    return out
