"""Asking for a job and keeping its row true while a worker works on it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from procrastinate.contrib.django import app

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.models import Run, RunLine

TASK = "runs.perform"
MOST_ATTEMPTS = 3
OVER = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


class RunIsOver(RuntimeError):
    """The run has ended, so it can be neither worked on nor cancelled."""


@operation("run.request")
def request(
    *, kind: str, params: Mapping[str, Any], actor: Account | None, at: dt.datetime, seed: int | None = None
) -> Run:
    """Ask for a job. The row and its place in the queue commit with the caller's transaction, or neither does."""
    run = Run.objects.create(kind=kind, params=dict(params), requested_by=actor, requested_at=at, seed=seed)
    app.configure_task(TASK, lock=f"run:{run.uuid}").defer(run=str(run.uuid))
    return run


@operation("run.cancel")
def cancel(*, run: Run, actor: Account | None, at: dt.datetime) -> Run:
    """Stop a run that waits or works; its handler hears of it at its next word of progress."""
    held = _hold(run.uuid)
    if held.state in OVER:
        raise RunIsOver(f"Run {held.uuid} is {held.get_state_display()}.")
    return _end(held, RunState.CANCELLED, at, message="cancelled")


@operation("run.start")
def start(*, run: Run, actor: Account | None, at: dt.datetime) -> Run:
    """Claim a run for one attempt. Raises RunIsOver where nothing is left to do or the attempts are spent."""
    held = _hold(run.uuid)
    if held.state in OVER:
        raise RunIsOver(f"Run {held.uuid} is {held.get_state_display()}.")
    held.state = RunState.RUNNING
    held.started_at = held.started_at or at
    held.attempts += 1
    held.save(update_fields=["state", "started_at", "attempts"])
    return held


@operation("run.finish")
def finish(
    *,
    run: Run,
    result: Mapping[str, Any],
    actor: Account | None,
    at: dt.datetime,
    engine_version: str = "",
    input_digest: str = "",
    seed: int | None = None,
) -> Run:
    """Keep the result and what is needed to replay it. Raises RunIsOver when it was cancelled meanwhile."""
    held = _hold(run.uuid)
    if held.state != RunState.RUNNING:
        raise RunIsOver(f"Run {held.uuid} is {held.get_state_display()}.")
    held.result = dict(result)
    held.progress = 100
    held.engine_version = engine_version
    held.input_digest = input_digest
    held.seed = held.seed if seed is None else seed
    held.save(update_fields=["result", "progress", "engine_version", "input_digest", "seed"])
    return _end(held, RunState.SUCCEEDED, at, message="")


@operation("run.fail")
def fail(*, run: Run, reason: str, actor: Account | None, at: dt.datetime) -> Run:
    """End a run that raised, with the reason in words and in its log. A run that is over stays as it is."""
    held = _hold(run.uuid)
    if held.state in OVER:
        return held
    RunLine.objects.create(run=held, at=at, level="error", text=reason)
    return _end(held, RunState.FAILED, at, message=reason)


def record_done(
    *,
    kind: str,
    params: Mapping[str, Any],
    result: Mapping[str, Any],
    engine_version: str,
    input_digest: str,
    actor: Account | None,
    at: dt.datetime,
) -> Run:
    """Keep the row of something computed at once, inside another operation, so that its numbers have an origin too."""
    return Run.objects.create(
        kind=kind,
        state=RunState.SUCCEEDED,
        params=dict(params),
        result=dict(result),
        engine_version=engine_version,
        input_digest=input_digest,
        requested_by=actor,
        requested_at=at,
        started_at=at,
        finished_at=at,
        progress=100,
    )


def progress(*, run: Run, percent: int, message: str, at: dt.datetime) -> None:
    """Say how far a run is, 0 to 100. It leaves no audit line, since it decides nothing.

    Raises RunIsOver when the run was cancelled, which is how a handler learns of it.
    """
    moved = Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
        progress=max(0, min(100, percent)), message=message[:300]
    )
    if not moved:
        raise RunIsOver(f"Run {run.uuid} no longer runs.")
    if message:
        say(run=run, text=message, at=at)


def say(*, run: Run, text: str, at: dt.datetime, level: str = "info") -> None:
    """Add one line to a run's log."""
    RunLine.objects.create(run=run, at=at, level=level, text=text)


def _hold(key: uuid.UUID) -> Run:
    return Run.objects.select_for_update().get(uuid=key)


def _end(run: Run, state: RunState, at: dt.datetime, *, message: str) -> Run:
    run.state = state
    run.finished_at = at
    run.message = message[:300]
    run.save(update_fields=["state", "finished_at", "message"])
    return run
