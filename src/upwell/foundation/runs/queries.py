"""Questions about runs and about the worker behind them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet
from procrastinate.contrib.django.models import ProcrastinateWorker

from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.models import Run


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a run's log."""

    at: dt.datetime
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as pages show it. `seconds` is its working time, None before it ended."""

    uuid: UUID
    kind: str
    state: str
    state_name: str
    requested_by: str
    requested_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    seconds: float | None
    progress: int
    message: str
    attempts: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """Everything that is known of a run, so that a number on a page can say where it comes from."""

    row: RunRow
    params: dict[str, Any]
    result: dict[str, Any]
    engine_version: str
    input_digest: str
    seed: int | None
    lines: tuple[LogLine, ...]


def all_runs() -> QuerySet[Run]:
    """Every run, newest first, for the gate to narrow."""
    return Run.objects.select_related("requested_by")


def row(run: Run) -> RunRow:
    """A run as a list shows it."""
    ended = run.finished_at and run.started_at
    return RunRow(
        uuid=run.uuid,
        kind=run.kind,
        state=run.state,
        state_name=run.get_state_display(),
        requested_by=str(run.requested_by) if run.requested_by else "the system",
        requested_at=run.requested_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        seconds=(run.finished_at - run.started_at).total_seconds() if ended else None,  # type: ignore[operator]
        progress=run.progress,
        message=run.message,
        attempts=run.attempts,
    )


def detail(run: Run) -> RunDetail:
    """A run with its log."""
    lines = tuple(LogLine(line.at, line.level, line.text) for line in run.lines.all())
    return RunDetail(row(run), run.params, run.result, run.engine_version, run.input_digest, run.seed, lines)


def latest(kind: str) -> Run | None:
    """The run of a kind that succeeded last, None when none did."""
    return Run.objects.filter(kind=kind, state=RunState.SUCCEEDED).order_by("-finished_at", "-id").first()


def worker_heard_at() -> dt.datetime | None:
    """When a worker last gave a sign of life, None when none is registered."""
    heard: dt.datetime | None = ProcrastinateWorker.objects.aggregate(at=Max("last_heartbeat"))["at"]
    return heard
