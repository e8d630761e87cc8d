"""Single steps at a terminal: levels, gaps, assign and impact of one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from upwell.engine import VERSION, assignment, gaps, impact, levels
from upwell.engine.cli.folder import read
from upwell.engine.errors import FrameError
from upwell.engine.impact.panel import CONTRACT as PANEL

MOST_LEVELS_SHOWN = 100_000
Answer = dict[str, Any]


def levels_of(path: Path, *, as_of: date | None, out: Path | None) -> Answer:
    """Levels of a ratings file."""
    ratings = read(path, levels.RATINGS)
    latest = pc.max(ratings["rated_on"]).as_py()
    if latest is None:
        raise FrameError(f"The file '{path.name}' has no rows.")
    result = levels.estimate(ratings, as_of=as_of or latest)
    store(out, {"levels": result.estimates, "raters": result.raters})
    answer: Answer = {
        "raters": _plain(result.raters),
        "fit": dict(result.parameters),
        "run": {"engine": VERSION, "as_of": str(as_of or latest)},
    }
    if result.estimates.num_rows <= MOST_LEVELS_SHOWN:
        answer["levels"] = _plain(result.estimates)
    return answer


def gaps_of(levels_path: Path, requirements_path: Path, *, material: float, out: Path | None) -> Answer:
    """Gaps of a levels file against requirements per person (person, capability, role, required, weight)."""
    required = read(requirements_path, gaps.REQUIREMENTS)
    found = gaps.compute(read(levels_path, gaps.LEVELS), required, material=material)
    store(out, {"gaps": found.estimates})
    return {"gaps": _plain(found.estimates), "run": {"engine": VERSION, "material": material}}


def plan_of(path: Path, *, budget: float, hours: float | None, floor: float | None, out: Path | None) -> Answer:
    """The plan for a candidates file."""
    result = assignment.solve(
        read(path, assignment.CANDIDATES), budget=budget, hours_per_person=hours, fairness_floor=floor
    )
    store(out, {"plan": result.plan, "frontier": result.frontier, "dropped": result.dropped})
    return {
        "value": result.value,
        "bound": result.bound,
        "gap": result.gap,
        "spent": result.spent,
        "shadow_price": {str(k): v for k, v in result.shadow_price.items()},
        "frontier": _plain(result.frontier),
        "plan": _plain(result.plan),
        "run": {"engine": VERSION, "budget": budget},
    }


def effect_of(path: Path, options: Mapping[str, Any], *, out: Path | None) -> Answer:
    """Effect and verdict of a panel file."""
    result = impact.evaluate(_panel(path), **options)
    store(out, {"estimates": result.estimates, "event_study": result.event_study})
    return {
        "estimators": {
            name: None if one is None else {k: getattr(one, k) for k in ("estimate", "se", "lo95", "hi95")}
            for name, one in result.estimators.items()
        },
        "bracket": None if result.bracket is None else {"lo": result.bracket.lo, "hi": result.bracket.hi},
        "event_study": _plain(result.event_study),
        "pretrend": result.pretrend and asdict(result.pretrend),
        "sensitivity": result.sensitivity and asdict(result.sensitivity),
        "mde": result.mde and asdict(result.mde),
        "verdict": {"code": result.verdict.code, "words": result.verdict.words},
        "run": {"engine": VERSION, **{k: str(v) for k, v in options.items()}},
    }


def store(out: Path | None, tables: Mapping[str, pa.Table]) -> None:
    """Write tables as Parquet, if a folder was named."""
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet")


def _panel(path: Path) -> pa.Table:
    """A panel whose periods are whole numbers or dates, as the file has them."""
    if not path.is_file():
        raise FrameError(f"There is no file '{path}'.")
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        keys = {c.name: pa.string() for c in PANEL.columns if c.kind == "key"}
        options = csv.ConvertOptions(column_types=keys, strings_can_be_null=True, null_values=["", "NA", "null"])
        return csv.read_csv(path, convert_options=options)
    except pa.ArrowException as reason:
        raise FrameError(f"The file '{path.name}' cannot be read: {' '.join(str(reason).split())}") from reason


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
