"""Results that are missing: more often in one arm than in the other, and what that could have done to the answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats as distributions

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.frames import Result, table_of
from upwell.engine.impact import offers
from upwell.engine.impact.instruments import interval
from upwell.engine.impact.offers import Offer
from upwell.engine.impact.results import ESTIMATES, Estimate
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_lee import covering_interval, lee
from upwell.engine.numerics.impact_moments import Bools, Floats, Ints
from upwell.engine.numerics.impact_small import first_coefficient

EVEN = 0.05
"""p-value below which results count as missing unevenly."""


@dataclass(frozen=True)
class Attrition(Result):
    """How many results are missing by arm, whether evenly, and Lee's bounds on the effect of assignment.

    ``lo`` and ``hi`` bound the mean effect on people whose result is seen either way, ``lo_se`` and ``hi_se`` are the
    standard errors of the bounds, ``lo95`` and ``hi95`` the interval that covers the effect with 95 %. Rates in 0..1;
    outcome in its own unit.
    """

    missing_assigned: float
    missing_others: float
    difference: Estimate
    trimmed: float
    lo: float
    hi: float
    lo_se: float
    hi_se: float
    lo95: float
    hi95: float
    complete: Estimate
    is_even: bool
    words: str


def attrition(frame: object, *, tighten: bool = True, min_group: int = 5) -> Attrition:
    """Test whether results are missing as often in both arms, and bound the effect where they are not.

    Args:
        frame: as for ``intention_to_treat``: ``assigned``, ``outcome`` (empty where not observed), optionally
            ``stratum`` and ``cluster``.
        tighten: trim inside strata, which narrows the bounds if the stratum says who is missing.
        min_group: fewer people with a result on one side are refused.

    Assumes the assignment was drawn by lot and that it moves everybody's being observed in one direction (inside a
    stratum where tightened). A stratum without two people seen in each arm is left out and counted.

    Raises:
        FrameError: the frame breaks its contract.
        ParameterError: an option is out of range.
        NotEstimableError: too few people with a result.

    Sources: Lee (2009), section 3; Imbens and Manski (2004), lemma 4; Semenova (2025).
    """
    if min_group < 2:
        raise ParameterError("The smallest group must be at least 2.")
    offer = offers.read(frame, ())
    offers.check_arms(offer, min_group)
    stratum = offer.stratum if tighten else np.zeros_like(offer.stratum)
    bounds = lee(offer.outcome, offer.assigned, stratum)
    if bounds is None:
        raise NotEstimableError("In no stratum are two results seen on both sides.")
    se = _errors(bounds.influence, offer)
    low, high = covering_interval(bounds.value, se)
    seen = ~np.isnan(offer.outcome)
    rates = [float(1 - seen[side].mean()) for side in (offer.assigned, ~offer.assigned)]
    difference = _contrast(offer, (~seen).astype(np.float64))
    complete = _contrast(offer.kept(seen), offer.outcome[seen])
    is_even = difference.p_value >= EVEN
    found = (float(bounds.value[0]), float(bounds.value[1]))
    return Attrition(
        estimates=_table(complete, found, se, (low, high)),
        diagnostics=_counts(offer, stratum, seen),
        assumptions=(
            "Who was assigned was drawn by lot.",
            "Assignment makes everybody more likely to be observed, or everybody less likely"
            + (" inside a stratum." if len(np.unique(stratum)) > 1 else "."),
        ),
        missing_assigned=rates[0],
        missing_others=rates[1],
        difference=difference,
        trimmed=bounds.trimmed,
        lo=found[0],
        hi=found[1],
        lo_se=float(se[0]),
        hi_se=float(se[1]),
        lo95=low,
        hi95=high,
        complete=complete,
        is_even=is_even,
        words=_words(rates, difference.p_value, is_even, found, (low, high)),
    )


def _contrast(offer: Offer, values: Floats) -> Estimate:
    if values.min() == values.max():
        return Estimate(0.0, 0.0, 0.0, 0.0, 1.0, None)
    columns = np.column_stack([offer.assigned.astype(np.float64), np.ones(len(values))])
    fit = first_coefficient(values[:, None], columns, offers.errors_of(offer, None), offer.cluster)
    return interval(float(fit.value[0]), float(np.sqrt(fit.covariance[0, 0])), fit.df)


def _errors(influence: Floats, offer: Offer) -> Floats:
    if offer.cluster is None:
        return np.asarray(np.sqrt((influence**2).sum(axis=0)))
    summed = np.stack([np.bincount(offer.cluster, weights=influence[:, j]) for j in range(2)], axis=1)
    groups = len(summed)
    return np.asarray(np.sqrt((summed**2).sum(axis=0) * groups / max(groups - 1, 1)))


def _counts(offer: Offer, stratum: Ints, seen: Bools) -> dict[str, Any]:
    left_out = 0
    for s in np.unique(stratum):
        inside = stratum == s
        sides = [int((inside & side & seen).sum()) for side in (offer.assigned, ~offer.assigned)]
        left_out += int(inside.sum()) if min(sides) < 2 else 0
    return {
        "assigned": int(offer.assigned.sum()),
        "others": int((~offer.assigned).sum()),
        "seen": int(seen.sum()),
        "strata": len(np.unique(stratum)),
        "left_out": left_out,
    }


def _words(
    rates: list[float], p_value: float, is_even: bool, bounds: tuple[float, float], interval_: tuple[float, float]
) -> str:
    text = (
        f"Results are missing for {rates[0]:.1%} of those assigned and {rates[1]:.1%} of the others (p = {p_value:.3f})"
    )
    if is_even:
        text += "; that much may be chance."
    else:
        text += ": people are missing unevenly, so the plain difference may compare different people."
    text += (
        f" If the surplus were the best or the worst results, the effect would lie between {spoken(bounds[0])} and "
        f"{spoken(bounds[1])} (95 % confidence: {spoken(interval_[0])} to {spoken(interval_[1])})."
    )
    if interval_[0] <= 0 <= interval_[1]:
        return text + " Missing results alone could explain the difference."
    return text + " Missing results do not explain the difference away."


def _table(complete: Estimate, bounds: tuple[float, float], se: Floats, reach: tuple[float, float]) -> Any:
    quantile = float(distributions.norm.ppf(0.975))
    rows = [
        ("complete_cases", complete.estimate, complete.se, complete.lo95, complete.hi95, complete.p_value),
        *(
            (
                name,
                bounds[j],
                float(se[j]),
                bounds[j] - quantile * float(se[j]),
                bounds[j] + quantile * float(se[j]),
                None,
            )
            for j, name in enumerate(("lee_lower", "lee_upper"))
        ),
        ("lee_interval", (bounds[0] + bounds[1]) / 2, None, reach[0], reach[1], None),
    ]
    names = ("estimator", "estimate", "se", "lo95", "hi95", "p_value")
    columns = {name: [row[j] for row in rows] for j, name in enumerate(names)}
    return table_of({**columns, "reason": [None] * len(rows)}, ESTIMATES)
