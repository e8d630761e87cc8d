"""A plan under a budget: speed, certified gap, and what HiGHS and greedy make of the same problem."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

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
    yield middling(20 if full else 3)
    for seed, people in enumerate((250, 250) if full else (100,)):
        yield beside_highs(people, seed)


def middling(problems: int) -> Line:
    """Draws of 1,000 to 10,000 people: the worst certified gap, and the least gain over greedy."""
    gaps, ratios, cpu = [], [], 0.0
    for seed, people in enumerate(np.geomspace(1_000, 10_000 if problems > 3 else 2_000, problems).astype(int)):
        limits, frame = problem(int(people), 100 + seed)
        found, cost = cost_of(
            lambda f=frame, k=limits: assignment.solve(f, method="decomposition", frontier=False, **k)
        )
        gaps.append(found.gap)
        ratios.append(found.value / greedy(frame, limits))
        cpu += cost.cpu
    return Line(
        f"{problems} problems of 1,000 to 10,000 people: certified gap",
        f"worst {max(gaps):.3%}, median {np.median(gaps):.3%}; {cpu / problems:.1f} CPU s each",
        "<= 0.1 %, >= 1.05 x greedy", f"greedy: at least {min(ratios):.3f} times its value", 1 / min(ratios),
        max(gaps) <= 0.001 and min(ratios) >= 1.05,
    )  # fmt: skip


def beside_highs(people: int, seed: int) -> Line:
    """How far the decomposition ends below the bound of HiGHS."""
    limits, frame = problem(people, seed)
    quick, cost = cost_of(lambda: assignment.solve(frame, method="decomposition", frontier=False, **limits))
    exact, other = cost_of(lambda: assignment.solve(frame, method="exact", frontier=False, **limits))
    short = (exact.bound - quick.value) / exact.bound
    return Line(
        f"{people:,} people, draw {seed}: below the bound of HiGHS", f"{short:.3%}; {cost}", "",
        f"HiGHS: {(exact.bound - exact.value) / exact.bound:.3%}; {other}", cost.cpu / other.cpu,
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
        "seats": {s: int(n) for s, n in enumerate(seats) if (item == s).any()},
        "hours_per_person": HOURS,
    }
    return limits, frame


def greedy(frame: pa.Table, limits: dict) -> float:
    """The best value per cost first, wherever every limit still holds; overlap counted at the end."""
    names = ("person", "value", "cost", "hours", "unit", "intervention", "overlap")
    columns = {name: frame[name].to_numpy(zero_copy_only=False) for name in names}
    order = np.argsort(-columns["value"] / columns["cost"], kind="stable")
    person, value, cost, hours, unit, item, overlap = (columns[name][order] for name in names)
    money = np.array([limits["budget"][u] for u in range(len(limits["budget"]))])
    seats = np.array([limits["seats"].get(s, 0) for s in range(SEATED)])
    taken = _taken(person, cost, hours, unit, item, money, seats, np.zeros(person.max() + 1))
    pair = person[taken] * np.int64(overlap.max() + 1) + overlap[taken]
    best = np.lexsort((-value[taken], pair))
    pair, value = pair[best], value[taken][best]
    return float((value * 0.5 ** (np.arange(len(pair)) - np.searchsorted(pair, pair))).sum())


@njit
def _taken(person, cost, hours, unit, item, money, seats, used):
    out = np.zeros(len(person), dtype=np.bool_)
    for row in range(len(person)):
        p, u, i = person[row], unit[row], item[row]
        if money[u] < cost[row] or used[p] + hours[row] > HOURS or (i < SEATED and seats[i] < 1):
            continue
        money[u] -= cost[row]
        used[p] += hours[row]
        if i < SEATED:
            seats[i] -= 1
        out[row] = True
    return out
