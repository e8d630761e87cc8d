"""Simulated ratings, results and learning carry the truth that was put in."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from upwell.engine import simulate
from upwell.engine.errors import FrameError, ParameterError

AS_OF = date(2026, 6, 30)


def a_company(n: int = 700) -> simulate.Structure:
    persons = [f"p{i}" for i in range(n)]
    people = pa.table(
        {
            "person": persons,
            "unit": [f"u{(i - 1) // 7 if i else 0}" for i in range(n)],
            "manager": [None] + [persons[(i - 1) // 7] for i in range(1, n)],
            "role": [f"r{i % 4}" for i in range(n)],
        }
    )
    rows = [(f"r{r}", f"c{(r + c) % 9}", float(2 + (r + c) % 3), 1.0) for r in range(4) for c in range(6)]
    names = ("role", "capability", "required", "weight")
    requirements = pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    items = pa.table({"item": [f"i{k}" for k in range(27)], "capability": [f"c{k % 9}" for k in range(27)]})
    return simulate.Structure(people, requirements, items)


def a_programme(sent: simulate.Sending, level: float = 0.5, kpi: float = 0.5) -> simulate.ProgrammeDesign:
    return simulate.ProgrammeDesign("course", "i3", "c3", sent, level, kpi, share=0.4)


def test_the_structure_comes_back_untouched_and_every_rating_is_about_a_requirement() -> None:
    given = a_company()
    made = simulate.on(given, seed=5, as_of=AS_OF)
    assert made.people.equals(given.people)
    required = set(
        zip(given.requirements["role"].to_pylist(), given.requirements["capability"].to_pylist(), strict=True)
    )
    role = dict(zip(given.people["person"].to_pylist(), given.people["role"].to_pylist(), strict=True))
    rated = zip(made.ratings["person"].to_pylist(), made.ratings["capability"].to_pylist(), strict=True)
    assert all((role[person], capability) in required for person, capability in rated)
    assert pc.max(made.ratings["rated_on"]).as_py() <= AS_OF
    assert set(made.ratings["category"].to_pylist()) == {1, 2, 3, 4, 5}


def test_the_same_seed_gives_the_same_tables_and_another_seed_others() -> None:
    one, two, other = (simulate.on(a_company(), seed=s, as_of=AS_OF) for s in (5, 5, 6))
    assert all(one.tables()[name].equals(table) for name, table in two.tables().items())
    assert not one.ratings.equals(other.ratings)


def test_adding_a_programme_and_a_kpi_changes_nothing_about_other_people() -> None:
    plain = simulate.on(a_company(), seed=5, as_of=AS_OF)
    extra = (*simulate.DEFAULT_KPIS, simulate.KpiDesign("extra", "continuous", 0.0, 1.0))
    course = simulate.ProgrammeDesign("course", "a new course", "c3", "lottery", 0.5, 0.5)
    more = simulate.on(a_company(), seed=5, as_of=AS_OF, kpis=extra, programmes=[course])
    trained = more.members.filter(pc.is_valid(more.members["first_treated"]))["person"]
    for name in ("ratings", "truth_levels", "kpis"):
        before, after = (
            made.tables()[name].filter(pc.invert(pc.is_in(made.tables()[name]["person"], trained)))
            for made in (plain, more)
        )
        assert before.equals(after.slice(0, before.num_rows))
        assert not plain.tables()[name].equals(more.tables()[name].slice(0, plain.tables()[name].num_rows))
    assert plain.truth_results.equals(more.truth_results.slice(0, plain.truth_results.num_rows))


def test_the_true_effect_is_the_difference_between_the_result_and_the_untreated_result() -> None:
    made = simulate.on(a_company(), seed=2, as_of=AS_OF, programmes=[a_programme("lottery", kpi=0.5)])
    keys = ["person", "kpi", "period"]
    both = made.kpis.join(made.truth_results, keys).join(
        made.members.select(["person", "first_treated"]), "person", join_type="inner"
    )
    both = both.filter(pc.equal(both["kpi"], "output_index"))
    started = pc.fill_null(pc.greater(both["period"], both["first_treated"]), False)
    change = pc.subtract(both["value"], both["untreated"])
    assert np.allclose(change.filter(started).to_numpy(), 5.0)
    assert np.allclose(change.filter(pc.invert(started)).to_numpy(), 0.0)
    assert made.truth_effects["effect_kpi"][0].as_py() == pytest.approx(5.0)


def test_people_sent_after_a_bad_quarter_had_one_and_people_drawn_by_lot_had_not() -> None:
    dips = {}
    for sent in ("lottery", "bad_quarter"):
        made = simulate.on(a_company(1400), seed=3, as_of=AS_OF, programmes=[a_programme(sent)])
        panel = made.panel("course")
        start = pc.min(panel["first_treated"]).as_py()
        before = panel.filter(pc.less(panel["period"], pa.scalar(start)))
        last = before.filter(pc.greater_equal(before["period"], pa.scalar(date(start.year, start.month - 3, 1))))
        trained = pc.is_valid(last["first_treated"])
        mean = [pc.mean(last["outcome"].filter(m)).as_py() for m in (trained, pc.invert(trained))]
        dips[sent] = mean[0] - mean[1]
    assert abs(dips["lottery"]) < 1.5
    assert dips["bad_quarter"] < -5


@pytest.mark.parametrize("sent", sorted(simulate.RECORDED_AS))
def test_every_way_of_sending_people_gives_a_panel_and_says_how_people_were_chosen(sent: simulate.Sending) -> None:
    made = simulate.on(a_company(400), seed=3, as_of=AS_OF, programmes=[a_programme(sent)])
    panel = made.panel("course")
    assert set(panel["assigned_by"].to_pylist()) == {simulate.RECORDED_AS[sent]}
    assert panel["first_treated"].null_count < panel.num_rows
    assert (panel["first_treated"].null_count == 0) == (sent == "universal")


def test_strict_raters_give_lower_categories() -> None:
    made = simulate.on(a_company(), seed=4, as_of=AS_OF)
    by_rater = made.ratings.group_by(["rater", "source"]).aggregate([("category", "mean"), ("category", "count")])
    joined = by_rater.join(made.truth_raters, ["rater", "source"], join_type="inner")
    joined = joined.filter(pc.and_(pc.greater(joined["category_count"], 12), pc.equal(joined["source"], "manager")))
    together = np.corrcoef(joined["category_mean"].to_numpy(), joined["severity"].to_numpy())[0, 1]
    assert together < -0.4


def test_one_year_of_results_is_correlated_with_the_next_as_in_published_data() -> None:
    made = simulate.on(a_company(1400), seed=8, as_of=AS_OF)
    rows = made.kpis.filter(pc.equal(made.kpis["kpi"], "output_index")).sort_by(
        [("person", "ascending"), ("period", "ascending")]
    )
    years = rows["value"].to_numpy().reshape(-1, 2, 12).mean(axis=2)
    assert np.corrcoef(years.T)[0, 1] == pytest.approx(0.56, abs=0.08)


def test_a_broken_structure_is_refused_in_words() -> None:
    good = a_company(60)
    with pytest.raises(FrameError, match="lacks the column role"):
        simulate.on(
            simulate.Structure(good.people.drop_columns(["role"]), good.requirements, good.items), seed=1, as_of=AS_OF
        )
    twice = pa.concat_tables([good.people, good.people])
    with pytest.raises(FrameError, match="one row per person"):
        simulate.on(simulate.Structure(twice, good.requirements, good.items), seed=1, as_of=AS_OF)
    wrong = simulate.ProgrammeDesign("x", "i1", "nothing", "lottery", 0.1, 0.1)
    with pytest.raises(ParameterError, match="no role requires"):
        simulate.on(good, seed=1, as_of=AS_OF, programmes=[wrong])
