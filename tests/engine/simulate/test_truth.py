"""The truth tables are complete, and each follows again from the tables an organisation would have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.special import ndtr

from upwell.engine import simulate

MONTHS = 24
FADE = 18.0
LABS = simulate.ProgrammeDesign(
    "labs", "Labs", "Agile and Lean practices", "staggered", 0.45, 0.5, kpi="cases_closed", first_month=6, intakes=2,
    fade_months=9.0,
)  # fmt: skip
COACHING = simulate.ProgrammeDesign("coaching", "Coaching", "Communication", "lottery", 0.3, 0.4, lag_months=2)


@pytest.fixture(scope="module")
def made() -> simulate.SimulatedOrganisation:
    plain = simulate.organisation(500, seed=6, months=MONTHS, programmes=(), only={"people", "requirements", "items"})
    widest = plain.requirements.group_by("capability").aggregate([("role", "count")])
    first, second = widest.sort_by([("role_count", "descending"), ("capability", "ascending")])["capability"][:2]
    taught = plain.items.filter(pc.is_in(plain.items["capability"], pa.array([first.as_py(), second.as_py()])))
    item = {row["capability"]: row["item"] for row in taught.to_pylist()}
    pair = (
        replace(LABS, capability=first.as_py(), item=item[first.as_py()]),
        replace(COACHING, capability=second.as_py(), item=item[second.as_py()]),
    )
    return simulate.organisation(500, seed=6, months=MONTHS, programmes=pair)


def months_since(made: simulate.SimulatedOrganisation, days: pa.ChunkedArray) -> np.ndarray:
    """Index of the month of each day in the window; -1 where there is no day."""
    first = made.truth_levels["month"][0].as_py()
    count = [-1 if d is None else (d.year - first.year) * 12 + d.month - first.month for d in days.to_pylist()]
    return np.array(count)


def rows(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def test_every_person_gap_rater_course_and_result_has_its_truth_once(made: simulate.SimulatedOrganisation) -> None:
    people, needed = made.people.to_pylist(), rows(made.requirements, "role", "capability", "required")
    cells = sorted((p["person"], c, r) for p in people for role, c, r in needed if role == p["role"])
    assert sorted(rows(made.truth_people, "person")) == sorted(rows(made.people, "person"))
    assert sorted(rows(made.truth_gaps, "person", "capability", "required")) == cells
    assert made.truth_levels.num_rows == len(cells) * MONTHS
    assert len(set(rows(made.truth_levels, "person", "capability", "month"))) == len(cells) * MONTHS
    assert sorted(rows(made.truth_raters, "rater", "source")) == sorted(set(rows(made.ratings, "rater", "source")))
    halos = rows(made.truth_halos, "person", "rater", "source")
    assert len(halos) == len(set(halos))
    assert set(halos) >= set(rows(made.ratings, "person", "rater", "source"))
    assert sorted(rows(made.truth_items, "item")) == sorted(set(rows(made.items, "item")))
    assert rows(made.truth_effects, "programme", "kpi") == rows(made.programmes, "programme", "kpi")
    keys = ("person", "kpi", "period")
    assert sorted(rows(made.truth_results, *keys)) == sorted(rows(made.kpis, *keys))


def test_a_gap_is_the_required_level_less_the_last_level(made: simulate.SimulatedOrganisation) -> None:
    last = pc.max(made.truth_levels["month"])
    at_end = made.truth_levels.filter(pc.equal(made.truth_levels["month"], last))
    level = {(p, c): value for p, c, value in rows(at_end, "person", "capability", "level")}
    gaps = made.truth_gaps.to_pylist()
    assert np.allclose([row["level"] for row in gaps], [level[row["person"], row["capability"]] for row in gaps])
    assert np.allclose([row["gap"] for row in gaps], [row["required"] - row["level"] for row in gaps])


def test_without_what_courses_and_programmes_added_every_level_is_a_straight_line(
    made: simulate.SimulatedOrganisation,
) -> None:
    ordered = made.truth_levels.sort_by([("person", "ascending"), ("capability", "ascending"), ("month", "ascending")])
    level = ordered["level"].to_numpy().astype(np.float64).reshape(-1, MONTHS)
    heads = ordered.take(np.arange(0, ordered.num_rows, MONTHS))
    place = {cell: i for i, cell in enumerate(rows(heads, "person", "capability"))}
    effect, taught = dict(rows(made.truth_items, "item", "effect")), made.items.to_pylist()
    month = np.arange(MONTHS)

    def take_away(cell: tuple[str, str], size: float, begun: int, fade: float) -> None:
        if cell in place:
            level[place[cell]] -= np.where(month >= begun, size * np.exp(-np.maximum(month - begun, 0) / fade), 0.0)

    plain = made.learning.filter(pc.is_null(made.learning["programme"]))
    ended = months_since(made, plain["completed_on"])
    for row, at in zip(plain.to_pylist(), ended, strict=True):
        for line in taught if at >= 0 else ():
            if line["item"] == row["item"]:
                fade = np.inf if row["applied"] else FADE
                take_away((row["person"], line["capability"]), effect[row["item"]], at + 1, fade)
    told = {row["programme"]: row for row in made.truth_effects.to_pylist()}
    capability = dict(rows(made.programmes, "programme", "capability"))
    lag, fades = {"labs": 1, "coaching": 2}, {"labs": 9.0, "coaching": np.inf}
    for row, at in zip(made.members.to_pylist(), months_since(made, made.members["first_treated"]), strict=True):
        if at >= 0:
            key = row["programme"]
            take_away((row["person"], capability[key]), told[key]["effect_level"], at + lag[key], fades[key])
    assert np.abs(np.diff(level, 2, axis=1)).max() < 1e-5


def test_results_differ_from_the_untreated_by_the_stated_effect_and_in_trained_months_only(
    made: simulate.SimulatedOrganisation,
) -> None:
    untreated = {row[:3]: row[3] for row in rows(made.truth_results, "person", "kpi", "period", "untreated")}
    seen = rows(made.kpis, "person", "kpi", "period", "value")
    at = months_since(made, made.kpis["period"])
    for row, lag in zip(made.truth_effects.to_pylist(), (1, 2), strict=True):
        mine = made.members.filter(pc.equal(made.members["programme"], row["programme"]))
        start = dict(zip(mine["person"].to_pylist(), months_since(made, mine["first_treated"]), strict=True))
        change, trained = [], []
        for (person, kpi, period, value), month in zip(seen, at, strict=True):
            if kpi == row["kpi"]:
                change.append(value - untreated[person, kpi, period])
                trained.append(start.get(person, -1) >= 0 and month >= start[person] + lag)
        moved, where = np.array(change), np.array(trained)
        assert where.sum() > 100
        assert (moved[~where] == 0.0).all()
        assert moved[where].mean() == pytest.approx(row["effect_kpi"], rel=1e-9)


def test_categories_come_as_often_as_level_severity_halo_and_cuts_say(made: simulate.SimulatedOrganisation) -> None:
    level = {row[:3]: row[3] for row in rows(made.truth_levels, "person", "capability", "month", "level")}
    severity = {row[:2]: row[2] for row in rows(made.truth_raters, "rater", "source", "severity")}
    halo = {row[:3]: row[3] for row in rows(made.truth_halos, "person", "rater", "source", "halo")}
    ratings = made.ratings.to_pylist()
    mean = np.array(
        [
            level[r["person"], r["capability"], r["rated_on"].replace(day=1)]
            - severity[r["rater"], r["source"]]
            + halo[r["person"], r["rater"], r["source"]]
            for r in ratings
        ]
    )
    category = made.ratings["category"].to_numpy()
    for below, cut in rows(made.truth_cuts, "category", "cut"):
        chance = ndtr(mean - cut)
        for low, high in ((0.02, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.98)):
            here = (chance >= low) & (chance < high)
            p = chance[here]
            spread = np.sqrt((p * (1.0 - p)).sum())
            assert abs((category[here] > below).sum() - p.sum()) < 4.5 * spread, (below, low)
