"""Share of students without a material gap to 60 marks by course (OULAD): by sign, and from the posterior.

    python docs/methods/figures/gaps.py DATA

DATA is the folder that holds learning/oulad. Marks are out of 100; here five points are a quarter level.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from upwell.engine import gaps
from upwell.engine.cli.charts import Bar, bars, standalone

WANTED, MATERIAL, MARKS_PER_LEVEL = 60.0, 5.0, 20.0
COURSE = ("code_module", "code_presentation")


def main(data: Path) -> None:
    """Write the figure beside this file."""
    folder = data / "learning" / "oulad"
    students, marks = _read(folder / "student.csv.gz"), _read(folder / "student_assessment.csv.gz")
    marks = marks.join(_read(folder / "assessment.csv.gz"), "id_assessment", join_type="inner")
    marks = marks.filter(pc.is_valid(marks["score"]))
    courses = students["code_module"].unique().sort()
    cells = gaps.hold_readings(
        _readings(marks),
        pa.table({"person": _names(students), "role": students["code_module"]}),
        pa.table(
            {
                "role": courses,
                "capability": courses,
                "required": [WANTED / MARKS_PER_LEVEL] * len(courses),
                "weight": [1.0] * len(courses),
            }
        ),
        material=MATERIAL / MARKS_PER_LEVEL,
    )
    tree = pa.table({"person": _names(students), "unit": students["code_module"], "depth": [0] * students.num_rows})
    found = gaps.roll_up(cells, tree).estimates.to_pylist()
    level = cells.level[np.arange(len(cells.persons)), cells.bundle]
    rows = []
    for place, row in enumerate(found):
        own = level[(cells.bundle == place) & np.isfinite(level)]
        by_sign = float((own > (WANTED - MATERIAL) / MARKS_PER_LEVEL).mean())
        words = f"{row['share_meeting']:.0%}, by sign {by_sign:.0%}"
        label = f"{row['unit']}: {row['n_evidence']:,} of {row['n']:,}"
        rows.append(Bar(label, row["share_meeting"], row["share_lo95"], row["share_hi95"], words))
        print(label, words, f"{row['share_lo95']:.3f} to {row['share_hi95']:.3f}")
    words = "Share of students within 5 marks of 60 or above, by course, with its 95 % interval."
    Path(__file__).with_suffix(".svg").write_text(standalone(bars(rows, words)), encoding="utf-8")


def _readings(marks: pa.Table) -> pa.Table:
    """Marks in levels; their precision is one over the variance of marks within a student."""
    person = _names(marks)
    value = marks["score"].to_numpy().astype(float) / MARKS_PER_LEVEL
    _, own = np.unique(person.to_numpy(zero_copy_only=False), return_inverse=True)
    count = np.bincount(own)
    apart = value - (np.bincount(own, value) / count)[own]
    variance = float((apart**2).sum() / (count - 1).sum())
    precision = np.full(len(value), 1 / variance)
    return pa.table({"person": person, "capability": marks["code_module"], "value": value, "precision": precision})


def _names(table: pa.Table) -> pa.ChunkedArray:
    parts = [table[name] for name in COURSE]
    return pc.binary_join_element_wise(*parts, table["id_student"].cast(pa.string()), " ").combine_chunks()


def _read(path: Path) -> pa.Table:
    return csv.read_csv(path, convert_options=csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
