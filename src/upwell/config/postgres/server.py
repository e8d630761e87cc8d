"""One private PostgreSQL server: prepared once, started when needed, stopped by the last process that used it.

Whether it runs is decided by connecting, never by a pid file. A file lock orders those who start it; a second,
shared lock counts those who use it and is released by the kernel even when a process is killed.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from upwell.config.postgres import privileges, providers
from upwell.config.postgres.errors import DatabaseServerError
from upwell.config.postgres.privileges import Ground
from upwell.config.postgres.unprivileged import NOBODY

USER = "upwell"
LONGEST_SOCKET = 106
START_SECONDS = 60.0
INITDB = [
    f"--username={USER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--data-checksums",
]
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


class Server:
    """The server whose files lie in one folder. `durable=False` is for test data only."""

    def __init__(self, folder: Path, *, durable: bool = True, way: privileges.Way | None = None) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self._digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        self._way = way
        self._users: int | None = None
        self._owner = 0

    @property
    def socket(self) -> Path:
        """The private folder of the socket: short, since a socket address holds 107 bytes only."""
        roots = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]  # noqa: S108
        for root in roots:
            if not root or not Path(root).is_dir() or not os.access(root, os.W_OK):
                continue
            folder = Path(root) / f"upwell-{os.getuid()}-{self._digest}"
            if len(os.fsencode(folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
                return folder
        raise DatabaseServerError("No short folder for the database socket was found. Set TMPDIR=/tmp.")

    @property
    def elsewhere(self) -> Path:
        """Where root keeps what `nobody` must reach, when the installation's own folder is closed to `nobody`."""
        return Path("/var/lib") / f"upwell-{self._digest}"

    @property
    def used(self) -> bool:
        """True once this process has made sure that the server runs."""
        return self._users is not None and self._owner == os.getpid()

    def dsn(self, database: str = "postgres") -> str:
        """Connection text for one database of this server."""
        return f"host={self.socket} user={USER} dbname={database}"

    def program(self, name: str) -> Path:
        """Where a program of the same PostgreSQL lies, such as ``pg_dump``."""
        return providers.find().bin / name

    def running(self) -> bool:
        """True when a connection is accepted."""
        if not self.socket.is_dir():
            return False
        try:
            psycopg.connect(self.dsn(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure(self, database: str = "") -> None:
        """Start the server unless it runs, create `database` unless it exists, and count this process as a user."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock():
            self._count_in()
            if not self.running():
                self._start(self._ground())
            if database:
                self._create(database)

    def drop(self, database: str) -> None:
        """Forget one database with all it holds; the next connection makes it anew."""
        self.ensure()
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database))
            connection.execute(statement)
        self.ensure(database)

    def stop(self) -> None:
        """Stop at once, whoever uses it. Safe when it does not run."""
        with self._lock():
            self._stop()

    def leave(self) -> None:
        """Count this process out and stop the server when no other process uses it."""
        if self._users is None or not self.used:
            return
        with self._lock():
            handle, self._users = self._users, None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                self._stop()
            finally:
                os.close(handle)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        handle = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _count_in(self) -> None:
        if self.used:
            return
        handle = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        self._users, self._owner = handle, os.getpid()
        atexit.register(self.leave)

    def _ground(self) -> Ground:
        way = self._way or privileges.choose()
        return privileges.prepare(way, providers.find(), self.folder / "data", self.elsewhere)

    def _start(self, ground: Ground) -> None:
        self._own_socket(ground)
        if not (ground.data / "PG_VERSION").exists():
            self._initialise(ground)
        self._guard_version(ground)
        self._forget_stranger(ground)
        command = [str(ground.bin / "postgres"), "-D", str(ground.data), *self._options()]
        deadline = time.monotonic() + START_SECONDS
        with (self.folder / "server.log").open("ab") as log:
            while time.monotonic() < deadline:
                process = subprocess.Popen(
                    privileges.wrap(ground.way, command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd="/",
                )
                if self._accepted(process, deadline):
                    return
        raise DatabaseServerError(f"PostgreSQL did not start; its own words are in {self.folder / 'server.log'}.")

    def _accepted(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """Wait for a connection. False when the process ended, as it does while orphans of a crash still leave."""
        while time.monotonic() < deadline:
            if self.running():
                return True
            if process.poll() is not None:
                time.sleep(0.3)
                return False
            time.sleep(0.03)
        process.terminate()
        return False

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": "256MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "jit": "off",
            **(DURABLE if self.durable else FAST),
        }
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def _own_socket(self, ground: Ground) -> None:
        folder = self.socket
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in {os.getuid(), NOBODY}:
            raise DatabaseServerError(f"{folder} belongs to somebody else. Remove it or set TMPDIR.")
        ground.own(folder)

    def _initialise(self, ground: Ground) -> None:
        ground.own(ground.data)
        command = [str(ground.bin / "initdb"), "-D", str(ground.data), *INITDB]
        if not self.durable:
            command.append("--no-sync")
        done = subprocess.run(
            privileges.wrap(ground.way, command), capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode != 0:
            raise DatabaseServerError(f"The database could not be prepared:\n{done.stdout}{done.stderr}")

    def _guard_version(self, ground: Ground) -> None:
        ours = subprocess.run(
            [str(ground.bin / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[2].split(".")[0]
        theirs = (ground.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise DatabaseServerError(
                f"{ground.data} was written by PostgreSQL {theirs}, but the installed one is {ours}. Install the "
                "matching wheel, write a dump with it (see docs/how-to/back-up-and-restore.md) and restore it."
            )

    def _forget_stranger(self, ground: Ground) -> None:
        """Remove a pid file whose number now belongs to another program, as after a restarted container."""
        path = ground.data / "postmaster.pid"
        try:
            number = int(path.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        command = Path(f"/proc/{number}/cmdline")
        if Path("/proc/self").exists() and command.exists() and b"postgres" not in command.read_bytes():
            path.unlink()

    def _create(self, database: str) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))

    def _stop(self) -> None:
        if not self.running():
            return
        ground = self._ground()
        command = [str(ground.bin / "pg_ctl"), "stop", "-D", str(ground.data), "-m", "fast", "-w", "-t", "60"]
        subprocess.run(privileges.wrap(ground.way, command), capture_output=True, check=False, cwd="/")
        with contextlib.suppress(OSError):
            self.socket.rmdir()
