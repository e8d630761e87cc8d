"""The worker's side: which function does which kind of run, and the hourly and nightly care of the queue.

An app names its long verbs in its own `jobs.py` with `@run_kind("noun.verb")`. The worker's entry imports those
files one by one, so that the list of what it can do stands in one readable place.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext

from upwell.foundation.accounts.models import Account
from upwell.foundation.runs import operations
from upwell.foundation.runs.models import Run

HEARTBEAT_SECONDS = 10.0
STALLED_SECONDS = 60.0
KEPT_HOURS = 72


@dataclass(frozen=True)
class Work:
    """What a handler is given: the run's parameters, who asked, when, and a way to say how far it is."""

    run: Run
    at: dt.datetime

    @property
    def params(self) -> dict[str, Any]:
        """The parameters as they were asked for."""
        return dict(self.run.params)

    @property
    def actor(self) -> Account | None:
        """Who asked; None for the system itself."""
        return self.run.requested_by

    @property
    def seed(self) -> int | None:
        """The seed asked for, where chance is used."""
        return self.run.seed

    def progress(self, percent: int, message: str = "") -> None:
        """Say how far the work is, 0 to 100. Raises RunIsOver when the run was cancelled."""
        operations.progress(run=self.run, percent=percent, message=message, at=timezone.now())

    def say(self, text: str, *, level: str = "info") -> None:
        """Add a line to the log."""
        operations.say(run=self.run, text=text, at=timezone.now(), level=level)


@dataclass(frozen=True)
class Outcome:
    """What a handler gives back: a JSON result, and version, digest and seed where a number was computed."""

    result: Mapping[str, Any] = field(default_factory=dict)
    engine_version: str = ""
    input_digest: str = ""
    seed: int | None = None


Handler = Callable[[Work], Outcome]
HANDLERS: dict[str, Handler] = {}


def run_kind(kind: str) -> Callable[[Handler], Handler]:
    """Register the one function that does a kind of run. It must be safe to run twice."""

    def register(handler: Handler) -> Handler:
        if kind in HANDLERS and HANDLERS[kind] is not handler:
            raise ValueError(f"Run kind {kind!r} has a handler already.")
        HANDLERS[kind] = handler
        return handler

    return register


def perform(key: uuid.UUID) -> Run:
    """Do one run from claim to result. What a handler raises is written to the run and raised again."""
    run = Run.objects.select_related("requested_by").get(uuid=key)
    actor = run.requested_by
    try:
        run = operations.start(run=run, actor=actor, at=timezone.now())
    except operations.RunIsOver:
        return run
    handler = HANDLERS.get(run.kind)
    if handler is None or run.attempts > operations.MOST_ATTEMPTS:
        reason = "No handler knows this kind of run." if handler is None else "Given up after several attempts."
        return operations.fail(run=run, reason=reason, actor=actor, at=timezone.now())
    try:
        outcome = handler(Work(run, timezone.now()))
        return operations.finish(
            run=run,
            result=outcome.result,
            actor=actor,
            at=timezone.now(),
            engine_version=outcome.engine_version,
            input_digest=outcome.input_digest,
            seed=outcome.seed,
        )
    except operations.RunIsOver:
        return Run.objects.get(uuid=key)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        operations.fail(run=run, reason=reason, actor=actor, at=timezone.now())
        raise


@app.task(name=operations.TASK)
def perform_queued(*, run: str) -> None:
    """What the queue calls."""
    perform(uuid.UUID(run))


@app.periodic(cron="* * * * *")
@app.task(name="runs.retry_stalled", pass_context=True, queueing_lock="runs.retry_stalled")
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give jobs whose worker died back to the queue."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="runs.forget_finished", pass_context=True, queueing_lock="runs.forget_finished")
async def forget_finished(context: JobContext, timestamp: int) -> None:
    """Delete the queue's own rows of ended jobs; the runs themselves stay."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


def schedule(name: str, cron: str, care: Callable[[dt.datetime], object]) -> None:
    """Have the worker call `care` with the present moment whenever `cron` says so; never twice at once."""

    def call(timestamp: int) -> None:
        care(timezone.now())

    app.periodic(cron=cron)(app.task(name=name, queueing_lock=name)(call))


def work(*, concurrency: int, until_empty: bool = False) -> None:
    """Work on jobs until asked to stop by a signal, or until none is left."""

    async def run_worker() -> None:
        async with app.open_async():
            await app.run_worker_async(
                name="upwell",
                concurrency=concurrency,
                wait=not until_empty,
                install_signal_handlers=not until_empty,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                shutdown_graceful_timeout=20,
            )

    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        asyncio.run(run_worker())
