"""Sequential trials: each intake against people untrained then and still, given the same recent results.

For intake g and period t >= g, least squares of the result at t on treatment, the last three results before g, the
mean of the earlier ones and strata, among people untrained before g and (if not of this intake) still untrained at
t. Comparison people weigh by the inverse probability of having stayed untrained from g to t given their own recent
results (pooled logistic hazards), so that leaving the comparison group after a bad month does not bias it (Hernan
and Robins 2020, chapters 21-22; Danaei et al. 2013). Variances use HC3 residuals, summed per person over trials.

People are read twice in chunks: once for the cross-products of every regression (which add up over chunks and
shards), once for their influence. Results are taken as distances from the period's mean in standard deviations.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from upwell.engine.numerics.impact_hazards import (
    CHUNK,
    LAGS,
    Block,
    Hazards,
    blocks,
    fit_hazards,
    means_before,
    staying,
)
from upwell.engine.numerics.impact_leavers import Kept, KeptFit, kept_fits, kept_influence, kept_sums, kept_targets
from upwell.engine.numerics.impact_moments import Bools, Floats, Ints

LARGEST_WEIGHT = 20.0
SMALLEST_CHUNK = 256
THREADS = 2
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Trials:
    """Pooled effect, influence per person (N), and the cells used: cohort, period, treated, controls.

    ``kept_value`` and ``kept_influence``: the same with later treated people kept in the comparison; None where nobody
    is treated later.
    """

    value: float
    influence: Floats
    cohort: Ints
    period: Ints
    effect: Floats
    treated: Ints
    controls: Ints
    largest_weight: float
    kept_value: float | None = None
    kept_influence: Floats | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Cross-products of one intake's regressions, one per period: additive over people.

    ``ours`` and ``theirs`` (P x K(K+1)/2) hold design times design, ``ours_y`` and ``theirs_y`` (P x K) design times
    result, of treated and of comparison people before their weights are scaled to mean one.
    """

    ours: Floats
    theirs: Floats
    ours_y: Floats
    theirs_y: Floats
    treated: Floats
    controls: Floats
    weight: Floats
    heaviest: Floats

    def plus(self, other: "Sums") -> "Sums":
        """Sums of both sets of people together."""
        return Sums(
            self.ours + other.ours,
            self.theirs + other.theirs,
            self.ours_y + other.ours_y,
            self.theirs_y + other.theirs_y,
            self.treated + other.treated,
            self.controls + other.controls,
            self.weight + other.weight,
            np.maximum(self.heaviest, other.heaviest),
        )


@dataclass(frozen=True, slots=True)
class Fits:
    """One intake's regressions: coefficients (P x K), inverses (P x K x K), scale of comparison weights, usable."""

    coefficient: Floats
    inverse: Floats
    scale: Floats
    usable: Bools


def sequential_trials(
    outcome: Floats, seen: Bools | None, cohort: Ints, stratum: Ints, min_controls: int
) -> Trials | None:
    """Pool all trials, cells weighted by their treated people; None where no cell can be estimated.

    ``outcome`` is N x T, zero where not ``seen``; ``cohort`` the index of the first treated period (T for never).
    """
    n_periods = outcome.shape[1]
    result, spread = _standardised(outcome, seen)
    intakes = [int(c) for c in np.unique(cohort) if 0 < c < n_periods]
    study = _Study(result, seen, cohort, stratum, np.unique(stratum), fit_hazards(result, seen, cohort))
    totals: dict[int, Sums] = {}
    kept: dict[int, Kept] = {}
    for sums, kept_part in _each(study, lambda block: _block_sums(study, block, intakes)):
        totals = {g: totals[g].plus(own) if totals else own for g, own in sums.items()}
        kept = {g: kept[g].plus(own) if kept else own for g, own in kept_part.items()}
    fits = {g: fit for g, total in totals.items() if (fit := _fit(total, min_controls)).usable.any()}
    if not fits:
        return None
    heads = {g: totals[g].treated * _fit(totals[g], min_controls).usable for g in intakes}
    kept_fit = kept_fits(kept, min_controls)
    fitted = _Fitted(fits, kept_fit, heads, kept_targets(kept, kept_fit, heads))
    both = list(_each(study, lambda block: _block_influence(study, block, intakes, fitted)))
    influence, staying_on = np.concatenate(both, axis=1)
    found = _pooled(fits, totals, influence, spread)
    total = sum(float((heads[g] * fit.usable).sum()) for g, fit in kept_fit.items())
    if total == 0:
        return found
    value = sum(float((heads[g] * fit.usable) @ fit.coefficient[:, 0]) for g, fit in kept_fit.items()) / total
    return replace(found, kept_value=spread * value, kept_influence=spread * staying_on / total)


def _place(cohort: Ints, later: Ints) -> Ints:
    """Position of each cohort among the later ones, -1 where it is none of them."""
    place = np.full(int(max(cohort.max(), later.max(initial=0))) + 1, -1)
    place[later] = np.arange(len(later))
    return np.asarray(place[cohort], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Study:
    result: Floats
    seen: Bools | None
    cohort: Ints
    stratum: Ints
    strata: Ints
    hazards: Hazards | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Some people in one intake: design (K x n), its products (K(K+1)/2 x n), results and raw weights (P x n);
    ``member`` (Q x n) is 1 for people of the trial, where seen, whether or not they are treated later.
    """

    cohort: Ints
    member: Floats
    design: Floats
    products: Floats
    result: Floats
    ours: Floats
    theirs: Floats


def _standardised(outcome: Floats, seen: Bools | None) -> tuple[Floats, float]:
    if seen is None:
        level, cells = outcome.mean(axis=0), outcome.size
    else:
        level, cells = outcome.sum(axis=0) / np.maximum(seen.sum(axis=0), 1), int(seen.sum())
    result = outcome - level
    if seen is not None:
        result *= seen
    spread = float(np.sqrt(np.vdot(result, result) / cells)) or 1.0
    result /= spread
    return result, spread


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Regressions by intake, without and with leavers, the treated heads and the pull of each effect with leavers."""

    fits: dict[int, Fits]
    kept: dict[int, KeptFit]
    heads: dict[int, Floats]
    pull: dict[int, Floats]


def _each(study: _Study, work: Callable[[Block], Found]) -> Iterator[Found]:
    """Work on blocks of people, two at a time where there are many; answers come in the order of the people."""
    width = LAGS + 2 + len(study.strata)
    size = max(SMALLEST_CHUNK, min(CHUNK, 4_000_000 // (width * width)))
    pieces = blocks(study.result, study.seen, study.cohort, size)
    if len(study.cohort) <= 4 * size:
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Found]] = deque()
        for block in pieces:
            waiting.append(pool.submit(work, block))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _block_parts(study: _Study, block: Block, intakes: list[int]) -> Iterator[tuple[int, _Part, Ints]]:
    """The block's people in each intake, and which intakes of these come later."""
    stratum = study.stratum[block.start : block.start + len(block.cohort)]
    dummies = (stratum == study.strata[1:, None]).astype(np.float64)
    stay = None if study.hazards is None else staying(study.hazards, block)
    for g in intakes:
        later = np.array([c for c in intakes if c > g], dtype=np.int64)
        yield g, _part(block, g, dummies, study.hazards, stay), later


def _block_sums(study: _Study, block: Block, intakes: list[int]) -> tuple[dict[int, Sums], dict[int, Kept]]:
    sums: dict[int, Sums] = {}
    kept: dict[int, Kept] = {}
    for g, part, later in _block_parts(study, block, intakes):
        sums[g] = _sums(part)
        if study.hazards is not None:
            kept[g] = kept_sums(part.design, part.products, part.result, part.member, part.cohort, later)
    return sums, kept


def _block_influence(study: _Study, block: Block, intakes: list[int], fitted: _Fitted) -> Floats:
    """Influence of the block's people on both sums of effects (2 x n): without and with leavers."""
    found = np.zeros((2, len(block.cohort)))
    needed = [g for g in intakes if g in fitted.fits or g in fitted.kept]
    for g, part, _ in _block_parts(study, block, needed):
        if g in fitted.fits:
            found[0] += _influence(part, fitted.fits[g], fitted.heads[g])
        if g in fitted.kept:
            leaving = _place(part.cohort, np.array([c for c in intakes if c > g], dtype=np.int64))
            found[1] += kept_influence(
                part.design, part.products, part.result, part.member, leaving, fitted.kept[g], fitted.pull[g]
            )
    return found


def _part(block: Block, g: int, dummies: Floats, hazards: Hazards | None, stay: Floats | None) -> _Part:
    """Treatment, constant, last results, earlier mean, strata; weights are zero for people not in the trial."""
    n_periods, n_people = block.result.shape
    lags = min(LAGS, g)
    treat = block.cohort == g
    at_risk = block.cohort >= g
    rows = [treat.astype(np.float64)[None], np.ones((1, n_people)), block.result[g - lags : g]]
    if g > lags:
        earlier, known = means_before(block, g - lags)
        rows.append(earlier[None])
        at_risk = at_risk if known is None else at_risk & known
    if block.seen is not None:
        at_risk = at_risk & (block.seen[g - lags : g].min(axis=0) > 0)
    design = np.concatenate([*rows, dummies])
    ours = np.repeat((treat & at_risk).astype(np.float64)[None], n_periods - g, axis=0)
    theirs = (block.cohort > np.arange(g, n_periods)[:, None]) * (at_risk & ~treat).astype(np.float64)
    if hazards is not None and stay is not None:
        kept = np.ones(n_people)
        for t in range(g + 1, n_periods):
            starts = np.flatnonzero(hazards.period == t)
            if starts.size:
                kept = kept * stay[starts[0]]
            theirs[t - g] /= np.maximum(kept, 1.0 / LARGEST_WEIGHT)
    member = at_risk.astype(np.float64)[None]
    if block.seen is not None:
        ours *= block.seen[g:]
        theirs *= block.seen[g:]
        member = member * block.seen[g:]
    one, other = np.triu_indices(len(design))
    return _Part(block.cohort, member, design, design[one] * design[other], block.result[g:], ours, theirs)


def _sums(part: _Part) -> Sums:
    treated = np.flatnonzero(part.design[0])
    ours = part.ours[:, treated]
    return Sums(
        ours @ part.products[:, treated].T,
        part.theirs @ part.products.T,
        (ours * part.result[:, treated]) @ part.design[:, treated].T,
        (part.theirs * part.result) @ part.design.T,
        ours.sum(axis=1),
        np.count_nonzero(part.theirs, axis=1).astype(np.float64),
        part.theirs.sum(axis=1),
        part.theirs.max(axis=1, initial=0.0),
    )


def _fit(total: Sums, min_controls: int) -> Fits:
    periods, width = total.ours_y.shape
    scale = np.divide(total.controls, total.weight, out=np.ones(periods), where=total.weight > 0)
    packed = total.ours + scale[:, None] * total.theirs
    one, other = np.triu_indices(width)
    system = np.empty((periods, width, width))
    system[:, one, other] = packed
    system[:, other, one] = packed
    right = total.ours_y + scale[:, None] * total.theirs_y
    enough = (total.treated > 0) & (total.controls >= max(min_controls, 2))
    enough &= total.treated + total.controls >= width + 2
    inverse = np.zeros_like(system)
    if enough.any():
        inverse[enough] = np.linalg.pinv(system[enough], rcond=1e-10, hermitian=True)
    identified = np.abs((system[:, 0, :] * inverse[:, :, 0]).sum(axis=1) - 1.0) < 1e-6
    return Fits((inverse @ right[:, :, None])[:, :, 0], inverse, scale, enough & identified)


def _influence(part: _Part, fit: Fits, heads: Floats) -> Floats:
    """Each person's influence on the sum of effects times treated heads, with HC3 residuals."""
    used = np.flatnonzero(fit.usable)
    one, other = np.triu_indices(len(part.design))
    twice = np.where(one == other, 1.0, 2.0)
    weight = fit.scale[used, None] * part.theirs[used]
    weight += part.ours[used]
    shrink = (fit.inverse[used][:, one, other] * twice) @ part.products
    shrink *= weight
    np.subtract(1.0, shrink, out=shrink)
    np.maximum(shrink, 0.05, out=shrink)
    residual = part.result[used] - fit.coefficient[used] @ part.design
    residual *= fit.inverse[used, 0] @ part.design
    residual *= weight
    residual /= shrink
    return np.asarray(heads[used] @ residual)


def _pooled(fits: dict[int, Fits], totals: dict[int, Sums], influence: Floats, spread: float) -> Trials:
    where = [(g, int(j)) for g, fit in fits.items() for j in np.flatnonzero(fit.usable)]
    effect = np.array([spread * fits[g].coefficient[j, 0] for g, j in where])
    treated = np.array([totals[g].treated[j] for g, j in where])
    controls = np.array([totals[g].controls[j] for g, j in where])
    heaviest = max(float(totals[g].heaviest[j] * fits[g].scale[j]) for g, j in where)
    return Trials(
        float(effect @ treated / treated.sum()),
        spread * influence / treated.sum(),
        np.array([g for g, _ in where]),
        np.array([g + j for g, j in where]),
        effect,
        treated.astype(np.int64),
        controls.astype(np.int64),
        max(1.0, heaviest),
    )
