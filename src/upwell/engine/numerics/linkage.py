"""Which persons can be compared: connected subsets of the graph that joins persons to their raters."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Codes = NDArray[np.int64]


def components(persons: Codes, raters: Codes, n_persons: int, n_raters: int) -> tuple[Codes, Codes]:
    """Subset number per person and per rater; 0 is the subset with most persons, ties by lowest person code.

    ``persons[i]`` was rated by ``raters[i]``; codes count from 0. Raters without persons come last.
    """
    size = n_persons + n_raters
    ones = np.ones(len(persons), dtype=np.int8)
    graph = coo_matrix((ones, (persons, raters + n_persons)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    heads = np.bincount(label[:n_persons], minlength=int(label.max(initial=-1)) + 1)
    first = np.full(len(heads), size)
    np.minimum.at(first, label, np.arange(size))
    order = np.lexsort((first, -heads))
    rank = np.empty(len(heads), dtype=np.int64)
    rank[order] = np.arange(len(heads))
    return rank[label[:n_persons]], rank[label[n_persons:]]
