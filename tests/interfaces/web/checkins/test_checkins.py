"""1:1s: the agenda that builds itself, what each may read, what carries over, and needs that wait for a pattern."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.cast import Cast
from tests.factories import (
    ActionFactory,
    AgreementFactory,
    BlockerFactory,
    CheckInFactory,
    CommitmentFactory,
    GoalFactory,
    ObservationFactory,
    PlanFactory,
    PrivateNoteFactory,
    RequirementFactory,
    RoleHoldingFactory,
)
from tests.factories.moments import NOW

from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.choices import NeedOrigin, NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.sources.checkins.choices import ItemKind
from upwell.domain.sources.checkins.models import AgendaItem, Agreement, Blocker, CheckIn, PrivateNote
from upwell.domain.sources.goals.choices import GoalState

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def a_talk(cast: Cast) -> CheckIn:
    talk: CheckIn = CheckInFactory(manager=cast.boris.person, person=cast.ada.person)
    return talk


def asked_of(cast: Cast) -> Capability:
    """A capability Ada's role asks."""
    requirement = RequirementFactory(role=RoleHoldingFactory(person=cast.ada.person).role)
    capability: Capability = requirement.capability
    return capability


def post(client: Client, route: str, thing: CheckIn | Agreement | Blocker | AgendaItem, **data: object) -> int:
    return client.post(reverse(route, args=[thing.uuid]), data).status_code


def test_a_planned_talk_brings_its_agenda_along(cast: Cast) -> None:
    before = a_talk(cast)
    AgreementFactory(checkin=before, text="Write the runbook")
    AgreementFactory(checkin=before, text="Long done", done_on=dt.date(2026, 3, 1))
    BlockerFactory(checkin=before, text="No test system")
    plan = PlanFactory(
        person=cast.ada.person,
        manager=cast.boris.person,
        state=PlanState.AGREED,
        person_agreed_at=NOW,
        manager_agreed_at=NOW,
    )
    action = ActionFactory(plan=plan, state=ActionState.ACCEPTED, intervention__title="Shadow a release")
    ActionFactory(plan=plan, state=ActionState.APPLIED, intervention__title="Already used")
    CommitmentFactory(action=action, will="ask for threats", next_check_on=dt.date(2026, 4, 1))
    GoalFactory(person=cast.ada.person, title="Halve the lead time", state=GoalState.ACTIVE, measure="days")
    GoalFactory(person=cast.ada.person, title="Only a draft")
    day = timezone.localdate() + dt.timedelta(days=7)
    answer = cast.boris.client().post(
        reverse("checkin-plan"), {"person": cast.ada.person.uuid, "planned_on": day.isoformat()}, follow=True
    )
    found = {item.kind: item.text for item in answer.context["talk"].items}
    assert len(answer.context["talk"].items) == 5
    assert found[ItemKind.CARRIED] == "Write the runbook"
    assert found[ItemKind.BLOCKER] == "No test system"
    assert found[ItemKind.PLAN].startswith("Shadow a release")
    assert found[ItemKind.GOAL] == "Halve the lead time"
    assert "ask for threats" in found[ItemKind.COMMITMENT]


def test_an_agenda_is_brought_up_to_date_without_saying_anything_twice(cast: Cast) -> None:
    talk = a_talk(cast)
    GoalFactory(person=cast.ada.person, title="Halve the lead time", state=GoalState.ACTIVE, measure="days")
    client = cast.ada.client()
    assert [post(client, "checkin-refresh", talk) for _ in range(2)] == [302, 302]
    assert [item.text for item in AgendaItem.objects.filter(checkin=talk)] == ["Halve the lead time"]


def test_a_talk_is_planned_with_a_report_and_not_with_anybody_else(cast: Cast) -> None:
    day = timezone.localdate().isoformat()
    data = {"person": cast.farid.person.uuid, "planned_on": day}
    assert cast.boris.client().post(reverse("checkin-plan"), data).status_code == 422
    assert not CheckIn.objects.exists()


def test_a_talk_is_not_planned_for_yesterday_and_what_was_typed_stays(cast: Cast) -> None:
    answer = cast.boris.client().post(
        reverse("checkin-plan"), {"person": cast.ada.person.uuid, "planned_on": "2020-01-01"}
    )
    assert answer.status_code == 422
    assert "2020-01-01" in answer.content.decode()
    assert "a day to come" in answer.content.decode()


def test_the_person_asked_for_is_chosen_already(cast: Cast) -> None:
    answer = cast.boris.client().get(reverse("checkin-plan"), {"person": cast.ada.person.uuid})
    assert f'value="{cast.ada.person.uuid}" selected' in answer.content.decode()


def test_a_private_note_is_never_seen_by_the_other(cast: Cast) -> None:
    talk = a_talk(cast)
    PrivateNoteFactory(checkin=talk, owner=cast.boris.person, text="Worried about the workload")
    url = reverse("checkin", args=[talk.uuid])
    assert "Worried about the workload" in cast.boris.client().get(url).content.decode()
    assert "Worried about the workload" not in cast.ada.client().get(url).content.decode()
    post(cast.ada.client(), "checkin-private", talk, text="Ask for a raise")
    assert "Ask for a raise" not in cast.boris.client().get(url).content.decode()
    assert PrivateNote.objects.filter(checkin=talk).count() == 2


def test_shared_notes_are_read_by_both_and_the_talk_counts_as_held(cast: Cast) -> None:
    talk = a_talk(cast)
    post(cast.boris.client(), "checkin-notes", talk, notes="Try the checklist")
    answer = cast.ada.client().get(reverse("checkin", args=[talk.uuid]))
    assert "Try the checklist" in answer.content.decode()
    talk.refresh_from_db()
    assert talk.held_at is not None


def test_an_agreement_stands_until_it_is_done(cast: Cast) -> None:
    talk = a_talk(cast)
    ada = cast.ada.client()
    post(ada, "checkin-agree", talk, text="Write the runbook", owner=cast.ada.person.uuid)
    agreement = Agreement.objects.get()
    assert agreement.owner == cast.ada.person
    assert post(ada, "checkin-complete", agreement) == 302
    agreement.refresh_from_db()
    assert agreement.done_on is not None


def test_an_agreement_binds_only_the_two_who_talk(cast: Cast) -> None:
    answer = cast.boris.client().post(
        reverse("checkin-agree", args=[a_talk(cast).uuid]), {"text": "Do it", "owner": cast.farid.person.uuid}
    )
    assert answer.status_code == 422
    assert "Do it" in answer.content.decode()
    assert not Agreement.objects.exists()


def test_a_blocker_is_named_with_its_kind_and_resolved(cast: Cast) -> None:
    capability, talk = asked_of(cast), a_talk(cast)
    client = cast.ada.client()
    post(client, "checkin-block", talk, text="No licence", kind="tools", capability=capability.uuid)
    blocker = Blocker.objects.get()
    assert (blocker.kind, blocker.capability, blocker.person) == ("tools", capability, cast.ada.person)
    post(client, "checkin-resolve", blocker)
    blocker.refresh_from_db()
    assert blocker.resolved_on is not None


def test_an_item_is_ticked_and_opened_again(cast: Cast) -> None:
    talk = a_talk(cast)
    client = cast.boris.client()
    post(client, "checkin-topic", talk, text="The release")
    item = AgendaItem.objects.get()
    for expected in (True, False):
        post(client, "checkin-tick", item)
        item.refresh_from_db()
        assert item.done is expected


@pytest.mark.requirement("R30")
def test_a_need_raised_in_a_talk_waits_for_a_pattern_and_says_so(cast: Cast) -> None:
    capability, talk = asked_of(cast), a_talk(cast)
    ObservationFactory(person=cast.ada.person, capability=capability, rater=cast.boris.person, category=2)
    answer = cast.boris.client().post(
        reverse("checkin-need", args=[talk.uuid]),
        {"capability": capability.uuid, "kind": "skill_gap", "note": "Missed a threat"},
        follow=True,
    )
    need = Need.objects.get()
    assert (need.state, need.origin, need.origin_uuid) == (NeedState.RAISED, NeedOrigin.CHECKIN, talk.uuid)
    assert need.confirmation
    assert need.confirmation in answer.content.decode()


def test_a_need_without_words_comes_back_open_with_what_was_chosen(cast: Cast) -> None:
    capability = asked_of(cast)
    answer = cast.boris.client().post(
        reverse("checkin-need", args=[a_talk(cast).uuid]), {"capability": capability.uuid, "kind": "coaching"}
    )
    assert answer.status_code == 422
    assert answer.context["opened"] == "need_form"
    assert not Need.objects.exists()


@pytest.mark.requirement("R18")
def test_a_talk_page_needs_as_many_statements_as_stored(cast: Cast, sql_count: SqlCount) -> None:
    talk = a_talk(cast)
    for number in range(12):
        AgreementFactory(checkin=talk, text=f"Agreed {number}")
        BlockerFactory(checkin=talk, text=f"Blocked {number}")
    asked_of(cast)
    client = cast.boris.client()
    with sql_count("checkins.checkin"):
        client.get(reverse("checkin", args=[talk.uuid]))
    with sql_count("checkins.list"):
        client.get(reverse("checkins"))
