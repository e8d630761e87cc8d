"""An observation is dated, from a seat, on a scale; it is corrected by a retraction and never by a change."""

import datetime as dt
from typing import Any

import pytest
from tests.cast import NOON, Cast
from tests.factories import CapabilityFactory, ObservationFactory
from tests.factories.moments import TODAY

from upwell.domain.evidence import operations, queries
from upwell.domain.evidence.choices import EvidenceKind, Source
from upwell.domain.evidence.models import Observation
from upwell.domain.evidence.operations import (
    AlreadyRetracted,
    CapabilityWithoutScale,
    CategoryNotOnScale,
    NotASecondVerifier,
    ObservedInFuture,
    SourceDoesNotFit,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def observe(cast: Cast, **given: Any) -> Observation:
    """Boris sees Ada at level 3 unless told otherwise."""
    wanted = {
        "person": cast.ada.person,
        "rater": cast.boris.person,
        "source": Source.MANAGER,
        "category": 3,
        "observed_on": TODAY,
        "actor": cast.boris.account,
        "at": NOON,
    }
    if "capability" not in given:
        given["capability"] = CapabilityFactory()
    return operations.observe(**(wanted | given))


@pytest.mark.requirement("R22")
def test_an_observation_stands_in_the_ledger_with_who_when_where_and_which_level(cast: Cast) -> None:
    observe(cast, note="Led the review alone", observed_on=TODAY - 3 * DAY)
    (row,) = queries.observations_of(cast.ada.person)
    assert (row.person, row.rater, row.source_words) == ("Ada Ek", "Boris Bauer", "manager")
    assert (row.level_name, row.position, row.observed_on) == ("Level 3", 3.0, TODAY - 3 * DAY)
    assert row.note == "Led the review alone"


@pytest.mark.requirement("R22")
def test_a_second_person_verifies_and_neither_rater_nor_rated_can(cast: Cast) -> None:
    seen = observe(cast)
    for player in (cast.ada, cast.boris):
        with pytest.raises(NotASecondVerifier):
            operations.verify(observation=seen, verifier=player.person, actor=None, at=NOON)
    operations.verify(observation=seen, verifier=cast.farid.person, actor=None, at=NOON)
    assert queries.observations_of(cast.ada.person)[0].verified_by == "Farid Fay"


@pytest.mark.parametrize("category", [0, 6])
def test_a_category_off_the_scale_is_refused(cast: Cast, category: int) -> None:
    with pytest.raises(CategoryNotOnScale):
        observe(cast, category=category)


def test_a_capability_without_a_scale_cannot_be_rated(cast: Cast) -> None:
    with pytest.raises(CapabilityWithoutScale):
        observe(cast, capability=CapabilityFactory(scale=None))


def test_nothing_is_observed_tomorrow(cast: Cast) -> None:
    with pytest.raises(ObservedInFuture):
        observe(cast, observed_on=TODAY + DAY)


@pytest.mark.parametrize(
    ("rater", "source"),
    [("ada", Source.MANAGER), ("boris", Source.SELF), (None, Source.PEER)],
)
def test_rater_and_seat_must_fit_each_other(cast: Cast, rater: str | None, source: Source) -> None:
    with pytest.raises(SourceDoesNotFit):
        observe(cast, rater=getattr(cast, rater).person if rater else None, source=source)


def test_a_test_needs_no_rater(cast: Cast) -> None:
    assert observe(cast, rater=None, source=Source.TEST).rater is None


def test_a_retracted_observation_counts_no_more_and_stays_readable_with_the_reason(cast: Cast) -> None:
    seen = observe(cast)
    operations.retract(observation=seen, reason="It was somebody else", actor=None, at=NOON)
    assert queries.observations_of(cast.ada.person, with_retracted=False) == ()
    assert queries.recency([cast.ada.person.pk], as_of=TODAY) == {}
    assert [row.retracted for row in queries.observations_of(cast.ada.person)] == ["It was somebody else"]
    with pytest.raises(AlreadyRetracted):
        operations.retract(observation=seen, reason="Again", actor=None, at=NOON)


@pytest.mark.requirement("R24")
def test_what_was_achieved_is_kept_apart_from_how(cast: Cast) -> None:
    capability = CapabilityFactory()
    for kind in EvidenceKind:
        observe(cast, capability=capability, kind=kind)
    assert {row.kind_words for row in queries.observations_of(cast.ada.person)} == {"behaviour", "outcome"}


def test_recency_counts_ratings_raters_and_seats_up_to_a_day(cast: Cast) -> None:
    capability, ada = CapabilityFactory(), cast.ada.person
    for rater, source, days in ((cast.boris, "manager", 40), (cast.boris, "manager", 20), (cast.farid, "peer", 10)):
        observe(cast, capability=capability, rater=rater.person, source=source, observed_on=TODAY - days * DAY)
    found = queries.recency([ada.pk], as_of=TODAY)[ada.pk, capability.pk]
    assert (found.n, found.n_raters, found.n_sources) == (3, 2, 2)
    earlier = queries.recency([ada.pk], as_of=TODAY - 15 * DAY)[ada.pk, capability.pk]
    assert (earlier.n, earlier.n_raters, earlier.last_on) == (2, 1, TODAY - 20 * DAY)


@pytest.mark.parametrize(
    ("last_on", "months"),
    [(dt.date(2026, 3, 16), 0), (dt.date(2026, 2, 17), 0), (dt.date(2026, 2, 16), 1), (dt.date(2025, 9, 16), 6)],
)
def test_the_age_of_evidence_is_told_in_whole_months(last_on: dt.date, months: int) -> None:
    assert queries.Recency(1, 1, 1, last_on).months_old(TODAY) == months


def test_the_timeline_groups_observations_by_month_newest_first(cast: Cast) -> None:
    for day in (dt.date(2026, 1, 5), dt.date(2026, 1, 20), dt.date(2026, 3, 2)):
        ObservationFactory(person=cast.ada.person, observed_on=day)
    found = queries.timeline(cast.ada.person, since=dt.date(2026, 1, 1), until=TODAY)
    assert [(month.month, len(month.rows)) for month in found] == [(dt.date(2026, 3, 1), 1), (dt.date(2026, 1, 1), 2)]


def test_an_observation_in_a_month_never_seen_before_finds_a_table(cast: Cast) -> None:
    seen = observe(cast, observed_on=dt.date(2011, 7, 9))
    assert queries.find(seen.uuid) == seen


@pytest.mark.parametrize(
    ("rater", "person", "seat"),
    [
        ("ada", "ada", Source.SELF),
        ("boris", "ada", Source.MANAGER),
        ("chen", "ada", Source.MANAGER),
        ("ada", "boris", Source.REPORT),
        ("farid", "ada", Source.PEER),
    ],
)
def test_the_seat_follows_the_reporting_line(cast: Cast, rater: str, person: str, seat: Source) -> None:
    assert queries.seat(getattr(cast, rater).person, getattr(cast, person).person) == seat


def test_a_rater_finds_what_they_saw_of_others_and_not_of_themselves(cast: Cast) -> None:
    observe(cast)
    observe(cast, person=cast.boris.person, source=Source.SELF)
    found = queries.observations_by(cast.boris.person, since=TODAY - DAY)
    assert [row.person for row in found] == ["Ada Ek"]
