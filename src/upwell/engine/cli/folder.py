"""The files of a loop folder: their columns, and reading them from CSV or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa

from upwell.engine.cli import reading
from upwell.engine.cli.rating_scales import CUTS
from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract, accept

ENDINGS: Final = (".parquet", ".csv")

PEOPLE: Final = Contract(
    "people",
    (
        Column("person", "key"),
        Column("unit", "key"),
        Column("manager", "key", nullable=True, required=False),
        Column("role", "key"),
        Column("left_on", "date", nullable=True, required=False),
    ),
    unique=("person",),
)
UNITS: Final = Contract(
    "units",
    (
        Column("unit", "key"),
        Column("parent", "key", nullable=True),
        Column("name", "text", nullable=True, required=False),
    ),
    unique=("unit",),
)
REQUIREMENTS: Final = Contract(
    "requirements",
    (
        Column("role", "key"),
        Column("capability", "key"),
        Column("required", "real", "level", low=0.0, high=5.0),
        Column("weight", "real", "relative weight", low=0.0),
    ),
    unique=("role", "capability"),
)
RATINGS: Final = Contract(
    "ratings",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("rater", "key", "blank where nobody rated: a test, a metric", nullable=True),
        Column("source", "text"),
        Column("category", "integer", "1 to 5; with a file `cuts` the categories it divides; any range per `scale`"),
        Column("rated_on", "date"),
        Column("scale", "text", "name of the rating scale", nullable=True, required=False),
    ),
)
ITEMS: Final = Contract(
    "items",
    (
        Column("item", "key"),
        Column("capability", "key"),
        Column("title", "text", nullable=True, required=False),
        Column("cost", "real", "money per person", low=0.0),
        Column("hours", "real", "hours", low=0.0),
        Column("effect", "real", "levels", low=0.0, high=5.0, nullable=True, required=False),
    ),
    unique=("item", "capability"),
)
STRATEGY: Final = Contract(
    "strategy",
    (Column("capability", "key"), Column("weight", "real", "relative weight", low=0.0)),
    unique=("capability",),
)
LEARNING: Final = Contract(
    "learning",
    (Column("person", "key"), Column("item", "key"), Column("completed_on", "date", nullable=True)),
)
KPIS: Final = Contract(
    "kpis",
    (
        Column("person", "key"),
        Column("kpi", "key"),
        Column("period", "date", "first day of the month"),
        Column("value", "real"),
    ),
    unique=("person", "kpi", "period"),
)
PROGRAMMES: Final = Contract(
    "programmes",
    (
        Column("programme", "key"),
        Column("title", "text", nullable=True, required=False),
        Column("kpi", "key"),
        Column("mechanism", "text"),
        Column("smallest_worthwhile", "real", "unit of the KPI", low=0.0, nullable=True, required=False),
    ),
    unique=("programme",),
)
MEMBERS: Final = Contract(
    "members",
    (
        Column("programme", "key"),
        Column("person", "key"),
        Column("first_treated", "date", nullable=True),
        Column("cluster", "key", nullable=True, required=False),
    ),
    unique=("programme", "person"),
)
FILES: Final = (PEOPLE, UNITS, REQUIREMENTS, RATINGS, CUTS, ITEMS, STRATEGY, LEARNING, KPIS, PROGRAMMES, MEMBERS)
NEEDED: Final = ("people", "requirements", "ratings")


def found(folder: Path) -> dict[str, Path]:
    """The files of a loop folder by name; Parquet wins where both exist.

    Raises:
        FrameError: the folder is missing, or lacks a file that every loop needs.
    """
    if not folder.is_dir():
        raise FrameError(f"There is no folder '{folder}'.")
    files: dict[str, Path] = {}
    for contract in FILES:
        for ending in ENDINGS:
            path = folder / f"{contract.name}{ending}"
            if path.is_file():
                files[contract.name] = path
                break
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise FrameError(f"The folder '{folder}' has no file '{missing[0]}.csv' or '{missing[0]}.parquet'.")
    return files


def read(path: Path, contract: Contract) -> pa.Table:
    """One file, checked against its contract. Keys are read as text.

    Raises:
        FrameError: the file cannot be read or breaks the contract; one sentence that names the file.
    """
    return accept(reading.load(path, contract, may_be_empty=True), contract)
