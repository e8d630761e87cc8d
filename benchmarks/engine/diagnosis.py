"""The variance split against drawn truth: coverage of the shares, verdicts, and speed."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from benchmarks.engine.lines import Line, Size, cost_of
from upwell.engine import diagnosis

LEVELS = ("person", "team", "manager", "unit")
WORLDS = (
    (120, 6, 2, (0.6, 0.3, 0.05, 0.05), 0.3),
    (240, 8, 3, (0.5, 0.2, 0.2, 0.1), 0.0),
    (300, 6, 3, (0.3, 0.5, 0.1, 0.1), 0.3),
    (400, 3, 3, (0.6, 0.2, 0.1, 0.1), 0.3),
)


def measure(size: Size) -> Iterator[Line]:
    """Coverage of 95 % intervals in several worlds; the cost for 100,000 people."""
    runs = 10 if size is Size.QUICK else 100
    for people, team, span, shares, noise in WORLDS:
        held: dict[str, list[bool]] = {}
        verdicts: Counter[str] = Counter()
        for seed in range(runs):
            found = diagnosis.variance_split(world(seed, people, team, span, shares, noise))
            verdicts[found.verdict] += 1
            for row, true in zip(found.estimates.to_pylist(), shares, strict=True):
                if row["share"] is not None:
                    held.setdefault(row["level"], []).append(row["lo95"] <= true <= row["hi95"])
        cover = {level: float(np.mean(held[level])) for level in LEVELS if level in held}
        words = ", ".join(f"{level} {100 * share:.0f} %" for level, share in cover.items())
        yield Line(
            f"coverage, {people} people in teams of {team}, {100 * shares[0]:.0f} % personal ({dict(verdicts)})",
            words,
            "95 %",
            met=None if size is Size.QUICK else min(cover.values()) >= 0.88,
        )
    table = world(1, 2_000 if size is Size.QUICK else 100_000, 8, 4, (0.4, 0.2, 0.2, 0.2), 0.3)
    _, cost = cost_of(lambda: diagnosis.variance_split(table))
    yield Line(f"split {table.num_rows:,} people", str(cost))


def world(seed: int, people: int, size: int, span: int, shares: tuple[float, ...], noise: float) -> pa.Table:
    """Gaps of total variance one half with these shares of person, team, manager and unit."""
    rng = np.random.default_rng(seed)
    team = np.arange(people) // size
    manager = team // span
    unit = manager // 3
    gap = noise * rng.standard_normal(people)
    for share, of in zip(shares, (np.arange(people), team, manager, unit), strict=True):
        gap += rng.normal(0, np.sqrt(0.5 * share), int(of.max()) + 1)[of]
    columns = {"person": np.arange(people), "gap": gap, "team": team, "manager": manager, "unit": unit}
    return pa.table(columns | {"sd": np.full(people, noise)})
