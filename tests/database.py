"""One database per pytest process, copied from a migrated template that is made once per set of migrations."""

import hashlib
import os
import re
from collections.abc import Iterator
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
    admin.execute(
        sql.SQL("alter database {} rename to {}").format(sql.Identifier(building), sql.Identifier(name))
    )
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


def _names(admin: psycopg.Connection) -> list[str]:
    prefixes = "^(template_|test_|building_)[0-9a-f]+"
    found = admin.execute("select datname from pg_database where datname ~ %s", [prefixes])
    return [row[0] for row in found.fetchall() if row[0] not in {"template0", "template1"}]


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
