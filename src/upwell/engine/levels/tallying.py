"""What is counted from the ratings themselves, apart from any model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from upwell.engine.levels.contracts import INSTRUMENT, SOURCES
from upwell.engine.levels.evidence import Evidence
from upwell.engine.numerics.coding import Codes, blocks, counted, taken

Marks = NDArray[np.bool_]
Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts per person x capability (``n_ratings`` to ``tested``), per person x rater (``of_pair``) and of
    the whole run.

    ``tested`` marks a cell with a test, ``n_raters`` counts different people other than the person. ``aged`` says
    that ratings differ in age, ``sources`` names the sources that occur.
    """

    n_ratings: Counts
    n_raters: Counts
    n_sources: Counts
    last_rated_on: pa.Array
    tested: Marks
    of_pair: Counts
    ratings: int
    aged: bool
    sources: tuple[str, ...]


def tally(evidence: Evidence) -> Tally:
    """Count the ratings of a run, a block of rows at a time."""
    design, cell, cells = evidence.design, evidence.design.rating_cell, len(evidence.design.cell_person)
    seen = np.zeros((len(SOURCES), cells), dtype=bool)
    youngest = np.full(cells, design.age.max(initial=0), dtype=design.age.dtype)
    for rows in blocks(len(cell)):
        where = cell[rows].astype(np.intp)
        seen[design.rating_source[rows], where] = True
        np.minimum.at(youngest, where, design.age[rows])
    return Tally(
        counted(cell, cells).astype(np.int32),
        _independent(evidence),
        seen.sum(axis=0, dtype=np.int32),
        evidence.dates(youngest),
        seen[SOURCES.index("test")].copy(),
        counted(design.rating_pair, len(design.pair_rater)).astype(np.int32),
        len(cell),
        bool(len(cell) and np.ptp(design.age)),
        tuple(name for name, occurs in zip(SOURCES, seen.max(axis=1, initial=False).tolist(), strict=True) if occurs),
    )


def _independent(evidence: Evidence) -> Counts:
    """Different people per cell who rated it, without the person and without instruments."""
    design, cell = evidence.design, evidence.design.rating_cell
    cells, groups = len(design.cell_person), np.array([name != INSTRUMENT for name in evidence.groups])
    is_person = np.append(groups[design.rater_group[design.pair_rater]], False)
    marked = taken(is_person, design.rating_pair)
    marked &= design.rating_source != SOURCES.index("self")
    marked &= _first_of_cell(design.rating_pair, cell)
    rater = evidence.node_code[design.pair_rater]
    again = (rater[1:] == rater[:-1]) & (design.pair_person[1:] == design.pair_person[:-1])
    two_roles = np.zeros(len(rater) + 1, dtype=bool)  # the last for ratings that nobody gave
    two_roles[1:-1] |= again
    two_roles[:-2] |= again
    found = counted(cell, cells, marked)
    marked &= taken(two_roles, design.rating_pair)
    if marked.any():
        width = np.int64(rater.max()) + 1
        each = np.unique(cell[marked] * width + rater[design.rating_pair[marked]]) // width
        found += np.bincount(each, minlength=cells) - counted(cell, cells, marked)
    return found.astype(np.int32)


def _first_of_cell(pair: Codes, cell: NDArray[Any]) -> Marks:
    """Marks the first rating of each rater on each cell; ratings are sorted by pair and then by cell."""
    first = np.ones(len(pair), dtype=bool)
    np.not_equal(pair[1:], pair[:-1], out=first[1:])
    first[1:] |= cell[1:] != cell[:-1]
    return first
