"""Is a low mark personal or shared? Marks of students split into student, course run and course (OULAD).

    python docs/methods/figures/diagnosis.py DATA

DATA is the folder that holds learning/oulad. A run of a course stands for a team and the course for its manager; the
university is the one unit, which no variance can be given.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from upwell.engine import diagnosis
from upwell.engine.cli.charts import Bar, bars, standalone

WANTED = 60.0
NAMES = {"person": "student", "team": "run of the course", "manager": "course", "unit": "university"}


def main(data: Path) -> None:
    """Write the figure beside this file."""
    folder = data / "learning" / "oulad"
    marks = _read(folder / "student_assessment.csv.gz").join(_read(folder / "assessment.csv.gz"), "id_assessment")
    found = diagnosis.variance_split(_gaps(marks.filter(pc.is_valid(marks["score"]))))
    rows = []
    for row in found.estimates.to_pylist():
        name, share = NAMES[row["level"]], row["share"]
        if share is None:
            rows.append(Bar(name, 0.0, None, None, "one group: not told"))
            continue
        rows.append(Bar(name, share, row["lo95"], row["hi95"], f"{share:.1%}, sd {row['sd']:.1f} marks"))
    for row in rows:
        print(row)
    print(found.sentence, found.diagnostics)
    words = f"Variation of {found.diagnostics['persons']:,} students' mean marks by where it lies, with 95 % intervals."
    Path(__file__).with_suffix(".svg").write_text(standalone(bars(rows, words)), encoding="utf-8")


def _gaps(marks: pa.Table) -> pa.Table:
    """Marks short of 60 per student and course run; the error of a mean comes from the marks within students."""
    course, run = marks["code_module"], marks["code_presentation"]
    team = pc.binary_join_element_wise(course, run, " ")
    key = pc.binary_join_element_wise(team, marks["id_student"].cast(pa.string()), " ")
    table = pa.table({"person": key, "team": team, "manager": course, "score": marks["score"].cast(pa.float64())})
    table = table.group_by(["person", "team", "manager"]).aggregate(
        [("score", "mean"), ("score", "count"), ("score", "variance")]
    )
    count = table["score_count"].to_numpy()
    within = float((table["score_variance"].to_numpy() * count).sum() / (count - 1).sum())
    return pa.table(
        {
            "person": table["person"],
            "gap": WANTED - table["score_mean"].to_numpy(),
            "sd": np.sqrt(within / count),
            "team": table["team"],
            "manager": table["manager"],
            "unit": pa.array(["university"] * table.num_rows),
        }
    )


def _read(path: Path) -> pa.Table:
    return csv.read_csv(path, convert_options=csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
