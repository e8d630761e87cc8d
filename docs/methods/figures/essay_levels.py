"""Draw `essay_levels.svg`: what halo does to the certainty of 21 raters' severity (Wind and Hua, four domains).

    python docs/methods/figures/essay_levels.py FOLDER

FOLDER holds `windhua_writing.csv.gz` (372 essays; style, organisation, conventions, sentence formation).
"""

import csv
import gzip
import sys
from pathlib import Path

import pyarrow as pa

from upwell.engine import levels
from upwell.engine.cli import charts
from upwell.engine.scales import LatentScale

HERE = Path(__file__).parent
DOMAINS = ("style", "org", "conv", "sent_form")


def ratings(folder: Path) -> pa.Table:
    """One row per essay, rater and domain."""
    with gzip.open(folder / "windhua_writing.csv.gz", "rt") as lines:
        essays = list(csv.DictReader(lines))
    rows = [
        {"person": int(e["student"]), "capability": d, "rater": int(e["rater"]), "category": int(e[d]) + 1}
        for e in essays
        for d in DOMAINS
    ]
    table = pa.Table.from_pylist(rows)
    same = {"source": pa.repeat("assessor", len(rows)), "rated_on": pa.repeat(0, len(rows))}
    for name, column in same.items():
        table = table.append_column(name, column)
    return table


def main() -> None:
    """Severities of all raters on one scale, in the unit of the rating noise."""
    cuts = LatentScale("essay", (1.728, 3.079, 4.193))
    found = levels.estimate(ratings(Path(sys.argv[1])), as_of=0, scale=cuts)
    noise = found.parameters["noise_sd"]["assessor"]
    rows = [
        charts.Interval(
            f"rater {row['rater']}",
            row["severity"] / noise,
            row["lo95"] / noise,
            row["hi95"] / noise,
            None,
            f"infit {row['infit']:.2f}",
        )
        for row in sorted(found.raters.to_pylist(), key=lambda row: row["severity"])
    ]
    chart = charts.rows_on_one_scale(rows, "Severity of 21 raters of 372 essays with 95 % intervals")
    (HERE / "essay_levels.svg").write_text(charts.standalone(chart))


if __name__ == "__main__":
    main()
