"""Every estimator of the public contract, or the reason why the panel does not allow it."""

from dataclasses import dataclass, field

import numpy as np

from upwell.engine.errors import NotEstimableError
from upwell.engine.impact import efficient, means
from upwell.engine.impact.inference import ROUNDING, SMALL, Contrast, combined, estimate, limited, scaled, settled
from upwell.engine.impact.pretrends import line_weights
from upwell.engine.impact.results import Estimate, Part
from upwell.engine.numerics import impact_cells, impact_imputation, impact_interactions, impact_twoway
from upwell.engine.numerics.impact_cells import Aggregate, Cells, Control
from upwell.engine.numerics.impact_imputation import Imputation, UnidentifiedError
from upwell.engine.numerics.impact_moments import (
    Bools,
    Floats,
    Moments,
    arms,
    columns,
    gathered,
    people_columns,
)
from upwell.engine.numerics.impact_trials import Trials, sequential_trials

NAMES = (
    "cs_simple",
    "cs_dynamic",
    "cs_group",
    "cs_calendar",
    "cs_event",
    "bjs",
    "bjs_event",
    "sun_abraham",
    "twfe",
    "bacon",
    "efficient_simple",
    "efficient_cohort",
    "efficient_calendar",
    "efficient_history",
    "bjs_donut",
    "sequential_trial",
    "sequential_kept",
    "detrended",
    "difference_in_means",
)

UNUSUAL = 1.96
"""Standard errors by which a period before the donut must differ to be taken into it."""

EARLIER = 3
"""Periods that must at least remain before a donut that grows, and no fewer than it takes out."""


@dataclass
class Workbench:
    """One panel on its way through the estimators; thrown away after the evaluation."""

    stats: Moments
    control: Control
    donut: int
    min_group: int
    found: dict[str, Estimate | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    event: dict[int, Contrast] = field(default_factory=dict)
    heads: dict[int, float] = field(default_factory=dict)
    treated_mask: Bools | None = None
    donut_contrast: Contrast | None = None
    trial_contrast: Contrast | None = None
    largest_weight: float | None = None
    donut_used: int = 0
    event_base: int = -1
    notes: list[str] = field(default_factory=list)
    floor: float = 0.0

    def __post_init__(self) -> None:
        """Find the size of rounding errors in results of this size."""
        outcome = self.stats.outcome
        self.floor = ROUNDING * max(float(outcome.max()), -float(outcome.min()))

    def refuse(self, names: tuple[str, ...], reason: str) -> None:
        """Leave estimators out and say why."""
        for name in names:
            self.found[name] = None
            self.reasons[name] = reason

    def keep(self, name: str, contrast: Contrast, mask: Bools, parts: tuple[Part, ...] = ()) -> None:
        """Store an estimate with its interval."""
        self.found[name] = estimate(settled(contrast, self.floor), mask, arms(self.stats), parts)

    def keep_judged(self, name: str, contrast: Contrast, mask: Bools) -> None:
        """Store an estimate the verdict rests on; with few clusters no more degrees of freedom than the thin side has.

        Cohorts of one or two clusters hide how much clusters differ, so Welch's degrees of freedom are too many there.
        """
        sides = arms(self.stats)
        found = estimate(settled(contrast, self.floor), mask, sides)
        if self.stats.cluster is not None and found.df is not None:
            found = limited(found, max(min(n for n in sides if n > 0) - 1, 1))
        self.found[name] = found


def run(bench: Workbench, is_drawn: bool) -> Cells:
    """Fill the workbench with every estimator the panel allows."""
    cells = impact_cells.compare(bench.stats, bench.control)
    if cells.effect.size and cells.is_post.any():
        _callaway_santanna(bench, cells)
    else:
        names = ("cs_simple", "cs_dynamic", "cs_group", "cs_calendar", "cs_event", "detrended")
        bench.refuse(names, "no treated cohort has results before and after treatment beside untreated people")
    trials = _trials(bench)
    _imputation(bench, trials)
    _sun_abraham(bench)
    _two_way(bench)
    efficient.fill(bench, is_drawn)
    means.fill(bench, is_drawn)
    return cells


def _callaway_santanna(bench: Workbench, cells: Cells) -> None:
    relatives = [int(e) for e in np.unique(cells.relative)]
    totals = {
        "cs_simple": impact_cells.simple(cells),
        "cs_dynamic": impact_cells.dynamic(cells),
        "cs_group": impact_cells.by_cohort(cells),
        "cs_calendar": impact_cells.calendar(cells),
    }
    aggregates = [*totals.values(), *(impact_cells.at_relative(cells, e) for e in relatives)]
    contrasts, mask = _contrasts(bench.stats, cells, aggregates)
    bench.treated_mask = mask
    for name, contrast in zip(totals, contrasts, strict=False):
        bench.keep(name, contrast, mask)
    effects = contrasts[len(totals) :]
    still = [Contrast(settled(c, bench.floor).value, c.column) for c in effects]
    bench.event = dict(zip(relatives, still, strict=True))
    bases = bench.stats.position[cells.base] - bench.stats.position[cells.cohort]
    bench.event_base = int(bases.max())
    bench.event[bench.event_base] = Contrast(0.0, np.zeros(len(mask)))
    bench.heads = {e: float(cells.treated[cells.relative == e].sum()) for e in relatives}
    bench.heads[bench.event_base] = max(bench.heads.values())
    shown = [e for e in relatives if bench.heads[e] >= bench.min_group]
    parts = tuple(Part(str(e), bench.event[e].value, bench.event[e].se) for e in shown)
    bench.keep("cs_event", contrasts[1], mask, parts)
    _detrended(bench, contrasts[0], mask)


def _detrended(bench: Workbench, simple: Contrast, mask: Bools) -> None:
    before = sorted(e for e in bench.event if e < 0)
    after = sorted(e for e in bench.event if e >= 0)
    if len(before) < 2:
        bench.refuse(("detrended",), "a line needs at least two periods before treatment")
        return
    heads = np.array([bench.heads[e] for e in before])
    level, slope = line_weights(np.array(before, dtype=np.float64), heads)
    share = np.array([bench.heads[e] for e in after])
    reach = float(share @ (np.array(after) + 1.0) / share.sum())
    line = combined(level + reach * slope, [bench.event[e] for e in before])
    bench.keep("detrended", simple - line, mask)


def _trials(bench: Workbench) -> Trials | None:
    stats = bench.stats
    seen = None if stats.is_balanced else stats.seen[stats.row_of]
    cohort, stratum = stats.cohort[stats.row_of], stats.stratum[stats.row_of]
    found = sequential_trials(stats.outcome, seen, cohort, stratum, bench.min_group)
    if found is None:
        reason = "in no month are there enough people untreated at an intake, still untreated, with known history"
        bench.refuse(("sequential_trial", "sequential_kept"), reason)
        return None
    summed = gathered(stats, found.influence[:, None])
    bench.trial_contrast = Contrast(found.value, summed.matrix[:, 0])
    bench.largest_weight = found.largest_weight
    bench.keep_judged("sequential_trial", bench.trial_contrast, summed.treated)
    if found.kept_value is None or found.kept_influence is None:
        bench.refuse(("sequential_kept",), "nobody is treated later, so it equals sequential_trial")
        return found
    staying = gathered(stats, found.kept_influence[:, None])
    bench.keep_judged("sequential_kept", Contrast(found.kept_value, staying.matrix[:, 0]), staying.treated)
    return found


def _imputation(bench: Workbench, trials: Trials | None) -> None:
    stats = bench.stats
    try:
        plain = impact_imputation.impute(stats, 0)
    except UnidentifiedError as error:
        bench.refuse(("bjs", "bjs_event", "bjs_donut"), str(error))
        return
    if not plain.usable.any():
        reason = "no treated person has results before treatment in a month with untreated people"
        bench.refuse(("bjs", "bjs_event", "bjs_donut"), reason)
        return
    value, influence = impact_imputation.average(stats, plain, np.ones_like(plain.usable))
    found = columns(stats, [influence])
    bench.keep("bjs", Contrast(value, found.matrix[:, 0]), found.treated)
    _imputed_event(bench, plain)
    same = _trial_cells(stats, trials)
    careful = _careful(bench, plain, same)
    if careful is None:
        bench.refuse(("bjs_donut",), "no treated person has results before the donut")
        return
    value, influence = impact_imputation.average(stats, careful, same)
    if 0 < arms(stats)[0] < SMALL:
        value, influence = impact_imputation.average(stats, careful.around(value), same)
    people = people_columns(stats, [influence])
    bench.donut_contrast = Contrast(value, people.matrix[:, 0])
    bench.keep_judged("bjs_donut", bench.donut_contrast, people.treated)


def _trial_cells(stats: Moments, trials: Trials | None) -> Bools:
    """Cohorts and periods that both sides of the bracket can speak of."""
    if trials is None:
        return np.ones((stats.rows, stats.periods), dtype=bool)
    used = np.zeros((stats.periods + 1, stats.periods), dtype=bool)
    used[trials.cohort, trials.period] = True
    return np.asarray(used[stats.cohort])


def _careful(bench: Workbench, plain: Imputation, same: Bools) -> Imputation | None:
    """The fit with the longest donut, up to the one asked for, that leaves treated cells to compare."""
    stats = bench.stats
    found: Imputation | None = None
    longest = _grown_donut(bench.event, bench.donut)
    for donut in range(longest, -1, -1):
        try:
            fit = impact_imputation.impute(stats, donut) if donut else plain
        except UnidentifiedError:
            continue
        if (fit.usable & same).any():
            found, bench.donut_used = fit, donut
            break
    start = stats.position[np.minimum(stats.cohort, stats.periods - 1)]
    short = (stats.cohort > 0) & (stats.cohort < stats.periods) & (start <= bench.donut_used)
    if bench.donut_used > bench.donut:
        bench.notes.append(
            f"The donut was lengthened from {bench.donut} to {bench.donut_used} periods: results were still unusual "
            "in the periods just before it."
        )
    if found is not None and bench.donut_used < bench.donut:
        bench.notes.append(
            f"The donut was reduced from {bench.donut} to {bench.donut_used} periods: a longer one leaves no results "
            "before treatment to compare with."
        )
    elif found is not None and short.any():
        bench.notes.append(
            f"For {int(stats.count[short].sum())} treated people the donut of {bench.donut_used} periods reaches back "
            "to the first period of the panel; that period was kept for them."
        )
    return found


def _grown_donut(event: dict[int, Contrast], donut: int) -> int:
    """The donut asked for, longer while the period before it still differs from the earlier ones; at most twice it."""
    grown = donut
    while 0 < grown < 2 * donut:
        earlier = [event[e] for e in event if e < -grown - 1]
        if -grown - 1 not in event or len(earlier) < max(EARLIER, grown):
            break
        gap = event[-grown - 1] - combined(np.full(len(earlier), 1 / len(earlier)), earlier)
        if abs(gap.value) <= UNUSUAL * gap.se:
            break
        grown += 1
    return grown


def _imputed_event(bench: Workbench, fit: Imputation) -> None:
    stats = bench.stats
    start = np.append(stats.position, stats.position[-1] + 1)[stats.cohort]
    relative = stats.position - start[:, None]
    horizons: list[int] = []
    for h in range(int(stats.position[-1]) + 1):
        if float((stats.count[:, None] * (fit.usable & (relative == h))).sum()) > 0:
            horizons.append(h)
    averages = [impact_imputation.average(stats, fit, relative == h) for h in horizons]
    summed = columns(stats, [f for _, f in averages])
    lines = np.ascontiguousarray(summed.matrix.T)
    contrasts = [Contrast(v, line) for (v, _), line in zip(averages, lines, strict=True)]
    parts = tuple(
        Part(str(h), c.value, c.se)
        for h, c in zip(horizons, contrasts, strict=True)
        if _people(stats, fit.usable & (relative == h)) >= bench.min_group
    )
    mean = combined(np.full(len(contrasts), 1 / len(contrasts)), contrasts)
    bench.keep("bjs_event", mean, summed.treated, parts)


def _people(stats: Moments, cells: Bools) -> float:
    return float(stats.count[cells.any(axis=1)].sum())


def _sun_abraham(bench: Workbench) -> None:
    stats = bench.stats
    try:
        fit = impact_interactions.interacted(stats, sum(arms(stats)))
    except UnidentifiedError as error:
        bench.refuse(("sun_abraham",), str(error))
        return
    if fit.reference < stats.periods:
        bench.notes.append(
            "Sun-Abraham: nobody is never treated, so the last cohort before its start is the reference."
        )
    found = columns(stats, [fit.influence])
    contrast = settled(Contrast(fit.value, found.matrix[:, 0]), bench.floor)
    bench.found["sun_abraham"] = scaled(estimate(contrast, found.treated, arms(stats)), float(np.sqrt(fit.factor)))


def _two_way(bench: Workbench) -> None:
    stats = bench.stats
    try:
        fit = impact_twoway.two_way(stats, sum(arms(stats)))
    except UnidentifiedError as error:
        bench.refuse(("twfe", "bacon"), str(error))
        return
    found = columns(stats, [fit.influence])
    contrast = settled(Contrast(fit.value, found.matrix[:, 0]), bench.floor)
    bench.found["twfe"] = scaled(estimate(contrast, found.treated, arms(stats)), float(np.sqrt(fit.factor)))
    if not stats.is_balanced:
        bench.refuse(("bacon",), "the decomposition needs a balanced panel")
        return
    components = impact_twoway.bacon(stats)
    parts = tuple(Part(c.kind, c.estimate, None, c.weight) for c in components)
    bench.found["bacon"] = scaled(estimate(contrast, found.treated, arms(stats), parts), float(np.sqrt(fit.factor)))


def _contrasts(stats: Moments, cells: Cells, totals: list[Aggregate]) -> tuple[list[Contrast], Bools]:
    room = max(1, int(2e7 // (stats.rows * stats.periods)))
    matrices: list[Floats] = []
    mask: Bools | None = None
    for start in range(0, len(totals), room):
        found = columns(stats, impact_cells.functional(stats, cells, totals[start : start + room]))
        matrices.append(found.matrix)
        mask = found.treated
    if mask is None:
        raise NotEstimableError("There is nothing to compare.")
    lines = np.ascontiguousarray(np.concatenate(matrices, axis=1).T)
    return [Contrast(t.value, line) for t, line in zip(totals, lines, strict=True)], mask
