"""The truth about people: latent level per cell and month, and how learning moves it.

Level of person p on capability c at the start: required - .2 + .8 * (sqrt(.09) team + sqrt(.91) *
(sqrt(.46) general + sqrt(.27) family + sqrt(.27) specific)), then a slow personal drift and the effect of training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upwell.engine.simulate.streams import Floats, Ints, Streams
from upwell.engine.simulate.structure import Layout

FADE_MONTHS = 18.0
Levels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class People:
    """Standardised traits of every person and the trait of the person's unit."""

    general: Floats
    team: Floats
    motivation: Floats


@dataclass(frozen=True, slots=True)
class Training:
    """Effects on cells: `effect` levels from `month + lag` on, fading with `fade` months (infinite: lasting)."""

    cell: Ints
    month: Ints
    effect: Floats
    fade: Floats
    lag: int = 1


def people(streams: Streams, layout: Layout) -> People:
    """Draw the traits."""
    unit = Streams(streams.seed).normal("units.level", max(1, len(layout.units)))
    team = np.where(layout.unit_of >= 0, unit[np.maximum(layout.unit_of, 0)], 0.0)
    return People(
        general=streams.normal("people.general", layout.size),
        team=team,
        motivation=streams.normal("people.motivation", layout.size),
    )


def starting_levels(streams: Streams, layout: Layout, traits: People, months: int) -> Levels:
    """Level of each cell at the end of each month without any training, in levels of the scale, cells x months.

    Months lie one after the other in memory, since nearly everything is done month by month.
    """
    who = layout.cell_person
    family = streams.normal("people.family", layout.size, layout.families)
    specific = streams.normal("people.specific", layout.size, layout.widest)
    own = (
        np.sqrt(0.46) * traits.general[who]
        + np.sqrt(0.27) * family[who, layout.family_of[layout.cell_capability]]
        + np.sqrt(0.27) * specific[who, layout.cell_slot]
    )
    start = layout.cell_required - 0.2 + 0.8 * (np.sqrt(0.09) * traits.team[who] + np.sqrt(0.91) * own)
    slope = (0.02 + 0.08 * streams.normal("people.drift", layout.size))[who] / 12.0
    levels = np.empty((months, len(who)), dtype=np.float32)
    for month in range(months):
        levels[month] = start + slope * month
    return levels.T


def add_training(levels: Levels, training: Training) -> None:
    """Add the effects of training to the levels in place."""
    for month in range(levels.shape[1]):
        since = month - training.month - training.lag
        begun = since >= 0
        if begun.any():
            size = training.effect[begun] * np.exp(-since[begun] / training.fade[begun])
            np.add.at(levels[:, month], training.cell[begun], size.astype(np.float32))


def mean_gap(levels: Levels, layout: Layout) -> Floats:
    """Weighted mean of level minus required level per person and month; 0 for people without requirements."""
    total = np.zeros((levels.shape[1], layout.size))
    starts = np.flatnonzero(np.diff(layout.cell_person, prepend=-1))
    held = layout.cell_person[starts]
    weight = np.bincount(layout.cell_person, weights=layout.cell_weight, minlength=layout.size)[held]
    for month in range(levels.shape[1] if len(starts) else 0):
        short = (levels[:, month] - layout.cell_required) * layout.cell_weight
        total[month, held] = np.add.reduceat(short, starts) / np.where(weight > 0, weight, 1.0)
    return total.T
