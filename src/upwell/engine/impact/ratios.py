"""The line in ratios beside the bracket: for results that are never negative and skewed, as counts and money are."""

from typing import TYPE_CHECKING

import numpy as np

from upwell.engine.impact.inference import Contrast, estimate, settled
from upwell.engine.impact.results import Part
from upwell.engine.numerics.impact_moments import arms, columns
from upwell.engine.numerics.impact_ratios import in_ratios

if TYPE_CHECKING:
    from upwell.engine.impact.estimators import Workbench

NAME = "ratio_donut"
SKEWED = 0.5
"""Standard deviation over mean from which results that are never negative count as skewed."""


def fill(bench: "Workbench") -> None:
    """Add the estimate, in units of the outcome with the factor as its part, or the reason why it is left out."""
    if not _is_skewed(bench):
        bench.refuse((NAME,), "results are negative or hardly skewed, so differences serve")
        return
    found = in_ratios(bench.stats, bench.donut_used)
    if found is None:
        bench.refuse((NAME,), "no treated cohort has results above zero before treatment beside untreated people")
        return
    summed = columns(bench.stats, [found.influence])
    contrast = settled(Contrast(found.value, summed.matrix[:, 0]), bench.floor)
    parts = (Part("factor", found.factor),)
    bench.found[NAME] = estimate(contrast, summed.treated, arms(bench.stats), parts)


def _is_skewed(bench: "Workbench") -> bool:
    results = bench.stats.outcome
    if float(results.min()) < 0:
        return False
    cells = float((bench.stats.seen.sum(axis=1) * bench.stats.count).sum())
    mean = float(results.sum()) / cells
    flat = results.ravel()
    variance = float(np.vdot(flat, flat)) / cells - mean**2
    return bool(variance > (SKEWED * mean) ** 2)
