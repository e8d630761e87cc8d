"""Hyper-parameters of the rater model and one damped Fisher step on each of them.

Scores are gradients of the evidence at the current beliefs; the information for a log-variance with prior
variance ``v`` and posterior variance ``w`` is ``(1 - w / v)^2 / 2`` per unknown, its value for Gaussian data.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.blocks import Design, Posterior, summed

Reals = NDArray[np.float64]
_LIMIT = 0.7


@dataclass(frozen=True, slots=True)
class Hyper:
    """Means in levels, variances in squared levels; ``drift`` is noise variance added per month of age.

    ``has_halo`` says per severity group whether its raters carry a halo (people do, instruments do not);
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
    has_halo: NDArray[np.bool_]
    anchored: NDArray[np.bool_]

    def halo_of(self, design: Design) -> Reals:
        """Halo variance per pair, 0 for instruments."""
        return np.where(self.has_halo[design.rater_group[design.pair_rater]], self.halo, 0.0)

    def noise_of(self, design: Design) -> Reals:
        """Noise variance per rating."""
        return self.noise[design.rating_source] + self.drift * design.age

    def distance(self, other: "Hyper") -> float:
        """Largest move of a mean (levels) or of a log-variance."""
        moves = [
            np.abs(self.capability_mean - other.capability_mean).max(initial=0.0),
            np.abs(self.severity_mean - other.severity_mean).max(initial=0.0),
            np.abs(np.log(self._variances() / other._variances())).max(),
        ]
        return float(max(moves))

    def _variances(self) -> Reals:
        return np.concatenate([[self.general, self.specific, self.halo, self.drift], self.severity_var, self.noise])


@dataclass(frozen=True, slots=True)
class HyperPrior:
    """Where hyper-parameters are expected and how surely: precisions of means and of log-variances."""

    centre: Hyper
    capability_precision: float = 1.0
    severity_precision: float = 4.0
    log_precision: float = 4.0


def advance(
    design: Design,
    hyper: Hyper,
    prior: HyperPrior,
    posterior: Posterior,
    severity: tuple[Reals, Reals],
    cavity: tuple[Reals, Reals],
    slopes: Reals,
) -> Hyper:
    """One damped step for every hyper-parameter.

    ``severity`` is mean and variance per rater, ``cavity`` per pair as its block saw it, ``slopes`` is
    d log evidence / d noise variance per rating.
    """
    general, specific = _levels(design, hyper, prior, posterior)
    mean, var = _severities(design, hyper, prior, severity)
    noise, drift = _noise(design, hyper, prior, slopes)
    return replace(
        hyper,
        capability_mean=_capability_mean(design, hyper, prior, posterior),
        general=general,
        specific=specific,
        severity_mean=mean,
        severity_var=var,
        halo=_halo(design, hyper, prior, posterior, cavity),
        noise=noise,
        drift=drift,
    )


def _moved(current: Reals, score: Reals, information: Reals, centre: Reals, precision: float) -> Reals:
    logs = np.log(current)
    step = (score - precision * (logs - np.log(centre))) / (information + precision)
    moved: Reals = np.exp(logs + np.clip(step, -_LIMIT, _LIMIT))
    return moved


def _capability_mean(design: Design, hyper: Hyper, prior: HyperPrior, posterior: Posterior) -> Reals:
    n = design.n_capabilities
    score = summed(design.cell_capability, posterior.pull, n)
    total = hyper.general + hyper.specific
    share = np.clip(1.0 - posterior.cell_var / total, 0.02, 1.0) / hyper.specific
    information = summed(design.cell_capability, share, n)
    score -= prior.capability_precision * (hyper.capability_mean - prior.centre.capability_mean)
    step = score / (information + prior.capability_precision)
    moved: Reals = hyper.capability_mean + np.clip(step, -_LIMIT, _LIMIT)
    return moved


def _levels(design: Design, hyper: Hyper, prior: HyperPrior, posterior: Posterior) -> tuple[float, float]:
    k = np.bincount(design.cell_person, minlength=design.n_persons).astype(float)
    general, specific = hyper.general, hyper.specific
    along = specific + k * general
    score_along = 0.5 * (posterior.along / along - 1.0)
    score_across = 0.5 * (posterior.across / specific - (k - 1.0))
    info_along = 0.5 * (1.0 - posterior.along_var / along) ** 2
    free = np.maximum(k - 1.0, 1.0)
    info_across = 0.5 * (k - 1.0) * (1.0 - posterior.across_var / (free * specific)) ** 2
    to_general, to_specific = k * general / along, specific / along
    score = np.array([(score_along * to_general).sum(), (score_along * to_specific + score_across).sum()])
    both = (info_along * to_general * to_specific).sum()
    information = np.array(
        [
            [(info_along * to_general**2).sum(), both],
            [both, (info_along * to_specific**2 + info_across).sum()],
        ]
    )
    logs = np.log([general, specific])
    centre = np.log([prior.centre.general, prior.centre.specific])
    score -= prior.log_precision * (logs - centre)
    step = np.linalg.solve(information + prior.log_precision * np.eye(2), score)
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
    score = summed(group, away / v, n) - prior.severity_precision * hyper.severity_mean
    step = score / (summed(group, known / v, n) + prior.severity_precision)
    shifted = hyper.severity_mean + np.clip(step, -_LIMIT, _LIMIT)
    return np.where(hyper.anchored, 0.0, shifted), moved


def _halo(design: Design, hyper: Hyper, prior: HyperPrior, posterior: Posterior, cavity: tuple[Reals, Reals]) -> float:
    with_halo = hyper.has_halo[design.rater_group[design.pair_rater]]
    if not with_halo.any():
        return hyper.halo
    h = hyper.halo
    expected, spread = cavity
    gain = h / (h + spread)
    mean = gain * (posterior.pair_mean + expected)
    var = gain * spread + gain**2 * posterior.pair_var
    score = float((0.5 * ((mean**2 + var) / h - 1.0))[with_halo].sum())
    information = float((0.5 * np.clip(1.0 - var / h, 0.0, 1.0) ** 2)[with_halo].sum())
    moved = _moved(
        np.array([h]), np.array([score]), np.array([information]), np.array([prior.centre.halo]), prior.log_precision
    )
    return float(moved[0])


def _noise(design: Design, hyper: Hyper, prior: HyperPrior, slopes: Reals) -> tuple[Reals, float]:
    n = design.n_sources
    own = slopes * hyper.noise[design.rating_source]
    aged = slopes * hyper.drift * design.age
    score = np.append(summed(design.rating_source, own, n), aged.sum())
    information = np.zeros((n + 1, n + 1))
    information[np.arange(n), np.arange(n)] = summed(design.rating_source, own**2, n)
    information[n, :n] = information[:n, n] = summed(design.rating_source, own * aged, n)
    information[n, n] = (aged**2).sum()
    logs = np.log(np.append(hyper.noise, hyper.drift))
    centre = np.log(np.append(prior.centre.noise, prior.centre.drift))
    score -= prior.log_precision * (logs - centre)
    step = np.linalg.solve(information + prior.log_precision * np.eye(n + 1), score)
    moved = np.exp(logs + np.clip(step, -_LIMIT, _LIMIT))
    return moved[:n], float(moved[n])
