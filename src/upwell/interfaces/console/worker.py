"""The process that works on jobs, and the one list of the apps whose jobs it knows."""

from django.conf import settings

from upwell.foundation.runs import jobs as runs

JOBS = (runs,)


def main(_arguments: list[str]) -> int:
    """Work until asked to stop."""
    runs.work(concurrency=settings.WORKER_CONCURRENCY)
    return 0
