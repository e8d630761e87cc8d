"""A run is asked for, worked on once, tells how far it is, and keeps what is needed to replay it."""

import contextlib
import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.runs import jobs, operations, queries
from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.models import Run

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def asker() -> Account:
    return Account.objects.create_user("ada@example.org", name="Ada")


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    known = dict(jobs.HANDLERS)
    yield
    jobs.HANDLERS.clear()
    jobs.HANDLERS.update(known)


def ask(asker: Account | None = None, **params: object) -> Run:
    return operations.request(kind="sums.add", params=params, actor=asker, at=NOW, seed=7)


def test_asking_leaves_a_row_a_place_in_the_queue_and_an_audit_line(asker: Account) -> None:
    run = ask(asker, a=1)
    assert (run.state, run.params, run.requested_by) == (RunState.REQUESTED, {"a": 1}, asker)
    assert ProcrastinateJob.objects.get().args == {"run": str(run.uuid)}
    assert AuditLine.objects.get(verb="run.request").thing_uuid == run.uuid


def test_a_caller_that_changes_its_mind_leaves_neither_row_nor_job(asker: Account) -> None:
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        ask(asker)
        _ = 1 / 0
    assert not Run.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_the_handler_gets_the_parameters_and_its_result_is_kept_for_replay(asker: Account) -> None:
    @jobs.run_kind("sums.add")
    def add(work: jobs.Work) -> jobs.Outcome:
        work.progress(50, "half way")
        return jobs.Outcome({"sum": work.params["a"] + work.params["b"]}, "0.1.0", "d" * 64)

    run = jobs.perform(ask(asker, a=2, b=3).uuid)
    seen = queries.detail(run)
    assert seen.row.state == RunState.SUCCEEDED
    assert seen.row.progress == 100
    assert seen.result == {"sum": 5}
    assert (seen.engine_version, seen.input_digest, seen.seed) == ("0.1.0", "d" * 64, 7)
    assert [line.text for line in seen.lines] == ["half way"]
    assert queries.latest("sums.add") == run


def test_a_run_that_succeeded_is_not_done_again(asker: Account) -> None:
    calls: list[str] = []

    @jobs.run_kind("sums.add")
    def add(work: jobs.Work) -> jobs.Outcome:
        calls.append("called")
        return jobs.Outcome()

    run = ask(asker)
    jobs.perform(run.uuid)
    jobs.perform(run.uuid)
    assert calls == ["called"]


def test_a_failure_is_told_in_words_and_raised(asker: Account) -> None:
    @jobs.run_kind("sums.add")
    def add(work: jobs.Work) -> jobs.Outcome:
        raise LookupError("no ratings before March")

    run = ask(asker)
    with pytest.raises(LookupError):
        jobs.perform(run.uuid)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.message == "LookupError: no ratings before March"
    assert queries.detail(run).lines[-1].level == "error"


def test_a_cancelled_run_stops_at_its_next_word_of_progress(asker: Account) -> None:
    @jobs.run_kind("sums.add")
    def add(work: jobs.Work) -> jobs.Outcome:
        operations.cancel(run=work.run, actor=asker, at=NOW)
        work.progress(10)
        raise AssertionError("worked on after it was cancelled")

    assert jobs.perform(ask(asker).uuid).state == RunState.CANCELLED


def test_what_is_over_cannot_be_cancelled(asker: Account) -> None:
    jobs.run_kind("sums.add")(lambda work: jobs.Outcome())
    run = jobs.perform(ask(asker).uuid)
    with pytest.raises(operations.RunIsOver):
        operations.cancel(run=run, actor=asker, at=NOW)


def test_a_run_whose_worker_died_is_tried_again_but_not_for_ever(asker: Account) -> None:
    run = ask(asker)
    for _ in range(operations.MOST_ATTEMPTS):
        operations.start(run=run, actor=asker, at=NOW)
    jobs.run_kind("sums.add")(lambda work: jobs.Outcome())
    assert jobs.perform(run.uuid).state == RunState.FAILED


def test_a_kind_nobody_handles_fails_and_says_so(asker: Account) -> None:
    assert jobs.perform(ask(asker).uuid).message == "No handler knows this kind of run."


def test_two_handlers_for_one_kind_are_refused() -> None:
    jobs.run_kind("sums.add")(lambda work: jobs.Outcome())
    with pytest.raises(ValueError, match="handler already"):
        jobs.run_kind("sums.add")(lambda work: jobs.Outcome())


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_the_run_from_the_queue(asker: Account) -> None:
    jobs.run_kind("sums.add")(lambda work: jobs.Outcome({"done": True}))
    run = ask(asker)
    jobs.work(concurrency=1, until_empty=True)
    run.refresh_from_db()
    assert run.result == {"done": True}
