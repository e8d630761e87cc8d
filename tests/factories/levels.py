"""A team with evidence and computed levels: what pages of levels are tried on."""

import datetime as dt

from tests.cast import Cast
from tests.factories.evidence import ObservationFactory
from tests.factories.foundation import RunFactory
from tests.factories.model import CapabilityFactory, RequirementFactory, RoleFactory, RoleHoldingFactory, ScaleFactory
from tests.factories.moments import NOW, TODAY
from tests.factories.people import PersonFactory

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Source
from upwell.domain.gaps.operations import take_snapshot
from upwell.foundation.people.models import Person

PEERS = 6


def computed(cast: Cast) -> tuple[Capability, Capability]:
    """Ada and six peers, rated by Boris, by one another and by themselves on two capabilities of one role; levels of
    today. Ada is rated lower than the role asks; her peers are Farid (twice) and nobody else, so fewer than three."""
    scale = ScaleFactory()
    capabilities = (
        CapabilityFactory(name="Data modelling", scale=scale),
        CapabilityFactory(name="Testing", scale=scale),
    )
    role = RoleFactory(name="Data engineer")
    for capability in capabilities:
        RequirementFactory(role=role, capability=capability, level=4.0)
    RoleHoldingFactory(person=cast.ada.person, role=role)
    peers = [PersonFactory() for _ in range(PEERS)]
    for number, person in enumerate(peers):
        for capability in capabilities:
            for months in (1, 4, 8):
                _seen(person, capability, cast.boris.person, Source.MANAGER, 2 + number % 3, months)
            _seen(person, capability, peers[number - 1], Source.PEER, 3 + number % 2, 2)
            _seen(person, capability, person, Source.SELF, 4, 3)
    for months, category in ((1, 2), (3, 2), (6, 1), (9, 2), (12, 2), (15, 2), (18, 1), (20, 2)):
        _seen(cast.ada.person, capabilities[0], cast.boris.person, Source.MANAGER, category, months)
    _seen(cast.ada.person, capabilities[0], cast.ada.person, Source.SELF, 4, 2)
    for months in (2, 5):
        _seen(cast.ada.person, capabilities[0], cast.farid.person, Source.PEER, 3, months)
    _seen(cast.ada.person, capabilities[1], cast.boris.person, Source.MANAGER, 3, 2)
    take_snapshot(as_of=TODAY, run=RunFactory(), actor=None, at=NOW)
    return capabilities


def _seen(person: Person, capability: Capability, rater: Person, source: str, category: int, months: int) -> None:
    ObservationFactory(
        person=person,
        capability=capability,
        rater=rater,
        source=source,
        category=category,
        observed_on=TODAY - dt.timedelta(days=30 * months),
        note=f"seen by {rater.name}",
    )
