"""Estimate all persons, or bring a few up to date from a stored state."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.levels.contracts import GROUPS, INSTRUMENT, REFERENCES, SOURCES
from upwell.engine.levels.evidence import COMMON, Evidence, edges_of, prepare
from upwell.engine.levels.parameters import LevelParameters
from upwell.engine.levels.results import Finished, LevelsResult, finished, result_of
from upwell.engine.levels.state import LevelState
from upwell.engine.numerics.ep import Fitted, fit, residuals
from upwell.engine.numerics.learning import Hyper, HyperPrior
from upwell.engine.scales import LatentScale

Reals = NDArray[np.float64]


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
            are left out; exact repeats of a rater count once. A rating without ``rater`` (null) was given by nobody,
            as a test is: it has no severity and no halo, joins no persons, and counts however often it occurs.
        as_of: the day (or month number) for which the level is wanted.
        scale: cut points of ratings that name no scale. Where it is not given the highest category in use counts as the
            last, laid evenly over the levels 1 to 5, and ``diagnostics["notes"]`` says so.
        scales: cut points of the scales named in the optional column ``scale``.
        groups: severity group per source, where it should differ from ``contracts.GROUPS``.
        parameters: starting values, or fixed values with ``learn=False``.

    Returns:
        ``estimates`` with person, capability, level and sd (levels, nominally 0 to 5), lo80 to hi95, counts,
        last_rated_on, component (0 is the largest connected set) and provisional (no test and ``n_raters`` below 2).
        ``n_raters`` counts independent raters: different people other than the person, whatever their roles.

    Raises:
        FrameError: the ratings break their contract.
    """
    parameters = parameters or LevelParameters()
    given = {**({COMMON: scale} if scale else {}), **(scales or {})}
    of_source = _groups(groups)
    evidence = prepare(ratings, scales=given, as_of=as_of, groups=of_source)
    known = evidence.known
    start = _start(evidence, parameters, known)
    prior = HyperPrior(start) if parameters.learn else None
    fitted = fit(evidence.design, start, prior, sweeps=parameters.sweeps, tolerance=parameters.tolerance)
    scores = residuals(evidence.design, fitted)
    fitted = fitted.without_sites()  # frees a third of the run's memory
    run = finished(evidence, fitted, scores)
    del evidence  # and with it the rows of the ratings, before the frames need the room
    return result_of(run, _state(run, parameters, known, of_source))


def update(state: LevelState, ratings: object, *, as_of: date | int) -> LevelsResult:
    """Estimate anew the persons in ``ratings`` (all their ratings, old and new), everything else held fixed.

    What other persons told about the raters comes from ``state``; the result's own ``state`` holds the new
    beliefs about the raters concerned.

    Raises:
        FrameError: the ratings break their contract.
    """
    evidence, fitted = refit(state, ratings, as_of=as_of)
    run = finished(evidence, fitted.without_sites(), residuals(evidence.design, fitted))
    fresh = _state(run, state.parameters, state.scales, state.groups)
    fresh = replace(fresh, values=state.values, n_ratings=state.n_ratings, scales=state.scales)
    return result_of(run, fresh)


def refit(state: LevelState, ratings: object, *, as_of: date | int) -> tuple[Evidence, Fitted]:
    """The kernel's answer for the persons in ``ratings`` with the state's values and rater beliefs fixed."""
    evidence = prepare(ratings, scales=state.scales, as_of=as_of, groups=state.groups)
    hyper = stored_hyper(state, evidence)
    outside = _outside(state, evidence, hyper)
    return evidence, fit(evidence.design, hyper, None, sweeps=200, tolerance=1e-7, outside=outside)


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
        edges_of(evidence.scales, state.scales),
        np.zeros(len(evidence.scales), dtype=bool),
        np.array([g != INSTRUMENT for g in names]),
        np.ones(len(names), dtype=bool),
    )


def _groups(given: Mapping[str, str] | None) -> dict[str, str]:
    unknown = sorted(set(given or {}) - set(SOURCES))
    if unknown:
        raise ParameterError(f"Unknown source '{unknown[0]}' in groups; known: {', '.join(SOURCES)}.")
    return {**GROUPS, **(given or {})}


def _start(evidence: Evidence, parameters: LevelParameters, scales: Mapping[str, LatentScale]) -> Hyper:
    unknown = sorted(set(parameters.learn_cuts) - set(scales))
    if unknown:
        raise ParameterError(f"The scale '{unknown[0]}' of learn_cuts is not among the scales.")
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
        edges_of(evidence.scales, scales),
        np.array([parameters.learn and name in parameters.learn_cuts for name in evidence.scales], dtype=bool),
        np.array([g != INSTRUMENT for g in names]),
        anchored,
    )


def _outside(state: LevelState, evidence: Evidence, hyper: Hyper) -> tuple[Reals, Reals]:
    persons = evidence.persons
    if persons.type != state.links.schema.field("person").type and state.links.num_rows:
        raise FrameError("The column 'person' of the ratings frame has another type than in the stored state.")
    raters, groups = evidence.node_rater.to_pylist(), evidence.node_group.to_pylist()
    node_of = {key: i for i, key in enumerate(zip(raters, groups, strict=True))}
    shift, precision = np.zeros(len(node_of)), np.zeros(len(node_of))
    for table, sign in ((state.raters_of(raters), 1.0), (state.links_of(persons.to_pylist()), -1.0)):
        for row in table.to_pylist():
            node = node_of.get((row["rater"], row["group"]))
            if node is not None:
                shift[node] += sign * row["shift"]
                precision[node] += sign * row["precision"]
    return shift, np.maximum(precision, 0.0)


def _state(
    run: Finished,
    parameters: LevelParameters,
    scales: Mapping[str, LatentScale],
    groups: Mapping[str, str],
) -> LevelState:
    evidence, fitted = run.evidence, run.fitted
    hyper, design, names = fitted.hyper, evidence.design, evidence.groups
    prior_precision = 1.0 / hyper.severity_var[design.rater_group]
    prior_shift = hyper.severity_mean[design.rater_group] * prior_precision
    pairs = pa.array(design.pair_rater)
    values = {
        "general_sd": hyper.general**0.5,
        "specific_sd": hyper.specific**0.5,
        "halo_sd": hyper.halo**0.5,
        "drift": hyper.drift,
        "common_sd": fitted.common_var**0.5,
        "severity_mean": dict(zip(names, hyper.severity_mean.tolist(), strict=True)),
        "severity_sd": dict(zip(names, np.sqrt(hyper.severity_var).tolist(), strict=True)),
        "noise_sd": dict(zip(SOURCES, np.sqrt(hyper.noise).tolist(), strict=True)),
    }
    return LevelState(
        parameters,
        _learned(evidence, hyper, scales),
        groups,
        pa.table({"capability": evidence.capabilities, "mean": hyper.capability_mean}),
        values,
        pa.table(
            {
                "rater": evidence.node_rater,
                "group": evidence.node_group,
                "shift": fitted.severity_mean / fitted.severity_var - prior_shift,
                "precision": 1.0 / fitted.severity_var - prior_precision,
            }
        ),
        pa.table(
            {
                "person": evidence.persons.take(pa.array(design.pair_person)),
                "rater": evidence.node_rater.take(pairs),
                "group": evidence.node_group.take(pairs),
                "shift": fitted.messages.pair_shift,
                "precision": fitted.messages.pair_precision,
            }
        ),
        run.tally.ratings,
        in_order=True,
    )


def _learned(evidence: Evidence, hyper: Hyper, scales: Mapping[str, LatentScale]) -> dict[str, LatentScale]:
    found = dict(scales)
    for name, free, (first, last) in zip(
        evidence.scales, hyper.free_cuts, pairwise(evidence.design.scale_start), strict=True
    ):
        if free:
            found[name] = LatentScale(scales[name].name, tuple(hyper.edges[first + 1 : last - 1].tolist()))
    return found
