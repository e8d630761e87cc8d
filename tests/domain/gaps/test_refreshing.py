"""One person's levels move as soon as evidence arrives, and explain themselves."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, level, rate, require, standing
from tests.factories import CapabilityFactory, ObservationFactory
from tests.factories.moments import TODAY

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Source
from upwell.domain.evidence.models import Observation
from upwell.domain.evidence.operations import observe, retract
from upwell.domain.gaps import frames, queries
from upwell.domain.gaps.choices import GapState, SnapshotKind
from upwell.domain.gaps.models import RaterBelief, RaterEffect, RaterLink, Snapshot, Standing
from upwell.domain.gaps.operations import NoSnapshotYet, refresh
from upwell.domain.gaps.queries.explaining import basis_of, evidence_behind, ledger
from upwell.domain.gaps.queries.states import newest_for
from upwell.foundation.people.models import Person

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def capability(cast: Cast) -> Capability:
    """What Ada and Farid are asked and were rated on before everybody was computed yesterday."""
    made: Capability = CapabilityFactory()
    other = CapabilityFactory()
    require(cast.ada.person, cast.farid.person, it=(made, 4.0), other=(other, 3.0))
    for person in (cast.ada.person, cast.farid.person):
        for rater, category in ((cast.chen, 3), (cast.emil, 2)):
            rate(person, made, rater.person, category, on=TODAY - 30 * DAY)
    rate(cast.dora.person, made, cast.hana.person, 3, on=TODAY - 20 * DAY)
    for person in (cast.dora.person, cast.farid.person, cast.hana.person):
        rate(person, made, cast.boris.person, 1, source=Source.MANAGER, on=TODAY - 20 * DAY)
        rate(person, made, cast.emil.person, 4, on=TODAY - 20 * DAY)
    compute(as_of=TODAY - DAY)
    return made


def boris_sees_ada(cast: Cast, capability: Capability, category: int = 5) -> Observation:
    """Today's observation by her manager."""
    return observe(
        person=cast.ada.person,
        capability=capability,
        rater=cast.boris.person,
        source=Source.MANAGER,
        category=category,
        observed_on=TODAY,
        actor=cast.boris.account,
        at=NOON,
    )


def state_of(person: Person) -> dict[str, Any]:
    """What the newest snapshot keeps for a person."""
    held = newest_for(person)
    assert held is not None
    return held.state


def test_an_observation_by_the_manager_moves_only_that_person(cast: Cast, capability: Capability) -> None:
    before = level(cast.ada.person, capability)
    untouched = list(Standing.objects.filter(person=cast.farid.person).order_by("pk").values())
    boris_sees_ada(cast, capability)
    snapshot = refresh(person=cast.ada.person, actor=cast.boris.account, at=NOON)
    assert level(cast.ada.person, capability) > before + 0.1
    assert list(Standing.objects.filter(person=cast.farid.person).order_by("pk").values()) == untouched
    assert set(snapshot.standings.values_list("person", flat=True)) == {cast.ada.person.pk}
    assert standing(cast.ada.person, capability).n_ratings == 3


def test_a_refresh_takes_fifteen_statements_at_most(
    cast: Cast, capability: Capability, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    boris_sees_ada(cast, capability)
    with django_assert_max_num_queries(15):
        refresh(person=cast.ada.person, actor=None, at=NOON)


def test_a_refresh_keeps_the_requirements_without_evidence_and_one_current_row_each(
    cast: Cast, capability: Capability
) -> None:
    refresh(person=cast.ada.person, actor=None, at=NOON)
    current = Standing.objects.filter(person=cast.ada.person, is_current=True)
    assert sorted(current.values_list("state", flat=True)) == sorted([GapState.BELOW, GapState.NO_EVIDENCE])


def test_whom_a_person_can_be_compared_with_stays_as_the_full_computation_said(
    cast: Cast, capability: Capability
) -> None:
    Standing.objects.filter(person=cast.ada.person, is_current=True).update(component=3)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    current = Standing.objects.filter(person=cast.ada.person, is_current=True)
    assert set(current.values_list("component", flat=True)) == {3}


def test_how_strict_a_rater_is_shows_only_from_five_people_rated(cast: Cast, capability: Capability) -> None:
    basis = basis_of(cast.ada.person, capability.uuid)
    assert basis
    found = frames.account(basis.state, cast.ada.person.pk, capability.pk, as_of=TODAY)
    assert found
    shown = []
    for n in (4, 5):
        RaterEffect.objects.filter(rater=cast.chen.person).update(n_persons=n)
        seen = evidence_behind(cast.ada.person, until=TODAY)
        lines = ledger(found.steps, seen, capability_id=capability.pk, reader=None, subject=cast.ada.person)
        shown.append({line.severity is not None for line in lines if line.rater == cast.chen.person.name})
    assert shown == [{False}, {True}]


def test_a_refresh_is_a_run_of_its_own_with_base_version_and_digest(cast: Cast, capability: Capability) -> None:
    snapshot = refresh(person=cast.ada.person, actor=cast.boris.account, at=NOON)
    base = Snapshot.objects.get(kind=SnapshotKind.FULL)
    assert (snapshot.base, snapshot.kind, snapshot.as_of) == (base, SnapshotKind.UPDATE, TODAY)
    assert snapshot.run.params == {
        "person": str(cast.ada.person.uuid),
        "base": str(base.uuid),
        "as_of": TODAY.isoformat(),
    }
    assert snapshot.run.engine_version == frames.ENGINE_VERSION
    assert snapshot.run.input_digest == snapshot.diagnostics["input_digest"]
    assert snapshot.run.requested_by == cast.boris.account


def test_two_refreshes_on_the_same_evidence_say_the_same(cast: Cast, capability: Capability) -> None:
    boris_sees_ada(cast, capability)
    found = []
    for _ in range(2):
        snapshot = refresh(person=cast.ada.person, actor=None, at=NOON)
        found.append((level(cast.ada.person, capability), snapshot.diagnostics["input_digest"]))
    assert found[0] == found[1]


def test_a_withdrawn_observation_takes_its_effect_back(cast: Cast, capability: Capability) -> None:
    refresh(person=cast.ada.person, actor=None, at=NOON)
    before = level(cast.ada.person, capability)
    seen = boris_sees_ada(cast, capability)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    retract(observation=seen, reason="It was somebody else", actor=None, at=NOON)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    assert level(cast.ada.person, capability) == pytest.approx(before, abs=1e-9)


def test_when_all_evidence_is_withdrawn_the_requirement_stays_and_the_level_goes(
    cast: Cast, capability: Capability
) -> None:
    for seen in Observation.objects.filter(person=cast.ada.person):
        retract(observation=seen, reason="Wrong person", actor=None, at=NOON)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    row = standing(cast.ada.person, capability)
    assert (row.level, row.state, row.n_ratings) == (None, GapState.NO_EVIDENCE, 0)


def test_somebody_new_gets_levels_from_their_first_rating(cast: Cast, capability: Capability) -> None:
    rate(cast.ivo.person, capability, cast.chen.person, 4)
    refresh(person=cast.ivo.person, actor=None, at=NOON)
    row = standing(cast.ivo.person, capability)
    assert row.level is not None
    assert row.provisional


def test_without_any_snapshot_there_is_nothing_to_refresh(cast: Cast) -> None:
    with pytest.raises(NoSnapshotYet):
        refresh(person=cast.ada.person, actor=None, at=NOON)


def test_a_refresh_says_what_a_computation_of_everybody_would_say_nearly(cast: Cast, capability: Capability) -> None:
    boris_sees_ada(cast, capability)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    quick = level(cast.ada.person, capability)
    compute()
    assert level(cast.ada.person, capability) == pytest.approx(quick, abs=0.35)


def test_contributions_of_the_observations_add_up_to_the_level(cast: Cast, capability: Capability) -> None:
    seen = boris_sees_ada(cast, capability)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    told, uuids = frames.explain(state_of(cast.ada.person), cast.ada.person.pk, capability.pk, as_of=TODAY)
    steps = told.steps.to_pylist()
    assert told.start + sum(step["contribution"] for step in steps) == pytest.approx(told.level, abs=1e-6)
    assert told.level == pytest.approx(level(cast.ada.person, capability), abs=1e-6)
    mine = Observation.objects.filter(person=cast.ada.person).values_list("uuid", flat=True)
    assert sorted(uuids) == sorted(str(key) for key in mine)
    of_boris = steps[uuids.index(str(seen.uuid))]
    assert (of_boris["rater"], of_boris["category"]) == (cast.boris.person.pk, 5)
    assert of_boris["contribution"] > 0


def test_an_account_gives_each_step_its_observation_and_says_what_would_sharpen_the_level(
    cast: Cast, capability: Capability
) -> None:
    told = frames.account(state_of(cast.ada.person), cast.ada.person.pk, capability.pk, as_of=TODAY)
    assert told is not None
    assert told.start + sum(step["contribution"] for step in told.steps) == pytest.approx(told.level, abs=1e-6)
    assert all(step["uuid"] for step in told.steps)
    reductions = [row["reduction"] for row in told.best]
    assert reductions == sorted(reductions, reverse=True)
    assert 0 < reductions[0] < 1


def test_a_level_rests_on_the_state_of_the_snapshot_it_was_computed_from(cast: Cast, capability: Capability) -> None:
    before = basis_of(cast.ada.person, capability.uuid)
    boris_sees_ada(cast, capability)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    after = basis_of(cast.ada.person, capability.uuid)
    assert before is not None
    assert after is not None
    assert (before.as_of, after.as_of) == (TODAY - DAY, TODAY)
    assert after.state == state_of(cast.ada.person)
    told = frames.account(after.state, cast.ada.person.pk, capability.pk, as_of=after.as_of)
    assert told is not None
    assert told.level == pytest.approx(level(cast.ada.person, capability), abs=1e-6)


def test_the_state_read_for_one_person_tells_of_nobody_elses_ratings(cast: Cast, capability: Capability) -> None:
    boris_sees_ada(cast, capability)
    held = state_of(cast.ada.person)
    assert set(held["links"]) == {str(cast.ada.person.pk)}
    assert set(held["raters"]) == {str(rater.person.pk) for rater in (cast.boris, cast.chen, cast.emil)}


def test_the_part_of_the_state_read_for_a_person_says_what_the_whole_state_says(
    cast: Cast, capability: Capability
) -> None:
    boris_sees_ada(cast, capability)
    part = state_of(cast.ada.person)
    whole: dict[str, Any] = {"common": part["common"], "links": {}, "raters": {}}
    for link in RaterLink.objects.values_list("person", "rater", "group", "shift", "precision"):
        whole["links"].setdefault(str(link[0]), []).append(list(link[1:]))
    for belief in RaterBelief.objects.values_list("rater", "group", "shift", "precision"):
        whole["raters"].setdefault(str(belief[0]), []).append(list(belief[1:]))
    assert len(part["raters"]) < len(whole["raters"])
    assert len(part["links"]) < len(whole["links"])
    found = [frames.recompute(state, [cast.ada.person.pk], as_of=TODAY) for state in (whole, part)]
    assert found[0] == found[1]


def test_of_the_engines_state_only_the_two_newest_snapshots_keep_rows(cast: Cast, capability: Capability) -> None:
    newest = [compute() for _ in range(2)]
    for model in (RaterLink, RaterBelief):
        assert set(model.objects.values_list("snapshot", flat=True)) == {each.pk for each in newest}


def test_a_capability_never_rated_has_no_account(cast: Cast, capability: Capability) -> None:
    state = state_of(cast.ada.person)
    assert frames.account(state, cast.ada.person.pk, CapabilityFactory().pk, as_of=TODAY) is None


def test_old_evidence_weighs_less_and_widens_the_interval(cast: Cast) -> None:
    capability = CapabilityFactory()
    for person, days in ((cast.ada.person, 10), (cast.farid.person, 700)):
        for rater in (cast.chen, cast.emil):
            rate(person, capability, rater.person, 5, on=TODAY - days * DAY)
    compute()
    fresh, old = standing(cast.ada.person, capability), standing(cast.farid.person, capability)
    assert fresh.sd is not None
    assert old.sd is not None
    assert fresh.sd < old.sd
    assert level(cast.ada.person, capability) > level(cast.farid.person, capability)


def test_outcome_evidence_does_not_move_a_level(cast: Cast, capability: Capability) -> None:
    refresh(person=cast.ada.person, actor=None, at=NOON)
    before = level(cast.ada.person, capability)
    ObservationFactory(person=cast.ada.person, capability=capability, kind="outcome", category=5, observed_on=TODAY)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    assert level(cast.ada.person, capability) == before


def test_the_history_of_a_level_runs_from_the_oldest_snapshot_to_the_newest(cast: Cast, capability: Capability) -> None:
    boris_sees_ada(cast, capability)
    refresh(person=cast.ada.person, actor=None, at=NOON)
    points = queries.history_of(cast.ada.person)[capability.pk]
    assert [day for day, _, _ in points] == [TODAY - DAY, TODAY]
    assert points[1][1] == level(cast.ada.person, capability)
