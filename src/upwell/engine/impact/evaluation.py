"""The one question: did the programme raise the result, and how sure are we?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy import stats as distributions

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.impact import ratios, union
from upwell.engine.impact.balance import balance_p_value
from upwell.engine.impact.draws import Drawn, for_small
from upwell.engine.impact.estimators import NAMES, Workbench, run
from upwell.engine.impact.inference import corrected, settled
from upwell.engine.impact.mechanisms import ASSUMPTIONS, RANDOM, Mechanism, mechanism_of
from upwell.engine.impact.panel import Panel, read
from upwell.engine.impact.power import detectable, horizon_of
from upwell.engine.impact.pretrends import pretrend
from upwell.engine.impact.results import (
    EVENT_STUDY,
    Bracket,
    Detectable,
    EffectResult,
    Estimate,
    Pretrend,
    Sensitivity,
    Verdict,
)
from upwell.engine.impact.sensitivity import sensitivity
from upwell.engine.impact.tables import estimates_table, event_study
from upwell.engine.impact.verdicts import Findings, decide
from upwell.engine.impact.wording import told, wording_of
from upwell.engine.numerics.impact_cells import Cells, Control
from upwell.engine.numerics.impact_moments import Moments, arms, moments
from upwell.engine.numerics.impact_multiplicity import adjust

ALL = (*NAMES, ratios.NAME)
"""Every estimator of an answer."""
LONE = (
    "One person only, or one group assigned together, is never treated, which cannot show chance: it was left out, and "
    "people treated at different times are compared."
)
DOUBTED = 0.001
"""Chance below which a lottery's cohorts are called uneven before treatment."""
DOUBT = (
    "The dates are said to be drawn by lot, but results before treatment differ between cohorts by more than such a "
    "draw allows (1 in 1,000): check how it was made, or name another mechanism."
)
ONCE = (
    "Cannot be judged: every person has a result in one period only, as when each survey asks somebody else, so nobody "
    "can be compared with an earlier self. Average the results to groups that are followed through the "
    "periods (teams, sites, regions) and give each group as one unit."
)


def evaluate(
    panel: object,
    *,
    mechanism: Mechanism | str,
    seed: int,
    control: Control = "notyet",
    smallest_worthwhile: float | None = None,
    donut: int = 3,
    higher_is_better: bool = True,
    q_values: float | Sequence[float] | None = None,
    min_group: int = 5,
    who: str | None = None,
    spacing: str | None = None,
) -> EffectResult:
    """Estimate a programme's effect per treated person and period, or say why that cannot be done.

    Args:
        panel: anything with the Arrow stream protocol; columns ``unit``, ``period`` (whole number, or a date of
            which month and year count), ``outcome``, ``first_treated`` (empty = never) and optionally ``cluster``
            (level of assignment), ``stratum``, ``assigned_by``. Unsorted and unbalanced is fine; nulls are allowed
            in ``first_treated`` and ``assigned_by`` only.
        mechanism: how people came to be treated; decides estimator, rule and refusal.
        seed: for the draws of the simultaneous band.
        control: compare with people not yet treated, or never treated.
        smallest_worthwhile: smallest effect worth having, in units of the outcome, named before launch.
        donut: periods before treatment that imputation leaves out of its fit.
        higher_is_better: False where a smaller outcome is the better one.
        q_values: this programme's q-value, or the p-values of the other programmes judged at the same time (then
            the q-value follows by Benjamini-Hochberg); without it the p-value stands alone.
        min_group: nothing is published about fewer treated or untreated people.
        who: 'people' or 'units' in sentences; None: people where periods are months, units elsewhere.
        spacing: what sentences call a period (day, week, month, quarter, half-year, year, period); None: by its number.

    Raises:
        FrameError: the panel breaks its contract.
        ParameterError: an option is out of range.
        NotEstimableError: one period, a constant outcome, or nobody untreated.

    Sources: Callaway and Sant'Anna 2021; Borusyak, Jaravel and Spiess 2024; Roth and Sant'Anna 2023; Goodman-Bacon
    2021; Rambachan and Roth 2023; Danaei and others 2013. See ``docs/methods/impact.md``.
    """
    kind = mechanism_of(mechanism)
    _check_options(control, smallest_worthwhile, donut, min_group)
    data = read(panel)
    wording = wording_of(data.periods, who, spacing)
    asked = _Asked(kind, control, smallest_worthwhile, donut, higher_is_better, q_values, min_group, seed)
    return told(_evaluated(data, asked), wording)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of an evaluation, checked."""

    kind: Mechanism
    control: Control
    smallest_worthwhile: float | None
    donut: int
    higher_is_better: bool
    q_values: float | Sequence[float] | None
    min_group: int
    seed: int


def _evaluated(data: Panel, asked: _Asked) -> EffectResult:
    diagnostics = _counts(data, asked.control, asked.min_group)
    refusal = _refuse_design(data, asked.kind)
    if refusal is not None:
        return _withheld(asked.kind, refusal, diagnostics, asked.higher_is_better)
    _check_untreated(data, asked.control)
    if min(diagnostics["treated"], diagnostics["controls"]) < asked.min_group:
        few = _few(diagnostics, asked.min_group)
        return _withheld(asked.kind, few, diagnostics, asked.higher_is_better)
    if asked.kind not in RANDOM and int((~np.isnan(data.outcome)).sum(axis=1).max()) == 1:
        return _withheld(asked.kind, Verdict(1, ONCE), diagnostics, asked.higher_is_better)
    stats = moments(data.outcome, data.cohort, data.stratum, data.cluster, data.position)
    bench = Workbench(stats, asked.control, asked.donut, asked.min_group)
    if min(n for n in arms(bench.stats) if n > 0) < 2:
        others = _without_the_lone(data, stats) if asked.control == "notyet" else None
        if others is not None:
            found = _evaluated(others, asked)
            diagnostics = {**found.diagnostics, "notes": [LONE, *found.diagnostics.get("notes", [])]}
            return replace(found, diagnostics=diagnostics)
        lone = (
            "Cannot be judged: one side consists of a single person, who cannot show how much people differ by chance. "
            "A single team or region can be compared by synthetic difference in differences instead."
        )
        if data.cluster is not None:
            lone = "Cannot be judged: one side consists of a single group of people assigned together."
        return _withheld(asked.kind, Verdict(1, lone), diagnostics, asked.higher_is_better)
    balance = balance_p_value(bench.stats) if asked.kind in RANDOM else None
    is_balanced = balance is not None and balance >= 0.05
    is_drawn = asked.kind is Mechanism.LOTTERY or (asked.kind is Mechanism.QUEUE and is_balanced)
    if is_drawn and balance is not None and balance < DOUBTED:
        bench.notes.append(DOUBT)
    cells = run(bench, asked.kind in RANDOM)
    ratios.fill(bench)
    before = _before(bench, asked.higher_is_better)
    if asked.kind is Mechanism.SELF and _rose(before, asked.higher_is_better):
        words = (
            "Cannot be judged: people chose for themselves after their results had risen, so no comparison "
            "separates the programme from what made them rise."
        )
        return _withheld(asked.kind, Verdict(1, words, is_refused=True), diagnostics, asked.higher_is_better)
    diagnostics |= {
        "balance_p_value": balance,
        "treated_as_drawn": is_drawn,
        "dropped_cells": _dropped(cells, data),
        "largest_trial_weight": bench.largest_weight,
        "event_base_period": bench.event_base,
        "donut_used": bench.donut_used,
        "notes": [*_notes(data, diagnostics["always_treated"]), *bench.notes, *_undecomposed(bench)],
    }
    return _answer(asked, is_drawn, bench, before, diagnostics)


def _without_the_lone(data: Panel, stats: Moments) -> Panel | None:
    """The panel without its only unit (or cluster) never treated; None where those left share one date."""
    dated = data.cohort < len(data.periods)
    if arms(stats)[1] != 1 or len(np.unique(data.cohort[dated & (data.cohort > 0)])) < 2:
        return None
    kept = dated
    if data.cluster is not None:
        kept = np.isin(data.cluster, data.cluster[dated])
    cluster = None if data.cluster is None else np.unique(data.cluster[kept], return_inverse=True)[1]
    return replace(
        data, outcome=data.outcome[kept], cohort=data.cohort[kept], stratum=data.stratum[kept], cluster=cluster
    )


def _answer(
    asked: _Asked, is_drawn: bool, bench: Workbench, before: Pretrend | None, diagnostics: dict[str, Any]
) -> EffectResult:
    bracket = _bracket(bench)
    drawn = for_small(bench, is_drawn, asked.seed)
    headline = _headline(bench, is_drawn, drawn)
    diagnostics |= {
        "permutation": None if drawn is None else asdict(drawn.permutation),
        "smallest_worthwhile": asked.smallest_worthwhile,
        "min_group": bench.min_group,
        "has_history": bool(bench.event),
    }
    p_value = headline.p_value if headline and is_drawn else union.p_value(bench.found)
    if headline and drawn is not None:
        p_value = max(headline.p_value, drawn.permutation.p_value)
    q_value = _q_value(p_value, asked.q_values)
    reach = _sensitivity(bench)
    mde = _mde(headline if is_drawn else None, bracket, bench, asked.smallest_worthwhile)
    found = Findings(
        treated=diagnostics["treated"],
        controls=diagnostics["controls"],
        has_history=bool(bench.event),
        min_group=bench.min_group,
        is_drawn=is_drawn,
        headline=headline if is_drawn else None,
        bracket=bracket,
        detrended=bench.found["detrended"],
        turns=union.turns(bench.found),
        breakdown=reach.breakdown if reach else None,
        q_value=q_value,
        smallest_worthwhile=asked.smallest_worthwhile,
        mde=mde,
        higher_is_better=asked.higher_is_better,
        missing=_missing(bench),
    )
    estimators = {name: bench.found.get(name) for name in ALL}
    return EffectResult(
        estimates=estimates_table(estimators, bench.reasons),
        diagnostics=diagnostics,
        assumptions=_assumptions(asked.kind, is_drawn, bench),
        mechanism=asked.kind,
        estimators=estimators,
        reasons=dict(bench.reasons),
        headline=headline,
        judged=union.spans(bench.found) if headline is None else (headline,),
        higher_is_better=asked.higher_is_better,
        bracket=bracket,
        event_study=event_study(bench, asked.seed),
        pretrend=before,
        sensitivity=reach,
        mde=mde,
        q_value=q_value,
        verdict=decide(found),
    )


def _check_options(control: str, smallest: float | None, donut: int, min_group: int) -> None:
    if control not in ("notyet", "never"):
        raise ParameterError(f"The control group '{control}' is unknown; choose 'notyet' or 'never'.")
    if smallest is not None and not smallest > 0:
        raise ParameterError("The smallest worthwhile effect must be above zero.")
    if donut < 0:
        raise ParameterError("The donut cannot be negative.")
    if min_group < 1:
        raise ParameterError("The smallest group must be at least 1.")


def _counts(data: Panel, control: Control, min_group: int) -> dict[str, Any]:
    width = len(data.periods)
    ever, never = data.cohort < width, data.cohort == width
    treated = ever & (data.cohort > 0)
    if not treated.any():
        treated = ever
    controls = never
    if control == "notyet" and treated.any():
        controls = never | (treated & (data.cohort > data.cohort[treated].min()))
    seen = ~np.isnan(data.outcome)
    reveal = min(int(treated.sum()), int(never.sum())) >= min_group
    attrition = {
        name: float(1 - seen[mask, -1].mean())
        for name, mask in (("treated", treated), ("untreated", never))
        if mask.any() and reveal
    }
    return {
        "units": len(data.cohort),
        "periods": width,
        "cells": int(seen.sum()),
        "treated": int(treated.sum()),
        "never_treated": int(never.sum()),
        "controls": int(controls.sum()),
        "cohorts": len(np.unique(data.cohort[treated])),
        "always_treated": int((ever & ~treated).sum()),
        "treated_after_the_panel": data.treated_later,
        "is_balanced": bool(seen.all()),
        "strata": len(np.unique(data.stratum)),
        "clusters": None if data.cluster is None else len(np.unique(data.cluster)),
        "assigners": data.assigners,
        "absent_in_last_period": attrition,
    }


def _refuse_design(data: Panel, kind: Mechanism) -> Verdict | None:
    if kind is not Mechanism.UNIVERSAL or len(np.unique(data.cohort)) > 1:
        return None
    words = (
        "Cannot be judged: everybody was treated in the same month, so there is nobody to compare with; a "
        "before-and-after difference is not an effect. Stagger the next round."
    )
    return Verdict(1, words, is_refused=True)


def _check_untreated(data: Panel, control: Control) -> None:
    width = len(data.periods)
    treated = data.cohort < width
    if not treated.any():
        raise NotEstimableError("Nobody in the panel is treated within its periods.")
    if control == "never" and treated.all():
        raise NotEstimableError("Nobody is never treated; use the control group 'notyet'.")
    if len(np.unique(data.cohort)) < 2:
        raise NotEstimableError("Everybody is treated at the same time, so nobody is untreated to compare with.")


def _few(diagnostics: dict[str, Any], min_group: int) -> Verdict:
    blank = Findings(
        treated=diagnostics["treated"],
        controls=diagnostics["controls"],
        has_history=False,
        min_group=min_group,
        is_drawn=False,
        headline=None,
        bracket=None,
        detrended=None,
        turns=False,
        breakdown=None,
        q_value=None,
        smallest_worthwhile=None,
        mde=None,
        higher_is_better=True,
        missing="",
    )
    return decide(blank)


def _withheld(kind: Mechanism, verdict: Verdict, diagnostics: dict[str, Any], higher_is_better: bool) -> EffectResult:
    reasons = dict.fromkeys(ALL, verdict.words)
    estimators: dict[str, Estimate | None] = dict.fromkeys(ALL)
    return EffectResult(
        estimates=estimates_table(estimators, reasons),
        diagnostics=diagnostics,
        assumptions=(ASSUMPTIONS[kind],),
        mechanism=kind,
        estimators=estimators,
        reasons=reasons,
        headline=None,
        judged=(),
        higher_is_better=higher_is_better,
        bracket=None,
        event_study=EVENT_STUDY.empty_table(),
        pretrend=None,
        sensitivity=None,
        mde=None,
        q_value=None,
        verdict=verdict,
    )


def _before(bench: Workbench, higher_is_better: bool) -> Pretrend | None:
    if not bench.event:
        return None
    smallest = min(n for n in arms(bench.stats) if n > 0)
    return pretrend(bench.event, bench.heads, higher_is_better, smallest)


def _rose(before: Pretrend | None, higher_is_better: bool) -> bool:
    if before is None:
        return False
    sign = 1.0 if higher_is_better else -1.0
    spells = ((before.dip, before.dip_se), (before.slope, before.slope_se))
    return any(value is not None and se and sign * value > 1.96 * se for value, se in spells)


def _bracket(bench: Workbench) -> Bracket | None:
    if bench.donut_contrast is None or bench.trial_contrast is None:
        return None
    apart = settled(bench.donut_contrast - bench.trial_contrast, bench.floor)
    return union.bracket(bench.found, (apart.value, apart.se))


def _headline(bench: Workbench, is_drawn: bool, drawn: Drawn | None) -> Estimate | None:
    """The estimate of drawn dates; where few were drawn its interval is that of the draws."""
    if not is_drawn:
        return None
    names = ("efficient_history", "efficient_simple", "difference_in_means", "cs_simple")
    for name in names:
        found = bench.found[name]
        if found is not None:
            if drawn is not None and drawn.estimator == name:
                bench.found[name] = drawn.applied(found)
            return bench.found[name]
    return None


def _q_value(p_value: float | None, given: float | Sequence[float] | None) -> float | None:
    if p_value is None:
        return None
    if given is None:
        return p_value
    if isinstance(given, int | float):
        if not 0 <= given <= 1:
            raise ParameterError("The q-value lies outside 0 to 1.")
        return float(given)
    return float(adjust([p_value, *given])[0])


def _sensitivity(bench: Workbench) -> Sensitivity | None:
    if not bench.event or bench.treated_mask is None:
        return None
    _, df = corrected(bench.event[max(bench.event)], bench.treated_mask, arms(bench.stats))
    quantile = distributions.t.ppf(0.975, df) if df else distributions.norm.ppf(0.975)
    smallest = min(n for n in arms(bench.stats) if n > 0)
    return sensitivity(bench.event, bench.heads, float(quantile), smallest)


def _mde(
    headline: Estimate | None,
    bracket: Bracket | None,
    bench: Workbench,
    smallest_worthwhile: float | None,
) -> Detectable | None:
    if headline is not None:
        se = (headline.hi95 - headline.lo95) / (2 * 1.96)
    elif bracket is not None:
        se = (bracket.hi - bracket.lo) / (2 * 1.96)
    else:
        return None
    horizon = None if smallest_worthwhile is None else horizon_of(bench.stats)
    return detectable(se, int(bench.stats.count.sum()), smallest_worthwhile, horizon)


def _missing(bench: Workbench) -> str:
    names = [n for n in ("bjs_donut", "sequential_trial") if bench.found.get(n) is None]
    return " ".join(f"{n} could not be computed: {bench.reasons[n]}." for n in names)


def _dropped(cells: Cells, data: Panel) -> list[str]:
    return [
        why if cohort == 0 else f"cohort {data.periods[cohort]}, period {data.periods[period]}: {why}"
        for cohort, period, why in cells.dropped
    ]


def _undecomposed(bench: Workbench) -> list[str]:
    if bench.found.get("bacon") is not None or bench.found.get("twfe") is None:
        return []
    return [f"Goodman-Bacon parts are left out: {bench.reasons['bacon']}."]


def _notes(data: Panel, always: int) -> list[str]:
    """What was done with the panel that its owner may not expect."""
    notes = []
    if always:
        notes.append(
            f"{always} people treated from the first period on have no results from before; they were left out of "
            "everything but the two-way regression."
        )
    if data.zero_is_never:
        notes.append(f"A first treatment of 0 was read as never treated ({data.zero_is_never} people).")
    if data.treated_later:
        notes.append(f"{data.treated_later} people are treated after the last period; they count as untreated.")
    gaps = int(data.position[-1]) + 1 - len(data.position)
    if gaps:
        notes.append(f"{gaps} periods inside the panel are missing for everybody; time since treatment counts them.")
    return notes


def _assumptions(kind: Mechanism, is_drawn: bool, bench: Workbench) -> tuple[str, ...]:
    lines = [
        ASSUMPTIONS[kind],
        "One person's treatment does not change another's result.",
        "Nobody reacts to the treatment before the month in which it begins.",
    ]
    if not is_drawn:
        lines.append(
            f"Imputation (A): without treatment both groups would have moved alike; the last {bench.donut_used} "
            "periods before treatment are ignored."
        )
        lines.append("Sequential trial (B): people with the same recent results were sent as if by chance.")
    if kind is Mechanism.QUEUE and not is_drawn:
        lines.append("The queue did not prove balanced before treatment, so it is judged as observational.")
    return tuple(lines)
