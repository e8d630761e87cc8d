"""Sums over the people of a unit, once per seat of the tree and then from seats to every unit above."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from upwell.engine.numerics.gaps_lookup import ROOM, compressed
from upwell.engine.numerics.gaps_scores import MEASURES, blocks, measures
from upwell.engine.numerics.gaps_sets import Alike

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]
PEOPLE = 1 << 13


@dataclass(frozen=True, slots=True)
class SetSums:
    """Totals of ``MEASURES`` (rows) for cells (columns); a cell is ``member * n_capabilities + capability``."""

    cell: Codes
    totals: Reals


def over_rows(cell: Codes, summands: list[Reals], n_cells: int) -> SetSums:
    """Sum rows that name their cell; only cells that occur are kept."""
    kept, which = compressed(cell, n_cells)
    totals: Reals = np.stack([np.bincount(which, values, len(kept)) for values in summands]).astype(float, copy=False)
    return SetSums(kept, totals)


def over_cells(
    group: Codes,
    n_groups: int,
    bundle: Codes,
    required: Reals,
    factor: Reals,
    level: NDArray[np.float32],
    sd: NDArray[np.float32],
    material: float,
) -> SetSums:
    """Sum a dense state (people x capabilities). ``required`` and ``factor`` are per bundle of roles."""
    width = level.shape[1]
    totals = np.zeros((len(MEASURES), n_groups * width))
    order = np.argsort(group, kind="stable")
    for part in blocks(len(order), PEOPLE):
        people = order[part]
        seat = group[people]
        starts = np.flatnonzero(np.r_[True, seat[1:] != seat[:-1]])
        add = csr_array(
            (np.ones(len(people)), np.arange(len(people)), np.r_[starts, len(people)]),
            shape=(len(starts), len(people)),
        )
        held = bundle[people]
        found = measures(required[held], level[people].astype(float), sd[people].astype(float), factor[held], material)
        cells = (seat[starts][:, None] * width + np.arange(width)).ravel()
        for row, values in zip(totals, found, strict=True):
            row[cells] += (add @ values).ravel()
    asked = np.flatnonzero(totals[0])
    return SetSums(asked, totals[:, asked])


def over_members(sums: SetSums, sets: Alike, width: int, n_members: int) -> SetSums:
    """From sums per group of people to sums per member (unit): each group counts for all of its members."""
    if sets.groups * width <= ROOM * len(sums.cell):
        return _over_members_dense(sums, sets, width, n_members)
    group, capability = np.divmod(sums.cell, width)
    sizes = np.diff(sets.start)[group]
    source = np.repeat(np.arange(len(group)), sizes)
    inside = np.arange(len(source)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    target = sets.member[sets.start[group][source] + inside] * width + capability[source]
    kept, which = compressed(target, n_members * width)
    add = csr_array((np.ones(len(source)), (which, source)), shape=(len(kept), len(group)))
    return SetSums(kept, (add @ np.ascontiguousarray(sums.totals.T)).T)


def _over_members_dense(sums: SetSums, sets: Alike, width: int, n_members: int) -> SetSums:
    kinds = len(sums.totals)
    spread = np.zeros((sets.groups * width, kinds))
    spread[sums.cell] = sums.totals.T
    belongs = csr_array((np.ones(len(sets.member)), sets.member, sets.start), shape=(sets.groups, n_members))
    totals = (belongs.T @ spread.reshape(sets.groups, width * kinds)).reshape(n_members * width, kinds)
    kept = np.flatnonzero(totals[:, 0])
    return SetSums(kept, totals[kept].T)
