"""Levels are corrected for who rated and when, and know how sure they are."""

import csv
import datetime as dt
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import norm

from upwell.engine import levels
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import digest
from upwell.engine.scales import FIVE_LEVELS, LatentScale

CUTS = np.array([1.5, 2.5, 3.5, 4.5])
DATA = Path(os.environ.get("UPWELL_DATA", Path(__file__).parents[4] / "shared" / "data"))

needs_data = pytest.mark.skipif(
    not (DATA / "impact" / "targets.json").exists(), reason="reference data not found (UPWELL_DATA)"
)


def ratings(rows: list[tuple[object, ...]]) -> pa.Table:
    names = ["person", "capability", "rater", "source", "category", "rated_on"]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


def organisation(seed: int, people: int = 200, capabilities: int = 3) -> tuple[pa.Table, dict[tuple[str, str], float]]:
    """Teams of eight with one manager each; self, manager and two peers rate everything, up to two years ago."""
    rng = np.random.default_rng(seed)
    general = rng.normal(0, 0.55, (people, 1))
    truth = 3 + general + rng.normal(0, 0.5, (people, capabilities))
    severity: dict[tuple[str, str], float] = {}
    rows: list[tuple[object, ...]] = []
    for p in range(people):
        team = p // 8
        mates = [8 * team + (p + 1 + i) % 8 for i in range(2)] if rng.random() < 0.7 else rng.choice(people, 2)
        raters = [(f"m{team}", "manager", 0.0), (f"p{p}", "self", -0.4), *((f"p{m}", "peer", -0.1) for m in mates)]
        for rater, source, lean in raters:
            xi = severity.setdefault((rater, source), rng.normal(lean, 0.55))
            halo = rng.normal(0, 0.5)
            for c in range(capabilities):
                age = int(rng.integers(0, 24))
                z = truth[p, c] - xi + halo + rng.normal(0, np.sqrt(1 + 0.07 * age))
                rows.append((f"p{p}", f"c{c}", rater, source, int(1 + (z > CUTS).sum()), 100 - age))
    known = {(f"p{p}", f"c{c}"): float(truth[p, c]) for p in range(people) for c in range(capabilities)}
    return ratings(rows), known


def test_one_person_and_one_rater_equal_numerical_integration() -> None:
    fixed = levels.LevelParameters(learn=False, sweeps=200, tolerance=1e-9)
    given = [(4, 0), (5, 10), (4, 30)]
    table = ratings([("a", "x", "m", "manager", category, 100 - age) for category, age in given])
    row = levels.estimate(table, as_of=100, parameters=fixed).estimates.to_pylist()[0]
    theta, offset = np.meshgrid(np.linspace(-2, 8, 801), np.linspace(-5, 5, 801), indexing="ij")
    density = norm.pdf(theta, 3, np.sqrt(0.72)) * norm.pdf(offset, 0, np.sqrt(0.5))
    edges = np.array([-np.inf, *CUTS, np.inf])
    for category, age in given:
        sd = np.sqrt(1 + 0.07 * age)
        f = theta + offset
        density = density * (norm.cdf((edges[category] - f) / sd) - norm.cdf((edges[category - 1] - f) / sd))
    density /= density.sum()
    mean = float((density * theta).sum())
    exact_sd = float(np.sqrt((density * (theta - mean) ** 2).sum()))
    assert row["level"] == pytest.approx(mean, abs=0.01)
    assert row["sd"] / np.sqrt(1 + 30 / 33) == pytest.approx(exact_sd, abs=0.01)


def test_intervals_cover_the_truth_and_levels_beat_the_mean_and_the_last_rating() -> None:
    inside, errors = [], {"model": [], "mean": [], "last": []}
    for seed in range(4):
        table, truth = organisation(seed)
        seen: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for row in table.to_pylist():
            seen.setdefault((row["person"], row["capability"]), []).append((row["rated_on"], row["category"]))
        for row in levels.estimate(table, as_of=100).estimates.to_pylist():
            key = (row["person"], row["capability"])
            inside.append(row["lo95"] <= truth[key] <= row["hi95"])
            errors["model"].append(row["level"] - truth[key])
            errors["mean"].append(np.mean([c for _, c in seen[key]]) - truth[key])
            errors["last"].append(max(seen[key])[1] - truth[key])
    rmse = {name: float(np.sqrt(np.mean(np.square(values)))) for name, values in errors.items()}
    assert 0.92 <= np.mean(inside) <= 0.98
    assert rmse["model"] < 0.9 * rmse["mean"] < rmse["last"]


@needs_data
def test_severities_of_a_published_panel_are_found_again() -> None:
    published = json.loads((DATA / "impact" / "targets.json").read_text())["windhua_style"]["converged"]
    with gzip.open(DATA / "impact" / "windhua_style_ratings.csv.gz", "rt") as lines:
        essays = list(csv.DictReader(lines))
    rows = [
        (int(e["student"]), "style", j, "assessor", int(e[f"rater_{j}"]) + 1, 0) for e in essays for j in range(1, 22)
    ]
    logits_per_level = 3.3
    scale = LatentScale("essay", tuple(3 + step / logits_per_level for step in published["steps"]))
    found = levels.estimate(ratings(rows), as_of=0, scale=scale).raters
    severity = np.array(found.column("severity").to_pylist()) * logits_per_level
    expected = np.array(published["rater"])[[rater - 1 for rater in found.column("rater").to_pylist()]]
    assert np.corrcoef(severity, expected)[0, 1] > 0.999
    assert np.abs(severity - severity.mean() - expected).max() < 0.06


@needs_data
def test_halo_and_the_widths_it_causes_agree_with_a_second_program() -> None:
    published = json.loads((DATA / "impact" / "targets.json").read_text())["windhua_writing"]["halo_probit_ep"]
    with gzip.open(DATA / "impact" / "windhua_writing.csv.gz", "rt") as lines:
        essays = list(csv.DictReader(lines))
    rows = [
        (int(e["student"]), domain, int(e["rater"]), "assessor", int(e[domain]) + 1, 0)
        for e in essays
        for domain in ("style", "org", "conv", "sent_form")
    ]
    found = levels.estimate(ratings(rows), as_of=0, scale=LatentScale("essay", (1.728, 3.079, 4.193)))
    noise = found.parameters["noise_sd"]["assessor"]
    assert found.parameters["halo_sd"] / noise == pytest.approx(published["sd_halo"], rel=0.1)
    assert found.parameters["general_sd"] / noise == pytest.approx(published["sd_general"], rel=0.1)
    assert found.parameters["specific_sd"] / noise == pytest.approx(published["sd_specific"], rel=0.1)
    widths = np.mean(found.estimates.column("sd").to_pylist()) / noise
    assert widths == pytest.approx(published["mean_posterior_sd"]["halo_modelled"], rel=0.1)


def test_a_harsh_manager_does_not_make_a_team_look_weak() -> None:
    rows: list[tuple[object, ...]] = []
    for p in range(12):
        for peer in range(6):
            rows.append((f"p{p}", "x", f"q{peer}", "peer", 3 if (p + peer) % 3 else 4, 1))
        rows.append((f"p{p}", "x", "harsh" if p < 6 else "kind", "manager", 1 if p < 6 else 5, 1))
    result = levels.estimate(ratings(rows), as_of=2)
    by_rater = {r["rater"]: r for r in result.raters.to_pylist()}
    assert by_rater["harsh"]["severity"] > 0.5
    assert by_rater["kind"]["severity"] < -0.5
    found = {r["person"]: r["level"] for r in result.estimates.to_pylist()}
    assert np.mean([found[f"p{p}"] for p in range(6, 12)]) - np.mean([found[f"p{p}"] for p in range(6)]) < 1.5


def test_old_evidence_says_less() -> None:
    fixed = levels.LevelParameters(learn=False)
    fresh = levels.estimate(ratings([("a", "x", "m", "manager", 5, 99)]), as_of=100, parameters=fixed)
    old = levels.estimate(ratings([("a", "x", "m", "manager", 5, 40)]), as_of=100, parameters=fixed)
    assert old.estimates.column("level")[0].as_py() < fresh.estimates.column("level")[0].as_py()
    assert old.estimates.column("sd")[0].as_py() > fresh.estimates.column("sd")[0].as_py()


def test_neither_row_order_nor_names_change_a_number() -> None:
    table, _ = organisation(5, people=24)
    base = levels.estimate(table, as_of=100).estimates
    order = np.random.default_rng(0).permutation(table.num_rows)
    assert digest(levels.estimate(table.take(pa.array(order)), as_of=100).estimates) == digest(base)
    renamed = table.set_column(0, "person", pa.array([f"z{p}" for p in table.column("person").to_pylist()]))
    again = levels.estimate(renamed, as_of=100).estimates
    assert again.column("level").to_pylist() == pytest.approx(base.column("level").to_pylist(), abs=1e-9)


def test_a_handful_of_ratings_gives_cautious_wide_levels() -> None:
    rows = [("a", "x", "m", "manager", 3, 1), ("a", "y", "m", "manager", 4, 1), ("b", "x", "m", "manager", 2, 1)]
    rows += [("c", "x", "m", "manager", 5, 1), ("c", "y", "q", "peer", 4, 1)]
    found = levels.estimate(ratings(rows), as_of=2).estimates.to_pylist()
    assert all(2 < row["level"] < 4.5 and row["hi95"] - row["lo95"] > 2.5 for row in found)
    assert all(row["provisional"] for row in found)


def test_two_raters_or_one_test_end_the_provisional_state_but_ones_own_view_does_not() -> None:
    rows = [("a", "x", "m", "manager", 3, 1), ("a", "x", "a", "self", 3, 1)]
    rows += [("b", "x", "m", "manager", 3, 1), ("b", "x", "q", "peer", 3, 1), ("c", "x", "t", "test", 3, 1)]
    found = {r["person"]: r["provisional"] for r in levels.estimate(ratings(rows), as_of=2).estimates.to_pylist()}
    assert found == {"a": True, "b": False, "c": False}


def test_teams_without_a_common_rater_are_named_as_not_comparable() -> None:
    rows = [(p, "x", m, "manager", 3, 1) for p, m in (("a", "m1"), ("b", "m1"), ("c", "m1"), ("d", "m2"))]
    result = levels.estimate(ratings(rows), as_of=2)
    assert {r["person"]: r["component"] for r in result.estimates.to_pylist()} == {"a": 0, "b": 0, "c": 0, "d": 1}
    assert result.diagnostics["components"] == 2


def test_ratings_on_another_scale_land_on_the_same_metric() -> None:
    rows = [("a", "x", "m", "manager", 2, 1), ("b", "x", "m", "manager", 3, 1)]
    table = ratings(rows).append_column("scale", pa.array(["three", None]))
    scales = {"three": LatentScale.even("three", 3)}
    found = levels.estimate(table, as_of=2, scale=FIVE_LEVELS, scales=scales).estimates.column("level").to_pylist()
    assert found[0] == pytest.approx(found[1], abs=0.1)
    with pytest.raises(FrameError, match="names 'three' in row 1, which has no cuts"):
        levels.estimate(table, as_of=2)


def test_later_ratings_and_exact_repeats_do_not_count() -> None:
    day = dt.date(2025, 3, 1)
    rows = [("a", "x", "m", "manager", 3, day), ("a", "x", "m", "manager", 3, day)]
    result = levels.estimate(
        ratings([*rows, ("a", "x", "q", "peer", 5, dt.date(2025, 5, 1))]), as_of=dt.date(2025, 4, 1)
    )
    assert result.diagnostics["ratings"] == 1
    assert result.estimates.column("last_rated_on")[0].as_py() == day


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("a", "x", "m", "manager", 6, 1), "'category' of the ratings frame is 6 in row 1; the scale"),
        (("a", "x", "m", "manager", 0, 1), "'category' of the ratings frame is 0 in row 1, below 1"),
        (("a", "x", "m", "rumour", 3, 1), "holds 'rumour' in row 1"),
        (("a", "x", "m", "manager", 3, dt.date(2025, 1, 1)), "needs a date as 'as_of'"),
    ],
)
def test_ratings_that_break_the_contract_are_refused(row: tuple[object, ...], words: str) -> None:
    with pytest.raises(FrameError, match=words):
        levels.estimate(ratings([row]), as_of=2, scale=FIVE_LEVELS)


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(ParameterError, match="halo_sd must be above 0"):
        levels.LevelParameters(halo_sd=0)
