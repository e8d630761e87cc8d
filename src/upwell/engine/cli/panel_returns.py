"""The return on a programme beside the verdict of `upwell impact`, where value and cost are named."""

from __future__ import annotations

from dataclasses import dataclass

from upwell.engine import impact, returns
from upwell.engine.errors import ParameterError
from upwell.engine.returns import NoReturn, Return, Triangle


@dataclass(frozen=True, slots=True)
class Worth:
    """As typed: money per unit of outcome, treated unit and period, cost in all, periods it lasts, units treated."""

    value: Triangle | None = None
    cost: Triangle | None = None
    lasts: float | None = None
    people: int | None = None


def of(result: impact.EffectResult, worth: Worth, seed: int) -> Return | NoReturn | None:
    """The return, or why there is none; None where neither value nor cost was named.

    Raises:
        ParameterError: value, cost or duration is named without the others.
    """
    given = {"--value": worth.value, "--cost": worth.cost, "--lasts": worth.lasts}
    missing = [name for name, one in given.items() if one is None]
    if len(missing) == len(given) and worth.people is None:
        return None
    if worth.value is None or worth.cost is None or worth.lasts is None:
        raise ParameterError(f"A return needs --value, --cost and --lasts; missing: {' and '.join(missing)}.")
    people = worth.people or int(result.diagnostics["treated"])
    return returns.calculate(
        result, people=people, value_per_unit=worth.value, months=worth.lasts, cost=worth.cost, seed=seed
    )


def words(found: Return | NoReturn) -> str:
    """The return in one sentence."""
    if isinstance(found, NoReturn):
        return found.reason
    return (
        f"Return on investment {found.roi_pct:.0f} % (95 %: {found.roi_lo95_pct:.0f} to {found.roi_hi95_pct:.0f}), "
        f"above zero with probability {found.probability_positive:.2f}; benefit {found.benefit:,.0f} for a cost of "
        f"{found.cost:,.0f}."
    )
