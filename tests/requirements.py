"""Remembers which tests prove which requirement, for `make requirements`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

RECORD = Path(__file__).resolve().parents[1] / "var" / "requirements.json"
KNOWN = re.compile(r"^(R(0[1-9]|[1-6]\d|7[0-2])|G([1-9]|1[0-2]))$")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a mark that names no requirement."""
    for item in items:
        for name in requirement_ids(item):
            if not KNOWN.match(name):
                raise pytest.UsageError(
                    f"{item.nodeid} names requirement {name!r}. Use the ids of the requirements: R01..R72, G1..G12."
                )


def requirement_ids(item: pytest.Item) -> list[str]:
    """The ids a test carries."""
    return [str(name) for mark in item.iter_markers("requirement") for name in mark.args]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Put the ids on the report, so that they travel from a worker to the process that writes the record."""
    report = yield
    report.user_properties.extend(("requirement", name) for name in requirement_ids(item))
    return report


class Record:
    """Collects outcomes during one session."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test counts as passed only when its call passed; a failure in any phase stays."""
        if report.when != "call" and report.outcome == "passed":
            return
        for key, name in report.user_properties:
            if key == "requirement":
                self.outcomes.setdefault(str(name), {})[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Merge what this session saw into the record; tests it did not run keep their last result."""
        if not self.outcomes:
            return
        known: dict[str, dict[str, str]] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        for name, tests in self.outcomes.items():
            known.setdefault(name, {}).update(tests)
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(known, indent=1, sort_keys=True))


def pytest_configure(config: pytest.Config) -> None:
    """Record in the controlling process only."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Record(), "requirement-record")
