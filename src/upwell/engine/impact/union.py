"""The bracket: the union of intervals that are each right under another story."""

from collections.abc import Mapping

from upwell.engine.impact import ratios
from upwell.engine.impact.results import Bracket, Estimate

SPANS = ("bjs_donut", "sequential_trial", "sequential_kept", ratios.NAME)
"""A, B, B with later treated people kept, and A in ratios where results are never negative and skewed."""


def spans(estimators: Mapping[str, Estimate | None]) -> tuple[Estimate, ...]:
    """The estimates whose intervals the bracket joins."""
    return tuple(found for name in SPANS if (found := estimators.get(name)) is not None)


def bracket(estimators: Mapping[str, Estimate | None], difference: tuple[float, float] | None) -> Bracket | None:
    """The bracket, None without A or B; ``difference`` of A and B with its standard error."""
    if difference is None or estimators.get("bjs_donut") is None or estimators.get("sequential_trial") is None:
        return None
    found = spans(estimators)
    return Bracket(min(e.lo95 for e in found), max(e.hi95 for e in found), *difference)


def p_value(estimators: Mapping[str, Estimate | None]) -> float | None:
    """The largest p-value inside the bracket, 1 where estimates differ in sign; None without A or B."""
    if estimators.get("bjs_donut") is None or estimators.get("sequential_trial") is None:
        return None
    found = spans(estimators)
    is_mixed = min(e.estimate for e in found) * max(e.estimate for e in found) <= 0
    return 1.0 if is_mixed else max(e.p_value for e in found)


def turns(estimators: Mapping[str, Estimate | None]) -> bool:
    """True where reckoning in ratios instead of differences turns the sign of A."""
    plain, ratio = estimators.get("bjs_donut"), estimators.get(ratios.NAME)
    return plain is not None and ratio is not None and plain.estimate * ratio.estimate < 0
