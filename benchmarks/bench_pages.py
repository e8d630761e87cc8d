"""CPU milliseconds and SQL statements of each page of the demonstration, beside an empty page in the same run.

    python benchmarks/bench_pages.py [REPEATS]

Loads the demonstration into a database of the test server (kept for the day, so that a second run starts at once).
Each page is asked for by the one of the cast who finds most on it; the median of the repeats counts.
"""

import logging
import os
import statistics
import sys
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.config.settings_test")
EMPTY = "/nowhere/"


def main(repeats: int) -> None:
    """Print one line for each page, slowest first, and the empty page all are measured against."""
    django.setup()
    logging.getLogger("django.request").setLevel(logging.ERROR)
    from django.test import Client  # models load after django.setup()
    from django.test.utils import setup_test_environment
    from tests import database
    from tests.journeys import demo
    from tests.journeys.walk import walk

    setup_test_environment()
    name = demo.create("bench")
    try:
        found = walk()
        routes = sorted({visit.route for visit in found.visits if visit.is_page and visit.status == 200})
        empty = _median_ms(Client(), EMPTY, repeats)
        lines = []
        for route in routes:
            fullest = found.fullest(route)
            if fullest is not None:
                took = _median_ms(found.clients[fullest.name], fullest.path, repeats)
                lines.append((took, route, len(fullest.statements), fullest.size, fullest.name))
    finally:
        database.drop(name)
    print(f"{'page':<24}{'CPU ms':>8}{'times empty':>13}{'SQL':>5}{'kB':>7}  asked for by")
    print(f"{'(an empty page)':<24}{empty:>8.1f}{1.0:>13.1f}{0:>5}")
    for took, route, statements, size, who in sorted(lines, reverse=True):
        print(f"{route:<24}{took:>8.1f}{took / empty:>13.1f}{statements:>5}{size / 1000:>7.1f}  {who}")


def _median_ms(client: object, path: str, repeats: int) -> float:
    get = client.get  # type: ignore[attr-defined]
    get(path)
    return statistics.median(_cpu_ms(get, path) for _ in range(repeats))


def _cpu_ms(get: object, path: str) -> float:
    begin = time.process_time()
    get(path)  # type: ignore[operator]
    return (time.process_time() - begin) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
