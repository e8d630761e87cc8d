"""What the organisation wants puts weight on capabilities, with the reasons."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOON
from tests.factories import (
    CampaignFactory,
    CapabilityFactory,
    CapabilityWeightFactory,
    GrowthStageFactory,
    ObjectiveFactory,
    UnitFactory,
)
from tests.factories.moments import LONG_AGO, TODAY

from upwell.domain.capabilities.choices import CapabilityClass, Facet
from upwell.domain.strategy import operations, queries
from upwell.domain.strategy.choices import ObjectiveKind, Stage
from upwell.domain.strategy.models import Objective
from upwell.domain.strategy.operations import ObjectiveUnderItself

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - dt.timedelta(days=1)


def ranking(as_of: dt.date = TODAY) -> list[tuple[str, float]]:
    """Capabilities by weight, heaviest first."""
    return [(row.capability, round(row.weight, 4)) for row in queries.weights(as_of=as_of)]


def enter(stage: Stage, since: dt.date = TODAY) -> None:
    """The business enters a stage."""
    operations.enter_stage(stage=stage, since=since, reason="", actor=None, at=NOON)


@pytest.mark.requirement("R02")
def test_entering_another_growth_stage_re_ranks_capabilities_and_says_why() -> None:
    coding = CapabilityFactory(name="Coding", facet=Facet.TECHNICAL)
    leading = CapabilityFactory(name="Leading", facet=Facet.BEHAVIOUR, kind=CapabilityClass.LEADERSHIP)
    objective = ObjectiveFactory(title="Ship weekly")
    for capability in (coding, leading):
        CapabilityWeightFactory(objective=objective, capability=capability, weight=1.0)
    GrowthStageFactory(stage=Stage.GROWING)
    assert ranking() == [("Coding", 2.5), ("Leading", 2.0)]
    enter(Stage.RENEWING)
    assert ranking() == [("Leading", 3.0), ("Coding", 2.0)]
    reasons = queries.weights(as_of=TODAY)[0].reasons
    assert reasons == ("Ship weekly leans on it (1)", "the business is renewing leadership: 1.5 times")


@pytest.mark.requirement("R02")
def test_the_ranking_of_an_earlier_day_still_follows_the_stage_of_that_day() -> None:
    CapabilityFactory(name="Coding", facet=Facet.TECHNICAL)
    GrowthStageFactory(stage=Stage.GROWING)
    enter(Stage.RENEWING)
    assert ranking(YESTERDAY) == [("Coding", 1.25)]
    assert ranking() == []


def test_a_stage_entered_twice_on_one_day_is_the_last_one() -> None:
    enter(Stage.GROWING)
    enter(Stage.ESTABLISHED)
    found = queries.stage(as_of=TODAY)
    assert found is not None
    assert found.words == "established"
    assert queries.stage(as_of=LONG_AGO) is None


def test_the_weights_of_several_objectives_add_up_and_can_be_taken_away() -> None:
    capability = CapabilityFactory(name="Coding")
    first, second = ObjectiveFactory(), ObjectiveFactory()
    for objective, weight in ((first, 1.0), (second, 2.0)):
        operations.weigh_capability(
            objective=objective, capability=capability, weight=weight, reason="", actor=None, at=NOON
        )
    assert ranking() == [("Coding", 4.0)]
    operations.unweigh_capability(objective=second, capability=capability, actor=None, at=NOON)
    assert ranking() == [("Coding", 2.0)]


@pytest.mark.parametrize("weight", [0.0, 5.1])
def test_a_weight_lies_above_zero_and_at_most_at_five(weight: float) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CapabilityWeightFactory(weight=weight)


def test_a_retired_capability_weighs_nothing() -> None:
    CapabilityWeightFactory(capability=CapabilityFactory(retired_on=TODAY))
    assert ranking() == []


def test_only_objectives_judged_by_a_metric_tie_a_capability_to_an_outcome() -> None:
    measured = ObjectiveFactory(outcome_metric="defects")
    linked = CapabilityWeightFactory(objective=measured, weight=1.0).capability
    CapabilityWeightFactory(objective=ObjectiveFactory(outcome_metric="speed"), capability=linked, weight=3.0)
    CapabilityWeightFactory(objective=ObjectiveFactory(), weight=5.0)
    assert queries.outcome_links() == {linked.pk: 2.5}


def chain() -> tuple[Objective, Objective, Objective]:
    """A mission, a strategy under it and an objective under that."""
    mission = ObjectiveFactory(kind=ObjectiveKind.MISSION, title="Mission")
    strategy = ObjectiveFactory(kind=ObjectiveKind.STRATEGY, title="Strategy", parent=mission)
    return mission, strategy, ObjectiveFactory(title="Objective", parent=strategy)


@pytest.mark.requirement("R01")
def test_a_capability_shows_every_chain_up_to_the_mission_heaviest_first() -> None:
    mission, strategy, objective = chain()
    capability = CapabilityFactory()
    CapabilityWeightFactory(capability=capability, objective=strategy, weight=1.0)
    CapabilityWeightFactory(capability=capability, objective=objective, weight=2.0)
    titles = [[row.title for row in found] for found in queries.chains_of_capability(capability)]
    assert titles == [["Objective", "Strategy", "Mission"], ["Strategy", "Mission"]]
    assert queries.chain_upward(mission.pk)[0].title == "Mission"


@pytest.mark.requirement("R01")
def test_objectives_that_lean_on_nothing_and_that_nothing_serves_are_listed() -> None:
    _, _, objective = chain()
    served = ObjectiveFactory(title="Leans on something")
    CapabilityWeightFactory(objective=served)
    assert [row.title for row in queries.orphan_objectives()] == ["Objective"]
    CapabilityWeightFactory(objective=objective)
    assert queries.orphan_objectives() == ()


def test_the_tree_shows_each_rung_under_its_parent_with_what_it_leans_on() -> None:
    _, _, objective = chain()
    link = CapabilityWeightFactory(objective=objective)
    (root,) = queries.tree()
    leaf = root.children[0].children[0]
    assert (root.depth, leaf.depth, leaf.row.title) == (0, 2, "Objective")
    assert [row.capability for row in leaf.links] == [link.capability.name]


def test_an_objective_cannot_stand_under_itself_or_under_what_serves_it() -> None:
    mission, _, objective = chain()
    with pytest.raises(ObjectiveUnderItself):
        operations.revise_objective(
            objective=mission,
            title="Mission",
            statement="",
            parent=objective,
            owner=None,
            outcome_metric="",
            due_on=None,
            actor=None,
            at=NOON,
        )
    assert Objective.objects.get(pk=mission.pk).parent is None


@pytest.mark.requirement("R03")
def test_a_campaign_has_a_population_a_deadline_and_a_business_outcome() -> None:
    unit = UnitFactory(name="Sales")
    campaign = operations.create_campaign(
        key="launch",
        name="Launch",
        unit=unit,
        outcome="1,000 orders in the first month",
        due_on=TODAY,
        objective=ObjectiveFactory(title="Grow abroad"),
        actor=None,
        at=NOON,
    )
    CampaignFactory(due_on=YESTERDAY)
    (row,) = queries.campaigns(as_of=TODAY)
    assert (row.uuid, row.unit, row.due_on) == (campaign.uuid, "Sales", TODAY)
    assert (row.outcome, row.objective) == ("1,000 orders in the first month", "Grow abroad")
