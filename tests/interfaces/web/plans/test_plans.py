"""Proposing, deciding, following: the pages of plans."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.factories import (
    ActionFactory,
    ApplicationFactory,
    CommitmentFactory,
    DiagnosisFactory,
    InterventionFactory,
    NeedFactory,
    PlanFactory,
    ReassessmentFactory,
)

from upwell.domain.gaps.models import Need
from upwell.domain.plans.models import Action, Plan

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def diagnosed(cast: Cast, cause: str = "skill", **given: object) -> Need:
    need: Need = NeedFactory(person=cast.ada.person, state="diagnosed", **given)
    DiagnosisFactory(need=need, cause=cause, training_open=cause == "skill", decided_at=NOON)
    return need


def proposed(cast: Cast, need: Need) -> Plan:
    answered = cast.boris.client().post(
        reverse("plan-propose", args=[cast.ada.person.uuid]), {"needs": [str(need.uuid)]}
    )
    assert answered.status_code == 302
    return Plan.objects.get()


def agreed(cast: Cast) -> Plan:
    made: Plan = PlanFactory(
        person=cast.ada.person,
        manager=cast.boris.person,
        state="agreed",
        person_agreed_at=NOON,
        manager_agreed_at=NOON,
        expires_on="2030-01-01",
    )
    return made


def post(client: Client, name: str, thing: Plan | Action, **data: object) -> int:
    return client.post(reverse(name, args=[thing.uuid]), data).status_code


@pytest.mark.requirement("R38", "R39")
def test_a_plan_is_proposed_from_needs_and_holds_when_both_agree(cast: Cast, sql_count: SqlCount) -> None:
    need = diagnosed(cast, capability__name="Testing")
    InterventionFactory(title="Pairing", kind="peer", capability=need.capability)
    plan = proposed(cast, need)
    client = cast.ada.client()
    with sql_count("plans.plan"):
        answered = client.get(reverse("plan", args=[plan.uuid]))
    words = answered.content.decode()
    assert "Pairing" in words
    assert "Waits for you" in words
    assert post(client, "plan-agree", plan) == 302
    assert Plan.objects.get().state == "proposed"
    post(cast.boris.client(), "plan-agree", plan)
    assert Plan.objects.get().state == "agreed"
    assert Action.objects.get().state == "accepted"


def test_needs_without_a_known_cause_lead_to_the_diagnosis_first(cast: Cast, sql_count: SqlCount) -> None:
    need = NeedFactory(person=cast.ada.person, state="confirmed")
    client, url = cast.boris.client(), reverse("plan-propose", args=[cast.ada.person.uuid])
    with sql_count("plans.propose"):
        words = client.get(url).content.decode()
    assert reverse("diagnose", args=[need.uuid]) in words
    assert client.post(url, {"needs": [str(need.uuid)]}).status_code == 422
    assert client.post(url, {}).status_code == 422
    assert not Plan.objects.exists()


@pytest.mark.requirement("R39")
def test_a_step_is_swapped_among_options_with_effect_interval_and_cause(cast: Cast, sql_count: SqlCount) -> None:
    need = diagnosed(cast, "tools")
    InterventionFactory(title="Course", capability=need.capability, effect=0.5, effect_sd=0.2, hours=8)
    InterventionFactory(title="Get the tool", kind="fix", cause="tools")
    InterventionFactory(title="Borrow the tool", kind="fix", cause="tools")
    step = proposed(cast, need).actions.get()
    client, url = cast.ada.client(), reverse("action", args=[step.uuid])
    with sql_count("plans.action"):
        words = client.get(url).content.decode()
    assert "Fits the cause" in words
    assert "+0.5 (+0.2 – +0.8)" in words
    options = {row.title: row.uuid for row in client.get(url).context["options"]}
    assert post(client, "action-swap", step, option=options["Course"], reason="I like it") == 422
    kept = next(uuid for title, uuid in options.items() if title != "Course")
    assert post(client, "action-swap", step, option=kept, reason="") == 422
    assert post(client, "action-swap", step, option=kept, reason="It is here already") == 302
    assert sorted(Action.objects.values_list("state", flat=True)) == ["proposed", "swapped"]


def test_declining_keeps_what_was_typed_and_needs_a_reason(cast: Cast) -> None:
    plan = agreed(cast)
    step = ActionFactory(plan=plan)
    client = cast.ada.client()
    assert post(client, "action-decline", step) == 422
    assert post(client, "action-decline", step, reason="No time this year") == 302
    assert "No time this year" in client.get(reverse("plan", args=[plan.uuid])).content.decode()


@pytest.mark.requirement("G1")
def test_a_step_without_a_need_asks_for_a_reason(cast: Cast, sql_count: SqlCount) -> None:
    plan, drill = agreed(cast), InterventionFactory(title="Fire drill")
    client, url = cast.boris.client(), reverse("plan-add", args=[plan.uuid])
    with sql_count("plans.add"):
        client.get(url, {"q": "fire"})
    data = {"option": drill.uuid, "success_signal": "Done", "due_on": "2026-12-01"}
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "a reason why it is taken without one" in refused.content.decode()
    assert client.post(url, data | {"override_reason": "A legal duty"}).status_code == 302
    assert Action.objects.get().reason == "A legal duty"


@pytest.mark.requirement("G4")
def test_done_leads_to_a_commitment_and_closing_needs_use_or_a_reason(cast: Cast) -> None:
    step = ActionFactory(plan=agreed(cast), state="accepted")
    client = cast.ada.client()
    done = client.post(reverse("action-done", args=[step.uuid]), {"on": "2026-03-01"})
    assert done["Location"] == reverse("commitment-make", args=[step.uuid])
    refused = client.post(reverse("action-close", args=[step.uuid]), {"reason": " "})
    assert refused.status_code == 422
    assert "no logged use yet" in refused.content.decode()
    assert post(client, "action-close", step, reason="The project was stopped") == 302
    assert Action.objects.get().state == "closed"


def test_a_day_in_the_future_is_no_day_of_having_done_it(cast: Cast) -> None:
    step = ActionFactory(plan=agreed(cast), state="accepted")
    post(cast.ada.client(), "action-done", step, on="2999-01-01")
    assert Action.objects.get().state == "accepted"


@pytest.mark.requirement("R50")
def test_my_plan_shows_steps_commitment_checks_and_results(cast: Cast, sql_count: SqlCount) -> None:
    need = diagnosed(cast, capability__name="Testing")
    step = ActionFactory(plan=agreed(cast), need=need, state="done", done_on="2026-03-01")
    commitment = CommitmentFactory(action=step, next_check_on="2026-03-10")
    ApplicationFactory(commitment=commitment)
    ReassessmentFactory(
        need=need,
        assessor=cast.boris.person,
        done_on="2026-03-15",
        level_before=2.0,
        sd_before=0.3,
        level_after=2.6,
        sd_after=0.25,
    )
    client = cast.ada.client()
    with sql_count("plans.mine"):
        words = client.get(reverse("my-plan")).content.decode()
    assert "ask for the threats first" in words
    assert reverse("application-log", args=[commitment.uuid]) in words
    assert "Testing, after" in words
    assert "2.0 → 2.6" in words


def test_without_a_plan_the_page_says_what_to_do_next(cast: Cast) -> None:
    assert "No plan yet" in cast.ada.client().get(reverse("my-plan")).content.decode()


@pytest.mark.requirement("R47")
def test_decisions_list_what_waits_what_stalls_and_what_is_due(cast: Cast, sql_count: SqlCount) -> None:
    PlanFactory(person=cast.ada.person, manager=cast.boris.person, state="proposed")
    agreed(cast)
    ApplicationFactory(
        commitment__action__plan=agreed(cast), commitment__action__state="accepted", what="Found two threats"
    )
    planned = ReassessmentFactory(need__person=cast.ada.person, assessor=cast.boris.person)
    client = cast.boris.client()
    with sql_count("plans.decisions"):
        answered = client.get(reverse("decisions"))
    assert len(answered.context["to_decide"]) == 1
    assert next(row.health for _, row in answered.context["to_watch"]) == ("It has no live step.",)
    words = answered.content.decode()
    assert "Found two threats" in words
    assert reverse("reassess", args=[planned.uuid]) in words
