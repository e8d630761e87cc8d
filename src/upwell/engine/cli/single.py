"""`upwell gaps` on files, and the chart of simulated ratings."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa

from upwell.engine import VERSION, gaps
from upwell.engine.cli import answers, charts, folder, reading
from upwell.engine.cli.outputs import Finished
from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract, accept

MOST_DRAWN = 20
ROLES = Contract("people", (Column("person", "key"), Column("role", "key")), unique=("person",))


def gaps_of(
    levels: Path, requirements: Path, *, material: float, how: reading.Reading, people: Path | None = None
) -> Finished:
    """Gaps of a levels file against requirements per person (person, capability, role, required, weight), or per
    role where `people` names who has which.

    Raises:
        FrameError, ParameterError: one sentence for the person who supplied the files.
    """
    asked = {name: other for name, other in how.names.items() if name not in ("level", "sd")}
    theirs = reading.Reading(asked, how.most_gb)
    required = _asked(requirements, people, theirs)
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
    return Finished(answer, {"gaps": found.estimates}, _shares(found.estimates), tuple(lines), chart_name="gaps")


def _asked(requirements: Path, people: Path | None, how: reading.Reading) -> pa.Table:
    """What is asked of every person; where it is asked of roles, of everybody who has the role."""
    if people is None:
        columns = reading.columns_of(requirements, how)
        if "role" in columns and "person" not in columns:
            raise FrameError(
                f"The file '{requirements.name}' asks it of roles, not persons; say who has which role with "
                "--people FILE (person, role)."
            )
        return accept(reading.load(requirements, gaps.REQUIREMENTS, how), gaps.REQUIREMENTS)
    renamed = {n: o for n, o in how.names.items() if n in {c.name for c in folder.REQUIREMENTS.columns}}
    per_role = reading.Reading(renamed, how.most_gb)
    roles = accept(reading.load(requirements, folder.REQUIREMENTS, per_role), folder.REQUIREMENTS)
    mine = {n: o for n, o in how.names.items() if n == "person"}
    who = accept(reading.load(people, ROLES, reading.Reading(mine, how.most_gb)), ROLES)
    joined = who.join(roles, "role", join_type="inner")
    if not joined.num_rows:
        raise FrameError(f"No role of '{people.name}' is asked for anything in '{requirements.name}'.")
    return accept(
        joined.select([c.name for c in gaps.REQUIREMENTS.columns if c.name in joined.column_names]), gaps.REQUIREMENTS
    )


def _shares(table: pa.Table) -> str | None:
    """Share of requirements clearly not met, per capability."""
    count: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for capability, state in zip(table["capability"].to_pylist(), table["state"].to_pylist(), strict=True):
        count[str(capability)][0] += state == "below"
        count[str(capability)][1] += 1
    worst = sorted(count.items(), key=lambda item: (-item[1][0] / item[1][1], item[0]))[:MOST_DRAWN]
    bars = [charts.Bar(name, low / n, None, None, f"{low / n:.0%} of {n:,}") for name, (low, n) in worst]
    if not bars:
        return None
    return charts.bars(
        bars, f"{bars[0].label} is short most often: share of requirements clearly not met, by capability"
    )


def ratings_drawn(ratings: pa.Table) -> dict[str, str]:
    """How often each category is given by each kind of rater, as a chart."""
    shares: dict[str, Counter[int]] = defaultdict(Counter)
    for source, category in zip(ratings["source"].to_pylist(), ratings["category"].to_pylist(), strict=True):
        if source is not None and category is not None:
            shares[str(source)][int(category)] += 1
    means = {name: sum(k * n for k, n in count.items()) / count.total() for name, count in shares.items()}
    rows = [
        charts.Bar(name, min(max((means[name] - 1) / 4, 0.0), 1.0), None, None, f"mean {means[name]:.2f} of {n:,}")
        for name, n in sorted(((name, count.total()) for name, count in shares.items()), key=lambda row: -means[row[0]])
    ]
    return (
        {"ratings": charts.bars(rows, f"Ratings by source {rows[0].label} are the highest on average, from 1 to 5")}
        if rows
        else {}
    )
