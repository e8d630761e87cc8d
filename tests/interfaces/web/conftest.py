"""Counting the SQL statements of a page and comparing them with the stored count."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

STORE = Path(__file__).with_name("sql_counts.json")
MOST = 15
UPDATE = "UPWELL_UPDATE_SQL_COUNTS"
NOT_COUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")

SqlCount = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def sql_count(db: None) -> SqlCount:
    """``with sql_count("people.list"): client.get(...)`` fails when a page needs other than the stored count.

    Savepoints are not counted. UPWELL_UPDATE_SQL_COUNTS=1 stores the new count; more than 15 is never stored.
    """

    @contextmanager
    def counted(name: str) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        statements = [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(NOT_COUNTED)]
        listing = "\n".join(statement[:200] for statement in statements)
        count = len(statements)
        assert count <= MOST, f"{name} needs {count} SQL statements; {MOST} is the limit:\n{listing}"
        stored: dict[str, int] = json.loads(STORE.read_text())
        if os.environ.get(UPDATE) == "1":
            STORE.write_text(json.dumps(dict(sorted({**stored, name: count}.items())), indent=2) + "\n")
            return
        assert stored.get(name) == count, (
            f"{name} needs {count} SQL statements, stored is {stored.get(name)}. If that is meant, run the test "
            f"with {UPDATE}=1.\n{listing}"
        )

    return counted
