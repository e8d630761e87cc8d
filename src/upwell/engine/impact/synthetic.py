"""One team, site or region was treated: a weighted mean of the untreated that moved like it before."""

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats as distributions

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.frames import Result, accept, table_of
from upwell.engine.impact.panel import CONTRACT, Panel, read
from upwell.engine.impact.results import ESTIMATES, Estimate
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_moments import Floats
from upwell.engine.numerics.impact_permutation import subsets
from upwell.engine.numerics.impact_synthetic import Method, Synthetic, synthetic

FEWEST_CONTROLS = 5
FEWEST_PERIODS = 2
NAMES: dict[Method, str] = {
    "sdid": "synthetic difference in differences",
    "sc": "synthetic control",
    "did": "difference in differences",
}


@dataclass(frozen=True)
class SyntheticResult(Result):
    """Effect per treated unit and period in units of the outcome, the weights behind it, and the course by period.

    ``units`` holds unit and weight, ``periods`` period and weight (both sum to 1), ``course`` period, treated mean,
    synthetic mean and gap. ``placebo_p`` is the share of placebos at least as large, this one counted.
    """

    effect: Estimate
    placebo_p: float
    placebos: int
    units: pa.Table
    periods: pa.Table
    course: pa.Table
    distance_before: float
    effective_controls: float
    words: str


def synthetic_did(frame: object, *, seed: int, method: Method = "sdid", placebos: int = 200) -> SyntheticResult:
    """Effect on a single treated unit, or a few treated together, from weighted untreated units.

    Args:
        frame: a panel as for ``evaluate``; units are usually teams, sites or regions. Every unit in every period,
            one date of treatment.
        seed: for the draws of placebos, where not all of them are tried.
        method: ``sdid`` (weights on units and periods), ``sc`` (weights on units, levels must agree) or ``did``.
        placebos: at most so many sets of untreated units are treated as if they had been, at least 20.

    The standard error is the spread of the placebos: it assumes that treated and untreated units are equally noisy.
    The interval uses Student's t with one degree of freedom fewer than independent placebos.

    Raises:
        FrameError: the panel breaks its contract.
        ParameterError: an option is out of range.
        NotEstimableError: fewer than five untreated units or two per treated one, fewer than two periods before
            treatment, several dates, or a unit that is missing in some period.

    Sources: Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), algorithms 1 and 4; Abadie, Diamond and
    Hainmueller (2010).
    """
    if method not in NAMES:
        raise ParameterError(f"The method '{method}' is unknown; choose sdid, sc or did.")
    if placebos < 20:
        raise ParameterError("At least 20 placebos are needed.")
    data = read(frame)
    date = _date(data)
    treated = data.cohort == date
    controls, ours = data.outcome[~treated], data.outcome[treated]
    found = synthetic(controls, ours.mean(axis=0), date, len(ours), method)
    spread = _placebos(controls, date, len(ours), method, placebos, seed)
    effect = _estimate(found.effect, spread, len(controls) // len(ours))
    share = float((1 + (np.abs(spread) >= abs(found.effect) - 1e-12).sum()) / (1 + len(spread)))
    keys = _keys(frame)
    distance = float(np.sqrt(np.mean((found.gap[:date] - found.gap[:date].mean()) ** 2)))
    if method == "sc":
        distance = float(np.sqrt(np.mean(found.gap[:date] ** 2)))
    heavy = float(1 / (found.unit_weight**2).sum())
    return SyntheticResult(
        estimates=_table(method, effect),
        diagnostics={
            "treated": len(ours),
            "controls": len(controls),
            "periods_before": date,
            "periods_after": data.outcome.shape[1] - date,
            "method": method,
        },
        assumptions=(
            "Without treatment the treated would have gone on moving like their weighted comparison units.",
            "Treated and untreated units are equally noisy (the standard error rests on placebos).",
            "No unit's treatment changes another's result.",
        ),
        effect=effect,
        placebo_p=share,
        placebos=len(spread),
        units=_weights(keys.take(pa.array(np.flatnonzero(~treated))), "unit", found.unit_weight),
        periods=_weights(pa.array(data.periods[:date]), "period", found.period_weight),
        course=_course(data, ours.mean(axis=0), found),
        distance_before=distance,
        effective_controls=heavy,
        words=_words(method, effect, share, len(spread), distance, heavy),
    )


def _date(data: Panel) -> int:
    width = len(data.periods)
    if np.isnan(data.outcome).any():
        raise NotEstimableError("A synthetic comparison needs every unit in every period.")
    dates = np.unique(data.cohort[data.cohort < width])
    if len(dates) == 0:
        raise NotEstimableError("Nobody in the panel is treated within its periods.")
    if len(dates) > 1:
        raise NotEstimableError("A synthetic comparison needs one date of treatment; use evaluate for several.")
    date = int(dates[0])
    if date < FEWEST_PERIODS:
        raise NotEstimableError(f"There are {date} periods before treatment; at least {FEWEST_PERIODS} are needed.")
    heads, others = int((data.cohort == date).sum()), int((data.cohort == width).sum())
    if others < max(FEWEST_CONTROLS, 2 * heads):
        raise NotEstimableError(
            f"There are {others} untreated units for {heads} treated; at least {max(FEWEST_CONTROLS, 2 * heads)} are "
            "needed."
        )
    return date


def _placebos(controls: Floats, date: int, heads: int, method: Method, limit: int, seed: int) -> Floats:
    """Effects of treating sets of untreated units that were not treated: all sets if few, else drawn ones."""
    count = len(controls)
    if comb(count, heads) <= limit:
        chosen = subsets(count, heads)
    else:
        rng = np.random.default_rng(seed)
        chosen = np.array([np.sort(rng.permutation(count)[:heads]) for _ in range(limit)])
    found = []
    for own in chosen:
        rest = np.delete(controls, own, axis=0)
        found.append(synthetic(rest, controls[own].mean(axis=0), date, heads, method, "exact").effect)
    return np.array(found)


def _estimate(value: float, spread: Floats, independent: int) -> Estimate:
    se = float(np.sqrt(np.mean((spread - spread.mean()) ** 2)))
    df = float(max(independent - 1, 1))
    half = float(distributions.t.ppf(0.975, df)) * se
    ratio = abs(value) / se if se > 0 else np.inf
    return Estimate(value, se, value - half, value + half, float(min(1.0, 2 * distributions.t.sf(ratio, df))), df)


def _keys(frame: object) -> pa.Array:
    """Units in the order in which ``read`` codes them."""
    table = frame if isinstance(frame, pa.Table) else pa.table(frame)
    only = tuple(c for c in CONTRACT.columns if c.name == "unit")
    distinct = accept(table, type(CONTRACT)("panel", only)).column("unit").unique()
    return distinct.take(pc.sort_indices(distinct))


def _weights(labels: pa.Array, name: str, weight: Floats) -> pa.Table:
    table = pa.table({name: labels, "weight": weight})
    return table.sort_by([("weight", "descending"), (name, "ascending")]) if name == "unit" else table


def _course(data: Panel, treated: Floats, found: Synthetic) -> pa.Table:
    return pa.table(
        {"period": np.array(data.periods), "treated": treated, "synthetic": treated - found.gap, "gap": found.gap}
    )


def _words(method: Method, effect: Estimate, share: float, count: int, distance: float, heavy: float) -> str:
    text = (
        f"By {NAMES[method]} the result changed by {spoken(effect.estimate)} per unit and period (95 % confidence: "
        f"{spoken(effect.lo95)} to {spoken(effect.hi95)}). Of {count} untreated sets treated as if they had been, "
        f"{round(share * (count + 1)) - 1} showed as much (p = {share:.3f})."
    )
    if abs(effect.estimate) > 0 and distance > abs(effect.estimate):
        text += (
            f" The comparison followed the treated badly before treatment ({spoken(distance)} off on average): do not "
            "rely on it."
        )
    if heavy < 2:
        text += " It rests on fewer than two comparison units."
    return text


def _table(method: Method, effect: Estimate) -> Any:
    return table_of(
        {
            "estimator": [method],
            "estimate": [effect.estimate],
            "se": [effect.se],
            "lo95": [effect.lo95],
            "hi95": [effect.hi95],
            "p_value": [effect.p_value],
            "reason": [None],
        },
        ESTIMATES,
    )
