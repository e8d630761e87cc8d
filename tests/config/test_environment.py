"""Variables are read as what they should be, and a wrong one is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from upwell.config import database
from upwell.config.environment import Environment, SettingError
from upwell.config.secret import secret_key


def read(**values: str) -> Environment:
    return Environment(values)


def test_an_absent_variable_gives_the_default() -> None:
    nothing = read()
    assert nothing.text("A", "x") == "x"
    assert nothing.integer("A", 3) == 3
    assert nothing.switch("A", default=True)
    assert nothing.items("A", ("x",)) == ["x"]


@pytest.mark.parametrize(("word", "meaning"), [("on", True), ("Yes", True), ("1", True), ("off", False), ("", False)])
def test_a_switch_knows_the_usual_words(word: str, meaning: bool) -> None:
    assert read(A=word).switch("A", default=not meaning) is meaning


@pytest.mark.parametrize("call", [lambda e: e.integer("A", 1), lambda e: e.switch("A", default=True)])
def test_a_wrong_value_is_refused_with_the_name_of_the_variable(call: Callable[[Environment], object]) -> None:
    with pytest.raises(SettingError, match=r"^A must be"):
        call(read(A="perhaps"))


def test_a_list_has_no_empty_parts() -> None:
    assert read(A=" a, ,b ,").items("A") == ["a", "b"]


def test_a_path_is_absolute() -> None:
    assert read(A="~/x").path("A", Path()) == Path.home() / "x"


def test_a_database_address_is_taken_apart() -> None:
    found = database.named("postgresql://ann:s%40crt@db.example:6432/plms?sslmode=require", pool=4)
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("ann", "s@crt", "db.example", "6432")
    assert found["NAME"] == "plms"
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["pool"]["max_size"] == 4


def test_no_address_is_refused_in_words() -> None:
    with pytest.raises(SettingError, match="no PostgreSQL address"):
        database.named("mysql://nope nope", pool=0)


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "var")
    assert len(first) >= 50
    assert secret_key(tmp_path / "var") == first
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
