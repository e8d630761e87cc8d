"""The cheapest set of steps that closes enough gaps: a small mixed-integer programme, solved exactly.

    minimise   sum cost_i x_i
    so that    sum_i effect_ic x_i >= gap_c y_c      (capability c is closed only if the steps close it)
               y_c = 1 for every must-have           sum_c weight_c y_c >= share * sum_c weight_c
               x_i <= x_j where i needs j            sum_i hours_i x_i <= hours

HiGHS (Huangfu and Hall, Math. Prog. Comp. 10, 2018) through scipy, with no gap allowed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
_TIE = 1e-7


@dataclass(frozen=True, slots=True)
class Steps:
    """What can be done: effect in levels (items x capabilities), cost, hours, and pairs (item, the item it needs)."""

    effect: Reals
    cost: Reals
    hours: Reals
    needs: Ints


def cheapest(steps: Steps, gap: Reals, weight: Reals, must: Flags, *, share: float, hours: float) -> Ints | None:
    """Chosen items, fewest hours first among equally cheap sets; None where nothing within the hours is enough.

    `gap` is what each capability lacks, 0 or below where nothing; `share` of the weight must be met in the end.
    """
    met = gap <= 0
    wanted = share * weight.sum() - weight[met].sum()
    if wanted <= 1e-9 and met[must].all():
        return np.empty(0, dtype=np.int64)
    open_ = np.flatnonzero(~met)
    items, gaps = len(steps.cost), len(open_)
    rows = [np.hstack([steps.effect[:, open_].T, -np.diag(gap[open_])])]
    low, high = [np.full(gaps, -1e-9)], [np.full(gaps, np.inf)]
    rows.append(np.concatenate([np.zeros(items), weight[open_]])[None])
    low.append(np.array([wanted - 1e-9]))
    high.append(np.array([np.inf]))
    rows.append(np.concatenate([steps.hours, np.zeros(gaps)])[None])
    low.append(np.array([-np.inf]))
    high.append(np.array([hours + 1e-9]))
    for item, needed in steps.needs:
        row = np.zeros(items + gaps)
        row[item], row[needed] = 1.0, -1.0
        rows.append(row[None])
        low.append(np.array([-np.inf]))
        high.append(np.array([0.0]))
    tie = _TIE * max(float(steps.cost.max(initial=0.0)), 1.0) / max(float(steps.hours.sum()), 1.0)
    found = milp(
        np.concatenate([steps.cost + tie * steps.hours, np.zeros(gaps)]),
        integrality=np.ones(items + gaps),
        bounds=Bounds(np.concatenate([np.zeros(items), must[open_].astype(float)]), np.ones(items + gaps)),
        constraints=LinearConstraint(np.vstack(rows), np.concatenate(low), np.concatenate(high)),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    return np.flatnonzero(found.x[:items] > 0.5).astype(np.int64)
