"""Plans for many people: prices from a part of them, settled on all; most wishes granted at once."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import assignment
from upwell.engine.numerics import assignment_plans, assignment_prices

PEOPLE, UNITS, ITEMS = 2_400, 4, 60


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the path for hundreds of thousands of people be taken by some thousands."""
    monkeypatch.setattr(assignment_prices, "SAMPLE", 100)
    monkeypatch.setattr(assignment_plans, "MANY", 300)


def drawn(seed: int) -> tuple[pa.Table, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    key = np.unique(np.repeat(np.arange(PEOPLE), 6) * ITEMS + rng.integers(0, ITEMS, PEOPLE * 6))
    person, item = key // ITEMS, key % ITEMS
    cost = np.round(rng.lognormal(6, 0.8, ITEMS))[item]
    frame = pa.table(
        {
            "person": person,
            "intervention": item,
            "value": np.minimum(rng.gamma(2, 0.5, len(key)), rng.uniform(0.05, 0.6, ITEMS)[item]),
            "cost": cost,
            "hours": np.round(rng.uniform(1, 16, ITEMS), 1)[item],
            "unit": person % UNITS,
            "session": pa.array(item, mask=item >= 5),
            "overlap": item % 9,
        }
    )
    budget = {u: 0.25 * float(cost[person % UNITS == u].sum()) for u in range(UNITS)}
    seats = {s: int((item == s).sum() // 10) for s in range(5)}
    return frame, {"budget": budget, "seats": seats, "hours_per_person": 20.0, "method": "decomposition"}


def assert_kept(plan: pa.Table, limits: dict[str, Any]) -> None:
    rows = plan.to_pydict()
    person, item = np.array(rows["person"]), np.array(rows["intervention"])
    cost = np.array(rows["cost"], dtype=float)
    for unit, amount in limits["budget"].items():
        assert cost[person % UNITS == unit].sum() <= amount * (1 + 1e-9)
    for session, places in limits["seats"].items():
        assert (item == session).sum() <= places
    assert np.bincount(person, weights=rows["hours"]).max() <= 20.0 + 1e-9


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("seed", range(3))
def test_prices_settled_from_a_part_give_a_plan_within_a_part_in_a_thousand_of_the_bound(seed: int) -> None:
    frame, limits = drawn(seed)
    found = assignment.solve(frame, frontier=False, **limits)
    assert_kept(found.plan, limits)
    assert found.gap <= 0.0015
    assert found.value <= found.bound


@pytest.mark.usefixtures("many")
def test_duties_and_floors_hold_with_many_people() -> None:
    frame, limits = drawn(3)
    firsts = dict(zip(frame["person"].to_pylist(), frame["intervention"].to_pylist(), strict=True))
    duties = [(p, i) for p, i in firsts.items() if p % 40 == 0 and i >= 5]
    found = assignment.solve(frame, frontier=False, duties=duties, fairness_floor=0.7, **limits)
    assert_kept(found.plan, limits)
    chosen = zip(found.plan["person"].to_pylist(), found.plan["intervention"].to_pylist(), strict=True)
    assert set(duties) <= set(chosen)
    served = np.unique(found.plan["person"].to_numpy())
    everyone = np.unique(frame["person"].to_numpy())
    for unit in range(UNITS):
        assert (served % UNITS == unit).sum() >= 0.7 * (everyone % UNITS == unit).sum() - 1e-9
    assert found.gap <= 0.01


def test_the_path_for_many_ends_where_the_path_for_few_does(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, limits = drawn(4)
    few = assignment.solve(frame, frontier=False, **limits)
    monkeypatch.setattr(assignment_prices, "SAMPLE", 100)
    monkeypatch.setattr(assignment_plans, "MANY", 300)
    many = assignment.solve(frame, frontier=False, **limits)
    assert many.bound == pytest.approx(few.bound, rel=5e-4)
    assert many.value == pytest.approx(few.value, rel=1.5e-3)
    assert max(few.value, many.value) <= min(few.bound, many.bound) * (1 + 1e-12)
