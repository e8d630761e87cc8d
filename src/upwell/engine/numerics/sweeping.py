"""What a sweep over persons reads and writes, whichever way it is computed."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.blocks import Codes, Design
from upwell.engine.numerics.learning import Hyper
from upwell.engine.numerics.totals import Places

Reals = NDArray[np.float64]


class Rows(NamedTuple):
    """A design as plain arrays; ``*_start`` has where each person's rows begin."""

    cell_start: Codes
    pair_start: Codes
    rating_start: Codes
    cell_capability: Codes
    pair_rater: Codes
    rating_cell: Codes
    rating_pair: Codes
    rating_source: Codes
    age: NDArray[Any]
    rating_edge: Codes
    rating_first: Codes
    scale_start: Codes


class Values(NamedTuple):
    """Hyper-parameters as plain arrays and numbers; ``halo`` per severity group of ``group`` (per rater), ``drift``
    per unit of age."""

    capability_mean: Reals
    general: float
    specific: float
    halo: Reals
    group: Codes
    noise: Reals
    drift: float
    edges: Reals
    damping: float


class Beliefs(NamedTuple):
    """Messages, changed in place: natural parameters (shift = precision x mean) of the sites (per rating) and of
    what each person tells about each rater's severity (per pair)."""

    site_shift: Reals
    site_precision: Reals
    pair_shift: Reals
    pair_precision: Reals


class Levels(NamedTuple):
    """Mean and variance of every cell."""

    mean: Reals
    var: Reals


RESIDUALS = 7
"""Per pair or rater: sum of score, its square, expected score, its square, expected variance, squared residual, squared
standardised residual."""


def rows_of(design: Design) -> Rows:
    """The plain arrays of a design."""
    cells, pairs, ratings = design.starts()
    scale = np.searchsorted(design.scale_start, np.arange(design.n_edges), side="right") - 1
    return Rows(
        cells,
        pairs,
        ratings,
        design.cell_capability,
        design.pair_rater,
        design.rating_cell,
        design.rating_pair,
        design.rating_source,
        design.age,
        design.rating_edge,
        scale,
        design.scale_start,
    )


def values_of(design: Design, hyper: Hyper, damping: float) -> Values:
    """The plain arrays of the hyper-parameters."""
    return Values(
        hyper.capability_mean,
        hyper.general,
        hyper.specific,
        np.where(hyper.has_halo, hyper.halo, 0.0),
        design.rater_group,
        hyper.noise,
        hyper.drift / design.ages_per_month,
        hyper.edges,
        damping,
    )


def nothing(design: Design) -> Beliefs:
    """Messages that say nothing."""
    ratings, pairs = len(design.rating_cell), len(design.pair_rater)
    return Beliefs(np.zeros(ratings), np.zeros(ratings), np.zeros(pairs), np.zeros(pairs))


def places_of(design: Design) -> Places:
    """Where the totals of a design lie."""
    return Places(design.n_capabilities, design.n_sources, design.n_edges)
