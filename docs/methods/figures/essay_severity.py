"""Draw `essay_severity.svg`: how severe 21 raters of 372 essays are (Wind and Hua, style domain).

    python docs/methods/figures/essay_severity.py FOLDER

FOLDER holds `windhua_style_ratings.csv.gz`.
"""

import csv
import gzip
import sys
from pathlib import Path

import pyarrow as pa

from upwell.engine import levels
from upwell.engine.cli import charts

HERE = Path(__file__).parent


def ratings(folder: Path) -> pa.Table:
    """One row per essay and rater."""
    with gzip.open(folder / "windhua_style_ratings.csv.gz", "rt") as lines:
        rows = [
            {"person": row["student"], "rater": j, "category": int(row[f"rater_{j}"])}
            for row in csv.DictReader(lines)
            for j in range(1, 22)
        ]
    return pa.Table.from_pylist(rows)


if __name__ == "__main__":
    found = levels.mfrm(ratings(Path(sys.argv[1])))
    shown = [
        charts.Interval(f"rater {r['rater']}", r["severity"], r["lo95"], r["hi95"], None, f"{r['severity']:+.2f}")
        for r in sorted(found.raters.to_pylist(), key=lambda r: -r["severity"])
    ]
    drawing = charts.rows_on_one_scale(shown, "Severity of 21 raters in logits, with 95 % intervals")
    (HERE / "essay_severity.svg").write_text(charts.standalone(drawing))
