"""Many programmes side by side: effects pulled together as far as their noise demands, never a league of raw ones."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import stats as distributions

from upwell.engine.errors import FrameError, NotEstimableError
from upwell.engine.frames import Column, Contract, Result, accept, table_of
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_moments import Floats
from upwell.engine.numerics.impact_multiplicity import adjust
from upwell.engine.numerics.impact_shrinkage import Shrunken, shrink

CONTRACT = Contract(
    "programmes",
    (
        Column("programme", "key"),
        Column("estimate", "real"),
        Column("se", "real", low=0.0),
        Column("p_value", "real", low=0.0, high=1.0, nullable=True, required=False),
    ),
    unique=("programme",),
)
"""One row per programme, effects in one unit (or in standard deviations of the outcome)."""

FEWEST = 3
TABLE = pa.schema(
    [
        ("programme", pa.string()),
        ("estimate", pa.float64()),
        ("se", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("shrunken", pa.float64()),
        ("shrunken_sd", pa.float64()),
        ("lo95", pa.float64()),
        ("hi95", pa.float64()),
        ("probability_positive", pa.float64()),
        ("pulled", pa.float64()),
    ]
)


@dataclass(frozen=True)
class ProgrammeTable(Result):
    """``estimates`` has one row per programme in order of its name; the rest describes all of them.

    ``common`` is the mean effect of such programmes with its standard deviation; ``spread`` how much true effects
    differ (standard deviation, median of its posterior, with 95 % interval). ``pulled`` in 0..1 is how far an estimate
    moved towards the common mean.
    """

    common: float
    common_sd: float
    spread: float
    spread_lo95: float
    spread_hi95: float
    words: str


def compare_programmes(frame: object) -> ProgrammeTable:
    """Effects of many programmes, each corrected for having been one of many.

    Args:
        frame: columns ``programme``, ``estimate``, ``se`` (above 0) and optionally ``p_value`` (empty where not judged;
            without the column it follows from estimate and se).

    Shrunken effects come from a normal-normal model with flat priors on mean and spread; q-values from Benjamini and
    Hochberg. The table is ordered by name: the largest raw effect belongs mostly to the smallest programme.

    Assumes that programmes are exchangeable (none is known beforehand to work better) and that their errors are
    independent and normal. Leave out programmes whose effect could not be judged.

    Raises:
        FrameError: the frame breaks its contract, or a standard error is zero.
        NotEstimableError: fewer than three programmes.

    Sources: Rubin (1981); Morris (1983); Gelman and others (2013), section 5.4; Benjamini and Hochberg (1995).
    """
    table = accept(frame, CONTRACT)
    if table.num_rows < FEWEST:
        raise NotEstimableError(
            f"There are {table.num_rows} programmes; at least {FEWEST} are needed to learn a spread."
        )
    names = [str(v) for v in table.column("programme").to_pylist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    effect, se = (table.column(c).to_numpy().astype(np.float64)[order] for c in ("estimate", "se"))
    if (se <= 0).any():
        raise FrameError(f"The standard error of programme {names[order[int(np.argmin(se))]]} is zero.")
    p_value = _p_values(table, order, effect, se)
    found = shrink(effect, se)
    return ProgrammeTable(
        estimates=_rows([names[j] for j in order], effect, se, p_value, found),
        diagnostics={"programmes": len(effect), "heterogeneity_p_value": _heterogeneity(effect, se)},
        assumptions=(
            "No programme is known beforehand to work better than another.",
            "The errors of the estimates are independent and normal.",
        ),
        common=found.common_mean,
        common_sd=found.common_mean_sd,
        spread=found.spread,
        spread_lo95=found.spread_lo95,
        spread_hi95=found.spread_hi95,
        words=_words(found, len(effect)),
    )


def _p_values(table: pa.Table, order: list[int], effect: Floats, se: Floats) -> Floats:
    if "p_value" not in table.column_names:
        return np.asarray(2.0 * distributions.norm.sf(np.abs(effect) / se), dtype=np.float64)
    given = table.column("p_value").to_pylist()
    return np.array([np.nan if given[j] is None else given[j] for j in order], dtype=np.float64)


def _heterogeneity(effect: Floats, se: Floats) -> float:
    """p-value of Cochran's Q: do the effects differ more than their noise?"""
    weight = 1.0 / se**2
    centre = float(weight @ effect / weight.sum())
    return float(distributions.chi2.sf(weight @ (effect - centre) ** 2, len(effect) - 1))


def _rows(names: list[str], effect: Floats, se: Floats, p_value: Floats, found: Shrunken) -> pa.Table:
    away = effect - found.common_mean
    pulled = np.divide(effect - found.mean, away, out=np.zeros(len(effect)), where=np.abs(away) > 1e-12)
    q_value = adjust(p_value)
    return table_of(
        {
            "programme": names,
            "estimate": effect,
            "se": se,
            "p_value": pa.array(p_value, mask=np.isnan(p_value)),
            "q_value": pa.array(q_value, mask=np.isnan(q_value)),
            "shrunken": found.mean,
            "shrunken_sd": found.sd,
            "lo95": found.low,
            "hi95": found.high,
            "probability_positive": found.above_zero,
            "pulled": np.clip(pulled, 0.0, 1.0),
        },
        TABLE,
    )


def _words(found: Shrunken, count: int) -> str:
    text = (
        f"Over {count} programmes the mean effect is {spoken(found.common_mean)} (standard deviation "
        f"{spoken(found.common_mean_sd)}); true effects differ by about {spoken(found.spread)} (between "
        f"{spoken(found.spread_lo95)} and {spoken(found.spread_hi95)})."
    )
    if found.spread_lo95 < 0.1 * found.spread:
        text += " They may also be all alike, so the order of the programmes says little."
    return text
