"""Run areas, print their tables and write `benchmarks/RESULTS.md`.

    python -m benchmarks.engine [AREA ...] [--quick]

A run of all areas at full size rewrites the whole file; a run of some rewrites their sections alone; a quick run
writes nothing.
"""

import argparse
import datetime as dt
import importlib
import os
import platform
import re
import sys
import time
from pathlib import Path

from benchmarks.engine.lines import Line, Size
from upwell.engine import VERSION

HERE = Path(__file__).parent
RESULTS = HERE.parent / "RESULTS.md"
APART = {"__init__", "__main__", "lines"}
HEAD = ("figure", "measured", "target", "reference in the same run", "ratio", "met")


def main() -> int:
    """Run what is asked for; 1 where a target with a verdict is missed."""
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in APART)
    parser = argparse.ArgumentParser(description="Measure the engine.")
    parser.add_argument("areas", nargs="*", metavar="AREA", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="small sizes; writes nothing")
    given = parser.parse_args()
    unknown = sorted(set(given.areas) - set(known))
    if unknown:
        parser.error(f"no such area: {', '.join(unknown)}; there are {', '.join(known)}")
    size = Size.QUICK if given.quick else Size.FULL
    sections = {}
    missed = False
    for area in given.areas or known:
        started = time.perf_counter()
        lines = list(importlib.import_module(f"benchmarks.engine.{area}").measure(size))
        missed |= any(line.met is False for line in lines)
        sections[area] = section(area, lines, time.perf_counter() - started)
        print(sections[area], flush=True)
    if size is Size.FULL:
        write(sections)
    return int(missed)


def section(area: str, lines: list[Line], seconds: float) -> str:
    """One area as a heading and a table."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(cells(line) for line in lines)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"## {area}\n\nMeasured {dt.datetime.now(tz=dt.UTC):%Y-%m-%d} in {seconds:.0f} s; {machine()}.\n\n{table}\n"


def cells(line: Line) -> tuple[str, ...]:
    """One line as the cells of a row."""
    met = {None: "", True: "yes", False: "**no**"}[line.met]
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    return (line.what, line.value, line.target, line.reference, ratio, met)


def machine() -> str:
    """The machine in half a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {python}, engine {VERSION}"


def write(sections: dict[str, str]) -> None:
    """Put these sections into the results, leaving the others as they are."""
    old = RESULTS.read_text() if RESULTS.exists() else ""
    kept = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", old, flags=re.MULTILINE | re.DOTALL))
    kept |= {area: text.split("\n", 1)[1] for area, text in sections.items()}
    body = "\n".join(f"## {area}\n{kept[area].rstrip()}\n" for area in sorted(kept))
    RESULTS.write_text(f"# Results of `make bench-engine`\n\n{INTRODUCTION}\n\n{body}")


INTRODUCTION = (
    "Written by the command; not edited. A ratio is ours divided by the reference's, both measured in the same run, "
    "so below 1 is better. A missed target says **no**."
)

if __name__ == "__main__":
    sys.exit(main())
