"""The frames of a level run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from upwell.engine.frames import Result
from upwell.engine.levels.evidence import Evidence
from upwell.engine.levels.state import LevelState
from upwell.engine.levels.tallying import Tally, tally
from upwell.engine.levels.wording import connectedness, sentences
from upwell.engine.numerics.coding import Codes, taken
from upwell.engine.numerics.ep import Fitted
from upwell.engine.numerics.linkage import components

Reals = NDArray[np.float64]
Z80, Z95 = 1.2815515655446004, 1.959963984540054
MIN_PERSONS_SHOWN = 5
FEW_RATINGS = 30
SUMS = ("score", "squares", "expected", "expected_squares", "var", "rest", "standardised")
"""Columns of ``LevelsResult.sums`` beside rater, group and counts, in the order of ``sweeping.RESIDUALS``."""

ASSUMPTIONS = (
    "A rating is an ordinal view of one latent level through the cut points of its scale.",
    "Severity, halo and noise are Gaussian and do not depend on the level.",
    "Old evidence is not wrong, only less sure: its noise variance grows with each month of age.",
    "The reference group of raters is neither lenient nor severe on average; other groups are measured against it.",
    "Persons in different components share no rater; their levels rest on that reference alone and are not comparable.",
)

UNSETTLED = (
    "The estimation was stopped after {sweeps} sweeps before it had settled; the last one still moved a level, a mean "
    "or the logarithm of a variance by {change:.2g}."
)


@dataclass(frozen=True)
class LevelsResult(Result):
    """``estimates`` per person x capability, ``raters`` per rater and group, and the ``state`` for updates.

    ``sums`` holds, per rater and group, what ``fit_of`` needs; sums of different persons add up.
    """

    raters: pa.Table
    state: LevelState
    sums: pa.Table

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The learned means, standard deviations and drift by name."""
        return self.state.values

    @property
    def fit(self) -> Mapping[str, Any]:
        """What was learned, for a reader: ``thresholds`` per scale (levels), ``variances`` (squared levels; per group
        or source where they differ), ``severity`` (mean per group, levels), ``half_life`` (months in which a rating of
        each source loses half its information) and ``words`` (sentences)."""
        values = self.state.values
        return {
            "thresholds": {key: list(scale.cuts) for key, scale in sorted(self.state.scales.items())},
            "variances": {
                "general": values["general_sd"] ** 2,
                "specific": values["specific_sd"] ** 2,
                "halo": values["halo_sd"] ** 2,
                "drift_per_month": values["drift"],
                "severity": {name: sd**2 for name, sd in values["severity_sd"].items()},
                "noise": {name: sd**2 for name, sd in values["noise_sd"].items()},
            },
            "severity": dict(values["severity_mean"]),
            "half_life": {name: sd**2 / values["drift"] for name, sd in values["noise_sd"].items()},
            "words": [*self.diagnostics["words"], self.diagnostics["connectedness"]],
        }


def widening(n_ratings: int) -> float:
    """Factor on every standard deviation for what few ratings leave unknown about the model's own variances."""
    return float(np.sqrt(1.0 + FEW_RATINGS / (n_ratings + FEW_RATINGS)))


def reported_sd(state: LevelState, var: Reals) -> Reals:
    """Standard deviations with what the model's own values leave open: their common position, and few ratings."""
    common = float(state.values.get("common_sd", 0.0)) ** 2
    found: Reals = np.sqrt(var + common) * widening(state.n_ratings)
    return found


@dataclass(frozen=True, slots=True)
class Finished:
    """What the frames are made of, without what is held per rating, most of the memory.

    ``evidence`` has no rows of ratings, ``fitted`` no sites; ``scores`` are ``ep.residuals``.
    """

    evidence: Evidence
    fitted: Fitted
    scores: Reals
    tally: Tally


def finished(evidence: Evidence, fitted: Fitted, scores: Reals) -> Finished:
    """Count the ratings; once nobody else holds ``evidence`` their rows are free."""
    return Finished(evidence.without_ratings(), fitted, scores, tally(evidence))


def result_of(run: Finished, state: LevelState) -> LevelsResult:
    """Frames, diagnostics and words of a finished run."""
    design, fitted, counts = run.evidence.design, run.fitted, run.tally
    of_person, of_rater = components(design.pair_person, design.pair_rater, design.n_persons, design.n_raters)
    raters, sums = _raters(run, of_rater, state)
    estimates = _estimates(run, of_person, reported_sd(state, fitted.level_var))
    notes = run.evidence.notes
    if not fitted.converged:
        notes += (UNSETTLED.format(sweeps=fitted.sweeps, change=fitted.change),)
    diagnostics = {
        "sweeps": fitted.sweeps,
        "converged": fitted.converged,
        "last_change": fitted.change,
        "ratings": counts.ratings,
        "ignored_after_as_of": run.evidence.ignored_later,
        "exact_repeats": run.evidence.duplicates,
        "components": int(of_person.max(initial=-1)) + 1,
        "connectedness": connectedness(np.bincount(of_person)),
        "words": sentences(state, counts.sources, aged=counts.aged) if counts.sources else (),
        "widening": widening(state.n_ratings),
        "notes": list(notes),
        "version": state.version,
    }
    assumed = (*ASSUMPTIONS, *notes)
    return LevelsResult(estimates, diagnostics, assumed, raters, state, sums)


def _estimates(run: Finished, component: Codes, sd: Reals) -> pa.Table:
    evidence, design, counts, level = run.evidence, run.evidence.design, run.tally, run.fitted.level_mean
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
            "n_ratings": counts.n_ratings,
            "n_raters": counts.n_raters,
            "n_sources": counts.n_sources,
            "last_rated_on": counts.last_rated_on,
            "component": taken(component.astype(np.int32), design.cell_person),
            "provisional": (counts.n_raters < 2) & ~counts.tested,
        }
    )


def _raters(run: Finished, component: Codes, state: LevelState) -> tuple[pa.Table, pa.Table]:
    evidence, fitted, nodes = run.evidence, run.fitted, run.evidence.design.n_raters
    node, ratings_of = evidence.design.pair_rater, run.tally.of_pair
    persons = np.bincount(node, minlength=nodes)
    ratings = np.bincount(node, ratings_of, nodes)
    mean, sd = fitted.severity_mean, reported_sd(state, fitted.severity_var)
    key = {"rater": evidence.node_rater, "group": evidence.node_group}
    counts = {"n_persons": persons.astype(np.int32), "n_ratings": ratings.astype(np.int32)}
    sums = pa.table({**key, **counts, **dict(zip(SUMS, run.scores, strict=True))})
    severity = {"severity": mean, "sd": sd, "lo95": mean - Z95 * sd, "hi95": mean + Z95 * sd}
    found = {**severity, **fit_of(sums), "component": component.astype(np.int32)}
    return pa.table({**key, **found, "shown": persons >= MIN_PERSONS_SHOWN}), sums


def fit_of(sums: pa.Table) -> dict[str, Any]:
    """Counts, infit, outfit and spread per row of the ``sums`` of a result, by name."""
    score, squares, expected, expected_squares, var, rest, standardised = (sums[name].to_numpy() for name in SUMS)
    ratings = sums["n_ratings"].to_numpy()
    given_var = squares - score**2 / ratings
    expected_var = expected_squares - expected**2 / ratings + var
    return {
        "n_persons": sums["n_persons"],
        "n_ratings": sums["n_ratings"],
        "infit": rest / var,
        "outfit": standardised / ratings,
        "spread": np.sqrt(np.maximum(given_var, 0.0) / expected_var),
    }
