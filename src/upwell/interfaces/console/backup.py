"""Dump and restore of the database, with the programs that belong to the private server."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from upwell.foundation.people.models import Person


def dump(arguments: list[str]) -> int:
    """Write the database to a file in PostgreSQL's custom format."""
    parser = argparse.ArgumentParser(prog="upwell dump", description="Write the database to a file.")
    parser.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    connection.ensure_connection()
    unfinished = given.file.with_name(f"{given.file.name}.part")
    code = _run("pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}", f"--dbname={_dsn()}")
    if code:
        unfinished.unlink(missing_ok=True)
        return code
    unfinished.replace(given.file)
    print(f"The database is in {given.file} ({given.file.stat().st_size:,} bytes).")
    return 0


def restore(arguments: list[str]) -> int:
    """Read the database from a file written by `upwell dump`. A database that holds people is left alone."""
    parser = argparse.ArgumentParser(prog="upwell restore", description="Read the database from a dump.")
    parser.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    if not given.file.is_file():
        print(f"There is no file {given.file}.", file=sys.stderr)
        return 2
    if "people_person" in connection.introspection.table_names() and Person.objects.exists():
        print("This database holds people already. Restore into an empty installation.", file=sys.stderr)
        return 2
    connection.close()
    wanted = ("--clean", "--if-exists", "--no-owner", "--exit-on-error", f"--dbname={_dsn()}", str(given.file))
    code = _run("pg_restore", *wanted)
    if code == 0:
        print(f"The database was read from {given.file}. `upwell serve` brings its tables up to date.")
    return code


def _dsn() -> str:
    if settings.DATABASE_SERVER is None:
        return str(settings.DATABASE_URL)
    settings.DATABASE_SERVER.ensure(settings.DATABASES["default"]["NAME"])
    return str(settings.DATABASE_SERVER.dsn(settings.DATABASES["default"]["NAME"]))


def _run(program: str, *arguments: str) -> int:
    """Run a program of the private server's PostgreSQL, or the system's where the server is elsewhere."""
    server = settings.DATABASE_SERVER
    found = shutil.which(program) if server is None else server.program(program)
    if found is None or not os.access(found, os.X_OK):
        print(f"{program} was not found. Install the client programs of your PostgreSQL.", file=sys.stderr)
        return 2
    return subprocess.run([found, *arguments], check=False).returncode
