"""Estimate all persons, or bring a few up to date from a stored state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Result
from upwell.engine.levels.contracts import GROUPS, INSTRUMENT, REFERENCES, SOURCES
from upwell.engine.levels.evidence import COMMON, Evidence, prepare
from upwell.engine.levels.parameters import LevelParameters, LevelState
from upwell.engine.numerics.ep import Fitted, fit
from upwell.engine.numerics.learning import Hyper, HyperPrior
from upwell.engine.numerics.linkage import components
from upwell.engine.scales import FIVE_LEVELS, LatentScale

Reals = NDArray[np.float64]
Z80, Z95 = 1.2815515655446004, 1.959963984540054
MIN_PERSONS_SHOWN = 5
FEW_RATINGS = 60

ASSUMPTIONS = (
    "A rating is an ordinal view of one latent level through the published cut points of its scale.",
    "Severity, halo and noise are Gaussian and do not depend on the level.",
    "Old evidence is not wrong, only less sure: its noise variance grows with each month of age.",
    "The reference group of raters is neither lenient nor severe on average; other groups are measured against it.",
    "Persons in different components share no rater; their levels rest on that reference alone and are not comparable.",
)


@dataclass(frozen=True)
class LevelsResult(Result):
    """``estimates`` per person x capability, ``raters`` per rater and group, and the ``state`` for updates."""

    raters: pa.Table
    state: LevelState

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The learned means, standard deviations and drift by name."""
        return self.state.values


def estimate(
    ratings: object,
    *,
    as_of: date | int,
    scale: LatentScale | None = None,
    scales: Mapping[str, LatentScale] | None = None,
    groups: Mapping[str, str] | None = None,
    parameters: LevelParameters | None = None,
) -> LevelsResult:
    """Level of each rated person x capability with its uncertainty.

    Args:
        ratings: frame of ``contracts.RATINGS``; ``rated_on`` is a date (or a month number). Rows after ``as_of``
            are left out; exact repeats count once.
        as_of: the day (or month number) for which the level is wanted.
        scale: cut points of ratings that name no scale; five levels by default.
        scales: cut points of the scales named in the optional column ``scale``.
        groups: severity group per source, where it should differ from ``contracts.GROUPS``.
        parameters: starting values, or fixed values with ``learn=False``.

    Returns:
        ``estimates`` with person, capability, level and sd (levels, nominally 0 to 5), lo80 to hi95, counts,
        last_rated_on, component (0 is the largest connected set) and provisional (fewer than two raters other
        than the person, and no test).

    Raises:
        FrameError: the ratings break their contract.
    """
    parameters = parameters or LevelParameters()
    known = {COMMON: scale or FIVE_LEVELS, **(scales or {})}
    of_source = _groups(groups)
    evidence = prepare(ratings, scales=known, as_of=as_of, groups=of_source)
    start = _start(evidence, parameters)
    prior = HyperPrior(start) if parameters.learn else None
    fitted = fit(evidence.design, start, prior, sweeps=parameters.sweeps, tolerance=parameters.tolerance)
    state = _state(evidence, fitted, parameters, known, of_source)
    return _result(evidence, fitted, state)


def update(state: LevelState, ratings: object, *, as_of: date | int) -> LevelsResult:
    """Estimate anew the persons in ``ratings`` (all their ratings, old and new), everything else held fixed.

    What other persons told about the raters comes from ``state``; the result's own ``state`` holds the new
    beliefs about the raters concerned.

    Raises:
        FrameError: the ratings break their contract.
    """
    evidence, fitted = refit(state, ratings, as_of=as_of)
    fresh = _state(evidence, fitted, state.parameters, state.scales, state.groups)
    fresh = replace(fresh, values=state.values, n_ratings=state.n_ratings)
    return _result(evidence, fitted, fresh)


def refit(state: LevelState, ratings: object, *, as_of: date | int) -> tuple[Evidence, Fitted]:
    """The kernel's answer for the persons in ``ratings`` with the state's values and rater beliefs fixed."""
    evidence = prepare(ratings, scales=state.scales, as_of=as_of, groups=state.groups)
    hyper = stored_hyper(state, evidence)
    outside = _outside(state, evidence, hyper)
    return evidence, fit(evidence.design, hyper, None, sweeps=200, tolerance=1e-10, outside=outside)


def stored_hyper(state: LevelState, evidence: Evidence) -> Hyper:
    """Learned values of a state, laid out for this evidence; unseen capabilities take the starting mean."""
    means = dict(
        zip(
            state.capability_means.column("capability").to_pylist(),
            state.capability_means.column("mean").to_pylist(),
            strict=True,
        )
    )
    values, names = state.values, evidence.groups
    default = state.parameters.capability_mean
    return Hyper(
        np.array([means.get(c, default) for c in evidence.capabilities.to_pylist()]),
        values["general_sd"] ** 2,
        values["specific_sd"] ** 2,
        np.array([values["severity_mean"][g] for g in names]),
        np.array([values["severity_sd"][g] ** 2 for g in names]),
        values["halo_sd"] ** 2,
        np.array([values["noise_sd"][s] ** 2 for s in SOURCES]),
        values["drift"],
        np.array([g != INSTRUMENT for g in names]),
        np.ones(len(names), dtype=bool),
    )


def widening(n_ratings: int) -> float:
    """Factor on every standard deviation for what few ratings leave unknown about the model's own values."""
    return float(np.sqrt(1.0 + FEW_RATINGS / (n_ratings + FEW_RATINGS)))


def _groups(given: Mapping[str, str] | None) -> dict[str, str]:
    unknown = sorted(set(given or {}) - set(SOURCES))
    if unknown:
        raise ParameterError(f"Unknown source '{unknown[0]}' in groups; known: {', '.join(SOURCES)}.")
    return {**GROUPS, **(given or {})}


def _start(evidence: Evidence, parameters: LevelParameters) -> Hyper:
    names = evidence.groups
    present = {evidence.groups[g] for g in np.unique(evidence.design.rater_group)}
    reference = next((g for g in REFERENCES if g in present), next(iter(sorted(present)), ""))
    anchored = np.array([g in (reference, INSTRUMENT) for g in names])
    severity_mean = np.array([parameters.severity_mean.get(g, 0.0) for g in names])
    severity_sd = np.array([parameters.instrument_sd if g == INSTRUMENT else parameters.severity_sd for g in names])
    noise = [parameters.noise_sd.get(s, parameters.default_noise_sd) for s in SOURCES]
    return Hyper(
        np.full(evidence.design.n_capabilities, float(parameters.capability_mean)),
        parameters.general_sd**2,
        parameters.specific_sd**2,
        np.where(anchored, 0.0, severity_mean),
        severity_sd**2,
        parameters.halo_sd**2,
        np.array(noise) ** 2,
        parameters.drift,
        np.array([g != INSTRUMENT for g in names]),
        anchored,
    )


def _outside(state: LevelState, evidence: Evidence, hyper: Hyper) -> tuple[Reals, Reals]:
    persons = evidence.persons
    if persons.type != state.links.schema.field("person").type and state.links.num_rows:
        raise FrameError("The column 'person' of the ratings frame has another type than in the stored state.")
    local = state.for_persons(persons.to_pylist())
    node_of = {key: i for i, key in enumerate(zip(evidence.node_rater.to_pylist(), evidence.node_group, strict=True))}
    shift, precision = np.zeros(len(node_of)), np.zeros(len(node_of))
    wanted = state.raters.filter(pc.is_in(state.raters.column("rater"), value_set=evidence.node_rater))
    for table, sign in ((wanted, 1.0), (local.links, -1.0)):
        for row in table.to_pylist():
            node = node_of.get((row["rater"], row["group"]))
            if node is not None:
                shift[node] += sign * row["shift"]
                precision[node] += sign * row["precision"]
    return shift, np.maximum(precision, 0.0)


def _state(
    evidence: Evidence,
    fitted: Fitted,
    parameters: LevelParameters,
    scales: Mapping[str, LatentScale],
    groups: Mapping[str, str],
) -> LevelState:
    hyper, design, names = fitted.hyper, evidence.design, evidence.groups
    prior_precision = 1.0 / hyper.severity_var[design.rater_group]
    prior_shift = hyper.severity_mean[design.rater_group] * prior_precision
    node_group = pa.array(evidence.node_group, pa.string())
    pairs = pa.array(design.pair_rater)
    values = {
        "general_sd": hyper.general**0.5,
        "specific_sd": hyper.specific**0.5,
        "halo_sd": hyper.halo**0.5,
        "drift": hyper.drift,
        "severity_mean": dict(zip(names, hyper.severity_mean.tolist(), strict=True)),
        "severity_sd": dict(zip(names, np.sqrt(hyper.severity_var).tolist(), strict=True)),
        "noise_sd": dict(zip(SOURCES, np.sqrt(hyper.noise).tolist(), strict=True)),
    }
    return LevelState(
        parameters,
        scales,
        groups,
        pa.table({"capability": evidence.capabilities, "mean": hyper.capability_mean}),
        values,
        pa.table(
            {
                "rater": evidence.node_rater,
                "group": node_group,
                "shift": fitted.severity_mean / fitted.severity_var - prior_shift,
                "precision": 1.0 / fitted.severity_var - prior_precision,
            }
        ),
        pa.table(
            {
                "person": evidence.persons.take(pa.array(design.pair_person)),
                "rater": evidence.node_rater.take(pairs),
                "group": node_group.take(pairs),
                "shift": fitted.messages.pair_shift,
                "precision": fitted.messages.pair_precision,
            }
        ),
        len(design.age),
    )


def _result(evidence: Evidence, fitted: Fitted, state: LevelState) -> LevelsResult:
    design = evidence.design
    of_person, of_rater = components(design.pair_person, design.pair_rater, design.n_persons, design.n_raters)
    estimates = _estimates(evidence, fitted, of_person, widening(state.n_ratings))
    diagnostics = {
        "sweeps": fitted.sweeps,
        "converged": fitted.converged,
        "last_change": fitted.change,
        "ratings": len(design.age),
        "ignored_after_as_of": evidence.ignored_later,
        "exact_repeats": evidence.duplicates,
        "components": int(of_person.max(initial=-1)) + 1,
        "widening": widening(state.n_ratings),
        "version": state.version,
    }
    raters = _raters(evidence, fitted, of_rater)
    return LevelsResult(estimates, diagnostics, ASSUMPTIONS, raters, state)


def _estimates(evidence: Evidence, fitted: Fitted, component: NDArray[np.int64], wider: float) -> pa.Table:
    design = evidence.design
    cells = len(design.cell_person)
    level, sd = fitted.posterior.cell_mean, np.sqrt(fitted.posterior.cell_var) * wider
    own = design.rating_source == SOURCES.index("self")
    tested = np.bincount(design.rating_cell, design.rating_source == SOURCES.index("test"), cells) > 0
    others = _distinct(design.rating_cell[~own], design.rating_pair[~own], cells)
    last = np.full(cells, np.iinfo(np.int64).min)
    np.maximum.at(last, design.rating_cell, evidence.rating_date.astype("int64"))
    day = pa.array(last).cast(pa.int32()).cast(evidence.date_type) if evidence.date_type == pa.date32() else last
    counted = np.bincount(design.rating_cell, minlength=cells)
    return pa.table(
        {
            "person": evidence.persons.take(pa.array(design.cell_person)),
            "capability": evidence.capabilities.take(pa.array(design.cell_capability)),
            "level": level,
            "sd": sd,
            "lo80": level - Z80 * sd,
            "hi80": level + Z80 * sd,
            "lo95": level - Z95 * sd,
            "hi95": level + Z95 * sd,
            "n_ratings": counted.astype(np.int32),
            "n_raters": _distinct(design.rating_cell, design.rating_pair, cells).astype(np.int32),
            "n_sources": _distinct(design.rating_cell, design.rating_source, cells).astype(np.int32),
            "last_rated_on": day,
            "component": component[design.cell_person].astype(np.int32),
            "provisional": (others < 2) & ~tested,
        }
    )


def _distinct(cell: NDArray[np.int64], thing: NDArray[np.int64], cells: int) -> NDArray[np.int64]:
    width = int(thing.max(initial=0)) + 1
    keys = np.sort(cell * width + thing)
    first = np.ones(len(keys), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    return np.bincount(keys[first] // width, minlength=cells)


def _raters(evidence: Evidence, fitted: Fitted, component: NDArray[np.int64]) -> pa.Table:
    design = evidence.design
    persons = np.bincount(design.pair_rater, minlength=design.n_raters)
    ratings = np.bincount(design.pair_rater[design.rating_pair], minlength=design.n_raters)
    mean, sd = fitted.severity_mean, np.sqrt(fitted.severity_var)
    return pa.table(
        {
            "rater": evidence.node_rater,
            "group": pa.array(evidence.node_group, pa.string()),
            "severity": mean,
            "sd": sd,
            "lo95": mean - Z95 * sd,
            "hi95": mean + Z95 * sd,
            "n_persons": persons.astype(np.int32),
            "n_ratings": ratings.astype(np.int32),
            "component": component.astype(np.int32),
            "shown": persons >= MIN_PERSONS_SHOWN,
        }
    )
