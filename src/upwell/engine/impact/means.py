"""Difference in mean results: the plain answer where dates were drawn, needing no results from before."""

from typing import TYPE_CHECKING

import numpy as np

from upwell.engine.impact.inference import Contrast
from upwell.engine.impact.results import Part
from upwell.engine.numerics.impact_moments import Columns, Floats, Ints, Moments, gathered

if TYPE_CHECKING:
    from upwell.engine.impact.estimators import Workbench


def fill(bench: "Workbench", is_drawn: bool) -> None:
    """Compare mean results after treatment, treated against never treated, inside strata.

    Only for one treatment date; Welch variance, with the classical pooled standard error as a part.
    """
    stats = bench.stats
    if not is_drawn:
        bench.refuse(("difference_in_means",), "dates were not drawn by lot or by an arbitrary queue")
        return
    cohort = stats.cohort[stats.row_of]
    dates = [int(c) for c in np.unique(cohort) if c < stats.periods]
    never = cohort == stats.periods
    if len(dates) != 1 or not never.any():
        bench.refuse(("difference_in_means",), "it needs one treatment date and people never treated")
        return
    after = _after(stats, dates[0])
    stratum = stats.stratum[stats.row_of]
    known = ~np.isnan(after)
    value, psi = _welch(np.nan_to_num(after), ~never & known, never & known, stratum)
    if psi is None:
        bench.refuse(("difference_in_means",), "fewer than two people seen after treatment on one side")
        return
    found: Columns = gathered(stats, psi[:, None])
    parts = _pooled(after, ~never & known, never & known) if len(np.unique(stratum)) == 1 else ()
    bench.keep("difference_in_means", Contrast(value, found.matrix[:, 0]), found.treated, parts)


def _after(stats: Moments, date: int) -> Floats:
    seen = stats.seen[stats.row_of][:, date:]
    counts = seen.sum(axis=1)
    sums = (stats.outcome[:, date:] * seen).sum(axis=1)
    return np.asarray(np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0))


def _welch(y: Floats, ours: Floats, theirs: Floats, stratum: Ints) -> tuple[float, Floats | None]:
    value, psi, total = 0.0, np.zeros(len(y)), 0.0
    for s in np.unique(stratum):
        a, b = (stratum == s) & ours, (stratum == s) & theirs
        n_a, n_b = float(a.sum()), float(b.sum())
        if n_a < 2 or n_b < 2:
            continue
        total += n_a
        value += n_a * float(y[a].mean() - y[b].mean())
        psi[a] += n_a * (y[a] - y[a].mean()) / np.sqrt(n_a * (n_a - 1))
        psi[b] -= n_a * (y[b] - y[b].mean()) / np.sqrt(n_b * (n_b - 1))
    return (value / total, psi / total) if total else (0.0, None)


def _pooled(y: Floats, ours: Floats, theirs: Floats) -> tuple[Part, ...]:
    a, b = y[ours.astype(bool)], y[theirs.astype(bool)]
    squares = ((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()
    variance = squares / (len(a) + len(b) - 2) * (1 / len(a) + 1 / len(b))
    return (Part("pooled_variance", float(a.mean() - b.mean()), float(np.sqrt(variance))),)
