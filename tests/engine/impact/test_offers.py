"""A programme offered by lot: published lotteries, least squares by hand, and lotteries with known truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import FrameError, NotEstimableError, ParameterError

Rows = Callable[[str], list[dict[str, str]]]
NSW_COVARIATES = ("age", "age2", "educ", "nodegree", "black", "hisp", "marr")


def nsw(source: str) -> pa.Table:
    """The experiment, or its treated with people of a survey, from the package that carries them."""
    data = pytest.importorskip("causaldata", reason="the NSW data come with the extra `reference`")
    drawn = data.nsw_mixtape.load_pandas().data
    survey = data.cps_mixtape.load_pandas().data
    columns: dict[str, np.ndarray] = {}
    for name in ("treat", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "re78"):
        own, theirs = drawn[name].to_numpy(float), survey[name].to_numpy(float)
        treated = drawn["treat"].to_numpy() == 1
        columns[name] = own if source == "experiment" else np.concatenate([own[treated], theirs])
    columns["assigned"] = columns.pop("treat").astype(int)
    columns["outcome"] = columns.pop("re78")
    return pa.table({**columns, "age2": columns["age"] ** 2})


def job_corps(rows: list[dict[str, str]], column: str) -> pa.Table:
    trained = [int("1" in (r["trainy1"], r["trainy2"])) for r in rows]
    return pa.table(
        {
            "assigned": [int(r["assignment"]) for r in rows],
            "outcome": [float(r[column]) for r in rows],
            "took_part": trained,
            "before": [float(r["mwearn"]) for r in rows],
        }
    )


def lottery(seed: int, people: int = 40, **extra: Any) -> pa.Table:
    rng = np.random.default_rng(seed)
    assigned = rng.permutation(np.arange(people) % 2)
    before = rng.normal(size=people)
    columns = {"assigned": assigned, "outcome": before + rng.normal(size=people), "before": before}
    return pa.table({**columns, **extra})


def test_the_experiment_of_the_nsw_is_reproduced(targets: dict[str, Any]) -> None:
    value, classical = targets["nsw"]["dw_experimental_re78"]
    plain = impact.intention_to_treat(nsw("experiment"), errors="classical").effect
    robust = impact.intention_to_treat(nsw("experiment"), errors="hc2").effect
    assert plain.estimate == pytest.approx(value, abs=0.05)
    assert plain.se == pytest.approx(classical, abs=0.05)
    assert robust.se == pytest.approx(targets["nsw"]["dw_experimental_hc2_se"], abs=0.05)


@pytest.mark.parametrize(
    ("row", "baseline", "change_from"),
    [
        ("unadjusted", (), None),
        ("did_75_78", (), "re75"),
        ("lagged_re75", ("re75",), None),
        ("re74_re75_covariates", (*NSW_COVARIATES, "re74", "re75"), None),
    ],
)
def test_the_treated_of_the_nsw_against_a_survey_give_the_published_disagreement(
    targets: dict[str, Any], row: str, baseline: tuple[str, ...], change_from: str | None
) -> None:
    value, se = targets["nsw"]["dw_treated_vs_cps"][row]
    found = impact.compare_groups(nsw("survey"), baseline=baseline, change_from=change_from, errors="classical")
    assert found.effect.estimate == pytest.approx(value, abs=0.06)
    assert found.effect.se == pytest.approx(se, abs=0.05)
    assert "Nobody drew" in found.assumptions[0]


@pytest.mark.parametrize("column", ["earny2", "earny3", "earny4", "pworky4"])
def test_the_offer_of_the_job_corps_is_reproduced(published: Rows, targets: dict[str, Any], column: str) -> None:
    value, se = targets["job_corps"]["itt"][column]
    found = impact.intention_to_treat(job_corps(published("job_corps.csv.gz"), column), errors="classical")
    assert found.effect.estimate == pytest.approx(value, abs=0.001)
    assert found.effect.se == pytest.approx(se, abs=0.001)
    if column == "earny4":
        assert found.other_mean == pytest.approx(targets["job_corps"]["control_mean_earny4"], abs=0.001)


def test_taking_part_in_the_job_corps_is_reproduced(published: Rows, targets: dict[str, Any]) -> None:
    expected = targets["job_corps"]
    found = impact.treatment_on_treated(job_corps(published("job_corps.csv.gz"), "earny4"), errors="hc2")
    assert found.effect.estimate == pytest.approx(expected["tot_2sls_earny4"][0], abs=0.001)
    assert found.effect.se == pytest.approx(expected["tot_2sls_earny4"][1], abs=0.01)
    assert found.first_stage.estimate == pytest.approx(expected["first_stage_any_training"], abs=1e-6)
    classical = impact.treatment_on_treated(job_corps(published("job_corps.csv.gz"), "earny4"), errors="classical")
    naive = expected["naive_trained_minus_untrained_earny4"]
    assert (classical.naive.estimate, classical.naive.se) == pytest.approx(naive, abs=0.001)
    assert 0.6 < found.contamination < 0.62
    assert "took it anyway" in found.words
    assert found.robust is not None
    assert found.robust[0] == pytest.approx(found.effect.lo95, abs=1.0)


def test_earlier_earnings_sharpen_the_offer(published: Rows) -> None:
    table = job_corps(published("job_corps.csv.gz"), "earny4")
    plain = impact.intention_to_treat(table).effect
    sharper = impact.intention_to_treat(table, baseline=["before"]).effect
    assert sharper.se < plain.se
    assert abs(sharper.estimate - plain.estimate) < plain.se


@pytest.mark.parametrize("errors", ["classical", "hc2", "hc3"])
def test_errors_follow_their_textbook_matrices(errors: Any) -> None:
    table = lottery(3, 24)
    found = impact.intention_to_treat(table, baseline=["before"], errors=errors).effect
    x = np.column_stack([np.ones(24), table["assigned"].to_numpy(), table["before"].to_numpy()])
    y = table["outcome"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    residual = y - x @ bread @ x.T @ y
    leverage = np.diag(x @ bread @ x.T)
    meat = {
        "classical": np.full(24, residual @ residual / 21),
        "hc2": residual**2 / (1 - leverage),
        "hc3": residual**2 / (1 - leverage) ** 2,
    }[errors]
    assert found.estimate == pytest.approx((bread @ x.T @ y)[1])
    assert found.se == pytest.approx(np.sqrt((bread @ (x.T * meat) @ x @ bread)[1, 1]))


def test_two_plain_groups_have_the_degrees_of_freedom_of_bell_and_mccaffrey() -> None:
    """With one dummy the formula has a closed form (Imbens and Kolesar 2016, equation 6)."""
    rng = np.random.default_rng(1)
    assigned = np.r_[np.ones(5, int), np.zeros(21, int)]
    found = impact.intention_to_treat(pa.table({"assigned": assigned, "outcome": rng.normal(size=26)})).effect
    n1, n0 = 5, 21
    expected = (n0 + n1) ** 2 * (n0 - 1) * (n1 - 1) / (n1**2 * (n1 - 1) + n0**2 * (n0 - 1))
    assert found.df == pytest.approx(expected)


def test_clusters_of_one_person_equal_hc2_and_large_ones_equal_the_matrix_formula() -> None:
    table = lottery(5, 30)
    singles = impact.intention_to_treat(table.append_column("cluster", pa.array(np.arange(30)))).effect
    plain = impact.intention_to_treat(table).effect
    assert (singles.se, singles.df) == pytest.approx((plain.se, plain.df))
    cluster = np.arange(30) // 3
    assigned = (cluster % 2).astype(int)
    grouped = table.set_column(0, "assigned", pa.array(assigned)).append_column("cluster", pa.array(cluster))
    found = impact.intention_to_treat(grouped).effect
    x = np.column_stack([np.ones(30), assigned])
    y = table["outcome"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    residual = y - x @ bread @ x.T @ y
    columns, maker = [], np.eye(30) - x @ bread @ x.T
    for g in range(10):
        own = cluster == g
        values, vectors = np.linalg.eigh(np.eye(3) - x[own] @ bread @ x[own].T)
        adjust = (vectors / np.sqrt(values)) @ vectors.T
        columns.append(maker[:, own] @ adjust @ x[own] @ bread[:, 1])
    matrix = np.array(columns)
    scores = []
    for g in range(10):
        own = cluster == g
        values, vectors = np.linalg.eigh(np.eye(3) - x[own] @ bread @ x[own].T)
        scores.append(bread[1] @ x[own].T @ (vectors / np.sqrt(values)) @ vectors.T @ residual[own])
    spread = np.linalg.eigvalsh(matrix @ matrix.T)
    assert found.se == pytest.approx(np.sqrt((np.array(scores) ** 2).sum()))
    assert found.df == pytest.approx(spread.sum() ** 2 / (spread**2).sum())


def test_strata_count_by_their_people() -> None:
    rng = np.random.default_rng(6)
    stratum = np.repeat([0, 1, 2], [20, 30, 50])
    assigned = np.concatenate([rng.permutation(np.arange(n) < k) for n, k in ((20, 4), (30, 20), (50, 25))]).astype(int)
    outcome = rng.normal(size=100) + stratum * (1 + assigned)
    found = impact.intention_to_treat(pa.table({"assigned": assigned, "outcome": outcome, "stratum": stratum})).effect
    differences, variances = [], []
    for s in range(3):
        a, b = (outcome[(stratum == s) & (assigned == k)] for k in (1, 0))
        differences.append(a.mean() - b.mean())
        variances.append(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    shares = np.array([0.2, 0.3, 0.5])
    assert found.estimate == pytest.approx(shares @ differences)
    assert found.se == pytest.approx(np.sqrt(shares**2 @ variances))


def test_the_order_of_rows_and_a_repeated_baseline_change_nothing() -> None:
    table = lottery(7)
    once = impact.intention_to_treat(table, baseline=["before"]).effect
    twice = table.append_column("double", pa.array(2 * table["before"].to_numpy() + 1))
    shuffled = twice.take(pa.array(np.random.default_rng(1).permutation(40)))
    again = impact.intention_to_treat(shuffled, baseline=["before", "double"]).effect
    assert (again.estimate, again.se, again.df) == pytest.approx((once.estimate, once.se, once.df))


def test_small_uneven_lotteries_are_covered() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        assigned = rng.permutation(np.arange(30) < 6).astype(int)
        outcome = rng.normal(size=30) * np.where(assigned == 1, 3.0, 1.0) + assigned
        found = impact.intention_to_treat(pa.table({"assigned": assigned, "outcome": outcome})).effect
        held += found.lo95 <= 1.0 <= found.hi95
    assert held >= 181


def test_those_whom_the_offer_moved_are_measured_and_a_weak_offer_is_called_weak() -> None:
    rng = np.random.default_rng(9)
    held = robust = unbounded = 0
    for _ in range(120):
        kind = rng.choice(3, 200, p=[0.5, 0.3, 0.2])
        assigned = rng.permutation(np.arange(200) % 2)
        part = np.where(kind == 0, assigned, kind == 1).astype(int)
        outcome = rng.normal(size=200) + kind + np.where(kind == 0, 2.0, 5.0) * part
        frame = pa.table({"assigned": assigned, "outcome": outcome, "took_part": part})
        found = impact.treatment_on_treated(frame)
        held += found.effect.lo95 <= 2.0 <= found.effect.hi95
        robust += found.robust is not None and found.robust[0] <= 2.0 <= found.robust[1]
    assert held >= 106
    assert robust >= 106
    for _ in range(50):
        assigned = rng.permutation(np.arange(61) % 2)
        part = (rng.random(61) < 0.5).astype(int)
        frame = pa.table({"assigned": assigned, "outcome": rng.normal(size=61), "took_part": part})
        weak = impact.treatment_on_treated(frame)
        unbounded += weak.robust is None
        assert weak.first_stage_f > 10 or "moved too few people" in weak.words
    assert unbounded >= 40


def test_what_cannot_be_answered_is_refused_in_one_sentence() -> None:
    table = lottery(2)
    with pytest.raises(NotEstimableError, match="at least 5"):
        impact.intention_to_treat(pa.table({"assigned": [1, 1, 0, 0], "outcome": [1.0, 2, 3, 4]}))
    with pytest.raises(FrameError, match="took_part"):
        impact.treatment_on_treated(table)
    with pytest.raises(NotEstimableError, match="moved nobody"):
        impact.treatment_on_treated(table.append_column("took_part", pa.array(np.ones(40, int))))
    with pytest.raises(ParameterError, match="cluster"):
        impact.intention_to_treat(table, errors="cluster")
    with pytest.raises(ParameterError, match="cluster"):
        impact.intention_to_treat(table.append_column("cluster", pa.array(np.arange(40))), errors="hc2")
    with pytest.raises(ParameterError, match="named twice"):
        impact.compare_groups(table, baseline=["before"], change_from="before")
    with pytest.raises(FrameError, match=r"above 1"):
        impact.intention_to_treat(table.set_column(0, "assigned", pa.array(np.full(40, 2))))
