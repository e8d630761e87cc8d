"""Small problems with every kind of limit, and an oracle that tries every plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from upwell.engine import assignment
from upwell.engine.assignment import AssignmentResult

Row = dict[str, Any]
SCHEMA = pa.schema(
    {
        "person": pa.string(),
        "intervention": pa.string(),
        "value": pa.float64(),
        "cost": pa.float64(),
        "hours": pa.float64(),
        "unit": pa.string(),
        "session": pa.string(),
        "overlap": pa.string(),
        "period": pa.string(),
    }
)
DISCOUNT = 0.5


@dataclass(frozen=True)
class Case:
    """Candidates and the limits of a plan."""

    rows: list[Row]
    budget: float | dict[str, float]
    unit_budget: dict[str, float] = field(default_factory=dict)
    period_budget: dict[str, float] = field(default_factory=dict)
    cell_budget: dict[tuple[str, str], float] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)
    hours: float | dict[str, float] | None = None
    needs: dict[str, list[str]] = field(default_factory=dict)
    held: frozenset[tuple[str, str]] = frozenset()
    duties: frozenset[tuple[str, str]] = frozenset()
    floor: float = 0.0
    floor_of: str = "people"

    @property
    def table(self) -> pa.Table:
        """The candidates as a frame."""
        return pa.Table.from_pylist(self.rows, schema=SCHEMA)

    def solve(self, table: pa.Table | None = None, **options: Any) -> AssignmentResult:
        """The engine's plan."""
        limits: dict[str, Any] = {
            "budget": self.budget,
            "unit_budget": self.unit_budget,
            "period_budget": self.period_budget,
            "cell_budget": self.cell_budget,
            "seats": self.seats,
            "hours_per_person": self.hours,
            "prerequisites": self.needs,
            "held": self.held,
            "duties": self.duties,
            "fairness_floor": self.floor,
            "fairness_of": self.floor_of,
            "frontier": False,
        }
        return assignment.solve(self.table if table is None else table, **(limits | options))

    def chosen(self, found: AssignmentResult) -> list[Row]:
        """The rows of the plan with all their columns."""
        keys = {(r["person"], r["intervention"], r["period"]) for r in found.plan.to_pylist()}
        return [r for r in self.rows if (r["person"], r["intervention"], r["period"]) in keys]


def drawn(seed: int, people: int, items: int, *, periods: int = 1, units: int = 2) -> list[Row]:
    """Candidates drawn at random: i0 has a session, i0 and i1 overlap, every item in every period."""
    rng = np.random.default_rng(seed)
    return [
        {
            "person": f"p{p}",
            "intervention": f"i{i}",
            "value": float(np.round(rng.uniform(0.1, 3), 3)),
            "cost": float(rng.integers(1, 10)),
            "hours": float(rng.integers(1, 6)),
            "unit": f"u{p % units}",
            "session": "small" if i == 0 else None,
            "overlap": "same" if i in (0, 1) else None,
            "period": f"t{t}",
        }
        for p in range(people)
        for i in range(items)
        for t in range(periods)
    ]


def worth(rows: Sequence[Row]) -> float:
    """Value of a plan: the k-th best of one person's overlap group counts DISCOUNT ** k."""
    total, seen = 0.0, Counter[tuple[str, str]]()
    for row in sorted(rows, key=lambda r: -r["value"]):
        group = (row["person"], row["overlap"] or f"alone {row['intervention']}")
        total += row["value"] * DISCOUNT ** seen[group]
        seen[group] += 1
    return total


def broken(case: Case, rows: Sequence[Row]) -> list[str]:
    """The limits that these rows break, in words."""
    spent: dict[Any, float] = defaultdict(float)
    for r in rows:
        for key in ("all", ("unit", r["unit"]), ("period", r["period"]), (r["unit"], r["period"])):
            spent[key] += r["cost"]
    amounts: dict[Any, float] = dict(case.cell_budget)
    units = case.budget if isinstance(case.budget, dict) else case.unit_budget
    amounts |= {("unit", unit): amount for unit, amount in units.items()}
    amounts |= {("period", period): amount for period, amount in case.period_budget.items()}
    if not isinstance(case.budget, dict):
        amounts["all"] = case.budget
    out = [f"budget {key}" for key, amount in amounts.items() if spent[key] > amount + 1e-9]
    booked = Counter(r["session"] for r in rows)
    out += [f"seats {name}" for name, places in case.seats.items() if booked[name] > places]
    return out + _personal(case, rows) + _unmet(case, rows)


def _personal(case: Case, rows: Sequence[Row]) -> list[str]:
    out: list[str] = []
    hours: dict[tuple[str, str], float] = defaultdict(float)
    when: dict[tuple[str, str], str] = {}
    for r in rows:
        hours[r["person"], r["period"]] += r["hours"]
        if (r["person"], r["intervention"]) in when:
            out.append(f"{r['intervention']} twice")
        when[r["person"], r["intervention"]] = r["period"]
    for (person, _), spent in hours.items():
        most = case.hours[person] if isinstance(case.hours, dict) else case.hours
        if most is not None and spent > most + 1e-9:
            out.append(f"hours of {person}")
    for (person, item), period in when.items():
        for other in case.needs.get(item, []):
            if (person, other) not in case.held and when.get((person, other), "z") > period:
                out.append(f"{item} without {other}")
    return out


def _unmet(case: Case, rows: Sequence[Row]) -> list[str]:
    had = {(r["person"], r["intervention"]) for r in rows}
    out = [f"duty {duty}" for duty in case.duties if duty not in had]
    for unit in {r["unit"] for r in case.rows}:
        if case.floor_of == "need":
            least = case.floor * need_of(case.rows, unit)
            if worth([r for r in rows if r["unit"] == unit]) < least - 1e-9:
                out.append(f"floor of {unit}")
            continue
        members = {r["person"] for r in case.rows if r["unit"] == unit}
        served = {r["person"] for r in rows if r["unit"] == unit}
        if len(served) < case.floor * len(members) - 1e-9:
            out.append(f"floor of {unit}")
    return out


def need_of(rows: Sequence[Row], unit: str) -> float:
    """What the people of a unit would gain from every item once, in its best period."""
    best: dict[tuple[str, str], Row] = {}
    for r in rows:
        key = (r["person"], r["intervention"])
        if r["unit"] == unit and (key not in best or r["value"] > best[key]["value"]):
            best[key] = r
    return worth(list(best.values()))


def brute(case: Case) -> float | None:
    """The worth of the best of all plans, None if there is none."""
    best = None
    for parts in product(*(_bundles(case, person) for person in sorted({r["person"] for r in case.rows}))):
        rows = [row for part in parts for row in part]
        if (best is None or worth(rows) > best) and not broken(case, rows):
            best = worth(rows)
    return best


def _bundles(case: Case, person: str) -> list[list[Row]]:
    """Everything one person could do, whatever the others do."""
    mine = [r for r in case.rows if r["person"] == person]
    choices = product((False, True), repeat=len(mine))
    bundles = ([r for r, bit in zip(mine, bits, strict=True) if bit] for bits in choices)
    return [rows for rows in bundles if not _personal(case, rows)]
