"""How large a break of parallel trends the finding survives (Rambachan and Roth 2023).

Two restrictions on how the untreated course of the treated may have drifted away: *relative magnitudes* (no change
larger than a multiple of the largest one before treatment; conditional least-favourable hybrid test) and *smoothness*
(no bend of the drift larger than a bound; shortest fixed-length interval). See ``docs/methods/sensitivity.md``.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.impact.inference import Contrast, combined
from upwell.engine.impact.results import RobustInterval, Sensitivity
from upwell.engine.impact.wording import spoken
from upwell.engine.numerics.impact_honest import LARGEST, EventStudy, relative_breakdown, relative_magnitudes
from upwell.engine.numerics.impact_honest_smooth import smooth_breakdown, smoothness
from upwell.engine.numerics.impact_moments import Floats

METHOD = "relative magnitudes (conditional least-favourable hybrid) and smoothness (fixed-length interval)"
BLOCK = 3
MULTIPLES = (0.0, 0.5, 1.0, 1.5, 2.0)
NORMAL = 1.959963984540054
SPARE = 3
"""Independent units left on the thinner side after the weights sought, below which none are sought."""


@dataclass(frozen=True, slots=True)
class Course:
    """An event study in blocks of periods, and the heads treated behind each block after the start."""

    study: EventStudy
    sizes: Floats
    width: int


def sensitivity(
    event: dict[int, Contrast], heads: dict[int, float], quantile: float, smallest: int | None = None
) -> Sensitivity:
    """Robust intervals and breakdown values of the first block after treatment and of the average of all blocks.

    Periods are pooled in blocks of three counted from the start of treatment wherever that leaves three blocks
    before it, because single months are mostly noise; otherwise a block is one period. Blocks in the average weigh
    as the people seen in them. ``quantile`` is the two-sided 95 % quantile in use; where it is Student's, standard
    errors are enlarged in proportion. ``smallest`` counts the independent units n on the thinner side (None: many).
    Smoothness seeks k weights by the covariance, which looks better than it is by the factor
    ``(n - 1 - k) (n - 2 - k) / ((n - 1) (n - 2))`` in variance; that is put right, and smoothness left out where
    fewer than three units are left.
    """
    course = course_of(event, heads, quantile)
    if course is None:
        width = _width(event)
        return Sensitivity(METHOD, width, None, None, "Needs at least two periods before treatment.")
    study = course.study
    targets = {"first": np.eye(study.after)[0], "average": course.sizes / course.sizes.sum()}
    path = np.insert(study.value, study.before, 0.0)[: study.before + 1]
    change = float(np.abs(np.diff(path)).max())
    bend = float(np.abs(np.diff(path, 2)).max()) if len(path) > 2 else None
    multiples = np.array(MULTIPLES)
    found: list[RobustInterval] = []
    for name, weights in targets.items():
        robust = relative_magnitudes(study, weights, multiples)
        found += _rows(name, "relative", robust.strength, change * multiples, robust.lo, robust.hi)
    breaks = [relative_breakdown(study, weights) for weights in targets.values()]
    bends: list[float | None] = [None, None]
    fair = _fair(study, smallest)
    if fair is not None:
        bends = [smooth_breakdown(fair, weights) for weights in targets.values()]
        chosen = multiples if bend is not None else multiples[:1]
        for name, weights in targets.items():
            robust = smoothness(fair, weights, chosen * (bend or 0.0))
            found += _rows(name, "smooth", chosen, robust.strength, robust.lo, robust.hi)
    words = _words(breaks, found, course.width, change)
    return Sensitivity(
        METHOD, course.width, breaks[0], breaks[1], words, bends[0], bends[1], change, bend, tuple(found)
    )


def _fair(study: EventStudy, smallest: int | None) -> EventStudy | None:
    """The study with the variance that weights found on ``smallest`` units really have; None where they are few."""
    if smallest is None:
        return study
    sought = study.before - 1
    spare = smallest - 2 - sought
    if spare < SPARE:
        return None
    factor = (smallest - 1) * (smallest - 2) / ((spare + 1) * spare)
    return EventStudy(study.value, factor * study.covariance, study.before)


def course_of(event: dict[int, Contrast], heads: dict[int, float], quantile: float = NORMAL) -> Course | None:
    """The event study in blocks without gaps around the last block before treatment; None where it is too short."""
    width = _width(event)
    blocks, sizes = _blocks(event, heads, width)
    before = _unbroken(blocks, -2, -1)
    after = _unbroken(blocks, 0, 1)
    if -1 not in blocks or not before or not after:
        return None
    kept = [blocks[k] - blocks[-1] for k in [*reversed(before), *after]]
    matrix = np.stack([c.column for c in kept], axis=1) * (quantile / NORMAL)
    study = EventStudy(np.array([c.value for c in kept]), matrix.T @ matrix, len(before))
    if np.diag(study.covariance).min() <= 0:
        return None
    return Course(study, np.array([sizes[k] for k in after]), width)


def _width(event: dict[int, Contrast]) -> int:
    return BLOCK if sum(1 for e in event if e < 0) >= 3 * BLOCK else 1


def _unbroken(blocks: dict[int, Contrast], start: int, step: int) -> list[int]:
    found = []
    while start in blocks:
        found.append(start)
        start += step
    return found


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


def _rows(
    target: str, restriction: str, multiples: Floats, strengths: Floats, lows: Floats, highs: Floats
) -> list[RobustInterval]:
    whole = zip(multiples, strengths, lows, highs, strict=True)
    return [RobustInterval(target, restriction, float(m), float(s), float(lo), float(hi)) for m, s, lo, hi in whole]


def _words(breaks: list[float], found: list[RobustInterval], width: int, change: float) -> str:
    first, average = breaks
    if first <= 0:
        return "The first periods after treatment show no effect that could be undone."
    per = "period" if width == 1 else f"{width} periods"
    more = "at least " if first >= LARGEST else ""
    same = next(i for i in found if i.target == "first" and i.restriction == "relative" and i.multiple == 1.0)
    return (
        f"The effect of the first periods stands unless the trends drift apart per {per} by {more}{first:.2g} "
        f"times the largest change seen before treatment ({spoken(change)}), the average effect unless by "
        f"{average:.2g} times. If they drift no faster than then, the effect of the first periods lies between "
        f"{spoken(same.lo)} and {spoken(same.hi)}."
    )
