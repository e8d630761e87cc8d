"""Person-role matches against the truth of simulated organisations, and the speed of matches, paths and slates."""

import itertools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from benchmarks.engine.lines import Line, Size, cost_of
from upwell.engine import levels, simulate, talent
from upwell.engine.scales import LatentScale

EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def measure(size: Size) -> Iterator[Line]:
    """Calibration of `p_ready`, then costs."""
    people, seeds = (200, 1) if size is Size.QUICK else (1000, 5)
    claimed, true = [], []
    for seed in range(1, seeds + 1):
        made, found = organisation(people, seed)
        p, ready = against_truth(made, found)
        claimed.append(p)
        true.append(ready)
    p, ready = np.concatenate(claimed), np.concatenate(true)
    for low, high in itertools.pairwise(EDGES):
        here = (p >= low) & ((p < high) | (high == 1.0))
        if here.sum() >= 20:
            yield Line(
                f"ready in truth of those said to be with {100 * low:.0f}-{100 * high:.0f} %",
                f"{100 * ready[here].mean():.0f} % of {here.sum()}",
                f"{100 * p[here].mean():.0f} %",
                met=None if size is Size.QUICK else bool(abs(ready[here].mean() - p[here].mean()) < 0.1),
            )
    made, found = organisation(people, 1)
    items = made.items.append_column("effect", pa.array(np.full(made.items.num_rows, 0.4)))
    _, cost = cost_of(lambda: talent.match(found, made.requirements))
    yield Line(f"match {people:,} people with 24 roles", str(cost))
    posts = made.people.slice(0, 30)
    posts = pa.table({"post": posts["person"], "role": posts["role"], "holder": posts["person"]})
    _, cost = cost_of(lambda: talent.slates(found, made.requirements, posts, items))
    yield Line(f"slates for 30 posts among {people:,} people, 318 steps to choose from", str(cost))


def organisation(people: int, seed: int) -> tuple[simulate.SimulatedOrganisation, pa.Table]:
    """A simulated organisation and its estimated levels."""
    made = simulate.organisation(
        people, seed=seed, programmes=(),
        only={"people", "ratings", "requirements", "items", "truth_gaps", "truth_cuts"},
    )  # fmt: skip
    scale = LatentScale("public", tuple(made.truth_cuts["cut"].to_pylist()))
    return made, levels.estimate(made.ratings, as_of=simulate.LAST_DAY, scale=scale).estimates


def against_truth(made: simulate.SimulatedOrganisation, found: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Claimed probability and truth for each person and their own role, where every capability has evidence."""
    role = dict(zip(made.people["person"].to_pylist(), made.people["role"].to_pylist(), strict=True))
    matched = talent.match(found, made.requirements).estimates.to_pylist()
    claims = {r["person"]: r["p_ready"] for r in matched if role[r["person"]] == r["role"] and not r["unknown"]}
    weight = {(r["role"], r["capability"]): r["weight"] for r in made.requirements.to_pylist()}
    held: dict[str, list[float]] = {}
    for row in made.truth_gaps.to_pylist():
        w = weight[role[row["person"]], row["capability"]]
        total = held.setdefault(row["person"], [0.0, 0.0])
        total[0] += w * (row["gap"] <= 0)
        total[1] += w
    names = sorted(claims)
    ready = np.array([held[n][0] / held[n][1] >= 0.8 - 1e-9 for n in names])
    return np.array([claims[n] for n in names]), ready
