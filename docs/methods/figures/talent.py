"""Draw `talent.svg`: which occupations come near to what a database architect must be able to do (O*NET 29.0, Skills).

    python docs/methods/figures/talent.py DATA

DATA is the folder that holds onet/29_0. The people are the other computer and mathematical occupations: their skills at
the published level with its standard error. The role asks for the published levels of database architects,
each skill weighted by its importance to them.
"""

import csv
import gzip
import sys
from pathlib import Path

import pyarrow as pa

from upwell.engine import talent
from upwell.engine.cli.charts import Bar, bars, standalone

TARGET, FAMILY, SHOWN = "15-1243.00", "15-", 12


def main(data: Path) -> None:
    """Write the figure beside this file."""
    folder = data / "onet" / "29_0"
    titles = {row["O*NET-SOC Code"]: row["Title"] for row in _rows(folder / "Occupation Data.txt.gz")}
    skills = [row for row in _rows(folder / "Skills.txt.gz") if row["O*NET-SOC Code"].startswith(FAMILY)]
    of_level = [row for row in skills if row["Scale ID"] == "LV"]
    importance = {
        row["Element Name"]: float(row["Data Value"])
        for row in skills
        if row["Scale ID"] == "IM" and row["O*NET-SOC Code"] == TARGET
    }
    levels = pa.Table.from_pylist(
        [
            {
                "person": titles[row["O*NET-SOC Code"]],
                "capability": row["Element Name"],
                "level": float(row["Data Value"]),
                "sd": float(row["Standard Error"]),
            }
            for row in of_level
        ]
    )
    asked = pa.Table.from_pylist(
        [
            {
                "role": titles[TARGET],
                "capability": row["Element Name"],
                "required": float(row["Data Value"]),
                "weight": importance[row["Element Name"]],
            }
            for row in of_level
            if row["O*NET-SOC Code"] == TARGET
        ]
    )
    found = [row for row in talent.match(levels, asked).estimates.to_pylist() if row["person"] != titles[TARGET]]
    found.sort(key=lambda row: -row["match"])
    shown = [
        Bar(row["person"], row["match"], row["lo95"], row["hi95"], f"{row['match']:.0%}, ready {row['p_ready']:.0%}")
        for row in found[:SHOWN]
    ]
    for bar in shown:
        print(f"{bar.label}: {bar.words}, {bar.lo:.2f} to {bar.hi:.2f}")
    words = "Share of a database architect's skills met by twelve other occupations, with 95 % intervals (O*NET 29.0)."
    Path(__file__).with_suffix(".svg").write_text(standalone(bars(shown, words)), encoding="utf-8")


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
