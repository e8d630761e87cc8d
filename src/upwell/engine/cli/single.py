"""`upwell gaps` and `upwell assign`: one step each on files."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa

from upwell.engine import VERSION, assignment, gaps
from upwell.engine.cli import answers, charts, reading
from upwell.engine.cli.outputs import Finished
from upwell.engine.frames import accept

MOST_DRAWN = 20


def gaps_of(levels: Path, requirements: Path, *, material: float, how: reading.Reading) -> Finished:
    """Gaps of a levels file against requirements per person (person, capability, role, required, weight).

    Raises:
        FrameError, ParameterError: one sentence for the person who supplied the files.
    """
    asked = {name: other for name, other in how.names.items() if name not in ("level", "sd")}
    theirs = reading.Reading(asked, how.most_gb)
    required = accept(reading.load(requirements, gaps.REQUIREMENTS, theirs), gaps.REQUIREMENTS)
    own = {name: other for name, other in how.names.items() if name in ("level", "sd")}
    held = accept(reading.load(levels, gaps.LEVELS, reading.Reading(own, how.most_gb)), gaps.LEVELS)
    found = gaps.compute(held, required, material=material)
    states = Counter(found.estimates["state"].to_pylist())
    answer = {
        "states": dict(sorted(states.items())),
        "gaps": answers.rows(found.estimates),
        "assumptions": found.assumptions,
        "run": {
            "engine": VERSION,
            "material": material,
            "input": {"levels": held.num_rows, "requirements": required.num_rows},
        },
    }
    total = found.estimates.num_rows
    lines = [f"{total:,} requirements: " + ", ".join(f"{n:,} {s.replace('_', ' ')}" for s, n in states.most_common())]
    for row in found.ranked(5).to_pylist():
        lines.append(
            f"  {row['person']}, {row['capability']}: level {row['level']:.2f} of {row['required']:g}, "
            f"gap {row['gap']:+.2f}, probability {row['p_gap']:.0%}"
        )
    return Finished(answer, {"gaps": found.estimates}, _shares(found.estimates), tuple(lines))


def plan_of(path: Path, *, budget: float, hours: float | None, floor: float | None, how: reading.Reading) -> Finished:
    """The plan for a candidates file.

    Raises:
        FrameError, ParameterError, NotEstimableError: one sentence for the person who supplied the file.
    """
    candidates = accept(reading.load(path, assignment.CANDIDATES, how), assignment.CANDIDATES)
    result = assignment.solve(candidates, budget=budget, hours_per_person=hours, fairness_floor=floor)
    answer = {
        "value": result.value,
        "bound": result.bound,
        "gap": result.gap,
        "spent": result.spent,
        "shadow_price": dict(result.shadow_price),
        "frontier": result.frontier,
        "plan": answers.rows(result.plan),
        "dropped": answers.rows(result.dropped),
        "assumptions": result.assumptions,
        "run": {
            "engine": VERSION,
            "budget": budget,
            "hours": hours,
            "fairness_floor": floor,
            "input": {"rows": candidates.num_rows},
        },
    }
    price = max((float(v) for v in result.shadow_price.values()), default=0.0)
    lines = (
        f"{result.plan.num_rows:,} of {candidates.num_rows:,} candidates for {result.spent:,.2f} of {budget:,.2f}.",
        f"Value {result.value:,.4g}; no plan can be worth more than {result.bound:,.4g} ({result.gap:.3%} apart).",
        f"The next 10,000 would add {price * 10_000:,.4g}; 10 % less would drop {result.dropped.num_rows:,} actions.",
    )
    curve = result.frontier
    chart = None
    if curve.num_rows and budget > 0:
        title = "Value of the best plan by budget"
        chart = charts.frontier(curve["budget"].to_pylist(), curve["value"].to_pylist(), budget, title)
    tables = {"plan": result.plan, "frontier": curve, "dropped": result.dropped}
    return Finished(answer, tables, chart, lines)


def _shares(table: pa.Table) -> str | None:
    """Share of requirements clearly not met, per capability."""
    count: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for capability, state in zip(table["capability"].to_pylist(), table["state"].to_pylist(), strict=True):
        count[str(capability)][0] += state == "below"
        count[str(capability)][1] += 1
    worst = sorted(count.items(), key=lambda item: (-item[1][0] / item[1][1], item[0]))[:MOST_DRAWN]
    bars = [charts.Bar(name, low / n, None, None, f"{low / n:.0%} of {n:,}") for name, (low, n) in worst]
    return charts.bars(bars, "Share of requirements clearly not met, by capability") if bars else None
