"""Person blocks of equal shape, solved together.

A block holds one person's unknowns: one level per capability and one offset (halo minus severity) per rater.
Blocks with the same numbers of both are stacked and inverted in one call.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.coding import counted, taken

Reals = NDArray[np.float64]
Codes = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Design:
    """Who rated whom on what; cells, pairs and ratings are sorted by person, so one person's rows are contiguous.

    A cell is a person x capability, a pair a person x rater. ``age`` is at least 0, in
    units of which ``ages_per_month`` make a month: as days a whole number takes half the memory. ``rating_edge``
    points into the edges of all scales laid end to end (-inf, cuts, inf each): the category lies between that
    edge and the next. ``scale_start`` has where each scale's edges begin, and the total at the end. A rating that
    nobody gave (a test without an assessor) has the pair -1: it sees the level alone, without severity and halo.
    """

    cell_person: Codes
    cell_capability: Codes
    pair_person: Codes
    pair_rater: Codes
    rating_cell: Codes
    rating_pair: Codes
    rating_source: Codes
    age: NDArray[Any]
    rating_edge: Codes
    rater_group: Codes
    scale_start: Codes
    n_persons: int
    n_capabilities: int
    n_groups: int
    n_sources: int
    ages_per_month: float = 1.0

    @property
    def months(self) -> Reals:
        """Age of each rating in months."""
        return np.asarray(self.age / self.ages_per_month)

    @property
    def n_raters(self) -> int:
        """Number of rater nodes."""
        return len(self.rater_group)

    @property
    def has_raterless(self) -> bool:
        """Whether any rating has no rater."""
        return bool(self.rating_pair.min(initial=0) < 0)

    @property
    def n_edges(self) -> int:
        """Number of edges of all scales."""
        return int(self.scale_start[-1])

    def starts(self) -> tuple[Codes, Codes, Codes]:
        """Where each person's cells, pairs and ratings begin; one entry more than there are persons."""
        persons = np.arange(self.n_persons + 1, dtype=self.cell_person.dtype)
        cells = np.searchsorted(self.cell_person, persons)
        pairs = np.searchsorted(self.pair_person, persons)
        if self.has_raterless:
            counts = counted(taken(self.cell_person, self.rating_cell), self.n_persons)
            return cells, pairs, np.concatenate([[0], np.cumsum(counts)])
        ratings = np.searchsorted(self.rating_pair, pairs.astype(self.rating_pair.dtype))
        return cells, pairs, ratings


@dataclass(frozen=True, slots=True)
class Stack:
    """All persons with ``cells.shape[1]`` capabilities and ``pairs.shape[1]`` raters, and their ratings.

    ``rated`` are the places within ``ratings`` of those that have a rater; ``at_pair`` and the last three quarters of
    ``at_matrix`` are of these.
    """

    persons: Codes
    cells: Codes
    pairs: Codes
    ratings: Codes
    rated: Codes | slice
    at_cell: Codes
    at_pair: Codes
    at_matrix: Codes

    @property
    def size(self) -> int:
        """Unknowns per block."""
        return int(self.cells.shape[1] + self.pairs.shape[1])


def summed(index: Codes, values: Reals, size: int) -> Reals:
    """Sum of ``values`` per ``index``, always real, also without rows."""
    result: Reals = np.bincount(index, values, size).astype(np.float64)
    return result


def stacks(design: Design) -> list[Stack]:
    """Group persons by block shape."""
    cells_of = np.bincount(design.cell_person, minlength=design.n_persons)
    pairs_of = np.bincount(design.pair_person, minlength=design.n_persons)
    cell_start = np.concatenate([[0], np.cumsum(cells_of)])
    pair_start = np.concatenate([[0], np.cumsum(pairs_of)])
    shape = cells_of * (int(pairs_of.max(initial=0)) + 1) + pairs_of
    rating_person = design.cell_person[design.rating_cell].astype(np.int64)
    order = np.argsort(shape[rating_person], kind="stable")
    sorted_shape = shape[rating_person][order]
    place = np.empty(design.n_persons, dtype=np.int64)
    made: list[Stack] = []
    for code in np.unique(shape):
        persons = np.flatnonzero(shape == code)
        n_cells, n_pairs = int(cells_of[persons[0]]), int(pairs_of[persons[0]])
        size = n_cells + n_pairs
        place[persons] = np.arange(len(persons))
        left, right = np.searchsorted(sorted_shape, [code, code + 1])
        ratings = np.sort(order[left:right])
        who = rating_person[ratings]
        rated = np.flatnonzero(design.rating_pair[ratings] >= 0) if design.has_raterless else slice(None)
        row = place[who] * size
        a = design.rating_cell[ratings] - cell_start[who]
        b = design.rating_pair[ratings][rated] - pair_start[who[rated]] + n_cells
        at_cell, at_pair = row + a, row[rated] + b
        cross = [at_cell[rated] * size + b, at_pair * size + a[rated]]
        matrix = np.concatenate([at_cell * size + a, at_pair * size + b, *cross])
        made.append(
            Stack(
                persons,
                cell_start[persons][:, None] + np.arange(n_cells),
                pair_start[persons][:, None] + np.arange(n_pairs),
                ratings,
                rated,
                at_cell,
                at_pair,
                matrix,
            )
        )
    return made


def solve(
    stack: Stack,
    prior_mean: Reals,
    general: float,
    specific: float,
    offset_mean: Reals,
    offset_var: Reals,
    site_shift: Reals,
    site_precision: Reals,
) -> tuple[Reals, Reals]:
    """Posterior mean (persons x size) and covariance (persons x size x size) of every block of a stack.

    ``prior_mean`` per cell; ``offset_mean``, ``offset_var`` per pair; sites per rating (precision >= 0, shift is
    precision times mean).
    """
    count, n = len(stack.persons), stack.size
    k = stack.cells.shape[1]
    weights = site_precision[stack.ratings]
    entries = np.concatenate([weights, np.tile(weights[stack.rated], 3)])
    precision = summed(stack.at_matrix, entries, count * n * n).reshape(count, n, n)
    precision[:, :k, :k] += np.eye(k) / specific - general / (specific * (specific + k * general))
    offset_precision = 1.0 / offset_var[stack.pairs]
    diagonal = np.arange(k, n)
    precision[:, diagonal, diagonal] += offset_precision
    shifts = site_shift[stack.ratings]
    shift = summed(stack.at_cell, shifts, count * n) + summed(stack.at_pair, shifts[stack.rated], count * n)
    shift = shift.reshape(count, n)
    mean = prior_mean[stack.cells]
    shift[:, :k] += mean / specific
    shift[:, :k] -= general * mean.sum(axis=1, keepdims=True) / (specific * (specific + k * general))
    shift[:, k:] += offset_mean[stack.pairs] * offset_precision
    covariance: Reals = np.linalg.inv(precision).astype(np.float64, copy=False)
    mean_of: Reals = np.einsum("pij,pj->pi", covariance, shift)
    return mean_of, covariance
