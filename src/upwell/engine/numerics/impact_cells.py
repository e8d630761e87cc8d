"""Group-time comparisons of Callaway and Sant'Anna (2021) and their aggregations, from moments alone.

A cell compares, within a stratum, the change of one cohort from its base period (the last before treatment) to a
period with the change of people untreated in both. Equations: att(g,t) (2.8) without covariates; aggregations of
section 3; influence functions include the estimated cohort shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats, Functional, Ints, Moments

Control = Literal["never", "notyet"]


@dataclass(frozen=True, slots=True)
class Cells:
    """K comparisons: stratum, cohort, period and base (indices), effect, people compared and cohort size.

    ``relative`` counts calendar steps since treatment began (0 is the first treated period).
    """

    control: Control
    stratum: Ints
    cohort: Ints
    period: Ints
    base: Ints
    effect: Floats
    treated: Floats
    controls: Floats
    size: Floats
    relative: Ints
    dropped: tuple[tuple[int, int, str], ...]

    @property
    def is_post(self) -> Bools:
        """Cells at or after the start of treatment."""
        return self.period >= self.cohort


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Weights on cells (K) and, per cell, the influence of one member of its cohort through the cohort shares."""

    value: float
    weight: Floats
    share: Floats


Pool = tuple[float, Bools, Floats | None]
"""Outer weight, cells, and a multiplier of the cohort's size per cell (one where None)."""


def sides(stats: Moments, control: Control, stratum: int, cohort: int, period: int, base: int) -> tuple[Bools, Bools]:
    """Rows of the treated and of the comparison people of one cell."""
    usable = (stats.stratum == stratum) & stats.seen[:, period] & stats.seen[:, base]
    if control == "never":
        untreated = stats.cohort == stats.periods
    else:
        untreated = (stats.cohort > max(period, base)) & (stats.cohort != cohort)
    return usable & (stats.cohort == cohort), usable & untreated


def compare(stats: Moments, control: Control) -> Cells:
    """All cells that have at least one person on both sides; the others are listed with the reason."""
    rows: list[tuple[int, int, int, int, float, float, float, float]] = []
    dropped: list[tuple[int, int, str]] = []
    for stratum in np.unique(stats.stratum):
        inside = stats.stratum == stratum
        for cohort in np.unique(stats.cohort[inside]):
            if cohort == stats.periods:
                continue
            size = float(stats.count[inside & (stats.cohort == cohort)].sum())
            if cohort == 0:
                dropped.append((0, 0, f"{size:.0f} people were treated from the first period on"))
                continue
            base = int(cohort) - 1
            for period in range(stats.periods):
                if period == base:
                    continue
                treated, controls = sides(stats, control, int(stratum), int(cohort), period, base)
                n_treated, n_controls = stats.count[treated].sum(), stats.count[controls].sum()
                if not n_treated or not n_controls:
                    who = "treated" if not n_treated else "untreated"
                    dropped.append((int(cohort), period, f"no {who} person seen in both periods"))
                    continue
                gain = stats.mean[:, period] - stats.mean[:, base]
                effect = (
                    stats.count[treated] @ gain[treated] / n_treated
                    - stats.count[controls] @ gain[controls] / n_controls
                )
                rows.append((int(stratum), int(cohort), period, base, effect, n_treated, n_controls, size))
    table = np.array(rows, dtype=np.float64).reshape(-1, 8)
    whole = table[:, :4].astype(np.int64)
    stratum_of, cohort_of, period_of, base_of = whole.T
    effects, n_treated_of, n_controls_of, sizes = table[:, 4:].T
    relative = stats.position[period_of] - stats.position[cohort_of]
    return Cells(
        control,
        stratum_of,
        cohort_of,
        period_of,
        base_of,
        effects,
        n_treated_of,
        n_controls_of,
        sizes,
        relative,
        tuple(dropped),
    )


def aggregate(cells: Cells, pools: Sequence[Pool]) -> Aggregate:
    """Weighted average of pools; inside a pool cells weigh as their cohort's head count times the multiplier."""
    weight = np.zeros(len(cells.effect))
    share = np.zeros(len(cells.effect))
    value = 0.0
    for outer, members, multiplier in pools:
        m = members.astype(np.float64) if multiplier is None else np.where(members, multiplier, 0.0)
        total = (cells.size * m).sum()
        inner = cells.size * m / total
        mean = float(inner @ cells.effect)
        value += outer * mean
        weight += outer * inner
        share += outer * m * (cells.effect - mean) / total
    return Aggregate(value, weight, share)


def simple(cells: Cells) -> Aggregate:
    """Average over all treated cells, cohorts by size."""
    return aggregate(cells, [(1.0, cells.is_post, None)])


def at_relative(cells: Cells, relative: int) -> Aggregate:
    """Average over cohorts observed ``relative`` periods after treatment began."""
    return aggregate(cells, [(1.0, cells.relative == relative, None)])


def dynamic(cells: Cells) -> Aggregate:
    """Mean of the effects by time since treatment."""
    return _mean_over(cells, cells.relative)


def calendar(cells: Cells) -> Aggregate:
    """Mean over periods of the effect on those treated by then."""
    return _mean_over(cells, cells.period)


def by_cohort(cells: Cells) -> Aggregate:
    """Each cohort's own mean effect, cohorts by size."""
    post = cells.is_post
    code = cells.stratum * (cells.cohort.max() + 1) + cells.cohort
    per_cohort = np.bincount(code[post], minlength=int(code.max()) + 1)[code]
    multiplier = np.divide(1.0, per_cohort, out=np.zeros(len(code)), where=per_cohort > 0)
    return aggregate(cells, [(1.0, post, multiplier)])


def functional(stats: Moments, cells: Cells, aggregates: Sequence[Aggregate]) -> list[Functional]:
    """Influence functions of aggregates of cells."""
    weight = np.zeros((len(aggregates), stats.rows, stats.periods))
    shift = np.zeros((len(aggregates), stats.rows))
    on_cells = np.stack([a.weight for a in aggregates])
    for k in range(len(cells.effect)):
        which = np.flatnonzero(on_cells[:, k])
        if not which.size:
            continue
        t, base = int(cells.period[k]), int(cells.base[k])
        treated, controls = sides(stats, cells.control, int(cells.stratum[k]), int(cells.cohort[k]), t, base)
        gain = stats.mean[:, t] - stats.mean[:, base]
        per_person = treated / cells.treated[k] - controls / cells.controls[k]
        centre = _centre(stats, gain, treated, controls)
        for j in which:
            w = on_cells[j, k]
            weight[j, :, t] += w * per_person
            weight[j, :, base] -= w * per_person
            shift[j] += w * per_person * (gain - centre)
    shift += _shares(stats, cells, np.stack([a.share for a in aggregates]))
    return [Functional(weight[j], shift[j]) for j in range(len(aggregates))]


def _mean_over(cells: Cells, label: Ints) -> Aggregate:
    post = cells.is_post
    labels = np.unique(label[post])
    return aggregate(cells, [(1.0 / len(labels), post & (label == v), None) for v in labels])


def _centre(stats: Moments, gain: Floats, treated: Bools, controls: Bools) -> Floats:
    ours = stats.count[treated] @ gain[treated] / stats.count[treated].sum()
    theirs = stats.count[controls] @ gain[controls] / stats.count[controls].sum()
    centre: Floats = np.where(treated, ours, theirs)
    return centre


def _shares(stats: Moments, cells: Cells, share: Floats) -> Floats:
    width = stats.periods + 1
    group = cells.stratum * width + cells.cohort
    own = stats.stratum * width + stats.cohort
    size = int(max(group.max(), own.max())) + 1
    return np.stack([np.bincount(group, weights=s, minlength=size)[own] for s in share])
