"""Organisations with known truth: seconds and memory by size, and the figures they are specified by."""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from benchmarks.engine.lines import Cost, Line, Size, apart, cost_of
from upwell.engine import simulate

TARGETS = {10_000: 2.0, 100_000: 6.0, 1_000_000: 45.0}
SMALL = frozenset({"people", "ratings", "learning", "truth_results"})


def measure(size: Size) -> Iterator[Line]:
    """Cost of whole organisations in a fresh process each, then marginal shares and correlations."""
    for people, seconds in TARGETS.items():
        if size is Size.QUICK and people > 10_000:
            continue
        rows, cost = apart(_drawn, people)
        yield Line(
            f"{people:,} people, 36 months, all tables ({rows / 1e6:,.0f} M rows)",
            str(cost),
            f"{seconds:.0f} s",
            met=cost.wall <= seconds,
        )
    yield from _figures(5_000 if size is Size.QUICK else 50_000)


def _drawn(people: int) -> tuple[int, Cost]:
    simulate.organisation(200, seed=1)

    def work() -> int:
        return sum(sum(t.num_rows for t in part.tables().values()) for part in simulate.blocks(people, seed=1))

    return cost_of(work)  # type: ignore[no-any-return]


def _figures(people: int) -> Iterator[Line]:
    made = simulate.organisation(people, seed=2, only=SMALL)
    shares = np.bincount(made.ratings["category"].to_numpy(), minlength=6)[1:] / made.ratings.num_rows
    words = "/".join(f"{100 * share:.1f}" for share in shares)
    near = bool(np.abs(shares - [0.12, 0.08, 0.37, 0.20, 0.23]).max() < 0.01)
    yield Line(f"shares of categories, {people:,} people", words, "12/8/37/20/23", met=near)
    rows = made.truth_results.filter(pc.equal(made.truth_results["kpi"], "output_index"))
    counted = rows.group_by("person").aggregate([("period", "count")])
    whole = counted.filter(pc.equal(counted["period_count"], simulate.MONTHS))["person"]
    rows = rows.filter(pc.is_in(rows["person"], whole)).sort_by([("person", "ascending"), ("period", "ascending")])
    years = rows["untreated"].to_numpy().reshape(-1, 3, 12).mean(axis=2)
    first, second = np.corrcoef(years.T)[0, 1], np.corrcoef(years.T)[1, 2]
    words = f"{first:.3f}, {second:.3f}"
    yield Line("correlation of years 1 and 2, 2 and 3", words, ".56", met=abs(first - 0.56) < 0.03)
