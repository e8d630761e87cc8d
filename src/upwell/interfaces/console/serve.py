"""Everything in one command: database, migrations, static files, worker and web server."""

import argparse
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connection

POLL_SECONDS = 1.0
GRACE_SECONDS = 25.0


class Stop(Exception):  # it is no error: a person asked the command to end
    """A signal asked the command to end."""


def main(arguments: list[str]) -> int:
    """Serve until a signal arrives. A child that dies is started again; a dead database is brought back."""
    given = options(arguments)
    prepare()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    children = {"worker": worker_command(), "web": web_command(given)}
    running: dict[str, subprocess.Popen[bytes]] = {}
    print(f"Upwell is served at http://{given.host}:{given.port}/  (Ctrl-C stops it)", flush=True)
    with contextlib.suppress(Stop):
        _keep(children, running)
    _end(running)
    return 0


def options(arguments: list[str]) -> argparse.Namespace:
    """Host, port and number of web processes."""
    parser = argparse.ArgumentParser(prog="upwell serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=1, help="web processes, about one for each core")
    parser.add_argument("--threads", type=int, default=4, help="requests one web process answers at a time")
    return parser.parse_args(arguments)


def prepare() -> None:
    """Bring the tables and the static files up to date."""
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    collect_static()


def collect_static() -> None:
    """Collect and compress the static files when any of them changed since the last time."""
    stamp = settings.STATIC_ROOT / "collected"
    digest = static_digest(settings.PACKAGE / "interfaces" / "web" / "static")
    if settings.DEBUG or (stamp.exists() and stamp.read_text() == digest):
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest)


def static_digest(folder: Path) -> str:
    """One short text that changes with any file in the folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found = path.stat()
        digest.update(f"{path.relative_to(folder)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def worker_command() -> list[str]:
    """The command line of the worker."""
    return [sys.executable, "-m", "upwell", "worker"]


def web_command(given: argparse.Namespace) -> list[str]:
    """The command line of the web server."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
        *("--host", given.host, "--port", str(given.port)),
        *("--workers", str(given.processes), "--blocking-threads", str(given.threads)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
        "upwell.config.wsgi:application",
    ]


def _keep(commands: dict[str, list[str]], running: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        for name, command in commands.items():
            process = running.get(name)
            if process is None or process.poll() is not None:
                if process is not None:
                    print(f"The {name} process ended with {process.returncode}; starting it again.", flush=True)
                running[name] = subprocess.Popen(command, env=os.environ, start_new_session=True)
        time.sleep(POLL_SECONDS)
        server = settings.DATABASE_SERVER
        if server is not None and not server.running():
            print("The database server was gone; starting it again.", flush=True)
            server.ensure()


def _end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        process.terminate()
    for process in running.values():
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop
