"""`/healthz` is 200 only when database, migrations and worker are well."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from upwell.interfaces.web import health

pytestmark = pytest.mark.django_db


def hear_from_a_worker(ago: dt.timedelta) -> None:
    with connection.cursor() as cursor:
        moment = timezone.now() - ago
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (%s)", [moment])


def test_all_is_well_while_a_worker_is_heard_from(client: Client) -> None:
    hear_from_a_worker(dt.timedelta(seconds=5))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"well": True, "database": "well", "migrations": "well", "worker": "well"}


def test_a_silent_worker_is_told(client: Client) -> None:
    hear_from_a_worker(dt.timedelta(minutes=10))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "silent"


def test_without_a_worker_nothing_is_well(client: Client) -> None:
    assert client.get("/healthz").json()["worker"] == "none started"


def test_a_missing_migration_is_told(client: Client) -> None:
    hear_from_a_worker(dt.timedelta(seconds=5))
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'runs'")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["migrations"].endswith("not applied")


def test_the_answer_is_never_cached_and_carries_the_strict_policy(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_database_that_is_away_is_told_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise health.Error("gone")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    assert health.look() == health.Health("not reachable", "unknown", "unknown")
