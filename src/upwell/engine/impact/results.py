"""What an evaluation answers, frozen. Units are those of the outcome, per person and period."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from upwell.engine.frames import Result
from upwell.engine.impact.mechanisms import Mechanism


@dataclass(frozen=True, slots=True)
class Part:
    """One line inside an estimate: a relative period, or a component with its weight."""

    label: str
    estimate: float
    se: float | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Effect per person and period with standard error and 95 % interval.

    ``df`` is None where the normal quantile was used. With fewer than 50 treated or untreated the interval uses
    Welch's variance and degrees of freedom and is therefore wider than estimate +- 1.96 se.
    """

    estimate: float
    se: float
    lo95: float
    hi95: float
    p_value: float
    df: float | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Bracket:
    """Union of the 95 % intervals of imputation with donut (A) and sequential trials (B), with and without leavers."""

    lo: float
    hi: float
    difference: float
    difference_se: float

    @property
    def disagrees(self) -> bool:
        """True where A and B differ by more than chance allows."""
        return abs(self.difference) > 1.96 * self.difference_se

    @property
    def excludes_zero(self) -> bool:
        """True where no value near zero is compatible with either estimate."""
        return self.lo > 0 or self.hi < 0


@dataclass(frozen=True, slots=True)
class Drift:
    """A steady drift per period that the joint test before treatment finds with a probability (Roth 2022).

    ``bias`` is the error it causes in the average effect, ``bias_after_passing`` the same given that the test passed.
    """

    found_with: float
    slope: float
    bias: float
    bias_after_passing: float


@dataclass(frozen=True, slots=True)
class Pretrend:
    """How the treated differed from the untreated before treatment.

    ``slope`` per period with its 95 % interval; the data show with 95 % confidence that it lies within plus or minus
    ``slope_within``. ``detectable_slope`` is found by the test of the slope with 80 % probability, ``drifts`` by the
    joint test. ``dip`` is the last three periods against the earlier ones.
    """

    wald: float | None
    df: int
    p_value: float | None
    slope: float | None
    slope_se: float | None
    detectable_slope: float | None
    dip: float | None
    dip_se: float | None
    words: str
    slope_lo95: float | None = None
    slope_hi95: float | None = None
    slope_within: float | None = None
    drifts: tuple[Drift, ...] = ()


@dataclass(frozen=True, slots=True)
class RobustInterval:
    """95 % interval of an effect that allows a violation of parallel trends.

    ``target`` is ``first`` (block after treatment) or ``average`` (of all blocks). ``restriction`` is ``relative``:
    no change per block above ``strength``, which is ``multiple`` times the largest one before treatment; or
    ``smooth``: no bend per block above ``strength``, ``multiple`` times the largest one before treatment.
    """

    target: str
    restriction: str
    multiple: float
    strength: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How strong a violation of parallel trends, in multiples of the worst one seen before, undoes the finding.

    ``breakdown`` (first block after treatment) and ``breakdown_average`` are multiples of ``largest_change``, 10
    meaning 10 or more; ``bend_breakdown`` and ``bend_breakdown_average`` are bends, in units of the outcome per
    block squared. None where it could not be computed.
    """

    method: str
    periods_per_block: int
    breakdown: float | None
    breakdown_average: float | None
    words: str
    bend_breakdown: float | None = None
    bend_breakdown_average: float | None = None
    largest_change: float | None = None
    largest_bend: float | None = None
    intervals: tuple[RobustInterval, ...] = ()


@dataclass(frozen=True, slots=True)
class Detectable:
    """Smallest effect that this panel finds with 80 % probability, and what a smaller one would need.

    ``months_needed`` counts periods after treatment with the same people; None where no number up to 60 is enough.
    """

    effect: float
    people_needed: int | None
    words: str
    months_needed: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Code 1-6 of the decision rule, in words; ``is_refused`` where the design can never answer."""

    code: int
    words: str
    is_refused: bool = False

    @property
    def is_proven(self) -> bool:
        """True for the verdicts on which a return may be calculated."""
        return self.code in (2, 3)


@dataclass(frozen=True)
class EffectResult(Result):
    """Answer of ``impact.evaluate``; ``estimators`` holds None with a line in ``reasons`` where not estimable.

    ``headline`` exists only where dates were drawn. ``judged`` are the estimates the verdict rests on: the headline
    alone, or imputation with donut (A) and the sequential trials (B).
    """

    mechanism: Mechanism
    estimators: Mapping[str, Estimate | None]
    reasons: Mapping[str, str]
    headline: Estimate | None
    judged: tuple[Estimate, ...]
    higher_is_better: bool
    bracket: Bracket | None
    event_study: pa.Table
    pretrend: Pretrend | None
    sensitivity: Sensitivity | None
    mde: Detectable | None
    q_value: float | None
    verdict: Verdict


EVENT_STUDY = pa.schema(
    [
        ("relative_period", pa.int64()),
        ("estimate", pa.float64()),
        ("se", pa.float64()),
        ("lo", pa.float64()),
        ("hi", pa.float64()),
        ("band_lo", pa.float64()),
        ("band_hi", pa.float64()),
        ("n_treated", pa.int64()),
    ]
)

ESTIMATES = pa.schema(
    [
        ("estimator", pa.string()),
        ("estimate", pa.float64()),
        ("se", pa.float64()),
        ("lo95", pa.float64()),
        ("hi95", pa.float64()),
        ("p_value", pa.float64()),
        ("reason", pa.string()),
    ]
)
