"""A fit is told in sentences that follow its numbers, and raters get cases to talk about."""

import pyarrow as pa
import pytest
from tests.engine.levels.worlds import NAMES, World, organisation

from upwell.engine import levels
from upwell.engine.errors import ParameterError
from upwell.engine.scales import LatentScale

TABLE, _ = organisation(World(people=80), 1)
FULL = levels.estimate(TABLE, as_of=100)


def fixed(**values: object) -> list[str]:
    parameters = levels.LevelParameters(learn=False, **values)  # type: ignore[arg-type]
    return list(levels.estimate(TABLE, as_of=100, parameters=parameters).fit["words"])


def test_the_weight_of_a_source_is_told_against_a_manager() -> None:
    words = fixed(noise_sd={"self": 2.5})
    assert words[0] == "A self-rating carries a quarter of the information of a manager's rating."
    assert fixed(noise_sd={"self": 1.0})[0] == "A self-rating carries as much information as a manager's rating."
    assert fixed(noise_sd={"self": 0.5})[0] == "A self-rating carries 2.0 times the information of a manager's rating."
    assert fixed(noise_sd={"self": 9.0})[0] == "A self-rating carries hardly any information."


def test_an_assessor_takes_the_right_article() -> None:
    rated = TABLE.set_column(TABLE.schema.get_field_index("source"), "source", pa.array(["assessor"] * len(TABLE)))
    parameters = levels.LevelParameters(learn=False)
    words = levels.estimate(rated, as_of=100, parameters=parameters).fit["words"]
    assert any(line.startswith("An assessor's rating loses half") for line in words)


def test_age_and_leaning_are_told_in_months_and_levels() -> None:
    words = fixed(severity_mean={"self": -0.4, "peer": 0.02})
    assert "A manager's rating loses half of its information in 14 months." in words
    assert "A self-rating is on average 0.40 levels higher than a manager's rating." in words
    assert "A peer's rating is on average as severe as a manager's rating." in words
    assert "Age hardly weakens a manager's rating." in fixed(drift=0.001)


def test_the_fit_names_its_thresholds_and_variances() -> None:
    fit = FULL.fit
    assert fit["thresholds"] == {"common": [1.5, 2.5, 3.5, 4.5]}
    assert fit["variances"]["general"] == pytest.approx(FULL.parameters["general_sd"] ** 2)
    assert fit["half_life"]["manager"] == pytest.approx(
        FULL.parameters["noise_sd"]["manager"] ** 2 / FULL.parameters["drift"]
    )


def test_cuts_that_are_not_published_are_learned() -> None:
    true, guess = (1.5, 2.5, 3.5, 4.5), (1.318, 2.918, 3.318, 4.446)
    table, _ = organisation(World(people=400), 8)
    learn = levels.LevelParameters(learn_cuts=("common",))
    found = levels.estimate(table, as_of=100, scale=LatentScale("guess", guess), parameters=learn)
    assert found.fit["thresholds"]["common"] == pytest.approx(true, abs=0.12)
    assert found.state.scales["common"].cuts == tuple(found.fit["thresholds"]["common"])
    with pytest.raises(ParameterError, match="'four' of learn_cuts is not among the scales"):
        levels.estimate(table, as_of=100, parameters=levels.LevelParameters(learn_cuts=("four",)))


def rows(given: list[tuple[object, ...]]) -> pa.Table:
    return pa.table({name: [row[i] for row in given] for i, name in enumerate(NAMES)})


def test_sets_without_a_common_rater_are_told_and_joined() -> None:
    given = [(p, "x", f"m{p // 4}", "manager", 3, 1) for p in range(12)]
    given += [(p, "x", "q", "peer", 3, 1) for p in range(8)]
    found = levels.estimate(rows(given), as_of=2)
    assert found.diagnostics["connectedness"].startswith(
        "8 of 12 people can be compared with each other; 4 in 1 subset"
    )
    sheet = levels.calibration_sheet(found.state).to_pylist()
    assert sheet[0]["kind"] == "join"
    assert sheet[0]["rater"] == "m2"
    assert sheet[0]["person"] in range(8)
    assert sheet[0]["people"] == 4


def test_the_case_on_which_raters_disagree_most_comes_first() -> None:
    given = [(p, "x", r, "peer", 3 if (p + i) % 3 else 4, 1) for p in range(12) for i, r in enumerate("abcd")]
    given = [row for row in given if row[:3] not in ((5, "x", "a"), (5, "x", "b"))]
    given += [(5, "x", "a", "peer", 5, 1), (5, "x", "b", "peer", 1, 1)]
    found = levels.estimate(rows(given), as_of=2)
    assert found.diagnostics["connectedness"] == "All 12 people can be compared: common raters join them."
    first = levels.calibration_sheet(found.state).to_pylist()[0]
    assert (first["kind"], first["person"], {first["rater"], first["other"]}) == ("disagree", 5, {"a", "b"})
    assert first["apart"] > 0 if first["rater"] == "a" else first["apart"] < 0


def test_a_sheet_is_as_long_as_wanted_with_each_person_once() -> None:
    sheet = levels.calibration_sheet(FULL.state, n=12)
    people = sheet["person"].to_pylist()
    assert len(people) == len(set(people)) == 12
    surprises = [s for s in sheet["surprise"].to_pylist() if s is not None]
    assert surprises == sorted(surprises, reverse=True)
    with pytest.raises(ParameterError, match="at least 1 case"):
        levels.calibration_sheet(FULL.state, n=0)


def test_following_the_joins_makes_one_set_of_all() -> None:
    given = [(p, "x", m, "manager", 2 + p % 3, 1) for p in range(12) for m in [f"m{p // 4}"]]
    given += [(p, "x", "m0", "peer", 3, 1) for p in (8, 9)]
    given += [(20, "x", "20", "self", 3, 1), (21, "x", "m1", "self", 3, 1)]
    found = levels.estimate(rows(given), as_of=2)
    assert found.diagnostics["components"] == 5
    joins = [row for row in levels.calibration_sheet(found.state, n=20).to_pylist() if row["kind"] == "join"]
    assert len(joins) == 4
    asked = [row["reason"].split("(")[1].split(")")[0] for row in joins]
    more = [(row["person"], "x", row["rater"], source, 3, 1) for row, source in zip(joins, asked, strict=True)]
    assert levels.estimate(rows([*given, *more]), as_of=2).diagnostics["components"] == 1
    assert "self" not in asked
