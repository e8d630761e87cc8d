"""Bounds on an effect where results are missing more often in one arm (Lee 2009), with Imbens-Manski intervals.

The arm that is seen more often holds people who would have been unseen in the other arm. Trimming it from above and
from below by the surplus bounds the mean of the people seen in either arm. Inside strata the surplus is trimmed stratum
by stratum, which can only tighten (Lee 2009, proposition 1b); the direction may differ by stratum (Semenova 2025).
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy import stats as distributions

from upwell.engine.numerics.impact_moments import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lower and upper bound, their influence per person (N x 2), and the share trimmed of the fuller arm."""

    value: Floats
    influence: Floats
    trimmed: float


def lee(outcome: Floats, assigned: Bools, stratum: Ints) -> Bounds | None:
    """Bounds over strata, weighted by the people who would be seen in either arm; None where no stratum allows it.

    ``outcome`` is NaN where unseen. A stratum needs two people seen in each arm.
    """
    n = len(outcome)
    total, surplus, fuller = 0.0, 0.0, 0.0
    value, influence, size_influence = np.zeros(2), np.zeros((n, 2)), np.zeros(n)
    parts: list[tuple[Floats, float, Floats]] = []
    for s in np.unique(stratum):
        inside = stratum == s
        found = _stratum(outcome, assigned, inside)
        if found is None:
            continue
        bound, own, weight, on_weight, trimmed, seen = found
        parts.append((bound, weight, on_weight))
        total += weight
        value += weight * bound
        influence += weight * own
        size_influence += on_weight
        surplus += trimmed * seen
        fuller += seen
    if not parts:
        return None
    value = value / total
    for bound, _, on_weight in parts:
        influence += on_weight[:, None] * (bound - value)
    return Bounds(value, influence / total, surplus / fuller)


def covering_interval(value: Floats, se: Floats) -> tuple[float, float]:
    """Shortest symmetric interval that covers each point between the bounds with 95 % (Imbens and Manski 2004)."""
    widest = float(max(se.max(), 1e-300))
    gap = max(float(value[1] - value[0]), 0.0) / widest
    c = optimize.brentq(lambda x: distributions.norm.cdf(x + gap) - distributions.norm.cdf(-x) - 0.95, 1.0, 3.0)
    return float(value[0] - c * se[0]), float(value[1] + c * se[1])


def _stratum(
    outcome: Floats, assigned: Bools, inside: Bools
) -> tuple[Floats, Floats, float, Floats, float, float] | None:
    """Bounds, influence, weight (share of people seen in either arm), its influence, share trimmed, people trimmed."""
    n = len(outcome)
    arms = (inside & ~assigned, inside & assigned)
    seen = ~np.isnan(outcome)
    heads = [float(a.sum()) for a in arms]
    shown = [float((a & seen).sum()) for a in arms]
    if min(shown) < 2:
        return None
    rates = [shown[j] / heads[j] for j in (0, 1)]
    full = int(rates[1] >= rates[0])
    other = 1 - full
    on_rate = [np.where(arms[j], (seen - rates[j]) / heads[j], 0.0) for j in (0, 1)]
    keep = rates[other] / rates[full]
    on_keep = on_rate[other] / rates[full] - keep / rates[full] * on_rate[full]
    members = arms[full] & seen
    low, on_low = _tail_mean(outcome, members, keep, on_keep, lowest=True)
    high, on_high = _tail_mean(outcome, members, keep, on_keep, lowest=False)
    plain = arms[other] & seen
    mean = float(outcome[plain].mean())
    on_mean = np.zeros(n)
    on_mean[plain] = (outcome[plain] - mean) / shown[other]
    if full == 1:
        value, influence = np.array([low - mean, high - mean]), np.column_stack([on_low - on_mean, on_high - on_mean])
    else:
        value, influence = np.array([mean - high, mean - low]), np.column_stack([on_mean - on_high, on_mean - on_low])
    people = heads[0] + heads[1]
    weight = people / n * rates[other]
    on_weight = people / n * on_rate[other] + rates[other] * (inside - people / n) / n
    return value, influence, weight, on_weight, 1.0 - keep, shown[full]


def _tail_mean(outcome: Floats, members: Bools, keep: float, on_keep: Floats, *, lowest: bool) -> tuple[float, Floats]:
    """Mean of the lowest (or highest) share ``keep`` of the members, with a fractional last one, and its influence."""
    sign = 1.0 if lowest else -1.0
    values = np.sort(sign * outcome[members])
    count = len(values)
    room = keep * count
    whole = int(np.floor(room + 1e-9))
    rest = max(room - whole, 0.0)
    edge = float(values[min(whole, count - 1)])
    mean = (float(values[:whole].sum()) + rest * edge) / room
    influence = (edge - mean) / keep * on_keep
    own = sign * outcome[members]
    influence[members] += (np.minimum(own - edge, 0.0) - float(np.minimum(values - edge, 0.0).mean())) / keep / count
    return sign * mean, sign * influence
