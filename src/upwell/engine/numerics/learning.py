"""Hyper-parameters of the rater model and one damped Fisher step on each of them.

Scores are gradients of the evidence at the current beliefs; the information for a log-variance with prior
variance ``v`` and posterior variance ``w`` is ``(1 - w / v)^2 / 2`` per unknown, its value for Gaussian data.
Thresholds take the step that leaves centre and spread of their scale as they are, for these two fix the metric.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics import totals as at
from upwell.engine.numerics.blocks import Design, summed
from upwell.engine.numerics.totals import Places

Reals = NDArray[np.float64]
_LIMIT = 0.7
_NARROWEST = 0.05
"""Least distance between two neighbouring cuts, in levels."""


@dataclass(frozen=True, slots=True)
class Hyper:
    """Means in levels, variances in squared levels; ``drift`` is noise variance added per month of age.

    ``edges`` are the cuts of all scales end to end (see ``Design``), ``free_cuts`` says per scale whether they are
    learned. ``has_halo`` says per severity group whether its raters carry a halo (people do, instruments do not);
    ``anchored`` groups have their mean severity held where it is.
    """

    capability_mean: Reals
    general: float
    specific: float
    severity_mean: Reals
    severity_var: Reals
    halo: float
    noise: Reals
    drift: float
    edges: Reals
    free_cuts: NDArray[np.bool_]
    has_halo: NDArray[np.bool_]
    anchored: NDArray[np.bool_]

    def halo_of(self, design: Design) -> Reals:
        """Halo variance per pair, 0 for instruments."""
        return np.where(self.has_halo[design.rater_group[design.pair_rater]], self.halo, 0.0)

    def noise_of(self, design: Design) -> Reals:
        """Noise variance per rating."""
        return self.noise[design.rating_source] + self.drift * design.months

    def distance(self, other: "Hyper") -> float:
        """Largest move of a mean or cut (levels) or of a log-variance."""
        cuts = np.isfinite(self.edges)
        moves = [
            np.abs(self.capability_mean - other.capability_mean).max(initial=0.0),
            np.abs(self.severity_mean - other.severity_mean).max(initial=0.0),
            np.abs(self.edges[cuts] - other.edges[cuts]).max(initial=0.0),
            np.abs(np.log(self._variances() / other._variances())).max(),
        ]
        return float(max(moves))

    def _variances(self) -> Reals:
        return np.concatenate([[self.general, self.specific, self.halo, self.drift], self.severity_var, self.noise])


@dataclass(frozen=True, slots=True)
class HyperPrior:
    """Where hyper-parameters are expected and how surely: precisions of means, of cuts and of log-variances.

    Capabilities are alike, so that their means lie around their average with ``capability_precision``; the average
    lies around that of the centre with the same precision, however many capabilities there are.
    """

    centre: Hyper
    capability_precision: float = 1.0
    severity_precision: float = 4.0
    log_precision: float = 4.0
    cut_precision: float = 4.0


def advance(design: Design, hyper: Hyper, prior: HyperPrior, totals: Reals, severity: tuple[Reals, Reals]) -> Hyper:
    """One damped step for every hyper-parameter from a sweep's totals and each rater's severity (mean, variance)."""
    places = Places(design.n_capabilities, design.n_sources, design.n_edges)
    general, specific = _levels(hyper, prior, totals)
    mean, var = _severities(design, hyper, prior, severity)
    noise, drift = _noise(hyper, prior, totals, places)
    return replace(
        hyper,
        capability_mean=_capability_mean(hyper, prior, places.of_capabilities(totals), float(totals[at.INFO_SHARED])),
        general=general,
        specific=specific,
        severity_mean=mean,
        severity_var=var,
        halo=_halo(hyper, prior, totals),
        noise=noise,
        drift=drift,
        edges=_edges(design, hyper, prior, places.of_edges(totals)),
    )


def common_shift(
    design: Design, hyper: Hyper, prior: HyperPrior, severity: tuple[Reals, Reals], raterless: tuple[float, float]
) -> float:
    """How far all levels and all severities should move together, in levels.

    Ratings do not see such a move; only the raters of anchored groups, expected at their group's mean, speak
    against it, and ratings without a rater (``raterless``: their score and information). Left to the single steps it
    would take hundreds of sweeps.
    """
    group = design.rater_group
    held = hyper.anchored[group]
    mean = severity[0][held]
    expected, v = hyper.severity_mean[group][held], hyper.severity_var[group][held]
    free = _free(design, hyper)
    score = raterless[0] + float(((expected - mean) / v).sum())
    score -= prior.capability_precision * _average_away(hyper, prior)
    score -= prior.severity_precision * float((hyper.severity_mean - prior.centre.severity_mean)[free].sum())
    information = common_information(design, hyper, prior, severity[1], raterless[1])
    return float(np.clip(score / information, -_LIMIT, _LIMIT)) if information else 0.0


def common_information(design: Design, hyper: Hyper, prior: HyperPrior, severity_var: Reals, raterless: float) -> float:
    """How surely the common position of all levels and severities is known (1 / squared levels)."""
    held = hyper.anchored[design.rater_group]
    v = hyper.severity_var[design.rater_group][held]
    information = raterless + float((np.clip(1.0 - severity_var[held] / v, 0.0, 1.0) / v).sum())
    information += prior.capability_precision * min(design.n_capabilities, 1)
    return information + prior.severity_precision * int(_free(design, hyper).sum())


def shifted(design: Design, hyper: Hyper, by: float) -> Hyper:
    """All capability means and all free severity means moved by the same distance."""
    mean = hyper.severity_mean + by * _free(design, hyper)
    return replace(hyper, capability_mean=hyper.capability_mean + by, severity_mean=mean)


def _average_away(hyper: Hyper, prior: HyperPrior) -> float:
    away = hyper.capability_mean - prior.centre.capability_mean
    return float(away.mean()) if len(away) else 0.0


def _free(design: Design, hyper: Hyper) -> NDArray[np.bool_]:
    present = np.bincount(design.rater_group, minlength=design.n_groups) > 0
    found: NDArray[np.bool_] = present & ~hyper.anchored
    return found


def _moved(current: Reals, score: Reals, information: Reals, centre: Reals, precision: float) -> Reals:
    logs = np.log(current)
    step = (score - precision * (logs - np.log(centre))) / (information + precision)
    moved: Reals = np.exp(logs + np.clip(step, -_LIMIT, _LIMIT))
    return moved


def _capability_mean(hyper: Hyper, prior: HyperPrior, found: Reals, shared: float) -> Reals:
    """Persons who are good at one thing are good at others, so the common direction of the means is known less well
    than each alone; ``shared`` is what it lacks, spread over capabilities by their information. A tenth of it is kept
    back: with all of it this step and the common shift chase each other where a team has one rater alone."""
    away = hyper.capability_mean - prior.centre.capability_mean
    average, count = _average_away(hyper, prior), max(len(away), 1)
    score = found[0] - prior.capability_precision * (away - average + average / count)
    total = float(found[1].sum())
    information = np.diag(found[1] + prior.capability_precision) - prior.capability_precision * (count - 1) / count**2
    if total:
        information -= 0.9 * shared * np.outer(found[1], found[1]) / total**2
    step = np.linalg.solve(information, score)
    moved: Reals = hyper.capability_mean + np.clip(step, -_LIMIT, _LIMIT)
    return moved


def _levels(hyper: Hyper, prior: HyperPrior, totals: Reals) -> tuple[float, float]:
    logs = np.log([hyper.general, hyper.specific])
    centre = np.log([prior.centre.general, prior.centre.specific])
    score = totals[[at.GENERAL, at.SPECIFIC]] - prior.log_precision * (logs - centre)
    information = np.array(
        [
            [totals[at.INFO_GENERAL] + prior.log_precision, totals[at.INFO_BOTH]],
            [totals[at.INFO_BOTH], totals[at.INFO_SPECIFIC] + prior.log_precision],
        ]
    )
    step = np.linalg.solve(information, score)
    moved = np.exp(logs + np.clip(step, -_LIMIT, _LIMIT))
    return float(moved[0]), float(moved[1])


def _severities(design: Design, hyper: Hyper, prior: HyperPrior, severity: tuple[Reals, Reals]) -> tuple[Reals, Reals]:
    group, n = design.rater_group, design.n_groups
    mean, var = severity
    v = hyper.severity_var[group]
    known = np.clip(1.0 - var / v, 0.0, 1.0)
    away = mean - hyper.severity_mean[group]
    score = summed(group, 0.5 * ((away**2 + var) / v - 1.0), n)
    information = summed(group, 0.5 * known**2, n)
    moved = _moved(hyper.severity_var, score, information, prior.centre.severity_var, prior.log_precision)
    score = summed(group, away / v, n)
    score -= prior.severity_precision * (hyper.severity_mean - prior.centre.severity_mean)
    step = score / (summed(group, known / v, n) + prior.severity_precision)
    freed = hyper.severity_mean + np.clip(step, -_LIMIT, _LIMIT)
    return np.where(hyper.anchored, hyper.severity_mean, freed), moved


def _halo(hyper: Hyper, prior: HyperPrior, totals: Reals) -> float:
    found = totals[[at.HALO, at.INFO_HALO]]
    moved = _moved(np.array([hyper.halo]), found[:1], found[1:], np.array([prior.centre.halo]), prior.log_precision)
    return float(moved[0])


def _noise(hyper: Hyper, prior: HyperPrior, totals: Reals, places: Places) -> tuple[Reals, float]:
    own, own_info, crossing = places.of_sources(totals)
    n = len(own)
    score = np.append(own, totals[at.DRIFT])
    information = np.diag(np.append(own_info, totals[at.INFO_DRIFT]))
    information[n, :n] = information[:n, n] = crossing
    logs = np.log(np.append(hyper.noise, hyper.drift))
    centre = np.log(np.append(prior.centre.noise, prior.centre.drift))
    score -= prior.log_precision * (logs - centre)
    step = np.linalg.solve(information + prior.log_precision * np.eye(n + 1), score)
    moved = np.exp(logs + np.clip(step, -_LIMIT, _LIMIT))
    return moved[:n], float(moved[n])


def _edges(design: Design, hyper: Hyper, prior: HyperPrior, found: Reals) -> Reals:
    edges = hyper.edges.copy()
    for free, (first, last) in zip(hyper.free_cuts, pairwise(design.scale_start), strict=True):
        inner = slice(first + 1, last - 1)
        if free and last - first > 4:
            edges[inner] = _shape(edges[inner], found[:, inner], prior.centre.edges[inner], prior.cut_precision)
    return edges


def _shape(cuts: Reals, found: Reals, centre: Reals, precision: float) -> Reals:
    """Cuts after a step within the directions that change neither their mean nor, to first order, their spread."""
    n = len(cuts)
    score = found[0] - precision * (cuts - centre)
    information = np.diag(found[1] + precision) + np.diag(found[2, :-1], 1) + np.diag(found[2, :-1], -1)
    kept = np.stack([np.ones(n), cuts - cuts.mean()], axis=1)
    inside = np.linalg.qr(np.concatenate([kept, np.eye(n)], axis=1))[0][:, 2:n]
    step = inside @ np.linalg.solve(inside.T @ information @ inside, inside.T @ score)
    moved = cuts + np.clip(step, -0.3, 0.3)
    moved = np.maximum.accumulate(moved - _NARROWEST * np.arange(n)) + _NARROWEST * np.arange(n)
    moved = (moved - moved.mean()) * (np.std(centre) / np.std(moved)) + centre.mean()
    return np.asarray(moved, dtype=np.float64)
