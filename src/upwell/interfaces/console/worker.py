"""The process that works on jobs, and the one list of the apps whose jobs it knows."""

from django.conf import settings

from upwell.domain.gaps import jobs as gaps
from upwell.domain.impact import jobs as impact
from upwell.domain.intake import jobs as intake
from upwell.domain.plans import jobs as plans
from upwell.foundation.notify import jobs as notify
from upwell.foundation.people import jobs as people
from upwell.foundation.runs import jobs as runs

JOBS = (gaps, impact, intake, notify, people, plans, runs)


def main(_arguments: list[str]) -> int:
    """Work until asked to stop."""
    runs.schedule("notify.empty_outbox", "* * * * *", lambda at: notify.empty_outbox(at=at))
    runs.schedule("people.greet_the_day", "5 0 * * *", lambda at: people.greet_the_day(at=at))
    runs.schedule("plans.end_the_late", "20 0 * * *", lambda at: plans.end_the_late(at=at))
    runs.work(concurrency=settings.WORKER_CONCURRENCY)
    return 0
