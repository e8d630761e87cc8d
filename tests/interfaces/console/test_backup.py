"""A dump that can be read back, and a restore that never overwrites people."""

from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from tests.factories import PersonFactory

from upwell.interfaces.console import commands

needs_private_server = pytest.mark.skipif(
    settings.DATABASE_SERVER is None, reason="DATABASE_URL names a server of yours; the private one is not started"
)


@needs_private_server
@pytest.mark.django_db(transaction=True)
def test_a_dump_holds_what_was_committed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    person = PersonFactory(name="Zora Dumped")
    file = tmp_path / "upwell.dump"
    assert commands.run(["dump", str(file)]) == 0
    server, scratch = settings.DATABASE_SERVER, f"restored_{person.pk}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"create database {scratch}")
    try:
        assert commands.backup._run("pg_restore", "--no-owner", f"--dbname={server.dsn(scratch)}", str(file)) == 0
        with psycopg.connect(server.dsn(scratch)) as connection:
            assert connection.execute("select name from people_person").fetchall() == [("Zora Dumped",)]
    finally:
        server.drop(scratch)


@pytest.mark.django_db
def test_a_restore_leaves_a_database_with_people_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PersonFactory()
    file = tmp_path / "upwell.dump"
    file.write_bytes(b"anything")
    assert commands.run(["restore", str(file)]) == 2
    assert "holds people already" in capsys.readouterr().err


def test_a_restore_from_nowhere_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["restore", str(tmp_path / "missing.dump")]) == 2
    assert "There is no file" in capsys.readouterr().err
