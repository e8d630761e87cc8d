"""A programme offered by lot: effect of the offer first, effect of taking part by its instrument second."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import stats as distributions

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.frames import Result, table_of
from upwell.engine.impact import offers
from upwell.engine.impact.offers import Offer
from upwell.engine.impact.results import ESTIMATES, Estimate
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_instruments import WEAK, ratio
from upwell.engine.numerics.impact_moments import Floats
from upwell.engine.numerics.impact_small import Errors, first_coefficient


@dataclass(frozen=True)
class Difference(Result):
    """Mean result of those assigned minus the others, adjusted for what was known before, in units of the outcome."""

    effect: Estimate
    assigned_mean: float
    other_mean: float
    words: str


@dataclass(frozen=True)
class Complier(Result):
    """Effect of the offer, of the offer on taking part, and of taking part on those whom the offer moved.

    ``robust`` is the Anderson-Rubin 95 % set, which holds however weak the instrument is (None: unbounded). ``naive``
    compares people who took part with people who did not, and is no effect.
    """

    effect: Estimate
    offer: Estimate
    first_stage: Estimate
    first_stage_f: float
    robust: tuple[float, float] | None
    naive: Estimate
    contamination: float
    no_shows: float
    words: str


def intention_to_treat(
    frame: object,
    *,
    baseline: Sequence[str] = (),
    errors: Errors | None = None,
    min_group: int = 5,
) -> Difference:
    """Effect of being offered the programme, whoever took it up: the honest first answer of a lottery.

    Args:
        frame: one row per person; columns ``assigned`` (0 or 1), ``outcome`` (empty where not observed), optionally
            ``stratum`` (the draw was made inside it) and ``cluster`` (people drawn together).
        baseline: names of numeric columns known before the draw; they sharpen the estimate and do not shift it.
        errors: ``classical``, ``hc2``, ``hc3`` or ``cluster``; without it HC2, or CR2 where clusters are given. Robust
            intervals use the degrees of freedom of Bell and McCaffrey.
        min_group: fewer people with a result on one side are refused.

    Assumes that ``assigned`` was drawn by lot inside strata and that people with and without an observed result are
    alike (see ``attrition``). Strata count by their people.

    Raises:
        FrameError: the frame breaks its contract.
        ParameterError: an option is out of range.
        NotEstimableError: too few people, or nobody to compare with.

    Sources: Neyman (1923); Lin (2013); Imbens and Kolesar (2016).
    """
    offer = _prepared(frame, baseline, min_group, needs_part=False)
    return _difference(
        offer, errors, "assigned by lot", "Who was offered the programme was drawn by lot (inside strata, if given)."
    )


def compare_groups(
    frame: object,
    *,
    baseline: Sequence[str] = (),
    change_from: str | None = None,
    errors: Errors | None = None,
    min_group: int = 5,
) -> Difference:
    """Difference between two groups nobody drew by lot, adjusted by regression: a description, not an effect.

    The frame and options are those of ``intention_to_treat``; ``change_from`` names a column of earlier results that
    is subtracted (difference in differences). Shown beside an evaluation to say what the answer depends on.

    Raises:
        FrameError, ParameterError, NotEstimableError: as ``intention_to_treat``.
    """
    names = [*baseline, *([change_from] if change_from else [])]
    if len(set(names)) < len(names):
        raise ParameterError("A column is named twice among the baseline columns.")
    offer = _prepared(frame, names, min_group, needs_part=False)
    if change_from:
        offer = Offer(
            offer.assigned,
            offer.outcome - offer.baseline[:, -1],
            None,
            offer.stratum,
            offer.cluster,
            offer.baseline[:, :-1],
        )
    return _difference(
        offer,
        errors,
        "not assigned by lot",
        "Nobody drew who is in which group: the difference is an effect only if people with the same baseline were "
        "sent as if by chance.",
    )


def treatment_on_treated(
    frame: object,
    *,
    baseline: Sequence[str] = (),
    errors: Errors | None = None,
    min_group: int = 5,
) -> Complier:
    """Effect of taking part on those whom the offer moved, by two-stage least squares with the offer as instrument.

    Args:
        frame: as for ``intention_to_treat``, and ``took_part`` (0 or 1).
        baseline: as there.
        errors: as there.
        min_group: as there.

    Assumes that the offer was drawn by lot, works only through taking part, and keeps nobody from taking part who
    otherwise would have. People in both arms who took part anyway are covered by that; what is estimated is the
    effect on those whom the offer moved, not on everybody who took part.

    Raises:
        FrameError, ParameterError, NotEstimableError: as there; also where the offer moved nobody.

    Sources: Imbens and Angrist (1994); Angrist, Imbens and Rubin (1996); Anderson and Rubin (1949).
    """
    offer = _prepared(frame, baseline, min_group, needs_part=True)
    used = offers.errors_of(offer, errors)
    columns, usable = offers.design(offer)
    offer = offer.kept(usable)
    if offer.took_part is None:
        raise NotEstimableError("Nobody is known to have taken part.")
    part = offer.took_part.astype(np.float64)
    both = first_coefficient(np.column_stack([offer.outcome, part]), columns, used, offer.cluster)
    if abs(both.value[1]) < 1e-12:
        raise NotEstimableError("The offer moved nobody to take part, so the effect of taking part is unknown.")
    quantile = float(distributions.t.ppf(0.975, both.df))
    found = ratio(both, quantile)
    effect = interval(found.value, found.se, both.df)
    itt, first = (interval(float(both.value[j]), float(np.sqrt(both.covariance[j, j])), both.df) for j in (0, 1))
    naive = _naive(offer, part, used)
    anyway = float(part[~offer.assigned].mean())
    stayed = float(1.0 - part[offer.assigned].mean())
    words = _complier_words(effect, found.robust, found.first_stage_f, anyway, stayed)
    rows = {"intention_to_treat": itt, "first_stage": first, "treatment_on_treated": effect, "naive": naive}
    return Complier(
        estimates=_table(rows),
        diagnostics={**_people(offer), "errors": used, "degrees_of_freedom": both.df},
        assumptions=(
            "Who was offered the programme was drawn by lot.",
            "The offer changes results only through taking part.",
            "Nobody stays away because of the offer.",
        ),
        effect=effect,
        offer=itt,
        first_stage=first,
        first_stage_f=found.first_stage_f,
        robust=found.robust,
        naive=naive,
        contamination=anyway,
        no_shows=stayed,
        words=words,
    )


def interval(value: float, se: float, df: float) -> Estimate:
    """Estimate with the t interval of ``df`` degrees of freedom."""
    half = float(distributions.t.ppf(0.975, df)) * se
    ratio_ = abs(value) / se if se > 0 else np.inf
    return Estimate(value, se, value - half, value + half, float(min(1.0, 2 * distributions.t.sf(ratio_, df))), df)


def _prepared(frame: object, baseline: Sequence[str], min_group: int, *, needs_part: bool) -> Offer:
    if min_group < 2:
        raise ParameterError("The smallest group must be at least 2.")
    offer = offers.read(frame, baseline, needs_part=needs_part)
    offers.check_arms(offer, min_group)
    return offer.kept(~np.isnan(offer.outcome))


def _difference(offer: Offer, errors: Errors | None, how: str, assumption: str) -> Difference:
    used = offers.errors_of(offer, errors)
    columns, usable = offers.design(offer)
    offer = offer.kept(usable)
    fit = first_coefficient(offer.outcome[:, None], columns, used, offer.cluster)
    effect = interval(float(fit.value[0]), float(np.sqrt(fit.covariance[0, 0])), fit.df)
    ours, theirs = (float(offer.outcome[side].mean()) for side in (offer.assigned, ~offer.assigned))
    words = (
        f"The {int(offer.assigned.sum()):,} people {how} had a mean result {spoken(effect.estimate)} apart from the "
        f"{int((~offer.assigned).sum()):,} others' ({spoken(theirs)}), with 95 % confidence between "
        f"{spoken(effect.lo95)} and {spoken(effect.hi95)}."
    )
    return Difference(
        estimates=_table({"difference": effect}),
        diagnostics={**_people(offer), "left_out": int((~usable).sum()), "errors": used},
        assumptions=(assumption, "One person's treatment does not change another's result."),
        effect=effect,
        assigned_mean=ours,
        other_mean=theirs,
        words=words,
    )


def _naive(offer: Offer, part: Floats, errors: Errors) -> Estimate:
    if part.min() == part.max():
        raise NotEstimableError("Everybody took part, or nobody did, so the effect of taking part is unknown.")
    columns = np.column_stack([part, np.ones(len(part))])
    fit = first_coefficient(offer.outcome[:, None], columns, errors, offer.cluster)
    return interval(float(fit.value[0]), float(np.sqrt(fit.covariance[0, 0])), fit.df)


def _people(offer: Offer) -> dict[str, object]:
    return {
        "assigned": int(offer.assigned.sum()),
        "others": int((~offer.assigned).sum()),
        "strata": len(np.unique(offer.stratum)),
        "clusters": None if offer.cluster is None else len(np.unique(offer.cluster)),
    }


def _complier_words(
    effect: Estimate, robust: tuple[float, float] | None, strength: float, anyway: float, stayed: float
) -> str:
    text = (
        f"Taking part changed the result of those whom the offer moved by {spoken(effect.estimate)} (95 % "
        f"confidence: {spoken(effect.lo95)} to {spoken(effect.hi95)})."
    )
    if strength < WEAK or robust is None:
        reach = "no bounds at all" if robust is None else f"{spoken(robust[0])} to {spoken(robust[1])}"
        text = (
            f"The offer moved too few people (F = {strength:.1f}) for the usual interval; the interval that holds "
            f"anyway is {reach}."
        )
    if anyway > 0:
        text += (
            f" {anyway:.0%} of the people not offered the programme took it anyway, so the effect of the offer "
            "understates that of the programme."
        )
    if stayed > 0:
        text += f" {stayed:.0%} of those offered it did not take part."
    return text


def _table(rows: dict[str, Estimate]) -> pa.Table:
    found = list(rows.values())
    return table_of(
        {
            "estimator": list(rows),
            "estimate": [e.estimate for e in found],
            "se": [e.se for e in found],
            "lo95": [e.lo95 for e in found],
            "hi95": [e.hi95 for e in found],
            "p_value": [e.p_value for e in found],
            "reason": [None] * len(found),
        },
        ESTIMATES,
    )
