"""One database per pytest process, copied from a migrated template that is made once per set of migrations."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

SOURCE = Path(settings.PACKAGE)
LOCK = 7_201_846
FILLING_LOCK = 7_201_847
OWNED = re.compile(r"^test_(\d+)_")


def migrations_digest() -> str:
    """Names one state of all migrations, so that a changed migration asks for a new template."""
    digest = hashlib.sha256(django.__version__.encode())
    for path in sorted(SOURCE.glob("**/migrations/*.py")):
        digest.update(str(path.relative_to(SOURCE)).encode() + path.read_bytes())
    digest.update("\n".join(settings.INSTALLED_APPS).encode())
    return digest.hexdigest()[:16]


def create(worker: str) -> str:
    """A fresh migrated database for this process; its name tells which process owns it."""
    name = f"test_{os.getpid()}_{worker}"
    with _administration() as admin:
        admin.execute("select pg_advisory_lock(%s)", [LOCK])
        _drop_orphans(admin)
        template = _template(admin)
        _drop(admin, name)
        admin.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    use(name)
    return name


def create_filled(worker: str, what: str, digest: str, fill: Callable[[], None]) -> str:
    """A database for this process that holds what `fill` writes; `fill` runs once for each `digest`, for all processes.

    `what` is one lower-case word that names the content; an older filling of the same word is dropped.
    """
    name = f"test_{os.getpid()}_{worker}_{what}"
    filled = f"{what}_{digest}"
    with _administration() as admin:
        admin.execute("select pg_advisory_lock(%s)", [FILLING_LOCK])
        if filled not in _names(admin, f"^{what}_"):
            for old in _names(admin, f"^{what}_"):
                _drop(admin, old)
            building = create(f"{worker}_building")
            fill()
            use("postgres")
            _rename(admin, building, filled)
        _drop(admin, name)
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(filled)
            )
        )
    use(name)
    return name


def drop(name: str) -> None:
    """Remove the database of this process."""
    connection.close()
    with _administration() as admin:
        _drop(admin, name)


def use(name: str) -> None:
    """Point Django at a database."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


@contextmanager
def _administration() -> Iterator[psycopg.Connection]:
    use("postgres")
    parameters = connection.get_connection_params()
    for key in ("cursor_factory", "context", "pool"):
        parameters.pop(key, None)
    with psycopg.connect(**parameters, autocommit=True) as admin:
        yield admin


def _template(admin: psycopg.Connection) -> str:
    name = f"template_{migrations_digest()}"
    if name in _names(admin):
        return name
    for old in _names(admin):
        if old.startswith("template_"):
            _drop(admin, old)
    building = f"building_{os.getpid()}"
    _drop(admin, building)
    admin.execute(sql.SQL("create database {}").format(sql.Identifier(building)))
    use(building)
    call_command("migrate", verbosity=0, interactive=False)
    use("postgres")
    _rename(admin, building, name)
    return name


def _drop_orphans(admin: psycopg.Connection) -> None:
    """Databases of processes that were killed before they could tidy up."""
    for name in _names(admin):
        owner = OWNED.match(name)
        if owner and not _alive(int(owner[1])):
            _drop(admin, name)


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _names(admin: psycopg.Connection, pattern: str = "^(template_|test_|building_)[0-9a-f]+") -> list[str]:
    found = admin.execute("select datname from pg_database where datname ~ %s", [pattern])
    return [row[0] for row in found.fetchall() if row[0] not in {"template0", "template1"}]


def _rename(admin: psycopg.Connection, old: str, new: str) -> None:
    admin.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new)))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
