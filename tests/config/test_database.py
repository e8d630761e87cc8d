"""The database every other test stands on."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_the_test_database_is_migrated_and_belongs_to_this_process() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_database(), to_regclass('runs_run')::text")
        name, table = cursor.fetchone()
    assert name.startswith("test_")
    assert table == "runs_run"


def test_text_sorts_by_code_point_wherever_the_server_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select array_agg(v order by v) from (values ('b'), ('B'), ('a')) t(v)")
        assert cursor.fetchone()[0] == ["B", "a", "b"]
