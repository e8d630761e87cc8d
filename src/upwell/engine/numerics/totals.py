"""What one sweep tells about the values all persons share: scores and information, additive over shards.

Kept as one flat vector, so that shards, threads and machines add theirs in a fixed order; ``Places`` says what
lies where.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

GENERAL, SPECIFIC, INFO_GENERAL, INFO_BOTH, INFO_SPECIFIC = range(5)
HALO, INFO_HALO, DRIFT, INFO_DRIFT = range(5, 9)
INFO_SHARED = 9
"""Information on capability means that the general level takes away from their common direction."""
FIXED = 10


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of a flat vector of totals begin, after the ``FIXED`` ones.

    Per capability: score, information. Per source (log noise): score, information, crossing with log drift. Per
    edge of a scale: score, information, crossing with the next edge.
    """

    capabilities: int
    sources: int
    edges: int

    @property
    def size(self) -> int:
        """Length of the vector."""
        return self.at_edge + 3 * self.edges

    @property
    def at_capability(self) -> int:
        """Where the capabilities begin."""
        return FIXED

    @property
    def at_source(self) -> int:
        """Where the sources begin."""
        return FIXED + 2 * self.capabilities

    @property
    def at_edge(self) -> int:
        """Where the edges begin."""
        return self.at_source + 3 * self.sources

    def of_capabilities(self, totals: Reals) -> Reals:
        """Score and information per capability (2 x capabilities)."""
        return totals[self.at_capability : self.at_source].reshape(2, self.capabilities)

    def of_sources(self, totals: Reals) -> Reals:
        """Score, information and crossing with drift per source (3 x sources)."""
        return totals[self.at_source : self.at_edge].reshape(3, self.sources)

    def of_edges(self, totals: Reals) -> Reals:
        """Score, information and crossing with the next edge (3 x edges)."""
        return totals[self.at_edge :].reshape(3, self.edges)
