"""Expectation propagation for the rater model (ordinal probit with severity, halo and ageing noise).

``z = theta[person, capability] + offset[person, rater] + e``, ``offset = halo - severity``,
``e ~ N(0, noise[source] + drift * age)``; the category is the interval of ``z`` between two cuts.
Each person's block is solved exactly; a rater's severity is shared by Gaussian messages between blocks, each
block seeing the severity without its own message. Means, variances and cuts follow their evidence gradient by
damped Fisher steps with weak priors. One direction is invisible to the ratings and so nearly flat: all levels and
all severities moving together; it gets a step of its own that moves the messages along. Sources: Minka (2001);
Herbrich, Minka, Graepel (2007).
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics import vectorised
from upwell.engine.numerics.blocks import Design, Stack, stacks, summed
from upwell.engine.numerics.learning import Hyper, HyperPrior, advance, common_information, common_shift, shifted
from upwell.engine.numerics.pacing import Pace
from upwell.engine.numerics.sweeping import RESIDUALS, Beliefs, Levels, Rows, nothing, places_of, rows_of, values_of

Reals = NDArray[np.float64]
DAMPING = 0.8
COMPILED_FROM = 200_000
"""Number of ratings from which the compiled loop is used."""
SHARDS = 64
"""Parts in which persons are swept and whose totals are added in order, whatever the number of threads."""
FIRST_LEARNING, FIRST_STOP, FIRST_PACING = 3, 5, 15
"""Sweeps from which values are learned, a run may end, and values that swing get shorter steps."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished run. ``level_mean`` and ``level_var`` per cell, ``severity_mean`` and ``severity_var`` per rater;
    ``change`` is the last largest move of a level, mean or cut (levels) or of a log-variance. ``common_var`` is the
    variance (squared levels) of the position that all levels and severities share, which their own variances leave
    out; 0 where it was not learned."""

    level_mean: Reals
    level_var: Reals
    messages: Beliefs
    hyper: Hyper
    severity_mean: Reals
    severity_var: Reals
    outside: tuple[Reals, Reals] | None
    sweeps: int
    change: float
    converged: bool
    common_var: float = 0.0

    def without_sites(self) -> "Fitted":
        """The same run without the messages of the ratings, most of its memory; levels and raters need no more."""
        return replace(self, messages=self.messages._replace(site_shift=np.empty(0), site_precision=np.empty(0)))


def fit(
    design: Design,
    hyper: Hyper,
    prior: HyperPrior | None,
    *,
    sweeps: int = 60,
    tolerance: float = 3e-4,
    outside: tuple[Reals, Reals] | None = None,
) -> Fitted:
    """Run sweeps until nothing moves by more than ``tolerance`` (levels, log-variances) or ``sweeps`` are done.

    With ``prior`` the hyper-parameters are learned, without they stay. ``outside`` gives per rater the shift and
    precision of messages from persons that are not part of ``design``.
    """
    sweeper = _Sweeper(design)
    messages = nothing(design)
    levels = Levels(np.zeros(len(design.cell_person)), np.zeros(len(design.cell_person)))
    change, done, pace = np.inf, 0, Pace()
    for done in range(1, sweeps + 1):
        before = _severity(design, hyper, messages, outside)
        change, totals = sweeper.sweep(hyper, messages, before, levels)
        if prior is not None and done >= FIRST_LEARNING:
            previous = hyper
            hyper = advance(design, hyper, prior, totals, _moments(_severity(design, hyper, messages, outside)))
            change = max(change, hyper.distance(previous))
            if done >= FIRST_PACING:
                hyper = pace.eased(previous, hyper)
            severity = _moments(_severity(design, hyper, messages, outside))
            by = common_shift(design, hyper, prior, severity, _raterless(design, messages, levels))
            hyper = shifted(design, hyper, by)
            messages.pair_shift[:] += by * messages.pair_precision
            change = max(change, abs(by))
        if done >= FIRST_STOP and change < tolerance:
            break
    mean, var = _moments(_severity(design, hyper, messages, outside))
    seen = _raterless(design, messages, levels)[1]
    information = common_information(design, hyper, prior, var, seen) if prior is not None else 0.0
    common = 1.0 / information if information else 0.0
    settled = bool(change < tolerance)
    return Fitted(levels.mean, levels.var, messages, hyper, mean, var, outside, done, change, settled, common)


def residuals(design: Design, fitted: Fitted) -> Reals:
    """Sums per rater of how the ratings differ from what all other evidence expects (``sweeping.RESIDUALS`` rows)."""
    severity = _severity(design, fitted.hyper, fitted.messages, fitted.outside)
    found = np.zeros((RESIDUALS, design.n_raters))
    for pairs, part in _Sweeper(design).residuals(fitted.hyper, fitted.messages, severity):
        for row, values in zip(found, part, strict=True):
            np.add.at(row, design.pair_rater[pairs], values)
    return found


def cavities(design: Design, fitted: Fitted) -> tuple[Reals, Reals]:
    """Mean and variance of each pair's severity as seen without that person's own message."""
    severity = _severity(design, fitted.hyper, fitted.messages, fitted.outside)
    return vectorised.cavities(design, fitted.messages, *severity)


def _severity(
    design: Design, hyper: Hyper, messages: Beliefs, outside: tuple[Reals, Reals] | None
) -> tuple[Reals, Reals]:
    precision = 1.0 / hyper.severity_var[design.rater_group]
    shift = hyper.severity_mean[design.rater_group] * precision
    precision = precision + summed(design.pair_rater, messages.pair_precision, design.n_raters)
    shift = shift + summed(design.pair_rater, messages.pair_shift, design.n_raters)
    if outside is not None:
        shift, precision = shift + outside[0], precision + outside[1]
    return shift, precision


def _raterless(design: Design, messages: Beliefs, levels: Levels) -> tuple[float, float]:
    """Score and information that ratings without a rater have on the common position of all levels."""
    if not design.has_raterless:
        return 0.0, 0.0
    rows = design.rating_pair < 0
    cell, size = design.rating_cell[rows], len(design.cell_person)
    shift = summed(cell, messages.site_shift[rows], size)
    precision = summed(cell, messages.site_precision[rows], size)
    pull = shift - precision * levels.mean
    return float(pull.sum()), float((precision * np.clip(1.0 - precision * levels.var, 0.0, 1.0)).sum())


def _moments(natural: tuple[Reals, Reals]) -> tuple[Reals, Reals]:
    shift, precision = natural
    return shift / precision, 1.0 / precision


class _Sweeper:
    """One design, swept by whichever loop suits its size."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.compiled = len(design.age) >= COMPILED_FROM and find_spec("numba") is not None
        self.rows: Rows = rows_of(design)
        self.parts: list[Stack] = [] if self.compiled else stacks(design)

    def sweep(
        self, hyper: Hyper, messages: Beliefs, severity: tuple[Reals, Reals], levels: Levels
    ) -> tuple[float, Reals]:
        """Largest move of a level, and the totals; messages and levels are changed in place."""
        size = places_of(self.design).size
        if not self.compiled:
            totals = np.zeros(size)
            values = values_of(self.design, hyper, DAMPING)
            return vectorised.sweep(self.design, self.parts, values, messages, severity, levels, totals), totals
        work = _Compiled(self.design, self.rows, hyper, messages, severity, levels)
        shards = np.zeros((SHARDS, size))
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            moved = max(pool.map(lambda part: work.sweep(part, shards[part], np.empty((0, 0))), range(SHARDS)))
        return moved, shards.sum(axis=0)

    def residuals(
        self, hyper: Hyper, messages: Beliefs, severity: tuple[Reals, Reals]
    ) -> Iterator[tuple[slice, Reals]]:
        """Sums per pair, a slice of the pairs at a time in their order."""
        if not self.compiled:
            values = values_of(self.design, hyper, DAMPING)
            found = vectorised.residuals(self.design, self.parts, self.rows, values, messages, severity)
            yield slice(0, found.shape[1]), found
            return
        nowhere = Levels(np.empty(0), np.empty(0))
        work = _Compiled(self.design, self.rows, hyper, messages, severity, nowhere)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            yield from pool.map(work.scored, range(SHARDS))


class _Compiled:
    """The compiled loop over one of ``SHARDS`` parts of the persons."""

    def __init__(
        self,
        design: Design,
        rows: Rows,
        hyper: Hyper,
        messages: Beliefs,
        severity: tuple[Reals, Reals],
        levels: Levels,
    ) -> None:
        self.rows = rows
        self.known = (rows, values_of(design, hyper, DAMPING), messages, *severity, levels)
        self.size = places_of(design).size
        self.edges = np.searchsorted(rows.rating_start, np.linspace(0, len(design.age), SHARDS + 1))
        self.edges[0], self.edges[-1] = 0, design.n_persons
        self.most = int(np.diff(rows.pair_start).max(initial=0)), int(np.diff(rows.cell_start).max(initial=0))

    def sweep(self, part: int, totals: Reals, scored: Reals) -> float:
        """Largest move of a level; adds to ``totals`` or, where it has rows, to ``scored``."""
        # Compiling costs seconds, which small inputs need not pay.
        from upwell.engine.numerics.compiled import sweep_persons

        first, last = int(self.edges[part]), int(self.edges[part + 1])
        return float(sweep_persons(first, last, *self.known, totals, scored, *self.most))

    def scored(self, part: int) -> tuple[slice, Reals]:
        """The pairs of this part, and the sums of each."""
        first, last = (int(self.rows.pair_start[person]) for person in self.edges[part : part + 2])
        found = np.zeros((RESIDUALS, last - first))
        self.sweep(part, np.zeros(self.size), found)
        return slice(first, last), found
