"""What must not change the answer does not; what two routes compute agrees."""

import datetime
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.impact import EffectResult
from upwell.engine.numerics import impact_moments, impact_trials

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]
Programme = Callable[..., pa.Table]


def figures(result: EffectResult) -> np.ndarray:
    listed = [(e.estimate, e.se, e.lo95, e.hi95) if e else (np.nan,) * 4 for e in result.estimators.values()]
    study = result.event_study
    bands = [np.array(study.column(name)) for name in study.column_names]
    return np.concatenate([np.array(listed).ravel(), *bands])


@pytest.fixture(params=["balanced", "unbalanced"])
def panel(request: pytest.FixtureRequest, programme: Programme) -> pa.Table:
    table = programme(5, people=200, sent="bad_quarter", effect=0.3)
    if request.param == "balanced":
        return table
    return table.filter(pa.array(np.random.default_rng(2).random(table.num_rows) < 0.9))


def test_row_order_does_not_matter(panel: pa.Table) -> None:
    order = np.random.default_rng(3).permutation(panel.num_rows)
    once = impact.evaluate(panel, mechanism="queue", seed=9)
    again = impact.evaluate(panel.take(pa.array(order)), mechanism="queue", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-10)
    assert again.verdict == once.verdict


def test_names_of_units_do_not_matter(panel: pa.Table) -> None:
    renamed = [f"u{(v * 7919) % 10007}" for v in panel.column("unit").to_pylist()]
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    again = impact.evaluate(panel.set_column(0, "unit", pa.array(renamed)), mechanism="judgement", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-9)


def test_months_may_be_dates(panel: pa.Table) -> None:
    def dates(values: list[int | None]) -> pa.Array:
        made = [None if v is None else datetime.date(2023 + v // 12, v % 12 + 1, 3) for v in values]
        return pa.array(made, pa.date32())

    dated = panel.set_column(1, "period", dates(panel.column("period").to_pylist()))
    dated = dated.set_column(3, "first_treated", dates(panel.column("first_treated").to_pylist()))
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    again = impact.evaluate(dated, mechanism="judgement", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-12)


def test_the_scale_of_the_outcome_scales_the_effect(panel: pa.Table) -> None:
    scaled = pa.array(10 * panel.column("outcome").to_numpy() + 3)
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    again = impact.evaluate(panel.set_column(2, "outcome", scaled), mechanism="judgement", seed=9)
    for name, estimate in once.estimators.items():
        other = again.estimators[name]
        assert (other is None) == (estimate is None)
        if estimate is not None and other is not None:
            assert other.estimate == pytest.approx(10 * estimate.estimate, rel=1e-6, abs=1e-9)
            assert other.se == pytest.approx(10 * estimate.se, rel=1e-6)


@pytest.mark.parametrize("unit", [1e90, 1e-90])
@pytest.mark.parametrize("mechanism", ["lottery", "judgement"])
def test_very_large_and_very_small_units_scale_too(panel: pa.Table, unit: float, mechanism: str) -> None:
    scaled = pa.array(unit * panel.column("outcome").to_numpy())
    once = impact.evaluate(panel, mechanism=mechanism, seed=9).estimators
    again = impact.evaluate(panel.set_column(2, "outcome", scaled), mechanism=mechanism, seed=9).estimators
    for name, estimate in once.items():
        other = again[name]
        assert (other is None) == (estimate is None)
        if estimate is not None and other is not None:
            assert other.se / unit == pytest.approx(estimate.se, rel=1e-6)
            assert (other.df is None) == (estimate.df is None)
            assert other.p_value == pytest.approx(estimate.p_value, rel=1e-5, abs=1e-12)


def test_strata_leave_the_two_way_regression_and_its_parts_alone(panel: pa.Table) -> None:
    stratum = pa.array(np.asarray(panel.column("unit").to_pylist()) % 2)
    once = impact.evaluate(panel, mechanism="judgement", seed=9).estimators
    again = impact.evaluate(panel.append_column("stratum", stratum), mechanism="judgement", seed=9).estimators
    for name in ("twfe", "bacon"):
        one, other = once[name], again[name]
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert other.estimate == pytest.approx(one.estimate, abs=1e-12)
            assert [p.weight for p in other.parts] == pytest.approx([p.weight for p in one.parts])


def test_clusters_of_one_person_change_nothing(panel: pa.Table) -> None:
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    again = impact.evaluate(panel.append_column("cluster", panel.column("unit")), mechanism="judgement", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-9)


def test_sufficient_statistics_and_single_persons_give_the_same_errors(frame: Frame) -> None:
    rng = np.random.default_rng(4)
    outcome = rng.normal(size=(3000, 1)) + rng.normal(size=(3000, 8))
    table = frame(outcome, rng.choice([3, 5, 8], 3000))
    once = impact.evaluate(table, mechanism="lottery", seed=9)
    again = impact.evaluate(table.append_column("cluster", table.column("unit")), mechanism="lottery", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-9)


def test_two_groups_two_periods_is_the_difference_of_differences(frame: Frame) -> None:
    rng = np.random.default_rng(5)
    outcome = rng.normal(size=(150, 2))
    first = np.where(np.arange(150) < 60, 1, 2)
    found = impact.evaluate(frame(outcome, first), mechanism="judgement", seed=1).estimators["cs_simple"]
    gain = outcome[:, 1] - outcome[:, 0]
    a, b = gain[:60], gain[60:]
    assert found is not None
    assert found.estimate == pytest.approx(a.mean() - b.mean())
    assert found.se == pytest.approx(np.sqrt(a.var() / 60 + b.var() / 90))


def test_aggregations_follow_their_definitions(frame: Frame) -> None:
    rng = np.random.default_rng(6)
    outcome = rng.normal(size=(90, 6))
    first = np.repeat([2, 4, 6], [20, 30, 40])
    found = impact.evaluate(frame(outcome, first), mechanism="judgement", control="never", seed=1).estimators
    mean = {g: outcome[first == g].mean(axis=0) for g in (2, 4, 6)}
    att = {(g, t): mean[g][t] - mean[g][g - 1] - mean[6][t] + mean[6][g - 1] for g in (2, 4) for t in range(g, 6)}
    size = {2: 20, 4: 30}

    def pooled(cells: list[tuple[int, int]]) -> float:
        return sum(size[g] * att[g, t] for g, t in cells) / sum(size[g] for g, _ in cells)

    by_time = [pooled([c for c in att if c[1] - c[0] == e]) for e in range(4)]
    by_month = [pooled([c for c in att if c[1] == t]) for t in range(2, 6)]
    by_group = {g: np.mean([v for (h, _), v in att.items() if h == g]) for g in (2, 4)}
    expected = {
        "cs_simple": pooled(list(att)),
        "cs_dynamic": np.mean(by_time),
        "cs_calendar": np.mean(by_month),
        "cs_group": (20 * by_group[2] + 30 * by_group[4]) / 50,
        "sun_abraham": pooled(list(att)),
    }
    for name, value in expected.items():
        estimate = found[name]
        assert estimate is not None
        assert estimate.estimate == pytest.approx(value)


def test_imputation_equals_least_squares_with_dummies(frame: Frame) -> None:
    rng = np.random.default_rng(7)
    n, width = 40, 7
    outcome = rng.normal(size=(n, width))
    first = np.repeat([3, 5, 7], [10, 10, 20])
    kept = rng.random((n, width)) < 0.85
    kept[:, :2] = True
    table = frame(outcome, first).filter(pa.array(kept.ravel()))
    found = impact.evaluate(table, mechanism="judgement", seed=1).estimators["bjs"]
    people, months = np.nonzero(kept)
    dummies = np.hstack([np.eye(n)[people], np.eye(width)[months][:, 1:]])
    y = outcome[people, months]
    treated = months >= first[people]
    fit = np.linalg.lstsq(dummies[~treated], y[~treated], rcond=None)[0]
    assert found is not None
    assert found.estimate == pytest.approx((y - dummies @ fit)[treated].mean())


def test_a_stratum_is_compared_only_with_itself(frame: Frame) -> None:
    rng = np.random.default_rng(8)
    first = np.tile([3, 6, 6, 6], 50)
    stratum = np.repeat([0, 1], 100)
    drift = np.arange(6) * stratum[:, None] * 2.0
    table = frame(rng.normal(size=(200, 6)) + drift, first)
    table = table.append_column("stratum", pa.array(np.repeat(stratum, 6)))
    shifted = table.set_column(2, "outcome", pa.array(table.column("outcome").to_numpy() + 0.0))
    flat = frame(table.column("outcome").to_numpy().reshape(200, 6) - drift, first)
    flat = flat.append_column("stratum", pa.array(np.repeat(stratum, 6)))
    for name in ("cs_simple", "bjs", "bjs_donut"):
        drifting = impact.evaluate(shifted, mechanism="judgement", seed=1).estimators[name]
        still = impact.evaluate(flat, mechanism="judgement", seed=1).estimators[name]
        assert drifting is not None
        assert still is not None
        assert drifting.estimate == pytest.approx(still.estimate)


def test_the_band_is_wider_than_the_pointwise_interval(panel: pa.Table) -> None:
    study = impact.evaluate(panel, mechanism="judgement", seed=9).event_study.to_pydict()
    for lo, band_lo, se in zip(study["lo"], study["band_lo"], study["se"], strict=True):
        assert band_lo < lo or se == 0


def test_false_discoveries_are_controlled_across_programmes() -> None:
    q = impact.adjust([0.01, 0.04, 0.03, 0.005, float("nan")])
    np.testing.assert_allclose(q[:4], [0.02, 0.04, 0.04, 0.02])
    assert np.isnan(q[4])


def test_other_programmes_raise_the_bar(programme: Programme) -> None:
    table = programme(1, people=150, sent="at_random", effect=0.2)
    alone = impact.evaluate(table, mechanism="lottery", seed=1)
    among = impact.evaluate(table, mechanism="lottery", seed=1, q_values=[0.9] * 30)
    assert alone.q_value is not None
    assert among.q_value is not None
    assert among.q_value >= alone.q_value


def test_the_level_of_the_outcome_does_not_matter(panel: pa.Table) -> None:
    raised = pa.array(panel.column("outcome").to_numpy() + 1e6)
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    again = impact.evaluate(panel.set_column(2, "outcome", raised), mechanism="judgement", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-7)
    assert again.verdict.code == once.verdict.code


def test_the_calendar_may_start_anywhere_and_count_years_months_or_202311(panel: pa.Table) -> None:
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    for moved in (lambda v: v + 500, lambda v: 2000 + 5 * v, lambda v: (2022 + v // 12) * 100 + v % 12 + 1):
        table = panel
        for index, name in ((1, "period"), (3, "first_treated")):
            values = [None if v is None else moved(v) for v in panel.column(name).to_pylist()]
            table = table.set_column(index, name, pa.array(values, pa.int64()))
        again = impact.evaluate(table, mechanism="judgement", seed=9)
        np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-10)


def test_zero_means_never_where_periods_begin_above_zero(panel: pa.Table) -> None:
    later = panel.set_column(1, "period", pa.array(panel.column("period").to_numpy() + 2000))
    first = [None if v is None else v + 2000 for v in panel.column("first_treated").to_pylist()]
    blank = later.set_column(3, "first_treated", pa.array(first))
    zero = later.set_column(3, "first_treated", pa.array([v or 0 for v in first]))
    once = impact.evaluate(blank, mechanism="judgement", seed=9)
    again = impact.evaluate(zero, mechanism="judgement", seed=9)
    np.testing.assert_array_equal(figures(again), figures(once))
    assert any("read as never treated" in note for note in again.diagnostics["notes"])


def test_shards_of_people_add_up_to_the_whole(panel: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    once = impact.evaluate(panel, mechanism="judgement", seed=9)
    monkeypatch.setattr(impact_moments, "CHUNK", 7)
    monkeypatch.setattr(impact_trials, "CHUNK", 7)
    monkeypatch.setattr(impact_trials, "SMALLEST_CHUNK", 7)
    again = impact.evaluate(panel, mechanism="judgement", seed=9)
    np.testing.assert_allclose(figures(again), figures(once), rtol=0, atol=1e-10)


def test_a_missing_month_leaves_a_gap_in_time_since_treatment(frame: Frame) -> None:
    rng = np.random.default_rng(12)
    first = np.repeat([5, 8], [40, 60])
    table = frame(rng.normal(size=(100, 8)), first)
    table = table.filter(pa.array(table.column("period").to_numpy() != 6))
    found = impact.evaluate(table, mechanism="judgement", seed=1)
    assert found.event_study.column("relative_period").to_pylist() == [-5, -4, -3, -2, -1, 0, 2]


def test_a_donut_longer_than_the_history_is_shortened_and_told(frame: Frame) -> None:
    rng = np.random.default_rng(13)
    table = frame(rng.normal(size=(90, 6)), np.repeat([1, 3, 5], 30))
    found = impact.evaluate(table, mechanism="judgement", seed=1, donut=12)
    assert found.estimators["bjs_donut"] is not None
    assert found.diagnostics["donut_used"] < 12
    assert any("donut was reduced" in note for note in found.diagnostics["notes"])
