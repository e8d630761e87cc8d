"""How large a break of parallel trends the finding survives (Rambachan and Roth 2023, relative magnitudes).

If after treatment the trend difference changes per block by at most M times the largest change seen before, the
bias of ``sum l_e effect_e`` is at most ``M * sum l_e (e + 1) * |largest change|``. For each pre-treatment change
and sign taken as the largest, the interval [effect - M c d, effect + M c d] is covered with normal bounds that
carry the sampling error of d; the union over all of them is valid whichever was the largest, and wider than the
conditional least-favourable interval.
"""

import numpy as np

from upwell.engine.impact.inference import Contrast, combined
from upwell.engine.impact.results import Sensitivity
from upwell.engine.numerics.impact_moments import Floats

METHOD = "relative magnitudes, union of intervals over the pre-treatment changes"
LARGEST = 10.0
BLOCK = 3


def sensitivity(event: dict[int, Contrast], heads: dict[int, float], quantile: float) -> Sensitivity:
    """Breakdown values for the first block of periods after treatment and for the average of all blocks.

    Periods are pooled in blocks of three counted from the start of treatment wherever that leaves three blocks
    before it, because single months are mostly noise; otherwise a block is one period. ``quantile`` is the
    two-sided 95 % quantile in use.
    """
    before = sum(1 for e in event if e < 0)
    width = BLOCK if before >= 3 * BLOCK else 1
    blocks, sizes = _blocks(event, heads, width)
    steps = [blocks[k + 1] - blocks[k] for k in sorted(blocks) if k < -1 and k + 1 in blocks]
    after = [k for k in sorted(blocks) if k >= 0]
    if not steps or not after or -1 not in blocks:
        return Sensitivity(METHOD, width, None, None, "Needs at least two periods before treatment.")
    first = _breakdown(blocks, after[:1], np.ones(1), steps, quantile)
    weights = np.array([sizes[k] for k in after])
    whole = _breakdown(blocks, after, weights / weights.sum(), steps, quantile)
    return Sensitivity(METHOD, width, first, whole, _words(first, width))


def _blocks(
    event: dict[int, Contrast], heads: dict[int, float], width: int
) -> tuple[dict[int, Contrast], dict[int, float]]:
    """Mean effect per whole block; a last incomplete block is kept after treatment, dropped before it."""
    blocks: dict[int, Contrast] = {}
    sizes: dict[int, float] = {}
    for k in sorted({e // width for e in event}):
        inside = [e for e in range(k * width, (k + 1) * width) if e in event]
        if k < 0 and len(inside) < width:
            continue
        blocks[k] = combined(np.full(len(inside), 1 / len(inside)), [event[e] for e in inside])
        sizes[k] = sum(heads[e] for e in inside)
    return blocks, sizes


def _breakdown(
    blocks: dict[int, Contrast], chosen: list[int], weights: Floats, steps: list[Contrast], quantile: float
) -> float:
    effect = combined(weights, [blocks[k] - blocks[-1] for k in chosen])
    reach = float(weights @ (np.array(chosen) + 1.0))
    sign = 1.0 if effect.value >= 0 else -1.0
    return min(_crossing(sign * effect, reach * turn * step, quantile) for step in steps for turn in (1.0, -1.0))


def _crossing(effect: Contrast, drift: Contrast, quantile: float) -> float:
    """Smallest M at which the lower bound of effect - M drift reaches zero; the bound is concave in M."""
    v, c, d = effect.se**2, float(effect.column @ drift.column), drift.se**2

    def bound(m: float) -> float:
        variance = max(v - 2 * m * c + m * m * d, 0.0)
        return effect.value - m * drift.value - quantile * float(np.sqrt(variance))

    if bound(0.0) <= 0:
        return 0.0
    if bound(LARGEST) > 0:
        return LARGEST
    low, high = 0.0, LARGEST
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if bound(middle) > 0 else (low, middle)
    return low


def _words(breakdown: float, width: int) -> str:
    if breakdown <= 0:
        return "The first periods after treatment show no effect that could be undone."
    more = "at least " if breakdown >= LARGEST else ""
    per = "period" if width == 1 else f"{width} periods"
    return (
        f"The effect of the first periods stands unless the trends drift apart per {per} by {more}{breakdown:.2g} "
        "times the largest change seen before treatment."
    )
