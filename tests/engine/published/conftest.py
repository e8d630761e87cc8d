"""One way to run a command on a published file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from upwell.__main__ import main

Answer = Callable[..., dict[str, Any]]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    """The JSON a command prints."""

    def run(*words: object) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == 0, capsys.readouterr().err
        return dict(json.loads(capsys.readouterr().out))

    return run


@pytest.fixture
def folder() -> Path:
    """Where the published files lie."""
    return Path(__file__).parent
