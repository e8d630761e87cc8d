"""Doing runs at once, as the worker would; a run that fails ends the loading."""

from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.jobs import perform
from upwell.foundation.runs.models import Run
from upwell.interfaces.console.worker import JOBS


class RunFailed(RuntimeError):
    """A run of the demonstration did not succeed; the message is its own."""


def perform_now(run: Run) -> None:
    """Do one run here and now, with every kind the worker knows."""
    done = perform(run.uuid)
    if done.state != RunState.SUCCEEDED:
        raise RunFailed(f"{run.kind}: {done.message} ({len(JOBS)} apps offer jobs)")
