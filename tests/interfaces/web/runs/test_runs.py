"""The list of runs, one run, and its replay."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.factories import RunFactory, RunLineFactory, SnapshotFactory

from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.models import Run

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def finished(**fields: object) -> Run:
    run: Run = RunFactory(
        state=RunState.SUCCEEDED, started_at=NOON, finished_at=NOON + dt.timedelta(seconds=12), progress=100, **fields
    )
    return run


def test_the_list_says_what_ran_and_how_long(cast: Cast, sql_count: SqlCount) -> None:
    finished(kind="gaps.snapshot")
    RunFactory.create_batch(60, kind="impact.evaluate")
    client = cast.emil.client()
    with sql_count("runs.list"):
        answer = client.get(reverse("runs"))
    assert answer.context["pager"].pages == 2
    found = client.get(reverse("runs"), {"kind": "gaps", "state": "succeeded"})
    assert "12.0 s" in found.content.decode()
    assert [row.kind for row, _words in found.context["rows"]] == ["gaps.snapshot"]


def test_a_number_says_where_it_comes_from(cast: Cast, sql_count: SqlCount) -> None:
    run = finished(
        kind="impact.evaluate",
        params={"as_of": "2026-03-16"},
        result={"verdict": 2, "diagnostics": {"treated": 40}},
        engine_version="1.0.0",
        input_digest="d" * 64,
        seed=20_250_101,
    )
    RunLineFactory(run=run, text="Reading the months")
    client = cast.emil.client()
    with sql_count("runs.run"):
        words = client.get(reverse("run", args=[run.uuid])).content.decode()
    for expected in ("2026-03-16", "1.0.0", "d" * 64, "20250101", "Reading the months", "diagnostics · treated"):
        assert expected in words
    assert "every 2s" not in words


def test_the_page_follows_a_run_only_while_it_is_under_way(cast: Cast) -> None:
    run = RunFactory(kind="gaps.snapshot", state=RunState.RUNNING, started_at=NOON, progress=40)
    assert 'hx-trigger="every 2s"' in cast.ada.client().get(reverse("run", args=[run.uuid])).content.decode()
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, finished_at=NOON, message="ValueError: no ratings")
    words = cast.ada.client().get(reverse("run", args=[run.uuid])).content.decode()
    assert "every 2s" not in words
    assert "no ratings" in words


def test_an_employee_lists_the_computations_of_everybody_and_the_own(cast: Cast) -> None:
    for kind in ("gaps.snapshot", "impact.evaluate", "import.apply"):
        finished(kind=kind)
    for player in (cast.ada, cast.farid):
        finished(kind="gaps.update", params={"person": str(player.person.uuid)})
    listed = cast.ada.client().get(reverse("runs")).context["rows"]
    assert sorted(row.kind for row, _words in listed) == ["gaps.snapshot", "gaps.update"]
    assert len(cast.gita.client().get(reverse("runs")).context["rows"]) == 5


@pytest.mark.parametrize(
    ("name", "status"), [("ada", 200), ("boris", 200), ("farid", 404), ("dora", 200), ("hana", 200)]
)
def test_a_run_about_a_person_opens_for_them_for_those_above_and_for_oversight(
    cast: Cast, name: str, status: int
) -> None:
    run = finished(kind="gaps.update", params={"person": str(cast.ada.person.uuid)})
    assert getattr(cast, name).client().get(reverse("run", args=[run.uuid])).status_code == status


@pytest.mark.parametrize(("name", "status"), [("ada", 404), ("boris", 404), ("ivo", 404), ("emil", 200), ("hana", 200)])
def test_the_effect_of_a_programme_opens_for_who_may_see_programmes(cast: Cast, name: str, status: int) -> None:
    run = finished(kind="impact.evaluate")
    assert getattr(cast, name).client().get(reverse("run", args=[run.uuid])).status_code == status


def test_kept_levels_can_be_computed_again_by_who_may_ask_for_runs(cast: Cast) -> None:
    snapshot = SnapshotFactory(run=finished(kind="gaps.snapshot"))
    url = reverse("run", args=[snapshot.run.uuid])
    assert "Replay and compare" in cast.emil.client().get(url).content.decode()
    assert "Replay and compare" not in cast.ada.client().get(url).content.decode()
    answer = cast.emil.client().post(reverse("run-replay", args=[snapshot.run.uuid]))
    again = Run.objects.get(kind="gaps.replay")
    assert answer["Location"] == reverse("run", args=[again.uuid])
    assert again.params["snapshot"] == str(snapshot.uuid)


def test_other_runs_are_not_replayed(cast: Cast) -> None:
    run = finished(kind="import.apply")
    cast.emil.client().post(reverse("run-replay", args=[run.uuid]))
    assert not Run.objects.filter(kind="gaps.replay").exists()
