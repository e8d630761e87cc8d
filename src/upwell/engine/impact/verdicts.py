"""The deterministic rule from estimates to words."""

from dataclasses import dataclass

from upwell.engine.impact.results import Bracket, Detectable, Estimate, Verdict
from upwell.engine.impact.wording import spoken

LARGEST_Q = 0.10
SMALLEST_BREAKDOWN = 1.0


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything the verdict may look at. ``is_drawn``: lottery, or queue that proved balanced.

    ``turns``: reckoning in ratios instead of differences turns the sign.
    """

    treated: int
    controls: int
    has_history: bool
    min_group: int
    is_drawn: bool
    headline: Estimate | None
    bracket: Bracket | None
    detrended: Estimate | None
    turns: bool
    breakdown: float | None
    q_value: float | None
    smallest_worthwhile: float | None
    mde: Detectable | None
    higher_is_better: bool
    missing: str


def decide(found: Findings) -> Verdict:
    """The first of six rules that holds.

    A lottery needs no results before treatment: the draw makes the groups comparable.
    """
    if found.treated < found.min_group or found.controls < found.min_group:
        return Verdict(
            1,
            f"Cannot be judged: {found.treated} treated and {found.controls} untreated people; "
            f"at least {found.min_group} of each are needed.",
        )
    if not found.has_history and not found.is_drawn:
        return Verdict(1, "Cannot be judged: there are no results from before the treatment.")
    interval = _interval(found)
    if interval and found.is_drawn and _excludes_zero(interval) and _q_holds(found):
        return Verdict(2, f"{_direction(found, interval, '')} by {_range(interval)} per person and period.")
    if interval and not found.is_drawn and _probably(found, interval):
        words = f"{_direction(found, interval, 'Probably ')} by {_range(interval)} per person and period."
        return Verdict(3, words)
    if not found.is_drawn and found.bracket is not None and found.bracket.disagrees:
        return Verdict(
            4,
            "Depends on why people were sent: the answer assuming a lasting difference and the answer assuming a "
            f"bad spell differ by {spoken(abs(found.bracket.difference))}. Not enough evidence.{_turned(found)}",
        )
    if interval and found.smallest_worthwhile is not None:
        size = found.smallest_worthwhile
        if -size < interval[0] and interval[1] < size:
            return Verdict(
                5, f"No worthwhile effect: it lies between {_between(interval)}, inside {spoken(size)} either way."
            )
    if interval == (0.0, 0.0):
        exact = "results are the sum of a level for each person and one for each period, without any chance"
        return Verdict(6, f"Not enough evidence of an effect: {exact}, and treatment changed nothing in them.")
    between = f" It may be anything between {_between(interval)}." if interval else f" {found.missing}"
    needed = f" {found.mde.words}" if found.mde else ""
    return Verdict(6, f"Not enough evidence.{between}{_turned(found)}{_doubts(found, interval)}{needed}".strip())


def _turned(found: Findings) -> str:
    if found.is_drawn or not found.turns:
        return ""
    return " Reckoned in ratios instead of differences its sign turns."


def _doubts(found: Findings, interval: tuple[float, float] | None) -> str:
    """Why an interval without zero is still not enough."""
    if interval is None or not _excludes_zero(interval):
        return ""
    doubts = []
    if not found.is_drawn and found.detrended is None:
        doubts.append("the drift before treatment cannot be carried forward")
    elif not found.is_drawn and found.detrended is not None and (found.detrended.estimate > 0) != (interval[0] > 0):
        doubts.append("the drift that was there before treatment would undo it")
    if not found.is_drawn and found.breakdown is None:
        doubts.append("there are too few periods before treatment to see how far trends drift apart by themselves")
    elif not found.is_drawn and found.breakdown is not None and found.breakdown <= 0:
        doubts.append("the first periods after treatment show no clear effect by themselves")
    elif not found.is_drawn and found.breakdown is not None and found.breakdown < SMALLEST_BREAKDOWN:
        doubts.append(
            f"trends that drift apart by {found.breakdown:.2g} times the largest change seen before treatment would "
            "undo it"
        )
    if not _q_holds(found):
        doubts.append("among so many comparisons it could be chance")
    return f" Zero lies outside, but {' and '.join(doubts)}." if doubts else ""


def _interval(found: Findings) -> tuple[float, float] | None:
    if found.is_drawn:
        return (found.headline.lo95, found.headline.hi95) if found.headline else None
    return (found.bracket.lo, found.bracket.hi) if found.bracket else None


def _probably(found: Findings, interval: tuple[float, float]) -> bool:
    if found.detrended is None or found.breakdown is None:
        return False
    same_sign = (found.detrended.estimate > 0) == (interval[0] > 0)
    enough = found.breakdown >= SMALLEST_BREAKDOWN
    return _excludes_zero(interval) and same_sign and enough and _q_holds(found)


def _q_holds(found: Findings) -> bool:
    return found.q_value is not None and found.q_value <= LARGEST_Q


def _excludes_zero(interval: tuple[float, float]) -> bool:
    return interval[0] > 0 or interval[1] < 0


def _direction(found: Findings, interval: tuple[float, float], prefix: str) -> str:
    rose = interval[0] > 0
    verb = "raised" if rose else "lowered"
    value = "an improvement" if rose == found.higher_is_better else "a harm"
    text = f"{prefix}{verb} the outcome ({value})"
    return text[0].upper() + text[1:]


def _range(interval: tuple[float, float]) -> str:
    low, high = interval
    if high < 0:
        low, high = -high, -low
    return f"{spoken(low)} to {spoken(high)}"


def _between(interval: tuple[float, float]) -> str:
    return f"{spoken(interval[0])} and {spoken(interval[1])}"
