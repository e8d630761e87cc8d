"""Draw `simulate.svg`: marginals of a simulated organisation beside published ones.

    python docs/methods/figures/simulate.py DATA

DATA is the folder that holds org and frameworks. Tenure: 9,228 employees of Montgomery County, Maryland (2016). Reports
of a leader: the whole reporting tree of Sourcegraph (2024). Required levels: 205 role levels of the UK Government
Digital and Data Profession Capability Framework.
"""

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from upwell.engine import simulate
from upwell.engine.cli.charts import Bar, bars, standalone

PEOPLE, SEED, THIN = 20_000, 1, 0.004
TENURES = ((0, 2), (2, 5), (5, 10), (10, 20), (20, 99))
SPANS = ((1, 2), (2, 4), (4, 8), (8, 99))
LEVELS = ("Awareness", "Working", "Practitioner", "Expert")


def main(data: Path) -> None:
    """Write the figure beside this file."""
    made = simulate.organisation(PEOPLE, seed=SEED, only={"people", "truth_gaps"})
    here = [row for row in made.people.to_pylist() if row["left_on"] is None]
    rows = [
        *_bars(
            "tenure {} years", TENURES,
            [(simulate.LAST_DAY - row["hired_on"]).days / 365.25 for row in here], _tenures(data / "org"),
        ),
        *_bars("leader of {}", SPANS, Counter(row["manager"] for row in here if row["manager"]).values(), _spans(data)),
    ]  # fmt: skip
    published = _levels(data / "frameworks" / "uk_gddp")
    drawn = made.truth_gaps["required"].to_numpy() - 2
    for place, name in enumerate(LEVELS):
        rows.append(_bar(f"required level {name}", float((drawn == place).mean()), published[place]))
    for row in rows:
        print(row.label, row.words)
    words = "Shares in a simulated organisation (bars) and in published data (ticks)."
    Path(__file__).with_suffix(".svg").write_text(standalone(bars(rows, words)), encoding="utf-8")


def _bars(
    label: str, groups: Sequence[tuple[int, int]], drawn: Iterable[float], published: Iterable[float]
) -> list[Bar]:
    a, b = np.array(list(drawn)), np.array(list(published))
    names = [f"{low} and more" if high == 99 else f"{low} to {high - 1}" for low, high in groups]
    if label.startswith("tenure"):
        names = [f"{low} and more" if high == 99 else f"{low} to {high}" for low, high in groups]
    else:
        names[0] = "1"
    return [
        _bar(label.format(name), float(((a >= low) & (a < high)).mean()), float(((b >= low) & (b < high)).mean()))
        for name, (low, high) in zip(names, groups, strict=True)
    ]


def _bar(label: str, drawn: float, published: float) -> Bar:
    words = f"{drawn:.0%}, published {published:.0%}"
    return Bar(label, drawn, max(published - THIN, 0.0), published + THIN, words)


def _tenures(folder: Path) -> list[float]:
    with gzip.open(folder / "montgomery_county_employees_2016.csv.gz", "rt", encoding="utf-8") as lines:
        hired = [row["date_first_hired"].split("/") for row in csv.DictReader(lines)]
    return [(date(2016, 12, 31) - date(int(year), int(month), int(day))).days / 365.25 for month, day, year in hired]


def _spans(data: Path) -> list[float]:
    with (data / "org" / "sourcegraph_2024-05-22_tree.csv").open(encoding="utf-8") as lines:
        return list(Counter(row["manager_id"] for row in csv.DictReader(lines) if row["manager_id"]).values())


def _levels(folder: Path) -> list[float]:
    with gzip.open(folder / "roles.csv.gz", "rt", encoding="utf-8") as lines:
        stated = [row["Skill Level"].strip().capitalize() for row in csv.DictReader(lines)]
    counts = [sum(name == level for name in stated) for level in LEVELS]
    return [count / sum(counts) for count in counts]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
