"""What a command leaves behind: tables by the ending of the file, the summary, and its chart as SVG or PNG."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from upwell.engine.cli import answers, png
from upwell.engine.cli.charts import standalone
from upwell.engine.errors import ParameterError

TABLE_ENDINGS: Final = (".parquet", ".csv", ".csv.gz")


@dataclass(frozen=True, slots=True)
class Finished:
    """A command's answer, its tables (the first is the main one), its chart, and its lines for people."""

    answer: Mapping[str, Any]
    tables: Mapping[str, pa.Table]
    chart: str | None
    lines: tuple[str, ...]
    further: Mapping[str, str] = field(default_factory=dict)
    chart_name: str = "plot"

    @property
    def charts(self) -> dict[str, str]:
        """Every chart by its name, the main one first."""
        return ({} if self.chart is None else {self.chart_name: self.chart}) | dict(self.further)


def check(out: Path | None, plots: tuple[Path, ...], table_format: str, folder: Path | None = None) -> None:
    """Refuse impossible endings before anything is computed.

    Raises:
        ParameterError: the ending is not one that can be written.
    """
    if out is not None and out.suffix and not out.is_dir() and _ending(out) is None and out.suffix != ".json":
        raise ParameterError(f"'{out.name}' ends in none of .csv, .csv.gz, .parquet, .json; a folder is fine too.")
    if table_format not in ("csv", "parquet"):
        raise ParameterError("Tables are written as csv or parquet.")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise ParameterError(f"'{folder}' is a file; --plots names a folder. One chart alone: --plot FILE.")
    for plot in plots:
        if plot.suffix.casefold() not in (".svg", ".png"):
            raise ParameterError(f"'{plot.name}' ends in neither .svg nor .png.")


def spare(read: Sequence[Path], out: Path | None, plots: Sequence[Path]) -> None:
    """Refuse to write over a file that is read.

    Raises:
        ParameterError: a result would take the place of an input.
    """
    inputs = {path.resolve() for path in read}
    for target in (*plots, *(() if out is None else (out,))):
        if target.resolve() in inputs:
            raise ParameterError(f"'{target.name}' is a file that is read; name another one for the result.")


def write(done: Finished, out: Path | None, plots: tuple[Path, ...], table_format: str) -> None:
    """Tables, `summary.json` and `plot.svg` in a folder; or the main table in a file and the others beside it."""
    if out is not None and out.suffix == ".json":
        _text(out, answers.text(done.answer) + "\n")
    elif out is not None and _ending(out) is not None and not out.is_dir():
        ending = str(_ending(out))
        stem = out.name[: -len(ending)]
        for at, (name, table) in enumerate(done.tables.items()):
            store(table, out if at == 0 else out.with_name(f"{stem}.{name}{ending}"))
    elif out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, table in done.tables.items():
            store(table, out / f"{name}.{table_format}")
        _text(out / "summary.json", answers.text(done.answer) + "\n")
        if done.chart is not None:
            _text(out / "plot.svg", standalone(done.chart))
    for plot in plots:
        if done.chart is None:
            raise ParameterError("There is nothing to draw: the answer holds no estimate.")
        plot.parent.mkdir(parents=True, exist_ok=True)
        if plot.suffix.casefold() == ".png":
            plot.write_bytes(png.render(done.chart))
        else:
            _text(plot, standalone(done.chart))


def draw(drawn: Mapping[str, str], folder: Path) -> None:
    """Charts by name, each as SVG and as PNG.

    Raises:
        ParameterError: there is none.
    """
    if not drawn:
        raise ParameterError("There is nothing to draw: the answer holds no estimate.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in drawn.items():
        _text(folder / f"{name}.svg", standalone(chart))
        (folder / f"{name}.png").write_bytes(png.render(chart))


def store(table: pa.Table, path: Path) -> None:
    """One table by the ending of its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(".parquet"):
        pq.write_table(table, path)
        return
    flat = table.select([f.name for f in table.schema if not pa.types.is_nested(f.type)])
    if path.name.endswith(".gz"):
        with gzip.open(path, "wb") as stream:
            csv.write_csv(flat, stream)
    else:
        csv.write_csv(flat, path)


def _ending(path: Path) -> str | None:
    return next((ending for ending in TABLE_ENDINGS if path.name.casefold().endswith(ending)), None)


def _text(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
