"""`upwell loop`: the whole loop over a folder of files, resumable step by step."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from upwell.engine import VERSION
from upwell.engine.cli import folder, report, steps
from upwell.engine.cli.manifest import Manifest, file_digest, key_of
from upwell.engine.cli.progress import Progress
from upwell.engine.cli.steps import Settings, Tables
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.impact.mechanisms import mechanism_of


@dataclass(frozen=True, slots=True)
class Step:
    """One station: which files of the folder and which earlier tables it reads, and what it writes."""

    name: str
    words: str
    reads: tuple[str, ...]
    optional: tuple[str, ...]
    uses: tuple[str, ...]
    writes: tuple[str, ...]
    settings: tuple[str, ...]
    run: Callable[[Tables, Settings], Tables]


STEPS = (
    Step("levels", "Levels", ("ratings",), ("cuts",), (), ("levels", "raters"), ("as_of",), steps.levels_step),
    Step(
        "gaps",
        "Gaps",
        ("people", "requirements", "ratings"),
        ("units", "strategy"),
        ("levels",),
        ("gaps", "gaps_by_unit"),
        ("as_of", "material"),
        steps.gaps_step,
    ),
    Step("diagnosis", "Diagnosis", ("people",), (), ("gaps",), ("needs",), ("as_of",), steps.diagnosis_step),
    Step(
        "assignment",
        "Assignment",
        ("items",),
        ("learning",),
        ("gaps", "needs"),
        ("plan", "frontier", "dropped", "assignment"),
        ("as_of", "budget", "hours"),
        steps.assignment_step,
    ),
    Step(
        "impact",
        "Impact",
        ("programmes", "members", "kpis"),
        (),
        (),
        ("effects", "event_study"),
        ("seed",),
        steps.impact_step,
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which steps ran, which were still good, which had no files to work on."""

    ran: tuple[str, ...]
    kept: tuple[str, ...]
    left_out: tuple[str, ...]
    report: Path
    charts: Mapping[str, str]


def run(
    source: Path,
    out: Path,
    *,
    progress: Progress,
    as_of: date | None = None,
    seed: int = 1,
    budget: float | None = None,
    hours: float | None = None,
) -> Outcome:
    """Run the loop over `source` and write tables, `summary.json` and `report.html` to `out`.

    A step whose inputs and settings are unchanged, and whose files are untouched, is not run again.

    Raises:
        FrameError, ParameterError, NotEstimableError: one sentence for the person who supplied the data.
    """
    if budget is not None and not budget >= 0:
        raise ParameterError("The budget must be zero or more.")
    files = folder.found(source)
    if source.resolve() == out.resolve():
        raise ParameterError("The output folder must not be the input folder.")
    contracts = {contract.name: contract for contract in folder.FILES}
    tables = {name: folder.read(path, contracts[name]) for name, path in files.items()}
    for name in tables["programmes"]["mechanism"].to_pylist() if "programmes" in tables else ():
        mechanism_of(name)
    digests = {name: file_digest(path) for name, path in files.items()}
    settings = Settings(as_of or _latest(tables["ratings"]), seed, budget, hours)
    out.mkdir(parents=True, exist_ok=True)
    manifest = Manifest.load(out)
    progress.end(f"Read {len(files)} files, {sum(t.num_rows for t in tables.values()):,} rows")
    ran: list[str] = []
    kept: list[str] = []
    left_out: list[str] = []
    made: Tables = {}
    for step in STEPS:
        missing = [name for name in step.reads if name not in tables]
        if missing:
            left_out.append(step.name)
            progress.end(f"{step.words}: left out, there is no file '{missing[0]}'")
            continue
        progress.begin(step.words)
        fresh = _one(step, tables, digests, made, settings, manifest, out)
        (ran if fresh else kept).append(step.name)
        made |= {name: pq.read_table(out / f"{name}.parquet") for name in step.writes}
        progress.end(f"{step.words}{'' if fresh else ': unchanged, kept'}")
    facts = _write_report(out, tables, made, settings)
    progress.end("Report")
    drawn = report.drawings(facts, made)
    return Outcome(tuple(ran), tuple(kept), tuple(left_out), out / "report.html", drawn)


def _one(
    step: Step,
    tables: Tables,
    digests: dict[str, str],
    made: Tables,
    settings: Settings,
    manifest: Manifest,
    out: Path,
) -> bool:
    """Run a step unless its answer is there already; true where it ran."""
    names = [*step.reads, *(name for name in step.optional if name in tables)]
    inputs = {name: digests[name] for name in names}
    inputs |= {f"{name}.parquet": file_digest(out / f"{name}.parquet") for name in step.uses}
    chosen = {name: getattr(settings, name) for name in step.settings}
    key = key_of(step.name, inputs, chosen)
    if manifest.is_done(step.name, key):
        return False
    given = {name: tables[name] for name in names} | {name: made[name] for name in step.uses}
    for name, table in step.run(given, settings).items():
        fresh = out / f"{name}.parquet.part"
        pq.write_table(table, fresh)
        fresh.replace(out / f"{name}.parquet")
    manifest.store(step.name, key, inputs, [f"{name}.parquet" for name in step.writes])
    return True


def _latest(ratings: pa.Table) -> date:
    latest = pc.max(ratings["rated_on"]).as_py()
    if latest is None:
        raise FrameError("The ratings file has no rows.")
    return date.fromisoformat(str(latest))


def _write_report(out: Path, tables: Tables, made: Tables, settings: Settings) -> report.Facts:
    facts = report.facts(tables, made, settings)
    run_facts: dict[str, Any] = {"engine": VERSION, "settings": {k: str(v) for k, v in asdict(settings).items()}}
    (out / "summary.json").write_text(
        json.dumps({"facts": facts, "run": run_facts}, indent=1, sort_keys=True), encoding="utf-8"
    )
    (out / "report.html").write_text(report.page(facts, made, settings), encoding="utf-8")
    return facts
