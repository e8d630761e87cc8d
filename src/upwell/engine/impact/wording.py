"""Numbers as people read them, and the words for whom and when a panel speaks of."""

import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa

from upwell.engine.errors import ParameterError
from upwell.engine.impact.results import EffectResult
from upwell.engine.numerics.impact_moments import Ints

Who = Literal["people", "units"]
SPACINGS = ("day", "week", "month", "quarter", "half-year", "year", "period")


def spoken(value: float) -> str:
    """Three significant digits, whole numbers with separators from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Wording:
    """Whom a panel follows and how far apart its periods lie.

    Sentences of the engine are written for people and months; for another panel they are told in its own words.
    """

    who: Who = "people"
    spacing: str = "month"

    def of(self, text: str) -> str:
        """The sentence in the words of this panel."""
        if self.spacing != "month":
            text = re.sub(r"\bperson and period\b", f"person and {self.spacing}", text)
            text = re.sub(r"\bmonth(s?)\b", rf"{self.spacing}\1", text)
        if self.who == "units":
            for plain, own in (("people", "units"), ("People", "Units"), ("person", "unit"), ("person's", "unit's")):
                text = re.sub(rf"\b{plain}\b", own, text)
        return text


def wording_of(periods: tuple[int, ...], who: str | None, spacing: str | None) -> Wording:
    """Words as asked for; else those of the numbers in ``periods``, and people where these are single months.

    Numbers like 202311, and month numbers since the year 0 (which dates become), are months; 1800 to 2200 are years.

    Raises:
        ParameterError: unknown words.
    """
    if who not in (None, "people", "units"):
        raise ParameterError(f"A panel cannot be told of '{who}'; choose 'people' or 'units'.")
    if spacing is not None and spacing not in SPACINGS:
        raise ParameterError(f"Periods cannot be called '{spacing}'; choose one of {', '.join(SPACINGS)}.")
    found = spacing or _spacing(np.array(periods, dtype=np.int64))
    if who is None:
        who = "people" if found == "month" else "units"
    return Wording("people" if who == "people" else "units", found)


def told(result: EffectResult, wording: Wording) -> EffectResult:
    """The same answer with every sentence in the words of the panel."""
    of = wording.of
    reasons = {name: of(why) for name, why in result.reasons.items()}
    table = result.estimates
    spoken_reasons = pa.array([None if why is None else of(why) for why in table["reason"].to_pylist()], pa.string())
    diagnostics = {**result.diagnostics, "wording": {"who": wording.who, "spacing": wording.spacing}}
    if "notes" in diagnostics:
        diagnostics["notes"] = [of(note) for note in diagnostics["notes"]]
    if "dropped_cells" in diagnostics:
        diagnostics["dropped_cells"] = [of(why) for why in diagnostics["dropped_cells"]]
    sensitivity, mde, before = result.sensitivity, result.mde, result.pretrend
    return replace(
        result,
        estimates=table.set_column(table.schema.get_field_index("reason"), "reason", spoken_reasons),
        diagnostics=diagnostics,
        assumptions=tuple(of(line) for line in result.assumptions),
        reasons=reasons,
        pretrend=None if before is None else replace(before, words=of(before.words)),
        sensitivity=None if sensitivity is None else replace(sensitivity, words=of(sensitivity.words)),
        mde=None if mde is None else replace(mde, words=of(mde.words)),
        verdict=replace(result.verdict, words=of(result.verdict.words)),
    )


def _spacing(periods: Ints) -> str:
    low, high = int(periods[0]), int(periods[-1])
    months = periods
    if low >= 190001 and high <= 219912 and bool(np.isin(periods % 100, np.arange(1, 13)).all()):
        months = periods // 100 * 12 + periods % 100
    elif low >= 1800 and high <= 2200:
        months = periods * 12
    elif low < 1800 * 12 or high >= 2201 * 12:
        return "period"
    step = int(np.gcd.reduce(np.diff(months)))
    return {1: "month", 3: "quarter", 6: "half-year", 12: "year"}.get(step, "period")
