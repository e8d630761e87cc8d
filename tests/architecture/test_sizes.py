"""Files and functions stay small enough to be read at once."""

import ast

from tests.architecture.source import sources

LONGEST_FILE = 500
LONGEST_FUNCTION = 80
FILE_EXCEPTIONS: dict[str, str] = {}
FUNCTION_EXCEPTIONS: dict[str, str] = {}
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "service"})
NAME_EXCEPTIONS = {"config/postgres/backend/base.py": "Django looks for a database engine under this name"}


def test_no_file_is_longer_than_the_budget() -> None:
    long = {
        source.name: lines
        for source in sources()
        if (lines := source.text.count("\n")) > LONGEST_FILE and source.name not in FILE_EXCEPTIONS
    }
    assert not long, f"Cut these into a package of the same name, one file for each theme: {long}"


def test_no_function_is_longer_than_the_budget() -> None:
    long = {}
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                place = f"{source.name}:{node.name}"
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION and place not in FUNCTION_EXCEPTIONS:
                    long[place] = lines
    assert not long, f"Give the steps of these functions names of their own: {long}"


def test_no_file_has_a_name_that_says_nothing() -> None:
    vague = [
        source.name
        for source in sources()
        if (source.path.stem in FORBIDDEN_NAMES or source.path.parent.name in FORBIDDEN_NAMES)
        and source.name not in NAME_EXCEPTIONS
    ]
    assert not vague, f"Name these after what they hold: {vague}"


def test_every_app_has_only_the_rooms_of_the_house_and_a_readme() -> None:
    apps = {source.path.parent for source in sources() if source.path.name == "apps.py"}
    bare = sorted(app.name for app in apps if not (app / "README.md").is_file())
    assert not bare, f"Write ten lines in README.md: meaning, words, what it must never know: {bare}"
