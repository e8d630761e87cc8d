"""Committing, logging a use in under a minute, looking again, and the funnel."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, rate, require
from tests.factories import (
    ActionFactory,
    ApplicationFactory,
    CapabilityFactory,
    CommitmentFactory,
    NeedFactory,
    ReassessmentFactory,
)

from upwell.domain.evidence.choices import Source
from upwell.domain.plans.models import Action
from upwell.domain.transfer.models import Application, Commitment, Reassessment

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def done(cast: Cast) -> Action:
    made: Action = ActionFactory(
        plan__person=cast.ada.person,
        plan__manager=cast.boris.person,
        need=NeedFactory(person=cast.ada.person),
        state="done",
        done_on=NOON.date(),
    )
    return made


@pytest.mark.requirement("R50")
def test_a_commitment_is_made_in_two_lines(cast: Cast, done: Action) -> None:
    client, url = cast.ada.client(), reverse("commitment-make", args=[done.uuid])
    refused = client.post(url, {"when": "I open a change"})
    assert refused.status_code == 422
    assert "I open a change" in refused.content.decode()
    client.post(url, {"when": "I open a change", "will": "write the test"})
    kept = Commitment.objects.get()
    assert (kept.when, kept.will) == ("I open a change", "write the test")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"used": "yes"}, 422),
        ({"used": "no"}, 422),
        ({"used": "yes", "what": "Twice"}, 302),
        ({"used": "no", "obstacle": "no_time"}, 302),
    ],
)
def test_a_log_tells_the_use_or_the_obstacle(cast: Cast, done: Action, data: dict[str, str], status: int) -> None:
    commitment = CommitmentFactory(action=done)
    answered = cast.ada.client().post(reverse("application-log", args=[commitment.uuid]), data)
    assert answered.status_code == status
    assert Application.objects.exists() is (status == 302)


@pytest.mark.requirement("R50")
def test_a_logged_use_marks_the_step_and_an_obstacle_is_kept_as_one_of_few(cast: Cast, done: Action) -> None:
    commitment = CommitmentFactory(action=done)
    client, url = cast.ada.client(), reverse("application-log", args=[commitment.uuid])
    client.post(url, {"used": "no", "obstacle": "no_time"})
    assert Application.objects.get().obstacle == "No time"
    assert Action.objects.get().state == "done"
    client.post(url, {"used": "yes", "what": "In the review of Monday"})
    assert Action.objects.get().state == "applied"


def test_the_log_form_is_short(cast: Cast, done: Action, sql_count: SqlCount) -> None:
    commitment = CommitmentFactory(action=done)
    client = cast.ada.client()
    with sql_count("transfer.log"):
        words = client.get(reverse("application-log", args=[commitment.uuid])).content.decode()
    assert words.count("<textarea") == 1


def test_the_manager_says_that_they_saw_the_use(cast: Cast, done: Action) -> None:
    use = ApplicationFactory(commitment__action=done)
    cast.boris.client().post(reverse("application-see", args=[use.uuid]))
    assert Application.objects.get().seen_by == cast.boris.person


@pytest.mark.requirement("R51")
def test_a_reassessment_is_planned_done_and_shown_before_and_after(
    cast: Cast, done: Action, sql_count: SqlCount
) -> None:
    capability = CapabilityFactory(name="Testing")
    require(cast.ada.person, a=(capability, 5.0))
    for rater in (cast.boris.person, cast.chen.person):
        rate(cast.ada.person, capability, rater, 2, source=Source.MANAGER)
    compute()
    done.need.capability = capability
    done.need.save()
    client = cast.boris.client()
    client.post(reverse("reassessment-plan", args=[done.uuid]), {"due_on": "2026-05-01"})
    planned = Reassessment.objects.get()
    assert planned.level_before is not None
    url = reverse("reassess", args=[planned.uuid])
    with sql_count("transfer.reassess"):
        client.get(url)
    assert client.post(url, {"comment": "seen"}).status_code == 422
    assert client.post(url, {"category": "–"}).status_code == 422
    words = client.post(url, {"category": "5", "comment": "Led it"}, follow=True).content.decode()
    planned.refresh_from_db()
    assert planned.level_after is not None
    assert planned.level_after > planned.level_before
    assert f"{planned.level_before:.1f} → {planned.level_after:.1f}" in words


def test_only_the_one_who_promised_looks_again(cast: Cast) -> None:
    planned = ReassessmentFactory(need__person=cast.ada.person, assessor=cast.dora.person)
    assert cast.boris.client().get(reverse("reassess", args=[planned.uuid])).status_code == 403


def test_the_funnel_withholds_what_fewer_than_five_people_did(cast: Cast, done: Action, sql_count: SqlCount) -> None:
    client = cast.emil.client()
    assert "Fewer than 5 people" in client.get(reverse("transfer")).content.decode()
    others = (cast.boris, cast.chen, cast.dora, cast.emil, cast.hana)
    for player in others:
        action = ActionFactory(plan__person=player.person, state="done", done_on=NOON.date())
        ApplicationFactory(commitment__action=action, used=False, what="", obstacle="No time")
    ApplicationFactory(commitment__action=done, used=False, what="", obstacle="My desk is broken")
    with sql_count("transfer.funnel"):
        words = client.get(reverse("transfer")).content.decode()
    assert "No time" in words
    assert "My desk is broken" not in words


def test_a_manager_counts_the_own_people_alone(cast: Cast, done: Action) -> None:
    for player in (cast.dora, cast.emil, cast.hana, cast.ivo, cast.farid):
        ActionFactory(plan__person=player.person, state="done", done_on=NOON.date())
    assert "Fewer than 5 people" in cast.boris.client().get(reverse("transfer")).content.decode()
