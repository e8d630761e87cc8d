"""What an effect was worth: Monte Carlo over effect, value per unit and cost.

Only for effects whose verdict says raised or lowered; for every other the answer is why there is none. Phillips'
return on investment (benefit minus cost, as a share of cost) with the uncertainty that it is usually quoted without.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats as distributions

from upwell.engine.errors import ParameterError

Triangle = tuple[float, float, float]
"""Lowest, most likely and highest value."""


class JudgedEstimate(Protocol):
    """An effect per person and period with its 95 % interval."""

    @property
    def estimate(self) -> float: ...
    @property
    def lo95(self) -> float: ...
    @property
    def hi95(self) -> float: ...


class JudgedVerdict(Protocol):
    """Whether an effect may be turned into money, and the words that say so."""

    @property
    def is_proven(self) -> bool: ...
    @property
    def words(self) -> str: ...


class JudgedEffect(Protocol):
    """The part of an impact evaluation that a return rests on."""

    @property
    def verdict(self) -> JudgedVerdict: ...
    @property
    def judged(self) -> Sequence[JudgedEstimate]: ...
    @property
    def higher_is_better(self) -> bool: ...
    @property
    def mechanism(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Return:
    """Return on a programme in the currency of value and cost; percentages of cost.

    ``benefit`` and ``roi_pct`` are means over the draws. ``break_even_effect`` is the effect per person and month
    at which benefit equals cost; ``break_even_months`` how long the mean effect must last (None where it never
    pays). ``evidence`` names the Kirkpatrick level and the design behind the figure.
    """

    benefit: float
    cost: float
    roi_pct: float
    roi_lo95_pct: float
    roi_hi95_pct: float
    benefit_cost_ratio: float
    probability_positive: float
    break_even_effect: float
    break_even_months: float | None
    evidence: str
    seed: int
    draws: int


@dataclass(frozen=True, slots=True)
class NoReturn:
    """No return is given, and why."""

    reason: str


def calculate(
    effect: JudgedEffect,
    *,
    people: int,
    value_per_unit: Triangle,
    months: float,
    cost: float | Triangle,
    seed: int,
    draws: int = 10_000,
) -> Return | NoReturn:
    """Return on investment of ``people`` who keep the effect for ``months`` months.

    Args:
        effect: an evaluation; its estimates are per person and month.
        people: treated people, at least 1.
        value_per_unit: worth of one unit of the outcome for one person and month (low, mode, high), in money;
            above zero whichever direction of the outcome is the better one.
        months: how long the effect lasts, above 0; an assumption unless it was measured.
        cost: all costs, above 0: one figure, or low, mode, high.
        seed: for the draws.
        draws: number of draws, at least 1,000.

    Raises:
        ParameterError: an argument out of range.

    Where the verdict rests on two estimates (the bracket) each gives half of the draws, so that the interval spans
    both. Estimates are drawn from a normal distribution whose width is that of their 95 % interval.
    """
    _check(people, months, draws)
    value = _triangle(value_per_unit, "value per unit")
    costs = _triangle(cost if isinstance(cost, tuple) else (cost, cost, cost), "cost")
    if not effect.verdict.is_proven or not effect.judged:
        return NoReturn(f"No return is calculated, because no effect is established. {effect.verdict.words}")
    rng = np.random.default_rng(seed)
    sign = 1.0 if effect.higher_is_better else -1.0
    gain = sign * _effects(effect.judged, draws, rng)
    spent = _triangular(costs, draws, rng)
    benefit = gain * _triangular(value, draws, rng) * people * months
    roi = 100.0 * (benefit - spent) / spent
    low, high = np.quantile(roi, [0.025, 0.975])
    per_unit = sum(value) / 3 * people
    mean_cost, mean_gain = sum(costs) / 3, float(gain.mean())
    return Return(
        benefit=float(benefit.mean()),
        cost=mean_cost,
        roi_pct=float(roi.mean()),
        roi_lo95_pct=float(low),
        roi_hi95_pct=float(high),
        benefit_cost_ratio=float((benefit / spent).mean()),
        probability_positive=float((roi > 0).mean()),
        break_even_effect=sign * mean_cost / (per_unit * months),
        break_even_months=mean_cost / (per_unit * mean_gain) if mean_gain > 0 else None,
        evidence=f"Kirkpatrick level 4 (results), design: {effect.mechanism}. {effect.verdict.words}",
        seed=seed,
        draws=draws,
    )


def _check(people: int, months: float, draws: int) -> None:
    if people < 1:
        raise ParameterError("A return needs at least one person.")
    if not (months > 0 and math.isfinite(months)):
        raise ParameterError("The months an effect lasts must be above zero.")
    if draws < 1000:
        raise ParameterError("At least 1,000 draws are needed for an interval.")


def _triangle(given: Triangle, name: str) -> Triangle:
    low, mode, high = given
    if not (0 < low <= mode <= high and math.isfinite(high)):
        raise ParameterError(f"The {name} must be above zero and ordered: low, most likely, high.")
    return float(low), float(mode), float(high)


def _effects(judged: Sequence[JudgedEstimate], draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Stratified normal draws, equally many from each estimate."""
    spread = distributions.norm.ppf(_strata(draws, rng))
    source = rng.permutation(np.arange(draws) % len(judged))
    centre = np.array([e.estimate for e in judged])
    width = np.array([(e.hi95 - e.lo95) / (2 * distributions.norm.ppf(0.975)) for e in judged])
    return np.asarray(centre[source] + width[source] * spread, dtype=np.float64)


def _triangular(corners: Triangle, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    low, mode, high = corners
    if low == high:
        return np.full(draws, low)
    share = _strata(draws, rng)
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(share * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - mode))
    return np.asarray(np.where(share < turn, rising, falling), dtype=np.float64)


def _strata(draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """One draw from each of ``draws`` equal slices of 0..1, shuffled: quantiles settle much faster."""
    return np.asarray(rng.permutation((np.arange(draws) + rng.random(draws)) / draws), dtype=np.float64)
