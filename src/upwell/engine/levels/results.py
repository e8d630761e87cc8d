"""The frames of a level run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from upwell.engine.frames import Result
from upwell.engine.levels.contracts import INSTRUMENT, SOURCES
from upwell.engine.levels.evidence import Evidence
from upwell.engine.levels.state import LevelState
from upwell.engine.levels.wording import connectedness, sentences
from upwell.engine.numerics.coding import Codes
from upwell.engine.numerics.ep import Fitted, residuals
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


def result_of(evidence: Evidence, fitted: Fitted, state: LevelState) -> LevelsResult:
    """Frames, diagnostics and words of a finished run."""
    design = evidence.design
    of_person, of_rater = components(design.pair_person, design.pair_rater, design.n_persons, design.n_raters)
    raters, sums = _raters(evidence, fitted, of_rater, state)  # before the estimates, which need more memory
    estimates = _estimates(evidence, fitted, of_person, reported_sd(state, fitted.level_var))
    seen = np.bincount(design.rating_source, minlength=len(SOURCES)) > 0
    sources = [name for name, occurs in zip(SOURCES, seen, strict=True) if occurs]
    notes = evidence.notes
    if not fitted.converged:
        notes += (UNSETTLED.format(sweeps=fitted.sweeps, change=fitted.change),)
    diagnostics = {
        "sweeps": fitted.sweeps,
        "converged": fitted.converged,
        "last_change": fitted.change,
        "ratings": len(design.age),
        "ignored_after_as_of": evidence.ignored_later,
        "exact_repeats": evidence.duplicates,
        "components": int(of_person.max(initial=-1)) + 1,
        "connectedness": connectedness(np.bincount(of_person)),
        "words": sentences(state, sources, aged=bool(np.ptp(design.age))) if sources else (),
        "widening": widening(state.n_ratings),
        "notes": list(notes),
        "version": state.version,
    }
    assumed = (*ASSUMPTIONS, *notes)
    return LevelsResult(estimates, diagnostics, assumed, raters, state, sums)


def _estimates(evidence: Evidence, fitted: Fitted, component: Codes, sd: Reals) -> pa.Table:
    design, cell = evidence.design, evidence.design.rating_cell
    cells = len(design.cell_person)
    level = fitted.level_mean
    independent = _independent_raters(evidence)
    tested = np.zeros(cells, dtype=bool)
    tested[cell[design.rating_source == SOURCES.index("test")]] = True
    last = np.full(cells, np.iinfo(np.int32).min, dtype=evidence.rating_date.dtype)
    np.maximum.at(last, cell, evidence.rating_date)
    sources = np.zeros(cells, dtype=np.int32)
    for source in np.unique(design.rating_source):
        seen = np.zeros(cells, dtype=bool)
        seen[cell[design.rating_source == source]] = True
        sources += seen
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
            "n_ratings": np.bincount(cell, minlength=cells).astype(np.int32),
            "n_raters": independent,
            "n_sources": sources,
            "last_rated_on": evidence.dates(last),
            "component": component[design.cell_person].astype(np.int32),
            "provisional": (independent < 2) & ~tested,
        }
    )


def _independent_raters(evidence: Evidence) -> NDArray[np.int32]:
    """Different people per cell who rated it, without the person and without instruments."""
    design, cell = evidence.design, evidence.design.rating_cell
    cells, groups = len(design.cell_person), np.array([name != INSTRUMENT for name in evidence.groups])
    is_person = np.append(groups[design.rater_group[design.pair_rater]], False)
    counted = is_person[design.rating_pair] & (design.rating_source != SOURCES.index("self"))
    counted &= _first_of_cell(design.rating_pair, cell)
    rater = evidence.node_code[design.pair_rater]
    again = (rater[1:] == rater[:-1]) & (design.pair_person[1:] == design.pair_person[:-1])
    two_roles = np.zeros(len(rater) + 1, dtype=bool)  # the last for ratings that nobody gave
    two_roles[1:-1] |= again
    two_roles[:-2] |= again
    found = np.bincount(cell[counted], minlength=cells)
    counted &= two_roles[design.rating_pair]
    if counted.any():
        width = np.int64(rater.max()) + 1
        each = np.unique(cell[counted] * width + rater[design.rating_pair[counted]]) // width
        found += np.bincount(each, minlength=cells) - np.bincount(cell[counted], minlength=cells)
    return found.astype(np.int32)


def _first_of_cell(pair: Codes, cell: Codes) -> NDArray[np.bool_]:
    """Marks the first rating of each rater on each cell; ratings are sorted by pair and then by cell."""
    first = np.ones(len(pair), dtype=bool)
    first[1:] = (pair[1:] != pair[:-1]) | (cell[1:] != cell[:-1])
    return first


def _raters(evidence: Evidence, fitted: Fitted, component: Codes, state: LevelState) -> tuple[pa.Table, pa.Table]:
    design = evidence.design
    node, nodes = design.pair_rater, design.n_raters
    persons = np.bincount(node, minlength=nodes)
    per_pair = np.bincount(design.rating_pair[design.rating_pair >= 0], minlength=len(node))
    ratings = np.bincount(node, per_pair, nodes)
    mean, sd = fitted.severity_mean, reported_sd(state, fitted.severity_var)
    parts = [np.bincount(node, part, nodes).astype(np.float64) for part in residuals(design, fitted)]
    key = {"rater": evidence.node_rater, "group": evidence.node_group}
    counts = {"n_persons": persons.astype(np.int32), "n_ratings": ratings.astype(np.int32)}
    sums = pa.table({**key, **counts, **dict(zip(SUMS, parts, strict=True))})
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
