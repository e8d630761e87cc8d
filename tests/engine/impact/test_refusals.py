"""Bad input and unanswerable questions get one clear sentence."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from upwell.engine import impact
from upwell.engine.errors import FrameError, NotEstimableError, ParameterError

Frame = Callable[[np.ndarray, np.ndarray], pa.Table]
Programme = Callable[..., pa.Table]


@pytest.fixture
def small(frame: Frame) -> pa.Table:
    rng = np.random.default_rng(1)
    return frame(rng.normal(size=(40, 10)), np.where(np.arange(40) < 15, 5, 10))


def with_outcome(table: pa.Table, values: object) -> pa.Table:
    return table.set_column(2, "outcome", pa.array(values))


def test_a_missing_column_is_named(small: pa.Table) -> None:
    with pytest.raises(FrameError, match="first_treated"):
        impact.evaluate(small.drop_columns(["first_treated"]), mechanism="queue", seed=1)


def test_a_repeated_unit_and_period_is_named(small: pa.Table) -> None:
    with pytest.raises(FrameError, match="2 rows for unit 0"):
        impact.evaluate(pa.concat_tables([small, small.slice(0, 1)]), mechanism="queue", seed=1)


def test_an_outcome_that_is_not_a_number_is_named_with_its_row(small: pa.Table) -> None:
    values = small.column("outcome").to_numpy().copy()
    values[6] = np.nan
    with pytest.raises(FrameError, match="row 7"):
        impact.evaluate(with_outcome(small, values), mechanism="queue", seed=1)


def test_one_period_is_not_enough(small: pa.Table) -> None:
    one = small.filter(pa.array(small.column("period").to_numpy() == 5))
    with pytest.raises(NotEstimableError, match="one period"):
        impact.evaluate(one, mechanism="queue", seed=1)


def test_a_constant_outcome_teaches_nothing(small: pa.Table) -> None:
    with pytest.raises(NotEstimableError, match="same in every row"):
        impact.evaluate(with_outcome(small, np.ones(small.num_rows)), mechanism="queue", seed=1)


def test_a_negative_first_treatment_is_refused(frame: Frame) -> None:
    table = frame(np.random.default_rng(1).normal(size=(20, 6)), np.where(np.arange(20) < 8, -2, 6))
    with pytest.raises(FrameError, match="negative"):
        impact.evaluate(table, mechanism="queue", seed=1)


def test_a_unit_has_one_first_treatment(small: pa.Table) -> None:
    first = small.column("first_treated").to_pylist()
    first[0] = 7
    table = small.set_column(3, "first_treated", pa.array(first))
    with pytest.raises(FrameError, match="more than one 'first_treated' for unit 0"):
        impact.evaluate(table, mechanism="queue", seed=1)


def test_nobody_untreated_is_not_estimable(frame: Frame) -> None:
    table = frame(np.random.default_rng(1).normal(size=(20, 6)), np.full(20, 3))
    with pytest.raises(NotEstimableError, match="nobody is untreated"):
        impact.evaluate(table, mechanism="judgement", seed=1)


def test_nobody_treated_is_not_estimable(frame: Frame) -> None:
    table = frame(np.random.default_rng(1).normal(size=(20, 6)), np.full(20, 6))
    with pytest.raises(NotEstimableError, match="Nobody in the panel is treated"):
        impact.evaluate(table, mechanism="judgement", seed=1)


def test_never_treated_controls_must_exist(frame: Frame) -> None:
    table = frame(np.random.default_rng(1).normal(size=(20, 6)), np.where(np.arange(20) < 8, 2, 4))
    with pytest.raises(NotEstimableError, match="notyet"):
        impact.evaluate(table, mechanism="judgement", control="never", seed=1)


def test_an_unknown_mechanism_lists_the_known_ones(small: pa.Table) -> None:
    with pytest.raises(ParameterError, match="lottery"):
        impact.evaluate(small, mechanism="magic", seed=1)


def test_training_everybody_in_one_month_is_refused_not_compared_with_the_month_before(frame: Frame) -> None:
    outcome = np.random.default_rng(1).normal(size=(60, 8)) + 5 * (np.arange(8) >= 4)
    result = impact.evaluate(frame(outcome, np.full(60, 4)), mechanism="universal", seed=1)
    assert result.verdict.is_refused
    assert result.verdict.code == 1
    assert not any(result.estimators.values())


def test_people_who_chose_themselves_after_their_results_rose_are_refused(programme: Programme) -> None:
    result = impact.evaluate(programme(1, people=300, sent="good_quarter", effect=0.0), mechanism="self", seed=1)
    assert result.verdict.is_refused
    assert result.bracket is None
    assert not any(result.estimators.values())


def test_fewer_than_five_treated_publish_nothing(frame: Frame) -> None:
    rng = np.random.default_rng(1)
    result = impact.evaluate(
        frame(rng.normal(size=(40, 10)), np.where(np.arange(40) < 4, 5, 10)), mechanism="lottery", seed=1
    )
    assert result.verdict.code == 1
    assert result.event_study.num_rows == 0
    assert not any(result.estimators.values())
    assert result.diagnostics["absent_in_last_period"] == {}


def test_judgement_without_results_from_before_cannot_be_judged(frame: Frame) -> None:
    rng = np.random.default_rng(1)
    result = impact.evaluate(
        frame(rng.normal(size=(60, 4)), np.where(np.arange(60) < 20, 0, 4)), mechanism="judgement", seed=1
    )
    assert result.verdict.code == 1
    assert result.estimators["difference_in_means"] is None


def test_an_estimator_that_is_left_out_says_why(small: pa.Table) -> None:
    result = impact.evaluate(small, mechanism="judgement", seed=1)
    assert result.estimators["efficient_simple"] is None
    assert "drawn" in result.reasons["efficient_simple"]


def test_one_treated_team_says_nothing_about_chance(small: pa.Table) -> None:
    team = pa.array((small.column("unit").to_numpy() >= 15).astype(int) * small.column("unit").to_numpy())
    result = impact.evaluate(small.append_column("cluster", team), mechanism="lottery", seed=1)
    assert result.verdict.code == 1
    assert "assigned together" in result.verdict.words


@pytest.fixture
def nearly_all(frame: Frame) -> pa.Table:
    """Three dates of fifteen people each and one person never treated; the effect is 3."""
    rng = np.random.default_rng(8)
    first = np.append(np.repeat([4, 6, 8], 15), 10)
    return frame(rng.normal(size=(46, 10)) + 3.0 * (np.arange(10) >= first[:, None]), first)


def test_one_person_never_treated_does_not_hide_those_treated_later(nearly_all: pa.Table) -> None:
    found = impact.evaluate(nearly_all, mechanism="staggered", seed=1)
    others = impact.evaluate(nearly_all.slice(0, 450), mechanism="staggered", seed=1)
    assert {n: e for n, e in found.estimators.items() if e} == {n: e for n, e in others.estimators.items() if e}
    assert found.estimators["cs_simple"] is not None
    assert found.verdict == others.verdict
    assert found.verdict.code == 3
    assert "never treated" in found.diagnostics["notes"][0]


def test_one_group_never_treated_does_not_hide_those_treated_later(nearly_all: pa.Table) -> None:
    clustered = nearly_all.append_column("cluster", pa.array(np.arange(460) // 50))
    mixed = clustered.filter(pa.array(np.arange(460) // 50 != 9))
    found = impact.evaluate(clustered, mechanism="staggered", seed=1)
    others = impact.evaluate(mixed, mechanism="staggered", seed=1)
    assert found.diagnostics["clusters"] == others.diagnostics["clusters"]
    assert found.estimators == others.estimators


@pytest.mark.parametrize("min_group", [1, 5])
def test_one_person_never_treated_is_no_control_group(nearly_all: pa.Table, min_group: int) -> None:
    found = impact.evaluate(nearly_all, mechanism="staggered", control="never", seed=1, min_group=min_group)
    assert found.verdict.code == 1
    assert found.estimators["cs_simple"] is None
