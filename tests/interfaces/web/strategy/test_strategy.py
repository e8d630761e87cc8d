"""The chain from mission to people, with readiness as an aggregate, and the growth stage that re-ranks it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import (
    CampaignFactory,
    CapabilityFactory,
    CapabilityWeightFactory,
    GrowthStageFactory,
    ObjectiveFactory,
    RoleFactory,
    SnapshotFactory,
    StandingFactory,
    UnitGapFactory,
)

from upwell.domain.capabilities.models import Capability
from upwell.domain.strategy.models import GrowthStage, Objective

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class World:
    """A mission, an objective that serves it, and a capability it leans on."""

    mission: Objective
    objective: Objective
    capability: Capability


@pytest.fixture
def world(cast: Cast) -> World:
    mission = ObjectiveFactory(kind="mission", title="Safe travel")
    objective = ObjectiveFactory(title="Safe by design", parent=mission)
    capability = CapabilityFactory(name="Threat modelling")
    CapabilityWeightFactory(
        objective=objective, capability=capability, weight=2.0, reason="Weaknesses are cheap early."
    )
    snapshot = SnapshotFactory()
    UnitGapFactory(
        snapshot=snapshot,
        unit=cast.company,
        capability=capability,
        share_meeting=0.4,
        share_lo95=0.3,
        share_hi95=0.5,
    )
    role = RoleFactory(name="Developer")
    for index in range(6):
        StandingFactory(
            snapshot=snapshot,
            capability=capability,
            role=role,
            required=3.0,
            p_gap=0.5,
            state="below" if index < 4 else "meets",
        )
    return World(mission, objective, capability)


@pytest.mark.requirement("R01")
def test_the_chain_leads_with_the_thinnest_capability(cast: Cast, world: World, sql_count: SqlCount) -> None:
    ObjectiveFactory(title="Nobody's aim")
    GrowthStageFactory(reason="We double every year.")
    CampaignFactory(name="Secure by spring", due_on="2027-06-01")
    client = cast.hana.client()
    with sql_count("strategy.chain"):
        answer = client.get(reverse("strategy"))
    words = " ".join(answer.content.decode().split())
    assert answer.context["thinnest"].link.capability == "Threat modelling"
    for expected in ("40 %", "30 % to 50 %", "We double every year.", "Secure by spring"):
        assert expected in words
    assert [row.title for row in answer.context["orphans"]] == ["Nobody's aim"]
    ends = {node.key: node.detail for node in answer.context["chain"].nodes if node.column == 3}
    assert ends == {"met": "33%", "below": "67%"}


def test_no_person_is_named_on_the_way_down(cast: Cast, world: World) -> None:
    people = cast.hana.client().get(reverse("strategy-capability", args=[world.capability.uuid])).content.decode()
    assert "Developer" in people
    assert "Ada Ek" not in people


def test_fewer_than_five_are_neither_told_apart_nor_found_by_subtraction(cast: Cast, world: World) -> None:
    pilot, writer = RoleFactory(name="Pilot"), RoleFactory(name="Writer")
    for role, people in ((pilot, 1), (writer, 7)):
        for _ in range(people):
            StandingFactory(capability=world.capability, role=role, required=4.0, p_gap=0.9, state="below")
    answer = cast.hana.client().get(reverse("strategy-capability", args=[world.capability.uuid]))
    shares = {row.role: row.share for row in answer.context["roles"]}
    assert shares == {"Developer": None, "Pilot": None, "Writer": pytest.approx(0.1)}
    chain = cast.hana.client().get(reverse("strategy")).context["chain"]
    families = [node.label for node in chain.nodes if node.column == 2]
    assert families == [writer.family.name, "other roles"]


def test_roles_that_ask_a_capability_stand_in_the_order_of_their_names(cast: Cast, world: World) -> None:
    family = RoleFactory(name="Tester 3").family
    for name in ("Tester 9", "Tester 1", "Tester 5", "Tester 2"):
        StandingFactory(capability=world.capability, role=RoleFactory(name=name, family=family), required=4.0)
    answer = cast.hana.client().get(reverse("strategy-capability", args=[world.capability.uuid]))
    names = [row.role for row in answer.context["roles"] if row.role.startswith("Tester")]
    assert names == ["Tester 1", "Tester 2", "Tester 5", "Tester 9"]


def test_a_small_role_is_not_found_by_subtracting_its_family(cast: Cast, world: World) -> None:
    family = RoleFactory(name="Editor").family
    editor, author = RoleFactory(name="Author", family=family), RoleFactory(name="Corrector", family=family)
    for role, people in ((editor, 12), (author, 2)):
        for _ in range(people):
            StandingFactory(capability=world.capability, role=role, required=4.0, p_gap=0.9, state="below")
    answer = cast.hana.client().get(reverse("strategy-capability", args=[world.capability.uuid]))
    shares = {row.role: row.share for row in answer.context["roles"]}
    assert shares == {"Developer": pytest.approx(0.5), "Author": None, "Corrector": None}
    chain = cast.hana.client().get(reverse("strategy")).context["chain"]
    assert family.name in [node.label for node in chain.nodes if node.column == 2]


def test_who_has_no_evidence_does_not_make_a_group_large_enough(cast: Cast, world: World) -> None:
    role = RoleFactory(name="Pilot")
    for index in range(7):
        StandingFactory(
            capability=world.capability,
            role=role,
            required=4.0,
            p_gap=None if index else 0.1,
            level=None if index else 4.5,
            state="no_evidence" if index else "meets",
        )
    chain = cast.hana.client().get(reverse("strategy")).context["chain"]
    assert [node.label for node in chain.nodes if node.column == 2] == ["other roles"]


def test_an_objective_shows_its_chain_upward(cast: Cast, world: World, sql_count: SqlCount) -> None:
    client = cast.emil.client()
    with sql_count("strategy.objective"):
        answer = client.get(reverse("objective", args=[world.objective.uuid]))
    assert [crumb.label for crumb in answer.context["crumbs"]] == ["Strategy", "Safe travel", "Safe by design"]
    assert "Weaknesses are cheap early." in answer.content.decode()
    above = client.get(reverse("objective", args=[world.mission.uuid]))
    assert "Safe by design" in above.content.decode()


def test_a_capability_shows_its_chain_upward(cast: Cast, world: World, sql_count: SqlCount) -> None:
    client = cast.ada.client()
    with sql_count("strategy.capability"):
        answer = client.get(reverse("strategy-capability", args=[world.capability.uuid]))
    assert [[step.title for step in chain] for chain in answer.context["chains"]] == [["Safe travel", "Safe by design"]]
    bare = client.get(reverse("strategy-capability", args=[CapabilityFactory().uuid]))
    assert "No objective leans on it." in bare.content.decode()


@pytest.mark.requirement("R02")
def test_another_growth_stage_reranks_priorities_and_says_why(cast: Cast, world: World, sql_count: SqlCount) -> None:
    GrowthStageFactory(stage="growing")
    leading = CapabilityFactory(name="Leading change", kind="leadership")
    CapabilityWeightFactory(objective=world.objective, capability=leading, weight=1.9)
    client = cast.hana.client()
    with sql_count("strategy.stage"):
        answer = client.get(reverse("strategy-stage"), {"stage": "renewing"})
    first = answer.context["shifts"][0]
    assert (first.row.capability, first.before, first.after) == ("Leading change", 2, 1)
    assert "renewing leadership: 1.5 times" in answer.content.decode()
    client.post(reverse("strategy-stage"), {"stage": "renewing", "reason": "A third of the heads retire."})
    assert "A third of the heads retire." in client.get(reverse("strategy")).content.decode()


def test_a_stage_without_a_reason_is_not_entered(cast: Cast) -> None:
    answer = cast.hana.client().post(reverse("strategy-stage"), {"stage": "renewing", "reason": ""})
    assert answer.status_code == 422
    assert not GrowthStage.objects.exists()


def test_an_empty_strategy_says_how_to_begin(cast: Cast) -> None:
    assert "No strategy yet" in cast.ada.client().get(reverse("strategy")).content.decode()
