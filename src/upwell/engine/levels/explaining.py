"""Why a level is what it is, and which evidence would make it surer."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from upwell.engine.errors import FrameError, NotEstimableError
from upwell.engine.levels.contracts import INSTRUMENT, SOURCES
from upwell.engine.levels.estimating import refit
from upwell.engine.levels.evidence import COMMON, Evidence
from upwell.engine.levels.results import reported_sd
from upwell.engine.levels.state import LevelState
from upwell.engine.numerics.blocks import solve, stacks
from upwell.engine.numerics.ep import Fitted, cavities
from upwell.engine.numerics.probit import interval_moments

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Explanation:
    """A waterfall: ``start`` (mean of the capability) plus all ``steps.contribution`` equals ``level``.

    ``steps`` has one row per rating of the person, also of other capabilities (they inform the general level and
    the halo): rater, source, capability, category, rated_on, age (months), weight (levels per level of surprise),
    severity and halo (levels, estimates of the rater's), contribution (levels). A rating that nobody gave has neither
    rater nor severity nor halo (null).
    """

    person: int | str
    capability: int | str
    start: float
    level: float
    sd: float
    steps: pa.Table


@dataclass(frozen=True)
class _Block:
    evidence: Evidence
    fitted: Fitted
    severity: Reals
    mean: Reals
    covariance: Reals
    prior: Reals
    cell: int
    rows: NDArray[np.int64]
    named: NDArray[np.bool_]


def explain(state: LevelState, ratings: object, *, capability: int | str, as_of: date | int) -> Explanation:
    """Split a person's level into the contribution of every rating; ``ratings`` are all of that person's.

    Raises:
        FrameError: ratings of more than one person.
        NotEstimableError: no rating of the capability up to ``as_of``.
    """
    block = _block(state, ratings, capability, as_of)
    evidence, fitted, design = block.evidence, block.fitted, block.evidence.design
    named, nobody = block.named, ~block.named
    reach = block.covariance[block.cell, design.rating_cell] + named * block.covariance[block.cell, block.rows]
    expected = block.prior[design.rating_cell] + named * block.prior[block.rows]
    sites = fitted.messages
    contribution = reach * (sites.site_shift - sites.site_precision * expected)
    nodes = np.append(design.pair_rater, 0)[design.rating_pair]
    severity = np.append(fitted.severity_mean, 0.0)[nodes]
    steps = pa.table(
        {
            "rater": evidence.node_rater.take(pa.array(nodes, mask=nobody)),
            "source": pa.array([SOURCES[s] for s in design.rating_source], pa.string()),
            "capability": evidence.capabilities.take(pa.array(design.cell_capability[design.rating_cell])),
            "category": evidence.category,
            "rated_on": evidence.dates(design.age),
            "age": design.months,
            "weight": reach * sites.site_precision,
            "severity": pa.array(severity, mask=nobody),
            "halo": pa.array(block.mean[block.rows] + severity, mask=nobody),
            "contribution": contribution,
        }
    )
    return Explanation(
        evidence.persons[0].as_py(),
        capability,
        float(block.prior[block.cell]),
        float(block.mean[block.cell]),
        float(reported_sd(state, block.covariance[block.cell, block.cell])),
        steps,
    )


def informative(state: LevelState, ratings: object, *, capability: int | str, as_of: date | int) -> pa.Table:
    """Which one further rating would shrink the interval most, best first.

    Rows: source, rater (null for somebody new), sd (expected afterwards, levels) and reduction (share of the
    present sd, 0 to 1). A new rating is taken on the common scale, dated ``as_of``.

    Raises:
        FrameError: ratings of more than one person.
        NotEstimableError: no rating of the capability up to ``as_of``.
    """
    block = _block(state, ratings, capability, as_of)
    evidence, design = block.evidence, block.evidence.design
    values = state.values
    own_var = block.covariance[block.cell, block.cell]
    rows: list[tuple[str, int | str | None, float]] = []
    for number, source in enumerate(SOURCES):
        group = state.groups[source]
        noise = values["noise_sd"][source] ** 2
        seen = np.unique(design.rating_pair[block.named & (design.rating_source == number)])
        for pair in seen:
            local = len(design.cell_person) + int(pair)
            cross = own_var + block.covariance[block.cell, local]
            var = own_var + block.covariance[local, local] + 2.0 * block.covariance[block.cell, local]
            left = _after(state, block.mean[block.cell] + block.mean[local], var, own_var, cross, noise)
            rows.append((source, evidence.node_rater[int(design.pair_rater[pair])].as_py(), left))
        if source == "self" and len(seen):
            continue
        extra = values["severity_sd"][group] ** 2 + (0.0 if group == INSTRUMENT else values["halo_sd"] ** 2)
        centre = block.mean[block.cell] - values["severity_mean"][group]
        rows.append((source, None, _after(state, centre, own_var + extra, own_var, own_var, noise)))
    rows.sort(key=lambda row: (row[2], row[0], str(row[1])))
    return pa.table(
        {
            "source": pa.array([r[0] for r in rows], pa.string()),
            "rater": pa.array([r[1] for r in rows], evidence.node_rater.type),
            "sd": [float(reported_sd(state, np.array(r[2]))) for r in rows],
            "reduction": [1.0 - float(np.sqrt(r[2] / own_var)) for r in rows],
        }
    )


def _after(state: LevelState, mean: float, var: float, own: float, cross: float, noise: float) -> float:
    edges = np.array([-np.inf, *state.scales[COMMON].cuts, np.inf])
    count = len(edges) - 1
    z = interval_moments(np.full(count, mean), np.full(count, var + noise), edges[:-1], edges[1:])
    return max(own - cross**2 * float((z.evidence * z.curvature).sum()), 1e-9)


def _block(state: LevelState, ratings: object, capability: int | str, as_of: date | int) -> _Block:
    evidence, fitted = refit(state, ratings, as_of=as_of)
    design = evidence.design
    if len(evidence.persons) > 1:
        raise FrameError(f"An explanation takes the ratings of one person, not of {len(evidence.persons)}.")
    known = evidence.capabilities.to_pylist()
    if capability not in known:
        raise NotEstimableError(f"There is no rating of the capability '{capability}' up to {as_of}.")
    severity, severity_var = cavities(design, fitted)
    offset_var = severity_var + fitted.hyper.halo_of(design)
    prior_mean = fitted.hyper.capability_mean[design.cell_capability]
    mean, covariance = solve(
        stacks(design)[0],
        prior_mean,
        fitted.hyper.general,
        fitted.hyper.specific,
        -severity,
        offset_var,
        fitted.messages.site_shift,
        fitted.messages.site_precision,
    )
    cell = int(np.flatnonzero(design.cell_capability == known.index(capability))[0])
    prior = np.concatenate([prior_mean, -severity])
    named = design.rating_pair >= 0
    rows = np.where(named, len(design.cell_person) + design.rating_pair, 0)
    return _Block(evidence, fitted, severity, mean[0], covariance[0], prior, cell, rows, named)
