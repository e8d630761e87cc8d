"""The smallest effect a panel can find, and how many people or months a smaller one would need."""

import math
from dataclasses import dataclass

import numpy as np

from upwell.engine.impact.results import Detectable
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_moments import Floats, Moments
from upwell.engine.numerics.impact_power import months_for, variogram

EIGHTY_PERCENT = 2.8016
"""Sum of the normal quantiles at .975 and .80: two-sided 5 % test found with 80 % probability."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Noise within people over time, and the mean number of periods before and after treatment of the treated."""

    noise: Floats
    before: int
    after: int


def horizon_of(stats: Moments) -> Horizon | None:
    """What a longer panel would bring; None without a treated person seen on both sides."""
    treated = (stats.cohort > 0) & (stats.cohort < stats.periods)
    if not treated.any():
        return None
    before = float(np.average(stats.cohort[treated], weights=stats.count[treated]))
    noise = variogram(stats)
    if np.isnan(noise).all():
        return None
    return Horizon(noise, max(round(before), 1), max(round(stats.periods - before), 1))


def detectable(se: float, people: int, smallest_worthwhile: float | None, horizon: Horizon | None = None) -> Detectable:
    """Minimum detectable effect at the standard error reached by ``people``, in units of the outcome.

    Assumes that the standard error falls with the root of the number of people, in the same proportions; with more
    months, as the noise within people in ``horizon`` says.
    """
    effect = EIGHTY_PERCENT * se
    if smallest_worthwhile is None:
        words = (
            f"This panel finds an effect of {spoken(effect)} or more with 80 % probability; no smallest worthwhile "
            "effect was named before launch, so it cannot be said how many people would be enough."
        )
        return Detectable(effect, None, words)
    needed = math.ceil(people * (effect / smallest_worthwhile) ** 2)
    if needed <= people:
        words = f"The panel is large enough for the smallest worthwhile effect ({spoken(smallest_worthwhile)})."
        return Detectable(effect, needed, words, horizon.after if horizon else None)
    months = None
    if horizon is not None:
        months = months_for(horizon.noise, horizon.before, horizon.after, (smallest_worthwhile / effect) ** 2)
    words = (
        f"To find the smallest worthwhile effect ({spoken(smallest_worthwhile)}) with 80 % probability about "
        f"{needed} people in the same proportions would be needed; there were {people}.{_longer(horizon, months)}"
    )
    return Detectable(effect, needed, words, months)


def _longer(horizon: Horizon | None, months: int | None) -> str:
    if horizon is None:
        return ""
    if months is None:
        return " Following the same people for longer would not be enough."
    return (
        f" Or the same people followed for about {months} periods after treatment instead of {horizon.after}, if the "
        "effect lasts."
    )
