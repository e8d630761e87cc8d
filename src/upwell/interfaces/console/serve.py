"""Everything in one command: database, migrations, static files, worker and web server."""

import argparse
import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from upwell.foundation.accounts.models import Account

POLL_SECONDS = 1.0
GRACE_SECONDS = 25.0


class Stop(Exception):  # it is no error: a person asked the command to end
    """A signal asked the command to end."""


def main(arguments: list[str]) -> int:
    """Serve the installation as it is."""
    given = parser("serve").parse_args(arguments)
    if not port_is_free(given.host, given.port):
        return 2
    prepare()
    return serve(given)


def demo(arguments: list[str]) -> int:
    """Serve the demonstration organisation, which is loaded at the first start."""
    asked = parser("demo")
    asked.add_argument("--reset", action="store_true", help="forget everything and start afresh")
    given = asked.parse_args(arguments)
    if not port_is_free(given.host, given.port):
        return 2
    if given.reset and not reset():
        return 2
    prepare()
    # The loader brings the engine along, which takes seconds that no other command should wait for.
    from upwell.interfaces.console.demo import command, strategy

    print("Loading the demonstration organisation" if not command.is_loaded() else "Starting", flush=True)
    code = command.main([])
    if code:
        return code
    addresses = list(sign_ins())
    connection.close()
    return serve(given, ["", f"Sign in as (password {strategy.PASSWORD}):", *addresses])


def sign_ins() -> Iterator[str]:
    """One line for each person of the cast: address and name."""
    for account in Account.objects.filter(email__endswith="@upwell.example").order_by("email"):
        yield f"  {account.email:<28} {account.name}"


def port_is_free(host: str, port: int) -> bool:
    """Whether the web server will be able to listen there; says what to do where it will not."""
    try:
        with socket.create_server((host, port)):
            return True
    except (OSError, OverflowError) as reason:
        print(f"Upwell cannot listen on {host}:{port}: {reason}", file=sys.stderr)
        print("Choose another port, such as `make demo PORT=8001` or `--port 8001`.", file=sys.stderr)
        return False


def reset() -> bool:
    """Drop the database of the private server. A server named by DATABASE_URL is left alone."""
    if settings.DATABASE_SERVER is None:
        print("RESET only works on the private server; DATABASE_URL names another.", file=sys.stderr)
        return False
    connection.close()
    Path(settings.DEMONSTRATION_FILE).unlink(missing_ok=True)
    settings.DATABASE_SERVER.drop(settings.DATABASES["default"]["NAME"])
    return True


def serve(given: argparse.Namespace, more: Sequence[str] = ()) -> int:
    """Serve until a signal arrives. A child that dies is started again; a dead database is brought back."""
    connection.close()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    children = {"worker": worker_command(), "web": web_command(given)}
    running: dict[str, subprocess.Popen[bytes]] = {}
    address = f"Upwell is served at http://{given.host}:{given.port}/  (Ctrl-C stops it)"
    print("\n".join([address, *more]), flush=True)
    with contextlib.suppress(Stop):
        _keep(children, running)
    _end(running)
    return 0


def parser(name: str) -> argparse.ArgumentParser:
    """Host, port and number of web processes."""
    made = argparse.ArgumentParser(prog=f"upwell {name}", description=__doc__)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument("--processes", type=int, default=1, help="web processes, about one for each core")
    made.add_argument("--threads", type=int, default=4, help="requests one web process answers at a time")
    return made


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
