"""Who reads which name and which word beside an observation."""

import pytest
from tests.cast import Cast
from tests.factories import CapabilityFactory, NeedFactory, ObservationFactory

from upwell.domain.evidence.queries import observations_of
from upwell.interfaces.web.observed import entries


@pytest.mark.django_db
def test_the_subject_reads_colleagues_only_as_a_number(cast: Cast) -> None:
    ada, boris, farid = cast.ada.person, cast.boris.person, cast.farid.person
    ObservationFactory(person=ada, rater=farid, source="peer", note="Heard it twice.", origin="feedback")
    ObservationFactory(person=ada, rater=boris, source="manager", note="Wrote it down.", origin="observation")
    told = str(entries(observations_of(ada), subject=ada, reader=ada))
    assert farid.name not in told
    assert "Heard it twice." not in told
    assert "1 more by colleagues" in told
    assert "Wrote it down." in told


@pytest.mark.django_db
def test_nobody_but_its_giver_reads_who_gave_private_feedback(cast: Cast) -> None:
    ada, boris, farid = cast.ada.person, cast.boris.person, cast.farid.person
    ObservationFactory(person=ada, rater=farid, source="peer", note="", origin="feedback")
    assert farid.name not in str(entries(observations_of(ada), subject=ada, reader=boris))
    assert farid.name in str(entries(observations_of(ada), subject=ada, reader=farid))


@pytest.mark.django_db
def test_the_page_of_a_need_names_no_colleague_to_its_person(cast: Cast) -> None:
    capability = CapabilityFactory()
    need = NeedFactory(person=cast.ada.person, capability=capability)
    ObservationFactory(person=cast.ada.person, capability=capability, rater=cast.farid.person, source="peer")
    page = cast.ada.client().get(f"/needs/{need.uuid}/").content.decode()
    assert cast.farid.person.name not in page
