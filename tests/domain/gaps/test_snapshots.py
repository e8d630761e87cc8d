"""Levels and gaps of everybody: computed through a run, kept with their origin, and the same when computed again."""

import datetime as dt

import pytest
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, level, rate, require, standing
from tests.factories import (
    CapabilityFactory,
    CapabilityWeightFactory,
    ObjectiveFactory,
    OccupancyFactory,
    PersonFactory,
    PositionPlacementFactory,
    RequirementFactory,
    RunFactory,
    ScaleFactory,
    ScaleLevelFactory,
    UnitFactory,
    UnitPlacementFactory,
)
from tests.factories.moments import TODAY

from upwell.domain.capabilities.models import Capability, Scale
from upwell.domain.evidence.choices import Source
from upwell.domain.evidence.models import Observation
from upwell.domain.evidence.operations import observe, retract
from upwell.domain.gaps.choices import GapState
from upwell.domain.gaps.frames import ENGINE_VERSION
from upwell.domain.gaps.models import Snapshot, Standing, UnitGap
from upwell.domain.gaps.operations import replay, take_snapshot
from upwell.domain.roles.operations import set_requirement
from upwell.domain.strategy.choices import Stage
from upwell.domain.strategy.operations import enter_stage
from upwell.foundation.people.models import Occupancy, Person, PositionPlacement, UnitPlacement
from upwell.foundation.people.operations import rebuild_chains
from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.jobs import perform

pytestmark = pytest.mark.django_db
MONTH = dt.timedelta(days=30)


def rated_team(cast: Cast) -> Capability:
    """Ada, Boris and Chen rated by each other and by Farid."""
    capability: Capability = CapabilityFactory()
    people = [cast.ada.person, cast.boris.person, cast.chen.person]
    for place, person in enumerate(people):
        for rater in [*people, cast.farid.person]:
            if rater != person:
                rate(person, capability, rater, 2 + place)
    return capability


def test_a_snapshot_keeps_version_parameters_and_digest_of_its_run(cast: Cast) -> None:
    require(cast.ada.person, it=(rated_team(cast), 3.0))
    snapshot = compute()
    run = snapshot.run
    assert (run.state, run.params) == (RunState.SUCCEEDED, {"as_of": TODAY.isoformat()})
    assert run.engine_version == ENGINE_VERSION
    assert len(run.input_digest) == 64
    assert run.input_digest == snapshot.diagnostics["input_digest"]
    assert run.result["snapshot"] == str(snapshot.uuid)
    assert run.result["standings"] == Standing.objects.filter(snapshot=snapshot).count() == 3


def taken(at: dt.datetime = NOON) -> Snapshot:
    """A snapshot made at a moment of the tests' day."""
    return take_snapshot(as_of=TODAY, run=RunFactory(), actor=None, at=at)


def test_computed_again_a_snapshot_is_the_same(cast: Cast) -> None:
    rated_team(cast)
    found = replay(taken())
    assert found.is_same
    assert found.compared == 3


def test_what_is_recorded_or_withdrawn_later_does_not_change_what_a_snapshot_comes_out_as(cast: Cast) -> None:
    capability = rated_team(cast)
    snapshot, later = taken(), NOON + dt.timedelta(minutes=1)
    before = level(cast.ada.person, capability)
    lowest = Observation.objects.filter(person=cast.ada.person).first()
    assert lowest is not None
    retract(observation=lowest, reason="Somebody else", actor=None, at=later)
    observe(
        person=cast.ada.person,
        capability=capability,
        rater=cast.dora.person,
        source=Source.PEER,
        category=5,
        observed_on=TODAY,
        actor=None,
        at=later,
    )
    assert replay(snapshot).is_same
    taken(at=later)
    assert abs(level(cast.ada.person, capability) - before) > 0.1


def test_evidence_changed_behind_the_products_back_is_found_when_computed_again(cast: Cast) -> None:
    capability = rated_team(cast)
    snapshot = taken()
    Observation.objects.filter(person=cast.ada.person, rater=cast.boris.person).update(category=5)
    found = replay(snapshot)
    assert not found.same_input
    assert found.largest_difference > 0.1
    assert level(cast.ada.person, capability) == Standing.objects.get(snapshot=snapshot, person=cast.ada.person).level


def test_a_run_that_is_performed_twice_leaves_one_snapshot(cast: Cast) -> None:
    rated_team(cast)
    snapshot = compute()
    perform(snapshot.run.uuid)
    assert Snapshot.objects.get() == snapshot


def test_an_organisation_without_any_rating_gets_an_honest_snapshot(cast: Cast) -> None:
    capability = CapabilityFactory()
    require(cast.ada.person, it=(capability, 3.0))
    compute()
    assert standing(cast.ada.person, capability).state == GapState.NO_EVIDENCE


@pytest.mark.requirement("R32")
def test_a_requirement_without_evidence_is_a_row_without_a_level_and_never_a_zero(cast: Cast) -> None:
    unseen = CapabilityFactory()
    require(cast.ada.person, seen=(rated_team(cast), 3.0), unseen=(unseen, 3.0))
    compute()
    row = standing(cast.ada.person, unseen)
    assert (row.state, row.required, row.n_ratings) == (GapState.NO_EVIDENCE, 3.0, 0)
    assert (row.level, row.sd, row.lo95, row.hi95) == (None, None, None, None)
    assert (row.gap, row.p_gap, row.priority) == (None, None, None)


@pytest.mark.requirement("R32")
def test_a_gap_is_what_is_required_minus_the_level_with_its_probability_and_interval(cast: Cast) -> None:
    capability = rated_team(cast)
    require(cast.ada.person, it=(capability, 4.5))
    compute()
    row = standing(cast.ada.person, capability)
    bounds = [row.lo95, row.lo80, row.level, row.hi80, row.hi95]
    known = [bound for bound in bounds if bound is not None]
    assert len(known) == 5
    assert known == sorted(known)
    assert row.gap == pytest.approx(4.5 - level(cast.ada.person, capability))
    assert row.p_gap is not None
    assert row.p_gap > 0.9
    assert (row.state, row.n_ratings, row.n_raters) == (GapState.BELOW, 3, 3)


def test_who_is_rated_without_being_asked_has_a_level_and_no_gap(cast: Cast) -> None:
    capability = rated_team(cast)
    compute()
    row = standing(cast.ada.person, capability)
    assert row.level is not None
    assert (row.required, row.gap, row.role) == (None, None, None)


def test_the_last_rating_alone_never_decides_a_level(cast: Cast) -> None:
    capability = CapabilityFactory()
    raters = [cast.boris.person, cast.chen.person, cast.farid.person]
    for person, earlier in ((cast.ada.person, 5), (cast.hana.person, 2)):
        for months, rater in enumerate(raters, start=1):
            rate(person, capability, rater, earlier, on=TODAY - months * MONTH)
        rate(person, capability, cast.emil.person, 2)
    compute()
    assert level(cast.ada.person, capability) > level(cast.hana.person, capability) + 0.5
    assert level(cast.ada.person, capability) > 3.0


@pytest.mark.requirement("R10")
def test_ratings_on_two_scales_land_on_one_latent_scale(cast: Cast) -> None:
    five, three = CapabilityFactory(), ScaleFactory(levels=0)
    for ordinal, position, cut in ((1, 1.0, None), (2, 3.0, 2.0), (3, 5.0, 4.0)):
        ScaleLevelFactory(scale=three, ordinal=ordinal, position=position, cut=cut)

    def rated(category: int, scale: Scale) -> Person:
        person: Person = PersonFactory()
        for rater in (cast.boris, cast.chen, cast.farid):
            observation = rate(person, five, rater.person, category)
            Observation.objects.filter(uuid=observation.uuid).update(scale=scale)
        return person

    middle_of_three, middle_of_five = rated(2, three), rated(3, five.scale)
    second_of_five, top_of_three = rated(2, five.scale), rated(3, three)
    compute()
    assert level(middle_of_three, five) == pytest.approx(level(middle_of_five, five), abs=0.25)
    assert level(middle_of_three, five) > level(second_of_five, five) + 0.25
    assert level(top_of_three, five) > level(middle_of_five, five) + 0.5


@pytest.mark.requirement("R37")
def test_of_two_equal_gaps_the_one_that_moves_a_measured_outcome_ranks_first(cast: Cast) -> None:
    plain, linked = CapabilityFactory(), CapabilityFactory()
    for capability in (plain, linked):
        rate(cast.ada.person, capability, cast.boris.person, 2)
    require(cast.ada.person, plain=(plain, 4.0), linked=(linked, 4.0))
    CapabilityWeightFactory(objective=ObjectiveFactory(outcome_metric="defects"), capability=linked)
    compute()
    first, second = standing(cast.ada.person, linked), standing(cast.ada.person, plain)
    assert first.gap == pytest.approx(second.gap, abs=1e-3)
    assert first.priority is not None
    assert second.priority is not None
    assert first.priority == pytest.approx(3.0 * second.priority, rel=0.01)


@pytest.mark.requirement("R02")
def test_another_growth_stage_re_ranks_the_gaps_of_the_next_snapshot(cast: Cast) -> None:
    technical, leading = CapabilityFactory(facet="technical"), CapabilityFactory(facet="behaviour", kind="leadership")
    for capability in (technical, leading):
        rate(cast.ada.person, capability, cast.boris.person, 2)
    require(cast.ada.person, a=(technical, 4.0), b=(leading, 4.0))
    orders = []
    for stage, day in ((Stage.GROWING, TODAY - MONTH), (Stage.RENEWING, TODAY)):
        enter_stage(stage=stage, since=day, reason="", actor=None, at=NOON)
        compute()
        ranked = Standing.objects.filter(is_current=True).order_by("-priority")
        orders.append([row.capability for row in ranked])
    assert orders == [[technical, leading], [leading, technical]]


@pytest.mark.requirement("R14")
def test_an_earlier_day_is_computed_with_the_requirements_and_ratings_of_that_day(cast: Cast) -> None:
    capability, before = CapabilityFactory(), TODAY - 6 * MONTH
    rate(cast.ada.person, capability, cast.boris.person, 2, on=before)
    rate(cast.ada.person, capability, cast.chen.person, 5)
    role = require(cast.ada.person, it=(capability, 2.0))
    set_requirement(role=role, capability=capability, level=4.0, valid_from=TODAY, actor=None, at=NOON)
    today = Standing.objects.get(snapshot=compute())
    earlier = Standing.objects.get(snapshot=compute(as_of=before))
    assert (earlier.required, earlier.n_ratings) == (2.0, 1)
    assert (today.required, today.n_ratings) == (4.0, 2)


def test_a_snapshot_of_an_earlier_day_does_not_become_current(cast: Cast) -> None:
    capability = rated_team(cast)
    newest = compute()
    compute(as_of=TODAY - MONTH)
    assert standing(cast.ada.person, capability).snapshot == newest


def test_the_next_snapshot_takes_the_place_of_the_one_before(cast: Cast) -> None:
    rated_team(cast)
    first, second = compute(), compute()
    assert not Standing.objects.filter(snapshot=first, is_current=True).exists()
    assert Standing.objects.filter(snapshot=second, is_current=True).count() == 3


def test_who_left_is_asked_nothing_any_more(cast: Cast) -> None:
    capability = CapabilityFactory()
    require(cast.ada.person, it=(capability, 3.0))
    Person.objects.filter(pk=cast.ada.person.pk).update(left_on=TODAY)
    compute()
    assert not Standing.objects.exists()


@pytest.mark.requirement("R32")
def test_the_roll_up_of_units_counts_what_counting_by_hand_counts_at_every_depth(cast: Cast) -> None:
    platform = UnitFactory(name="Platform")
    UnitPlacementFactory(unit=platform, parent=cast.engineering)
    below = [OccupancyFactory(position=PositionPlacementFactory(unit=platform).position).person for _ in range(3)]
    rebuild_chains(on=TODAY, actor=None, at=NOON)
    one, other = CapabilityFactory(), CapabilityFactory()
    role = require(*below, cast.ada.person, cast.boris.person, cast.farid.person, one=(one, 3.0))
    RequirementFactory(role=role, capability=other)
    rated = {one: [below[0], below[1], cast.ada.person, cast.farid.person], other: [below[2]]}
    for capability, people in rated.items():
        for person in people:
            rate(person, capability, cast.chen.person, 4)
    snapshot = compute()

    above = dict(UnitPlacement.objects.values_list("unit", "parent"))
    place = dict(PositionPlacement.objects.values_list("position", "unit"))
    expected: dict[tuple[int, int], tuple[int, int]] = {}
    for person, position in Occupancy.objects.filter(person__in=role.holdings.values("person")).values_list(
        "person", "position"
    ):
        unit: int | None = place[position]
        while unit is not None:
            for capability, people in rated.items():
                n, seen = expected.get((unit, capability.pk), (0, 0))
                expected[unit, capability.pk] = (n + 1, seen + (person in {each.pk for each in people}))
            unit = above[unit]
    kept = UnitGap.objects.filter(snapshot=snapshot)
    found = {(row.unit.pk, row.capability.pk): (row.n, row.n_evidence) for row in kept}
    assert found == expected
    assert found[cast.company.pk, one.pk] == (6, 4)
    assert found[cast.engineering.pk, one.pk] == (5, 3)
    assert found[platform.pk, other.pk] == (3, 1)
