"""What of a real organisation's table may be shown: employees of a county by department and division.

    python docs/methods/figures/disclosure.py DATA

DATA is the folder that holds org/montgomery_county_employees_2016.csv.gz.
"""

import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from upwell.engine import disclosure
from upwell.engine.cli.charts import Bar, bars, standalone

FILE = "org/montgomery_county_employees_2016.csv.gz"
COUNTY, LARGEST = "county", 8


def main(data: Path) -> None:
    """Write the figure beside this file."""
    people = csv.read_csv(data / FILE)
    seats = list(zip(people["department"].to_pylist(), people["division"].to_pylist(), strict=True))
    safe = disclosure.protect(_tree(seats), keys=["unit"], count="n", parent=("unit", "above"))
    print(safe.diagnostics)
    hidden: dict[str, list[str]] = {}
    for row in safe.estimates.to_pylist():
        if row["above"] not in (None, COUNTY):
            hidden.setdefault(row["above"], []).append(row["why"])
    open_people = Counter(
        row["above"] for row in safe.estimates.to_pylist() for _ in range(row["n"] or 0) if not row["withheld"]
    )
    alone = sum(reasons.count(disclosure.SMALL) == 1 for reasons in hidden.values())
    print(f"{len(hidden)} departments, in {alone} of which one small division alone could be found by subtraction")
    sizes = Counter(department for department, _ in seats)
    largest = sorted(hidden, key=lambda name: (-len(hidden[name]), name))
    chosen = [*largest[:LARGEST], *(name for name in largest[LARGEST:] if disclosure.SHIELD in hidden[name])]
    rows = []
    for name in chosen:
        small, shields = (hidden[name].count(why) for why in (disclosure.SMALL, disclosure.SHIELD))
        words = f"{len(hidden[name])} units: {small} small, {shields} {'shield' if shields == 1 else 'shields'}"
        rows.append(Bar(f"{name}: {sizes[name]:,} people", open_people[name] / sizes[name], None, None, words))
        print(rows[-1])
    words = "Share of a department's people in divisions whose figures may be shown, none below five."
    Path(__file__).with_suffix(".svg").write_text(standalone(bars(rows, words)), encoding="utf-8")


def _tree(seats: list[tuple[str, str]]) -> pa.Table:
    """Divisions below departments below the county, with their people."""
    divisions, departments = Counter(seats), Counter(department for department, _ in seats)
    units = [(COUNTY, None, len(seats)), *((name, COUNTY, n) for name, n in departments.items())]
    units += [(f"{above} / {name}", above, n) for (above, name), n in divisions.items()]
    names, above, counts = zip(*units, strict=True)
    return pa.table({"unit": names, "above": pa.array(above, pa.string()), "n": pa.array(counts, pa.int64())})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
