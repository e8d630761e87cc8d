"""Draw `forecast.svg`: students with a passing average, forecast from half a course and counted at its end (OULAD).

    python docs/methods/figures/forecast.py DATA

DATA is the folder that holds learning/oulad (Open University Learning Analytics, courses of 2013 and 2014). A snapshot
is taken every 30 days: who is still registered, and the mean of the marks so far in levels of twenty marks. Ready means
60 marks or more. The first four snapshots (days 60 to 150) forecast the one three steps later (day 240).
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from upwell.engine import forecast
from upwell.engine.cli.charts import Bar, bars, standalone

DAYS, KNOWN, REQUIRED, MARKS_PER_LEVEL = tuple(range(60, 241, 30)), 4, 3.0, 20.0
COURSE = ("code_module", "code_presentation")


def main(data: Path) -> None:
    """Write the figure beside this file and print the back-test."""
    taken = _snapshots(data / "learning" / "oulad")
    roles = pc.unique(taken["role"])
    required = pa.table({"role": roles, "capability": roles, "required": [REQUIRED] * len(roles)})
    past = taken.filter(pc.less(taken["period"], KNOWN))
    steps = len(DAYS) - KNOWN
    found = forecast.project(past, required, steps=steps, hiring="none", seed=1).estimates.to_pylist()
    last = taken.filter(pc.equal(taken["period"], len(DAYS) - 1))
    ready = Counter(last.filter(pc.greater_equal(last["level"], REQUIRED))["role"].to_pylist())
    start = Counter(past.filter(pc.equal(past["period"], KNOWN - 1))["role"].to_pylist())
    rows, held = [], []
    for row in sorted((row for row in found if row["step"] == steps), key=lambda row: row["role"]):
        of, came = start[row["role"]], ready[row["role"]]
        held.append(row["lo95"] <= came <= row["hi95"])
        words = f"{came:,}; forecast {row['lo95']:,.0f} to {row['hi95']:,.0f}"
        rows.append(Bar(f"{row['role']}, {of:,} students", came / of, row["lo95"] / of, row["hi95"] / of, words))
        print(rows[-1].label, words)
    print(f"{sum(held)} of {len(held)} within the 95 % interval")
    judged = forecast.back_test(taken, required, steps=steps, hiring="none", seed=1)
    print(judged.words, np.round(judged.skill, 3))
    for row in judged.estimates.to_pylist():
        print({key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()})
    words = "Students with a passing average on day 240, and its 95 % forecast from day 150 (OULAD)."
    Path(__file__).with_suffix(".svg").write_text(standalone(bars(rows, words)), encoding="utf-8")


def _snapshots(folder: Path) -> pa.Table:
    """Students still registered and with at least one mark, every 30 days."""
    marks = _read(folder / "student_assessment.csv.gz").join(_read(folder / "assessment.csv.gz"), "id_assessment")
    marks = marks.filter(pc.is_valid(marks["score"]))
    left = _read(folder / "student_registration.csv.gz").select([*COURSE, "id_student", "date_unregistration"])
    parts = []
    for period, day in enumerate(DAYS):
        so_far = marks.filter(pc.less_equal(marks["date_submitted"], day))
        mean = so_far.group_by([*COURSE, "id_student"]).aggregate([("score", "mean")])
        mean = mean.join(left, [*COURSE, "id_student"])
        here = mean.filter(pc.fill_null(pc.greater(mean["date_unregistration"], day), True))
        names = [here[name] for name in COURSE]
        parts.append(
            pa.table(
                {
                    "period": np.full(here.num_rows, period),
                    "person": pc.binary_join_element_wise(*names, here["id_student"].cast(pa.string()), " "),
                    "role": here["code_module"],
                    "capability": here["code_module"],
                    "level": pc.divide(here["score_mean"], MARKS_PER_LEVEL),
                }
            )
        )
    return pa.concat_tables(parts)


def _read(path: Path) -> pa.Table:
    return csv.read_csv(path, convert_options=csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
