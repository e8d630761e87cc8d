"""What was acknowledged survives `kill -9` of the program and of the database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from upwell.config.postgres import Server

WRITER = """
import sys, psycopg
from pathlib import Path
from upwell.config.postgres import Server
server = Server(Path(sys.argv[1]))
server.ensure("upwell")
with psycopg.connect(server.dsn("upwell"), autocommit=True) as connection:
    connection.execute("create table if not exists kept (n int primary key)")
    first = connection.execute("select coalesce(max(n), 0) from kept").fetchone()[0]
    for n in range(first + 1, first + 1_000_000):
        connection.execute("insert into kept values (%s)", [n])
        print(n, flush=True)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "var")
    yield server
    server.stop()


def writer(server: Server) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(server.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def read_until(process: subprocess.Popen[str], count: int) -> list[int]:
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(count)]


def rest(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(line) for line in process.stdout if line.endswith("\n")]


def kept(server: Server) -> set[int]:
    with psycopg.connect(server.dsn("upwell")) as connection:
        return {row[0] for row in connection.execute("select n from kept")}


def postmaster(server: Server) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def test_killing_the_program_loses_no_acknowledged_row(server: Server) -> None:
    process = writer(server)
    acknowledged = read_until(process, 50)
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += rest(process)
    process.wait()
    server.ensure("upwell")
    assert set(acknowledged) <= kept(server)


def test_killing_the_database_loses_no_acknowledged_row(server: Server) -> None:
    process = writer(server)
    acknowledged = read_until(process, 50)
    os.kill(postmaster(server), signal.SIGKILL)
    acknowledged += rest(process)
    process.wait()
    server.ensure("upwell")
    assert set(acknowledged) <= kept(server)


def test_after_both_are_killed_at_once_the_next_start_goes_on(server: Server) -> None:
    process = writer(server)
    acknowledged = read_until(process, 50)
    os.kill(postmaster(server), signal.SIGKILL)
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += rest(process)
    process.wait()
    time.sleep(0.1)
    again = writer(server)
    acknowledged += read_until(again, 20)
    os.kill(again.pid, signal.SIGKILL)
    again.wait()
    assert set(acknowledged) <= kept(server)
