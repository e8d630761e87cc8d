"""Who fits which role, what the cheapest way there is, and which posts hang on one person."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr

from upwell.engine import disclosure, talent
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.numerics import talent_cover, talent_match

NONE = np.empty((0, 2), dtype=np.int64)


def levels_of(rows: dict[str, dict[str, float]], sd: float = 0.2) -> pa.Table:
    flat = [(person, capability, level) for person, held in rows.items() for capability, level in held.items()]
    return pa.table(
        {
            "person": [row[0] for row in flat],
            "capability": [row[1] for row in flat],
            "level": [row[2] for row in flat],
            "sd": [sd] * len(flat),
        }
    )


ROLE = pa.table(
    {
        "role": ["lead"] * 3,
        "capability": ["plan", "speak", "code"],
        "required": [4.0, 3.0, 3.0],
        "weight": [2.0, 1.0, 1.0],
        "must": [True, False, False],
    }
)
ITEMS = pa.table(
    {
        "item": ["plan 1", "plan 2", "talks", "pairing"],
        "capability": ["plan", "plan", "speak", "code"],
        "effect": [0.6, 0.9, 1.0, 1.0],
        "cost": [300.0, 500.0, 200.0, 250.0],
        "hours": [20.0, 30.0, 10.0, 15.0],
        "needs": [None, "plan 1", None, None],
    }
)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 8),
    kind=st.sampled_from(["whole", "equal", "halves", "any", "far apart"]),
    ready_at=st.sampled_from([0.3, 0.7, 0.8, 1.0]),
)
def test_the_match_is_the_sum_over_every_combination(seed: int, count: int, kind: str, ready_at: float) -> None:
    rng = np.random.default_rng(seed)
    level, sd = rng.normal(3, 1, (1, count)), rng.uniform(0.1, 1, (1, count))
    required = rng.normal(3, 0.5, count)
    weight = {
        "whole": rng.integers(1, 4, count).astype(float), "equal": np.full(count, 0.37),
        "halves": rng.integers(1, 9, count) / 2, "any": rng.uniform(0.1, 3, count),
        "far apart": 10.0 ** rng.uniform(-4, 4, count),
    }[kind]  # fmt: skip
    must = rng.random(count) < 0.3
    found = talent_match.met(level, sd, required, weight, must, ready_at=ready_at, shared=0.0)
    p = ndtr((level - required) / sd)[0]
    share, ready, sure = 0.0, 0.0, 0.0
    for case in itertools.product((0, 1), repeat=count):
        chance = float(np.prod(np.where(case, p, 1 - p)))
        held = float(np.dot(case, weight) / weight.sum())
        share += chance * held
        has_must = all(c for c, m in zip(case, must, strict=True) if m)
        sure += chance * has_must
        ready += chance * (has_must and held >= ready_at - 1e-9)
    assert found.share[0] == pytest.approx(share)
    assert found.p_must[0] == pytest.approx(sure)
    assert found.p_ready[0] == pytest.approx(ready)
    assert 0 <= found.lo95[0] <= found.hi95[0] <= 1


@pytest.mark.parametrize("seed", range(12))
def test_fourteen_odd_weights_are_ready_as_all_their_combinations_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 14
    weight, must = np.exp(rng.normal(0, 1, count)), rng.random(count) < 0.1
    level, sd, required = rng.normal(3.4, 0.7, (3, count)), rng.uniform(0.1, 0.8, (3, count)), np.full(count, 3.0)
    found = talent_match.met(level, sd, required, weight, must, ready_at=0.8, shared=0.0)
    cases = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1 == 1
    enough = (cases @ weight / weight.sum() >= 0.8 - 1e-9) & cases[:, must].all(axis=1)
    p = ndtr((level - required) / sd)
    chance = np.stack([np.where(cases, row, 1 - row).prod(axis=1) for row in p])
    assert found.p_ready == pytest.approx(chance[:, enough].sum(axis=1), abs=1e-10)


def test_a_small_weight_beside_a_large_one_counts_for_what_it_is() -> None:
    level, sd, must = np.array([[9.0, -9.0]]), np.full((1, 2), 0.1), np.zeros(2, dtype=bool)
    for weight in ([1000.0, 1.0], [1e6, 1.0], [1.0, 0.001]):
        found = talent_match.met(level, sd, np.full(2, 3.0), np.array(weight), must, ready_at=1.0, shared=0.6)
        assert found.p_ready[0] == pytest.approx(0.0, abs=1e-12)
        assert found.lo95[0] == pytest.approx(weight[0] / sum(weight))


def test_a_role_of_five_hundred_capabilities_of_equal_weight_is_a_binomial() -> None:
    level, sd = np.full((1, 500), 3.3), np.full((1, 500), 0.4)
    p = float(ndtr(0.3 / 0.4))
    for weight in (0.37, 1.0):
        found = talent_match.met(
            level, sd, np.full(500, 3.0), np.full(500, weight), np.zeros(500, dtype=bool), ready_at=0.78, shared=0.0
        )
        assert found.p_ready[0] == pytest.approx(stats.binom.sf(389, 500, p), abs=1e-9)


def test_forty_capabilities_of_all_different_weights_agree_with_a_simulation() -> None:
    rng = np.random.default_rng(4)
    weight, must = np.exp(rng.normal(0, 1.5, 40)), np.zeros(40, dtype=bool)
    level, sd, required = rng.normal(3.3, 0.5, (1, 40)), rng.uniform(0.2, 0.8, (1, 40)), np.full(40, 3.0)
    found = talent_match.met(level, sd, required, weight, must, ready_at=0.8, shared=0.5)
    factor = rng.standard_normal((100_000, 1))
    met = level + sd * np.sqrt(0.5) * (factor + rng.standard_normal((100_000, 40))) >= required
    held = met @ weight / weight.sum()
    assert found.p_ready[0] == pytest.approx((held >= 0.8).mean(), abs=0.006)
    assert (found.lo95[0], found.hi95[0]) == pytest.approx(tuple(np.quantile(held, (0.025, 0.975))), abs=0.01)


def test_a_level_known_exactly_meets_what_it_equals() -> None:
    assert talent.match(levels_of({"ada": {"plan": 4.0, "speak": 3.0, "code": 2.9}}, sd=0.0), ROLE).estimates.select(
        ["match", "lo95", "hi95", "p_must", "p_ready"]
    ).to_pylist() == [{"match": 0.75, "lo95": 0.75, "hi95": 0.75, "p_must": 1.0, "p_ready": 0.0}]


def test_shared_uncertainty_agrees_with_a_simulation() -> None:
    rng = np.random.default_rng(1)
    level, sd, required = np.array([[3.1, 2.8, 3.4]]), np.array([[0.5, 0.4, 0.6]]), np.array([3.0, 3.0, 3.0])
    weight, must = np.array([3.0, 2.0, 1.0]), np.array([False, True, False])
    found = talent_match.met(level, sd, required, weight, must, ready_at=0.8, shared=0.3)
    factor, own = rng.standard_normal((400_000, 1)), rng.standard_normal((400_000, 3))
    met = level + sd * (np.sqrt(0.3) * factor + np.sqrt(0.7) * own) >= required
    held = met @ weight / 6
    assert found.p_ready[0] == pytest.approx((met[:, 1] & (held >= 0.8)).mean(), abs=0.004)
    assert found.p_must[0] == pytest.approx(met[:, 1].mean(), abs=0.004)
    assert found.share[0] == pytest.approx(held.mean(), abs=0.004)
    assert (found.lo95[0], found.hi95[0]) == pytest.approx(tuple(np.quantile(held, (0.025, 0.975))))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_the_cheapest_steps_equal_trying_every_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items, count = int(rng.integers(1, 8)), int(rng.integers(1, 4))
    steps = talent_cover.Steps(
        np.where(rng.random((items, count)) < 0.5, rng.uniform(0.2, 1.0, (items, count)), 0.0),
        rng.integers(1, 20, items).astype(float), rng.integers(1, 20, items).astype(float),
        np.array([(i, i - 1) for i in range(1, items) if rng.random() < 0.3], dtype=np.int64).reshape(-1, 2),
    )  # fmt: skip
    gap, weight = rng.uniform(-0.3, 1.2, count), rng.integers(1, 4, count).astype(float)
    must, share, hours = rng.random(count) < 0.4, float(rng.uniform(0.3, 1.0)), float(rng.integers(5, 80))
    best: float | None = None
    for case in itertools.product((0, 1), repeat=items):
        x = np.array(case, dtype=float)
        if x @ steps.hours > hours or any(x[i] > x[j] for i, j in steps.needs):
            continue
        closed = x @ steps.effect >= gap - 1e-9
        if closed[must].all() and weight @ closed >= share * weight.sum() - 1e-9:
            cost = float(x @ steps.cost)
            best = cost if best is None else min(best, cost)
    found = talent_cover.cheapest(steps, gap, weight, must, share=share, hours=hours)
    assert (found is None) == (best is None)
    if found is not None:
        assert steps.cost[found].sum() == pytest.approx(best)


def test_of_equally_cheap_sets_the_shorter_is_taken() -> None:
    steps = talent_cover.Steps(np.ones((2, 1)), np.array([5.0, 5.0]), np.array([9.0, 3.0]), NONE)
    found = talent_cover.cheapest(steps, np.array([0.5]), np.ones(1), np.array([True]), share=1.0, hours=100)
    assert found is not None
    assert found.tolist() == [1]


def test_a_missing_must_have_is_not_made_up_by_anything_else() -> None:
    table = levels_of({"ada": {"plan": 3.0, "speak": 5.0, "code": 5.0}, "bo": {"plan": 4.5, "speak": 3.5, "code": 2.0}})
    rows = {row["person"]: row for row in talent.match(table, ROLE, ready_at=0.5).estimates.to_pylist()}
    assert rows["ada"]["match"] == pytest.approx(0.5, abs=0.01)
    assert rows["ada"]["p_ready"] < 0.01
    assert rows["bo"]["p_ready"] > 0.95
    assert rows["ada"]["lo95"] <= rows["ada"]["match"] + 1e-6 <= rows["ada"]["hi95"] + 2e-6


def test_what_is_unknown_counts_as_low_and_uncertain() -> None:
    table = levels_of({"ada": {"plan": 4.6, "speak": 3.6}})
    row = talent.match(table, ROLE).estimates.to_pylist()[0]
    assert row["unknown"] == 1
    assert row["lo95"] == pytest.approx(0.75)
    assert row["match"] == pytest.approx(0.75 + 0.25 * ndtr(-1.0), abs=0.01)


def test_columns_about_who_somebody_is_are_never_read() -> None:
    table = levels_of({p: {"plan": 4.0, "speak": 3.0, "code": 3.0} for p in ("ada", "bo", "chen")})
    more = table.append_column("sex", pa.array(["f"] * 3 + ["m"] * 6)).append_column("age", pa.array(range(9)))
    assert talent.match(more, ROLE).estimates.equals(talent.match(table, ROLE).estimates)
    protected = {"sex", "gender", "age", "birth", "ethnicity", "nationality", "religion", "disability", "pregnancy"}
    for contract in (talent.LEVELS, talent.REQUIREMENTS, talent.ITEMS, talent.POSTS):
        assert not protected & {column.name for column in contract.columns}


def test_the_order_of_rows_changes_nothing_and_doubling_weights_neither() -> None:
    rng = np.random.default_rng(2)
    table = levels_of({f"p{i}": dict(zip("abcd", rng.normal(3, 1, 4), strict=True)) for i in range(12)})
    role = pa.table({"role": ["r"] * 4, "capability": list("abcd"), "required": [3.0] * 4, "weight": [1.0, 2, 3, 1]})
    one = talent.match(table, role).estimates
    shuffled = table.take(pa.array(rng.permutation(table.num_rows)))
    assert talent.match(shuffled, role).estimates.equals(one)
    double = role.set_column(3, "weight", pa.array([2.0, 4, 6, 2]))
    again = talent.match(table, double).estimates
    assert again["p_ready"].to_numpy() == pytest.approx(one["p_ready"].to_numpy())


def test_the_path_is_the_cheapest_that_makes_sure_and_keeps_what_an_item_needs() -> None:
    table = levels_of({"ada": {"plan": 3.0, "speak": 2.4, "code": 3.5}})
    found = talent.cheapest_path(table, ROLE, ITEMS, person="ada", role="lead", ready_at=0.7)
    assert set(found.items) == {"plan 1", "plan 2"}
    assert (found.cost, found.hours) == (800.0, 50.0)
    assert found.p_now < 0.05
    assert found.p_ready >= 0.7
    assert found.words.startswith("ada would be ready for lead with probability ")
    more = talent.cheapest_path(table, ROLE, ITEMS, person="ada", role="lead", ready_at=1.0)
    assert set(more.items) == {"plan 1", "plan 2", "talks"}
    short = talent.cheapest_path(table, ROLE, ITEMS, person="ada", role="lead", hours=40)
    assert not short.reachable
    assert short.items == ()


def test_an_uncertain_level_needs_more_than_closing_the_mean_gap() -> None:
    item = pa.table(
        {"item": ["s", "l"], "capability": ["x", "x"], "effect": [0.5, 1.0], "cost": [1.0, 3.0], "hours": [1.0, 1.0]}
    )
    role = pa.table({"role": ["r"], "capability": ["x"], "required": [3.0]})
    person = {"role": "r", "person": "a"}
    sure = talent.cheapest_path(levels_of({"a": {"x": 2.6}}, sd=0.05), role, item, **person)
    vague = talent.cheapest_path(levels_of({"a": {"x": 2.6}}, sd=0.6), role, item, **person)
    assert sure.items == ("s",)
    assert vague.items == ("l",)


@pytest.fixture
def company() -> dict[str, Any]:
    people = {
        "ada": {"plan": 4.8, "speak": 3.8, "code": 3.8},
        "bo": {"plan": 3.6, "speak": 3.6, "code": 3.6},
        "chen": {"plan": 2.9, "speak": 3.6, "code": 3.6},
        "dora": {"plan": 1.0, "speak": 1.0, "code": 1.0},
    }
    posts = pa.table(
        {
            "post": ["head", "second", "third"],
            "role": ["lead"] * 3,
            "holder": ["ada", "bo", None],
            "critical": [True, False, True],
        }
    )
    return {"levels": levels_of(people), "requirements": ROLE, "posts": posts, "items": ITEMS}


def test_slates_name_successors_by_readiness_and_never_the_holder(company: dict[str, Any]) -> None:
    found = talent.slates(**company, hours_a_year=30)
    rows = {(row["post"], row["person"]): row for row in found.estimates.to_pylist()}
    assert ("head", "ada") not in rows
    assert rows["second", "ada"]["readiness"] == "now"
    assert rows["head", "bo"]["readiness"] == "1 year"
    assert rows["head", "bo"]["cost"] == 300.0
    assert rows["head", "chen"]["readiness"] == "2 years"
    assert rows["head", "dora"]["readiness"] == "later"
    assert rows["head", "dora"]["cost"] is None
    assert [r["person"] for r in found.estimates.to_pylist() if r["post"] == "head"] == ["bo", "chen", "dora"]


def test_posts_that_hang_on_one_person_and_that_person_are_named(company: dict[str, Any]) -> None:
    found = talent.slates(**company, hours_a_year=30)
    posts = {row["post"]: row for row in found.posts.to_pylist()}
    assert posts["head"]["ready_now"] == 0
    assert posts["head"]["single_point"]
    assert posts["second"]["only"] == "ada"
    assert (posts["head"]["within_1_year"], posts["head"]["within_2_years"]) == (1, 2)
    assert found.people.to_pylist() == [{"person": "ada", "slates": 2, "sole": 2}]
    assert found.words[0] == ("Critical post head (lead) has nobody ready; 1 could be in one year, 1 in two.")
    assert found.words[1].startswith("Critical post third (lead) hangs on one person, ada, and is unfilled")
    assert found.words[2].startswith("Post second (lead) hangs on one person, ada;")


def test_small_benches_are_withheld_by_disclosure_control(company: dict[str, Any]) -> None:
    bench = talent.slates(**company, hours_a_year=30).bench
    assert bench.to_pylist() == [{"role": "lead", "people": 4, "ready_now": 1, "within_1_year": 2, "within_2_years": 3}]
    shown = disclosure.protect(bench, keys=("role",), count="people", k=5).estimates.to_pylist()
    assert shown[0]["ready_now"] is None
    assert shown[0]["withheld"]


def test_nonsense_is_refused_in_words(company: dict[str, Any]) -> None:
    table = company["levels"]
    with pytest.raises(ParameterError, match="no person 'zoe'"):
        talent.cheapest_path(table, ROLE, ITEMS, person="zoe", role="lead")
    with pytest.raises(ParameterError, match="no role 'boss'"):
        talent.cheapest_path(table, ROLE, ITEMS, person="ada", role="boss")
    with pytest.raises(ParameterError, match="above 0 and up to 1"):
        talent.match(table, ROLE, ready_at=0.0)
    bad = ITEMS.set_column(5, "needs", pa.array(["nothing", None, None, None]))
    with pytest.raises(FrameError, match="needs 'nothing'"):
        talent.cheapest_path(table, ROLE, bad, person="ada", role="lead")
    with pytest.raises(FrameError, match="weights of the role 'lead'"):
        talent.match(table, ROLE.set_column(3, "weight", pa.array([0.0, 0.0, 0.0])))
    posts = pa.table({"post": ["x"], "role": ["boss"]})
    with pytest.raises(FrameError, match="which has no requirements"):
        talent.slates(table, ROLE, posts, ITEMS)


def test_an_item_has_one_cost_and_one_number_of_hours(company: dict[str, Any]) -> None:
    both = pa.table(
        {
            "item": ["camp", "camp"], "capability": ["plan", "speak"], "effect": [1.0, 1.0],
            "cost": [100.0, 900.0], "hours": [5.0, 5.0],
        }
    )  # fmt: skip
    for items in (both, both.take([1, 0])):
        with pytest.raises(FrameError, match="two costs or hours for the item 'camp'"):
            talent.slates(**company | {"items": items})
    longer = both.set_column(3, "cost", pa.array([100.0, 100.0])).set_column(4, "hours", pa.array([5.0, 6.0]))
    with pytest.raises(FrameError, match="two costs or hours for the item 'camp'"):
        talent.slates(**company | {"items": longer})


def test_frames_without_rows_are_answered_or_refused_in_words(company: dict[str, Any]) -> None:
    blank = pa.table({name: pa.nulls(0) for name in ROLE.column_names})
    for requirements in (ROLE.slice(0, 0), blank):
        with pytest.raises(FrameError, match="The requirements frame has no rows"):
            talent.match(company["levels"], requirements)
    nobody = pa.table({name: pa.nulls(0) for name in company["levels"].column_names})
    none = pa.table({name: pa.nulls(0) for name in ITEMS.column_names})
    assert talent.match(nobody, ROLE).estimates.num_rows == 0
    found = talent.slates(nobody, ROLE, company["posts"], none)
    assert found.estimates.num_rows == 0
    assert set(found.posts["ready_now"].to_pylist()) == {0}


def test_columns_have_their_types_however_little_is_in_them() -> None:
    low = pa.table({"person": [7, 8], "capability": ["plan", "plan"], "level": [1.0, 1.0], "sd": [0.1, 0.1]})
    posts = pa.table({"post": ["head"], "role": ["lead"], "holder": pa.nulls(1), "critical": pa.nulls(1)})
    items = ITEMS.set_column(5, "needs", pa.nulls(ITEMS.num_rows))
    found = talent.slates(low, ROLE, posts, items.slice(0, 0))
    assert found.posts.schema.field("only").type == pa.int64()
    assert found.estimates.schema.field("cost").type == pa.float64()
    assert found.people.schema.field("person").type == pa.int64()
    assert talent.slates(low, ROLE, posts, items).estimates.schema == found.estimates.schema


def test_text_never_silently_meets_a_number(company: dict[str, Any]) -> None:
    number = company["levels"].set_column(1, "capability", pa.array(range(12)))
    with pytest.raises(
        FrameError, match="'capability' of the requirements frame is text, but 'capability' of the levels frame is a"
    ):
        talent.match(number, ROLE)
    with pytest.raises(FrameError, match="'holder' of the posts frame is a whole number, but 'person' of the levels"):
        talent.slates(**company | {"posts": company["posts"].set_column(2, "holder", pa.array([1, 2, 3]))})
    with pytest.raises(FrameError, match="'needs' of the items frame is a whole number, but 'item' of the items"):
        talent.slates(**company | {"items": ITEMS.set_column(5, "needs", pa.array([None, 1, None, None]))})
