"""A plan under a budget: speed, certified gap, and what HiGHS and greedy make of the same problem."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from benchmarks.engine.lines import Cost, Line, Size, apart, cost_of
from upwell.engine import assignment

ITEMS = 300
EACH = 12
HOURS = 20.0
SEATED = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave, and what greedy by value per cost gave under the same limits."""

    gap: float
    value: float
    greedy: float
    cost: Cost


def measure(size: Size) -> Iterator[Line]:
    """Large plans by decomposition; middling ones beside the bound of HiGHS."""
    full = size is Size.FULL
    sizes = [(100_000, 0.001, 12.0), (1_000_000, 0.0015, 120.0)] if full else [(5_000, 0.001, 12.0)]
    for people, gap, seconds in sizes:
        got: Outcome = apart(large, people)
        target = f"gap <= {gap:.2%}, <= {seconds:.0f} CPU s" + (", <= 4 GB" if people > 500_000 else "")
        small = people < 500_000 or got.cost.peak_mb <= 4096
        met = got.gap <= gap and got.cost.cpu <= seconds and small
        yield Line(f"{people:,} people, {ITEMS} items: gap", f"{got.gap:.3%}; {got.cost}", target, met=met)
        ratio = got.value / got.greedy
        yield Line(
            f"{people:,} people: value beside greedy", f"{ratio:.3f} times", ">= 1.05", "value per cost, greedy",
            got.greedy / got.value, ratio >= 1.05,
        )  # fmt: skip
    for seed in range(3 if full else 1):
        limits, frame = problem(250, seed)
        quick, cost = cost_of(
            lambda f=frame, k=limits: assignment.solve(f, method="decomposition", frontier=False, **k)
        )
        exact, other = cost_of(lambda f=frame, k=limits: assignment.solve(f, method="exact", frontier=False, **k))
        short = (exact.bound - quick.value) / exact.bound
        yield Line(
            f"250 people, draw {seed}: below the bound of HiGHS", f"{short:.3%}; {cost}", "<= 0.1 %", f"HiGHS: {other}",
            cost.cpu / other.cpu, short <= 0.001,
        )  # fmt: skip


def large(people: int) -> Outcome:
    """Solve a problem of this size; the compiler has run before."""
    limits, frame = problem(200, 0)
    assignment.solve(frame, method="decomposition", frontier=False, **limits)
    limits, frame = problem(people, 1)
    found, cost = cost_of(lambda: assignment.solve(frame, method="decomposition", frontier=False, **limits))
    return Outcome(found.gap, found.value, greedy(frame, limits), cost)


def problem(people: int, seed: int) -> tuple[dict, pa.Table]:
    """Drawn candidates: budgets per unit of a quarter of all cost, a tenth of the seats in 30 items, 20 hours each."""
    rng = np.random.default_rng(seed)
    rows = rng.poisson(EACH, people)
    key = np.unique(np.repeat(np.arange(people), rows) * ITEMS + rng.integers(0, ITEMS, rows.sum()))
    person, item = key // ITEMS, key % ITEMS
    cost = np.round(rng.lognormal(6, 0.8, ITEMS))[item]
    effect, hours = rng.uniform(0.05, 0.6, ITEMS)[item], np.round(rng.uniform(1, 16, ITEMS), 1)[item]
    value = np.minimum(rng.gamma(2, 0.5, len(key)), effect) * rng.uniform(0.5, 2, len(key))
    unit = rng.integers(0, 20, people)[person]
    frame = pa.table(
        {
            "person": person, "intervention": item, "value": value, "cost": cost, "hours": hours, "unit": unit,
            "session": pa.array(item, mask=item >= SEATED), "overlap": item % 40,
        }
    )  # fmt: skip
    budgets = 0.25 * np.bincount(unit, weights=cost, minlength=20)
    seats = np.bincount(item[item < SEATED], minlength=SEATED) // 10
    limits = {
        "budget": {u: float(b) for u, b in enumerate(budgets)},
        "seats": {s: int(n) for s, n in enumerate(seats)},
        "hours_per_person": HOURS,
    }
    return limits, frame


def greedy(frame: pa.Table, limits: dict) -> float:
    """The best value per cost first, wherever every limit still holds; overlap counted at the end."""
    columns = {name: frame[name].to_numpy(zero_copy_only=False) for name in frame.column_names}
    money, seats = dict(limits["budget"]), dict(limits["seats"])
    order = np.argsort(-columns["value"] / columns["cost"], kind="stable")
    names = ("person", "value", "cost", "hours", "unit", "intervention", "overlap")
    hours: dict[int, float] = {}
    times: dict[tuple[int, int], list[float]] = {}
    for person, value, cost, long, unit, item, group in zip(*(columns[n][order].tolist() for n in names), strict=True):
        used = hours.get(person, 0.0)
        if money[unit] < cost or used + long > HOURS or (item < SEATED and seats[item] < 1):
            continue
        money[unit] -= cost
        hours[person] = used + long
        if item < SEATED:
            seats[item] -= 1
        times.setdefault((person, group), []).append(value)
    return sum(v * 0.5**k for values in times.values() for k, v in enumerate(sorted(values, reverse=True)))
