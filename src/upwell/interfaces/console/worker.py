"""The process that works on jobs."""

from upwell.foundation.runs import jobs


def main(_arguments: list[str]) -> int:
    """Work until asked to stop."""
    jobs.work()
    return 0
