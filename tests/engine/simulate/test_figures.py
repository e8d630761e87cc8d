"""Every figure a simulated organisation is specified by, measured on what comes out."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from upwell.engine import simulate
from upwell.engine.simulate import courses, designs, employment, raters, results, tree
from upwell.engine.simulate.months import window
from upwell.engine.simulate.streams import Streams
from upwell.engine.simulate.structure import Structure, layout

EVERY = frozenset(simulate.SimulatedOrganisation.__dataclass_fields__)


@pytest.fixture(scope="module")
def many() -> simulate.SimulatedOrganisation:
    return simulate.organisation(12_000, seed=4, only=EVERY - {"truth_levels"})


def day_numbers(column: pa.ChunkedArray, otherwise: int) -> np.ndarray:
    return pc.fill_null(column.cast(pa.int32()), otherwise).to_numpy()


def test_departments_have_lognormal_sizes() -> None:
    sizes = tree.departments(Streams(1), 20_000_000)[:-1]
    assert len(sizes) > 3000
    assert np.log(sizes).mean() == pytest.approx(6.1, abs=0.15)
    assert np.log(sizes).std() == pytest.approx(2.05, abs=0.10)
    assert tree.departments(Streams(1), 777).sum() == 777


def test_spans_are_wide_at_the_front_line_and_narrow_above() -> None:
    manager, department = tree.reporting_tree(Streams(3), 150_000)
    assert (manager[1:] < np.arange(1, 150_000)).all()
    span = np.bincount(manager[1:], minlength=len(manager))
    above = np.zeros(len(manager), dtype=bool)
    above[manager[(span > 0) & (manager >= 0)]] = True
    front, leaders = span[(span > 0) & ~above], span[1:][above[1:]]
    assert front.mean() == pytest.approx(1 + 8, rel=0.02)
    assert front.var() == pytest.approx(8 + 8**2 / 3, rel=0.06)
    assert leaders.mean() == pytest.approx(1 + 3.3, rel=0.06)
    assert leaders.var() == pytest.approx(3.3 + 3.3**2 / 1.31, rel=0.15)
    inside = manager[1:] > 0
    assert (department[1:][inside] == department[manager[1:][inside]]).all()


def test_an_eighth_of_seats_fall_empty_each_year_and_are_filled_again(many: simulate.SimulatedOrganisation) -> None:
    calendar = window(simulate.LAST_DAY, simulate.MONTHS)
    start, end = int(calendar.first[0]), int(calendar.last[-1])
    hired = day_numbers(many.people["hired_on"], 0)
    left = day_numbers(many.people["left_on"], employment.OPEN)
    years = np.maximum(np.minimum(left, end) - np.maximum(hired, start), 0).sum() / 365.25
    assert (left < employment.OPEN).sum() / years == pytest.approx(0.12, abs=0.006)
    heads = [((hired <= day) & (left > day)).sum() for day in (start, (start + end) // 2, end)]
    assert min(heads) > 0.985 * max(heads)
    tenure = (start - hired[hired < start]) / 365.25
    assert tenure.mean() == pytest.approx(1.89 * 6.79, rel=0.03)
    cut = stats.gamma(1.89, scale=6.79)
    assert stats.kstest(tenure[tenure < 44], lambda x: cut.cdf(x) / cut.cdf(44)).pvalue > 1e-3


def test_a_replacement_comes_into_the_seat_after_it_fell_empty() -> None:
    calendar = window(simulate.LAST_DAY, 36)
    held = employment.spells(Streams(5), 5000, employment.seats_for(5000, calendar), calendar)
    order = np.lexsort((held.hired, held.seat))
    seat, hired, left = held.seat[order], held.hired[order], held.left[order]
    same = seat[1:] == seat[:-1]
    assert same.sum() == 5000 - held.seats
    assert (hired[1:][same] >= left[:-1][same]).all()
    assert (left > hired).all()
    assert (hired <= calendar.last[-1]).all()
    assert held.left[0] == employment.OPEN


def test_reporting_lines_follow_people_and_units(many: simulate.SimulatedOrganisation) -> None:
    rows = many.reporting
    since, until = day_numbers(rows["valid_from"], 0), day_numbers(rows["valid_to"], employment.OPEN)
    assert (since < until).all()
    place = {person: i for i, person in enumerate(many.people["person"].to_pylist())}
    hired = day_numbers(many.people["hired_on"], 0)
    left = day_numbers(many.people["left_on"], employment.OPEN)
    for name in ("person", "manager"):
        known = pc.is_valid(rows[name]).to_numpy()
        who = np.array([place[p] for p in rows[name].drop_null().to_pylist()])
        assert (hired[who] <= since[known]).all()
        assert (left[who] >= until[known]).all()
    same = rows["person"].to_numpy()[1:] == rows["person"].to_numpy()[:-1]
    assert (since[1:][same] >= until[:-1][same]).all()


def test_a_sixth_of_units_get_another_parent_each_half_year() -> None:
    calendar = window(simulate.LAST_DAY, 36)
    manager, _ = tree.reporting_tree(Streams(2), 30_000)
    leads = np.bincount(manager[1:], minlength=len(manager)) > 0
    moved = employment.moves(Streams(2), manager, leads, calendar)
    deep = np.flatnonzero(leads & (manager > 0))
    edges = moved.since[(moved.since > calendar.first[0]) & np.isin(moved.seat, deep)]
    shares = np.bincount(np.unique(edges, return_inverse=True)[1]) / len(deep)
    assert len(shares) == 5
    assert shares == pytest.approx(np.full(5, 0.16), abs=0.02)


def test_roles_come_from_the_real_framework_with_zipf_shares(many: simulate.SimulatedOrganisation) -> None:
    counts = dict(zip(*(column.to_pylist() for column in pc.value_counts(many.people["role"]).flatten()), strict=True))
    share = np.arange(1, 25) ** -1.1
    share /= share.sum()
    seen = np.array([counts[role] for role in many.roles["role"].to_pylist()]) / many.people.num_rows
    assert seen == pytest.approx(share, abs=0.01)
    assert {"Developer", "Delivery manager", "Data analyst"} <= set(many.roles["role"].to_pylist())
    levels = many.requirements.filter(pc.equal(many.requirements["role"], "Data analyst"))["required"].to_pylist()
    assert levels == [3.0] * 9


def test_levels_are_made_of_team_general_family_and_specific_parts(many: simulate.SimulatedOrganisation) -> None:
    gaps = many.truth_gaps
    rest = -gaps["gap"].to_numpy() + 0.2
    general = dict(zip(*(many.truth_people[c].to_pylist() for c in ("person", "general")), strict=True))
    team = dict(zip(*(many.truth_people[c].to_pylist() for c in ("person", "team")), strict=True))
    persons = gaps["person"].to_pylist()
    columns = np.array([[general[p] for p in persons], [team[p] for p in persons], np.ones(len(persons))]).T
    found, *_ = np.linalg.lstsq(columns, rest, rcond=None)
    assert found[0] == pytest.approx(0.8 * np.sqrt(0.91 * 0.46), abs=0.02)
    assert found[1] == pytest.approx(0.8 * np.sqrt(0.09), abs=0.03)
    remaining = (rest - columns @ found).var()
    drift = 0.08**2 * 3**2
    assert remaining == pytest.approx(0.64 * 0.91 * 0.54 + drift, rel=0.12)


def test_raters_differ_as_specified_and_categories_have_the_public_shares(many: simulate.SimulatedOrganisation) -> None:
    severity = many.truth_raters["severity"].to_numpy()
    own = np.array(many.truth_raters["source"].to_pylist()) == "self"
    assert severity[~own].std() == pytest.approx(0.55, abs=0.02)
    assert severity[own].mean() == pytest.approx(-0.4, abs=0.02)
    assert many.truth_halos["halo"].to_numpy().std() == pytest.approx(0.5, abs=0.01)
    shares = np.bincount(many.ratings["category"].to_numpy(), minlength=6)[1:] / many.ratings.num_rows
    assert shares == pytest.approx(np.array(raters.MARGINALS), abs=0.006)


def test_a_twentieth_of_people_share_no_rater_with_the_rest() -> None:
    made = simulate.organisation(3000, seed=8, only={"people", "truth_halos"})
    pairs = made.truth_halos
    place = {person: i for i, person in enumerate(made.people["person"].to_pylist())}
    rated = np.array([place[p] for p in pairs["person"].to_pylist()])
    rater = np.array([place[p] for p in pairs["rater"].to_pylist()]) + len(place)
    links = coo_array((np.ones(len(rated)), (rated, rater)), shape=(2 * len(place), 2 * len(place)))
    label = connected_components(links, directed=False)[1][np.unique(rated)]
    apart = 1 - np.bincount(label).max() / len(label)
    assert 0.03 < apart < 0.07


def results_by_year(made: simulate.SimulatedOrganisation, kpi: str) -> np.ndarray:
    rows = made.truth_results.filter(pc.equal(made.truth_results["kpi"], kpi))
    counted = rows.group_by("person").aggregate([("period", "count")])
    whole = counted.filter(pc.equal(counted["period_count"], simulate.MONTHS))["person"]
    rows = rows.filter(pc.is_in(rows["person"], whole)).sort_by([("person", "ascending"), ("period", "ascending")])
    return rows["untreated"].to_numpy().reshape(-1, 3, 12)


def test_one_year_of_a_continuous_result_is_correlated_with_the_next(many: simulate.SimulatedOrganisation) -> None:
    years = results_by_year(many, "output_index").mean(axis=2)
    assert np.corrcoef(years[:, 0], years[:, 1])[0, 1] == pytest.approx(0.56, abs=0.03)
    shares = results_by_year(many, "accuracy_share")
    assert ((shares > 0) & (shares < 1)).all()


@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0])
def test_counts_are_negative_binomial_of_the_stated_size(mean: float) -> None:
    chance = np.random.default_rng(1).random((400, 5))
    found = results.negative_binomial(chance, results.COUNT_SIZE, np.full(chance.shape, mean))
    wanted = stats.nbinom.ppf(chance, 0.94, 0.94 / (0.94 + mean))
    assert (found == wanted).all()


def test_people_learn_five_quarters_of_an_item_a_year() -> None:
    made = simulate.organisation(6000, seed=9, programmes=(), only={"people", "learning"})
    calendar = window(simulate.LAST_DAY, simulate.MONTHS)
    hired = day_numbers(made.people["hired_on"], 0)
    left = day_numbers(made.people["left_on"], employment.OPEN)
    days = np.maximum(np.minimum(left, calendar.last[-1]) - np.maximum(hired, calendar.first[0]), 0)
    assert made.learning.num_rows / (days.sum() / 365.25) == pytest.approx(1.25, abs=0.04)


def test_courses_do_nothing_harm_or_help_as_often_as_specified() -> None:
    items = [f"i{k}" for k in range(6000)]
    people = pa.table({"person": ["p"], "unit": ["u"], "manager": pa.nulls(1, pa.string()), "role": ["r"]})
    required = pa.table({"role": ["r"], "capability": ["c"], "required": [3.0]})
    shape = layout(Structure(people, required, pa.table({"item": items, "capability": ["c"] * 6000})))
    effects = courses.item_effects(Streams(3), shape)
    assert (effects == 0).mean() == pytest.approx(0.40, abs=0.02)
    assert (effects < 0).mean() == pytest.approx(0.05, abs=0.01)
    helpful = effects[effects > 0]
    assert helpful.mean() == pytest.approx(0.35, abs=0.01)
    assert helpful.std() == pytest.approx(0.15, abs=0.01)


def test_an_effect_begins_a_month_later_and_fades_unless_it_is_applied() -> None:
    from upwell.engine.simulate.latent import Training, add_training

    levels = np.zeros((2, 24), dtype=np.float32)
    at = np.array([3, 3])
    add_training(levels, Training(np.array([0, 1]), at, np.ones(2), np.array([18.0, np.inf])))
    assert (levels[:, :4] == 0).all()
    assert levels[:, 4] == pytest.approx(np.ones(2))
    assert levels[0, 22] == pytest.approx(np.exp(-1.0))
    assert levels[1, 22] == 1.0


@pytest.fixture(scope="module")
def company() -> Structure:
    made = simulate.organisation(1500, seed=6, only={"people", "items", "requirements", "units", "capabilities"})
    return Structure(made.people, made.requirements, made.items, made.units, made.capabilities)


@pytest.mark.parametrize("sent", sorted(designs.RECORDED_AS))
def test_each_design_takes_those_it_says(company: Structure, sent: simulate.Sending) -> None:
    base = simulate.three_programmes(company, months=36)[0]
    one = simulate.ProgrammeDesign("one", base.item, base.capability, sent, 0.4, 0.5, share=0.4)
    made = simulate.on(
        company, seed=7, as_of=simulate.LAST_DAY, months=36, programmes=[one],
        only={"members", "truth_people", "truth_results", "truth_levels"},
    )  # fmt: skip
    members = made.members.to_pylist()
    trained = {m["person"] for m in members if m["first_treated"]}
    rest = {m["person"] for m in members} - trained
    begin = min(m["first_treated"] for m in members if m["first_treated"])
    rows = made.truth_results.filter(pc.equal(made.truth_results["kpi"], "output_index"))
    recent = rows.filter(pc.and_(pc.less(rows["period"], begin), pc.greater_equal(rows["period"], before(begin, 3))))
    earlier = rows.filter(
        pc.and_(pc.less(rows["period"], before(begin, 3)), pc.greater_equal(rows["period"], before(begin, 9)))
    )
    level = made.truth_levels.filter(
        pc.and_(
            pc.equal(made.truth_levels["capability"], one.capability),
            pc.equal(made.truth_levels["month"], before(begin, 1)),
        )
    )
    motive = made.truth_people
    if sent == "universal":
        assert not rest
        return
    figures = {
        "lately": difference(recent, "untreated", trained, rest) / 10,
        "rise": (difference(recent, "untreated", trained, rest) - difference(earlier, "untreated", trained, rest)) / 10,
        "level": difference(level, "level", trained, rest),
        "motive": difference(motive, "motivation", trained, rest),
    }
    telling = {
        "threshold": ("level", -0.3), "low_rating": ("level", -0.3), "observed_gap": ("level", -0.3),
        "motivation": ("motive", 1.0), "after_rise": ("rise", 0.8), "bad_quarter": ("lately", -0.8),
    }  # fmt: skip
    if sent in telling:
        name, least = telling[sent]
        assert figures[name] / least > 1, figures
    else:
        assert all(abs(figure) < 0.3 for figure in figures.values()), figures


def before(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def difference(table: pa.Table, column: str, trained: set[str], rest: set[str]) -> float:
    means = [
        pc.mean(table.filter(pc.is_in(table["person"], pa.array(sorted(who))))[column]).as_py()
        for who in (trained, rest)
    ]
    return float(means[0] - means[1])


def test_a_block_drawn_apart_is_the_same_as_within_the_whole() -> None:
    small = {"ratings", "kpis", "learning", "truth_gaps", "truth_halos", "truth_people", "members", "people"}
    whole = simulate.organisation(21_000, seed=3, months=12, only=small)
    third = next(simulate.blocks(21_000, seed=3, months=12, only=small, numbers=[2]))
    mine = whole.people["person"].slice(20_000)
    for name in small - {"members", "people"}:
        table = whole.tables()[name]
        if name == "learning":
            table = table.filter(pc.is_null(table["programme"]))
        assert table.filter(pc.is_in(table["person"], mine.combine_chunks())).equals(third.tables()[name])
    assert third.people.num_rows == 0
    assert whole.truth_levels.num_rows == 0


def test_leaving_tables_out_changes_no_other_table() -> None:
    full = simulate.organisation(300, seed=3)
    some = simulate.organisation(300, seed=3, only={"ratings", "truth_results"})
    assert some.ratings.equals(full.ratings)
    assert some.truth_results.equals(full.truth_results)
    assert some.kpis.num_rows == 0
    assert some.kpis.schema.equals(full.kpis.schema)
