"""A need is raised by anybody, confirmed only by a pattern of evidence, and open once per capability."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, level, rate, require
from tests.factories import CapabilityFactory, NeedFactory

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Source
from upwell.domain.evidence.models import Observation
from upwell.domain.gaps import operations, queries
from upwell.domain.gaps.choices import NeedKind, NeedOrigin, NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import NeedIsOver

pytestmark = pytest.mark.django_db


def raised(cast: Cast, capability: Capability | None = None, **given: Any) -> Need:
    """Boris raises a need of Ada in a 1:1."""
    wanted = {
        "kind": NeedKind.SKILL_GAP,
        "origin": NeedOrigin.CHECKIN,
        "origin_uuid": None,
        "note": "",
        "raised_by": cast.boris.person,
    }
    return operations.raise_need(
        person=cast.ada.person, capability=capability or CapabilityFactory(), actor=None, at=NOON, **(wanted | given)
    )


def confirm(need: Need) -> Need:
    """Ask whether the evidence is a pattern."""
    return operations.confirm_need(need=need, actor=None, at=NOON)


@pytest.mark.requirement("R25")
def test_a_need_without_any_observation_stays_raised_and_says_why(cast: Cast) -> None:
    need = confirm(raised(cast))
    assert (need.state, need.evidence) == (NeedState.RAISED, [])
    assert need.confirmation == "There is no observation yet."


@pytest.mark.requirement("R25")
def test_one_incident_does_not_confirm_a_need(cast: Cast) -> None:
    capability = CapabilityFactory()
    seen = rate(cast.ada.person, capability, cast.boris.person, 1, source=Source.MANAGER)
    need = confirm(raised(cast, capability))
    assert need.state == NeedState.RAISED
    assert need.evidence == [str(seen.uuid)]
    assert need.confirmation


@pytest.mark.requirement("R25")
def test_many_incidents_told_by_one_person_are_still_one_view(cast: Cast) -> None:
    capability = CapabilityFactory()
    for category in (1, 2, 1):
        rate(cast.ada.person, capability, cast.boris.person, category, source=Source.MANAGER)
    assert confirm(raised(cast, capability)).state == NeedState.RAISED


@pytest.mark.requirement("R25")
def test_a_view_of_oneself_beside_one_incident_is_no_pattern(cast: Cast) -> None:
    capability = CapabilityFactory()
    rate(cast.ada.person, capability, cast.boris.person, 1, source=Source.MANAGER)
    rate(cast.ada.person, capability, cast.ada.person, 1, source=Source.SELF)
    assert confirm(raised(cast, capability)).state == NeedState.RAISED


@pytest.mark.requirement("R25")
def test_two_who_saw_it_independently_confirm_a_need_and_their_observations_are_named(cast: Cast) -> None:
    capability = CapabilityFactory()
    rate(cast.ada.person, capability, cast.boris.person, 1, source=Source.MANAGER)
    need = raised(cast, capability)
    assert confirm(need).state == NeedState.RAISED
    rate(cast.ada.person, capability, cast.farid.person, 2)
    assert confirm(need).state == NeedState.CONFIRMED
    assert set(need.evidence) == {str(key) for key in Observation.objects.values_list("uuid", flat=True)}


def test_there_is_one_open_need_per_person_and_capability_and_a_second_word_is_added_to_it(cast: Cast) -> None:
    first = raised(cast, note="In the review")
    second = raised(cast, first.capability, note="And in the 1:1")
    assert (second.pk, second.note) == (first.pk, "In the review\nAnd in the 1:1")
    with pytest.raises(IntegrityError, match="gaps_one_open_need"), transaction.atomic():
        NeedFactory(person=first.person, capability=first.capability)


@pytest.mark.parametrize("end", [operations.close_need, operations.dismiss_need])
def test_a_need_that_is_over_is_not_moved_and_a_new_one_may_be_raised(cast: Cast, end: Any) -> None:
    need = raised(cast)
    end(need=need, reason="Level reached", actor=None, at=NOON)
    assert (need.closing_reason, need.closed_at) == ("Level reached", NOON)
    for change in (
        lambda: confirm(need),
        lambda: end(need=need, reason="Again", actor=None, at=NOON),
        lambda: operations.advance_need(need=need, state=NeedState.PLANNED, actor=None, at=NOON),
    ):
        with pytest.raises(NeedIsOver):
            change()
    again = raised(cast, need.capability)
    assert again.pk != need.pk
    assert [row.id for row in queries.open_needs_of_people([cast.ada.person.pk])] == [again.pk]


def test_a_need_moves_forward_and_never_back(cast: Cast) -> None:
    need = raised(cast)
    for state, expected in (
        (NeedState.DIAGNOSED, NeedState.DIAGNOSED),
        (NeedState.CONFIRMED, NeedState.DIAGNOSED),
        (NeedState.PLANNED, NeedState.PLANNED),
    ):
        operations.advance_need(need=need, state=state, actor=None, at=NOON)
        assert Need.objects.get().state == expected


def test_a_need_remembers_the_level_it_started_from(cast: Cast) -> None:
    capability = CapabilityFactory()
    require(cast.ada.person, it=(capability, 4.0))
    rate(cast.ada.person, capability, cast.boris.person, 2, source=Source.MANAGER)
    compute()
    need = raised(cast, capability)
    assert need.level_at_start == pytest.approx(level(cast.ada.person, capability))
    assert need.required == 4.0


@pytest.mark.parametrize("kind", list(NeedKind))
def test_every_kind_of_need_can_be_raised_and_is_read_in_words(cast: Cast, kind: NeedKind) -> None:
    (row,) = queries.needs_of(raised(cast, kind=kind).person)
    assert (row.kind, row.kind_words) == (kind, kind.label)
    assert (row.origin_words, row.raised_by) == ("1:1", "Boris Bauer")
