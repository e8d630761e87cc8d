"""Rows per second of each step of an import, on a generated HRIS table, beside a bare COPY in the same run.

    python benchmarks/bench_import.py [ROWS]

Needs the product's test settings; it works in one transaction and rolls it back.
"""

import datetime as dt
import os
import sys
import time

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.config.settings_test")
MANAGED = 8


def table(rows: int) -> bytes:
    """An HRIS table with a tree of managers of `MANAGED` reports each, in fifty units."""
    lines = ["person_key,given_name,family_name,email,hired_on,unit_key,unit_name,position_title,manager_key"]
    for n in range(1, rows + 1):
        manager = f"E{(n - 2) // MANAGED + 1}" if n > 1 else ""
        lines.append(f"E{n},Given{n},Family{n},e{n}@example.org,2020-01-01,U{n % 50},Unit {n % 50},Engineer,{manager}")
    return "\n".join(lines).encode()


def main(rows: int) -> None:
    """Print rows per second for parse, apply, repeated apply, and the COPY they are measured against."""
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connection, transaction  # models load after django.setup()

    from upwell.domain.intake.operations.applying import make_true
    from upwell.domain.intake.readers.formats import parse
    from upwell.domain.intake.readers.options import Options
    from upwell.domain.intake.readers.source import SourceFile

    at = dt.datetime(2026, 3, 31, tzinfo=dt.UTC)
    data = table(rows)
    took: dict[str, float] = {}
    begin = time.perf_counter()
    parsed = parse([SourceFile("people.csv", data)], Options(at.date()))
    took["parse"] = time.perf_counter() - begin
    with transaction.atomic():
        for step in ("apply", "apply again"):
            begin = time.perf_counter()
            make_true(parsed.records, since=at.date(), source="benchmark", actor=None, at=at)
            took[step] = time.perf_counter() - begin
        with connection.cursor() as cursor:
            cursor.execute("create temporary table bench (k text, n text, s text, e text, h date)")
            begin = time.perf_counter()
            with cursor.copy("copy bench from stdin") as copy:
                for one in parsed.records.persons:
                    copy.write_row((one.key, one.name, one.sort_name, one.email, one.hired_on))
            took["bare COPY of five columns (reference)"] = time.perf_counter() - begin
        transaction.set_rollback(True)
    reference = took["bare COPY of five columns (reference)"]
    for step, seconds in took.items():
        print(f"import {step}: {rows / seconds:,.0f} rows/s, {seconds / reference:.1f} times the reference")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
