"""`upwell simulate`: write the folder that `upwell loop` reads, with the truth in a folder of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from upwell.engine import VERSION, simulate
from upwell.engine.errors import ParameterError

TABLES = ("people", "requirements", "items", "ratings", "kpis", "learning", "programmes", "members")
Format = Literal["csv", "parquet"]


def write(
    out: Path,
    *,
    people: int,
    seed: int,
    months: int = 24,
    as_of: date | None = None,
    defects: simulate.Defects = "none",
    file_format: Format = "csv",
) -> simulate.SimulatedOrganisation:
    """Draw an organisation and write it; `cuts` are the published thresholds of its rating scale.

    Raises:
        ParameterError: the folder already holds files, or the organisation cannot be drawn.
    """
    if out.exists() and any(out.iterdir()):
        raise ParameterError(f"The folder '{out}' is not empty.")
    drawn = simulate.organisation(people, seed=seed, months=months, as_of=as_of or simulate.LAST_DAY, defects=defects)
    hidden = out / "truth"
    hidden.mkdir(parents=True, exist_ok=True)
    for name, table in drawn.tables().items():
        if name in TABLES:
            _store(table, out / name, file_format)
        elif name.startswith("truth_"):
            _store(table, hidden / name.removeprefix("truth_"), file_format)
    _store(_current(drawn.units), out / "units", file_format)
    _store(drawn.truth_cuts, out / "cuts", file_format)
    return drawn


def _current(units: pa.Table) -> pa.Table:
    return units.filter(pc.is_null(units["valid_to"])).select(["unit", "parent", "name"])


def _store(table: pa.Table, path: Path, file_format: Format) -> None:
    if file_format == "csv":
        csv.write_csv(table, path.with_suffix(".csv"))
    else:
        repeats = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_date(f.type)]
        pq.write_table(table, path.with_suffix(".parquet"), use_dictionary=repeats)


def summary(out: Path, drawn: simulate.SimulatedOrganisation, seed: int) -> dict[str, object]:
    """What was written: rows per table, the files, and with which seed."""
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    rows = {name: table.num_rows for name, table in drawn.tables().items()}
    return {"rows": rows, "files": files, "run": {"engine": VERSION, "seed": seed, "out": str(out)}}
