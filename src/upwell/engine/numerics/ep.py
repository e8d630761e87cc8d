"""Expectation propagation for the rater model (ordinal probit with severity, halo and ageing noise).

``z = theta[person, capability] + offset[person, rater] + e``, ``offset = halo - severity``,
``e ~ N(0, noise[source] + drift * age)``; the category is the interval of ``z`` between two published cuts.
Each person's block is solved exactly; a rater's severity is shared by Gaussian messages between blocks, each
block seeing the severity without its own message. Variances follow their evidence gradient by damped Fisher
steps on the logarithm with weak log-normal priors. Sources: Minka (2001); Herbrich, Minka, Graepel (2007).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.blocks import Design, Posterior, Stack, solve, stacks, summed
from upwell.engine.numerics.learning import Hyper, HyperPrior, advance
from upwell.engine.numerics.probit import interval_moments

Reals = NDArray[np.float64]
DAMPING = 0.8
COMPILED_FROM = 100_000
"""Number of ratings from which the compiled loop is used."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Natural parameters (shift = precision x mean) of the sites (per rating) and of the messages from each
    person to each rater's severity (per pair)."""

    site_shift: Reals
    site_precision: Reals
    pair_shift: Reals
    pair_precision: Reals


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished run; ``severity_mean`` and ``severity_var`` per rater, ``change`` the last largest move."""

    posterior: Posterior
    messages: Messages
    hyper: Hyper
    severity_mean: Reals
    severity_var: Reals
    outside: tuple[Reals, Reals] | None
    sweeps: int
    change: float
    converged: bool


def fit(
    design: Design,
    hyper: Hyper,
    prior: HyperPrior | None,
    *,
    sweeps: int = 60,
    tolerance: float = 1e-4,
    outside: tuple[Reals, Reals] | None = None,
) -> Fitted:
    """Run sweeps until no level moves by more than ``tolerance`` (in levels) or ``sweeps`` are done.

    With ``prior`` the hyper-parameters are learned, without they stay. ``outside`` gives per rater the shift and
    precision of messages from persons that are not part of ``design``.
    """
    parts = stacks(design) if len(design.age) < COMPILED_FROM else []
    n_ratings, n_pairs = len(design.rating_cell), len(design.pair_rater)
    messages = Messages(np.zeros(n_ratings), np.zeros(n_ratings), np.zeros(n_pairs), np.zeros(n_pairs))
    level = np.full(len(design.cell_person), np.inf)
    change, done = np.inf, 0
    posterior: Posterior | None = None
    for done in range(1, sweeps + 1):
        posterior, messages, cavity, slopes = _sweep(design, parts, hyper, messages, outside)
        change = float(np.max(np.abs(posterior.cell_mean - level), initial=0.0))
        level = posterior.cell_mean
        learned = 0.0
        if prior is not None and done > 2:
            severity = _severity(design, hyper, messages, outside)
            previous, hyper = hyper, advance(design, hyper, prior, posterior, severity, cavity, slopes)
            learned = hyper.distance(previous)
        if done > 4 and max(change, learned) < tolerance:
            break
    assert posterior is not None
    mean, var = _severity(design, hyper, messages, outside)
    return Fitted(posterior, messages, hyper, mean, var, outside, done, change, change < tolerance)


def _severity(
    design: Design, hyper: Hyper, messages: Messages, outside: tuple[Reals, Reals] | None
) -> tuple[Reals, Reals]:
    precision = 1.0 / hyper.severity_var[design.rater_group]
    shift = hyper.severity_mean[design.rater_group] * precision
    precision = precision + summed(design.pair_rater, messages.pair_precision, design.n_raters)
    shift = shift + summed(design.pair_rater, messages.pair_shift, design.n_raters)
    if outside is not None:
        shift, precision = shift + outside[0], precision + outside[1]
    return shift / precision, 1.0 / precision


def cavities(
    design: Design, hyper: Hyper, messages: Messages, outside: tuple[Reals, Reals] | None
) -> tuple[Reals, Reals]:
    """Mean and variance of each pair's severity as seen without that person's own message."""
    mean, var = _severity(design, hyper, messages, outside)
    precision = 1.0 / var[design.pair_rater] - messages.pair_precision
    shift = mean[design.pair_rater] / var[design.pair_rater] - messages.pair_shift
    return shift / precision, 1.0 / precision


def _sweep(
    design: Design, parts: list[Stack], hyper: Hyper, messages: Messages, outside: tuple[Reals, Reals] | None
) -> tuple[Posterior, Messages, tuple[Reals, Reals], Reals]:
    severity, severity_var = cavities(design, hyper, messages, outside)
    halo = hyper.halo_of(design)
    solver = _compiled if len(design.age) >= COMPILED_FROM else _vectorised
    posterior, shift, precision, slopes = solver(design, parts, hyper, messages, -severity, severity_var + halo)
    seen = np.maximum(1.0 / posterior.pair_var - 1.0 / (severity_var + halo), 0.0)
    seen_shift = posterior.pair_mean / posterior.pair_var + severity / (severity_var + halo)
    softened = 1.0 + halo * seen
    fresh = Messages(shift, precision, -seen_shift / softened, seen / softened)
    return posterior, _damped(messages, fresh), (severity, severity_var), slopes


def _damped(old: Messages, new: Messages) -> Messages:
    def mix(a: Reals, b: Reals) -> Reals:
        return a + DAMPING * (b - a)

    return replace(
        old,
        site_shift=mix(old.site_shift, new.site_shift),
        site_precision=mix(old.site_precision, new.site_precision),
        pair_shift=mix(old.pair_shift, new.pair_shift),
        pair_precision=mix(old.pair_precision, new.pair_precision),
    )


def _vectorised(
    design: Design, parts: list[Stack], hyper: Hyper, messages: Messages, offset_mean: Reals, offset_var: Reals
) -> tuple[Posterior, Reals, Reals, Reals]:
    posterior = _solve_all(design, parts, hyper, messages, offset_mean, offset_var)
    precision = np.maximum(1.0 / posterior.fit_var - messages.site_precision, 1e-8)
    mean = (posterior.fit_mean / posterior.fit_var - messages.site_shift) / precision
    z = interval_moments(mean, 1.0 / precision + hyper.noise_of(design), design.below, design.above)
    site = z.curvature / (1.0 - z.curvature / precision)
    return posterior, site * (mean + z.slope / z.curvature), site, 0.5 * (z.slope**2 - z.curvature)


def _compiled(
    design: Design, parts: list[Stack], hyper: Hyper, messages: Messages, offset_mean: Reals, offset_var: Reals
) -> tuple[Posterior, Reals, Reals, Reals]:
    # Compiling costs seconds, which small inputs need not pay.
    from upwell.engine.numerics.compiled import sweep_blocks

    out = _empty(design)
    shift, precision, slopes = (np.empty(len(design.age)) for _ in range(3))
    persons = np.arange(design.n_persons + 1)
    rating_person = design.cell_person[design.rating_cell]
    starts = (np.searchsorted(held, persons) for held in (design.cell_person, design.pair_person, rating_person))
    arrays = (
        *starts,
        design.rating_cell,
        design.rating_pair,
        hyper.capability_mean[design.cell_capability],
        hyper.general,
        hyper.specific,
        offset_mean,
        offset_var,
        messages.site_shift,
        messages.site_precision,
        hyper.noise_of(design),
        design.below,
        design.above,
        *(getattr(out, field.name) for field in fields(Posterior)),
        shift,
        precision,
        slopes,
    )
    threads = os.cpu_count() or 1
    edges = np.linspace(0, design.n_persons, threads + 1).astype(np.int64)
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(sweep_blocks, a, b, *arrays) for a, b in pairwise(edges)]:
            done.result()
    return out, shift, precision, slopes


def _empty(design: Design) -> Posterior:
    cells, pairs, n = len(design.cell_person), len(design.pair_rater), design.n_persons
    ratings = len(design.age)
    sizes = (cells, cells, pairs, pairs, ratings, ratings, n, n, n, n, cells)
    return Posterior(*[np.empty(size) for size in sizes])


def _solve_all(
    design: Design, parts: list[Stack], hyper: Hyper, messages: Messages, offset_mean: Reals, offset_var: Reals
) -> Posterior:
    out = _empty(design)
    prior_mean = hyper.capability_mean[design.cell_capability]
    general, specific = hyper.general, hyper.specific
    for part in parts:
        mean, covariance = solve(
            part,
            prior_mean,
            general,
            specific,
            offset_mean,
            offset_var,
            messages.site_shift,
            messages.site_precision,
        )
        k, size = part.cells.shape[1], part.size
        spread = np.diagonal(covariance, axis1=1, axis2=2)
        out.cell_mean[part.cells], out.cell_var[part.cells] = mean[:, :k], spread[:, :k]
        out.pair_mean[part.pairs], out.pair_var[part.pairs] = mean[:, k:], spread[:, k:]
        flat_mean, flat_spread, flat = mean.ravel(), spread.ravel(), covariance.ravel()
        out.fit_mean[part.ratings] = flat_mean[part.at_cell] + flat_mean[part.at_pair]
        crossing = flat[part.at_cell * size + part.at_pair % size]
        out.fit_var[part.ratings] = flat_spread[part.at_cell] + flat_spread[part.at_pair] + 2.0 * crossing
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
