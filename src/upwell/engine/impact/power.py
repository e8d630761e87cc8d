"""The smallest effect a panel can find, and how many people a smaller one would need."""

import math

from upwell.engine.impact.results import Detectable
from upwell.engine.impact.wording import spoken

EIGHTY_PERCENT = 2.8016
"""Sum of the normal quantiles at .975 and .80: two-sided 5 % test found with 80 % probability."""


def detectable(se: float, people: int, smallest_worthwhile: float | None) -> Detectable:
    """Minimum detectable effect at the standard error reached by ``people``, in units of the outcome."""
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
    else:
        words = (
            f"To find the smallest worthwhile effect ({spoken(smallest_worthwhile)}) with 80 % probability about "
            f"{needed} people in the same proportions would be needed, or {effect / smallest_worthwhile:.1f} times "
            f"the precision per person from more months; there were {people}."
        )
    return Detectable(effect, needed, words)
