"""Organisations whose true levels are known."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

NAMES = ("person", "capability", "rater", "source", "category", "rated_on")
CUTS = (1.5, 2.5, 3.5, 4.5)


@dataclass(frozen=True)
class World:
    """Teams of eight, each person rated by self, manager and peers; standard deviations in levels."""

    people: int = 120
    capabilities: int = 3
    peers: int = 2
    kept: float = 1.0
    severity: float = 0.55
    halo: float = 0.5
    oldest: int = 24
    erratic: int = -1


def organisation(world: World, seed: int) -> tuple[pa.Table, NDArray[np.float64]]:
    """Ratings and true levels (people x capabilities); ages in months before month 100."""
    rng = np.random.default_rng(seed)
    n, c = world.people, world.capabilities
    truth = 3 + rng.normal(0, 0.55, (n, 1)) + rng.normal(0, 0.5, (n, c))
    severity = rng.normal(0, world.severity, 2 * n + n // 8 + 1)
    rows: list[tuple[object, ...]] = []
    for p in range(n):
        mates = [int(m) for m in rng.choice([q for q in range(n) if q != p], world.peers, replace=False)]
        raters = [(2 * n + p // 8, "manager", 0.0), (p, "self", -0.4), *((n + m, "peer", -0.1) for m in mates)]
        for rater, source, lean in raters:
            halo = rng.normal(0, world.halo)
            for k in range(c):
                if rng.random() > world.kept:
                    continue
                age = int(rng.integers(0, world.oldest))
                noise = rng.normal(0, np.sqrt(1 + 0.07 * age)) * (3.0 if rater == world.erratic else 1.0)
                seen = truth[p, k] - severity[rater] - lean + halo + noise
                rows.append((p, k, rater, source, int(1 + (seen > np.array(CUTS)).sum()), 100 - age))
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(NAMES)}), truth
