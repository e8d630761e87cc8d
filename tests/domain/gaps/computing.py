"""Ratings, requirements and computations in one line each."""

import datetime as dt

from tests.cast import NOON
from tests.factories import ObservationFactory, RequirementFactory, RoleFactory, RoleHoldingFactory
from tests.factories.moments import TODAY

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Source
from upwell.domain.evidence.models import Observation
from upwell.domain.gaps import jobs, operations
from upwell.domain.gaps.models import Snapshot, Standing
from upwell.domain.roles.models import Role
from upwell.foundation.people.models import Person
from upwell.foundation.runs.jobs import HANDLERS, perform

assert HANDLERS[operations.RUN_KIND] is jobs.compute_everybody


def rate(
    person: Person,
    capability: Capability,
    rater: Person,
    category: int,
    *,
    source: Source = Source.PEER,
    on: dt.date = TODAY,
) -> Observation:
    """One rating."""
    made: Observation = ObservationFactory(
        person=person, capability=capability, rater=rater, category=category, source=source, observed_on=on
    )
    return made


def require(*people: Person, **levels: tuple[Capability, float]) -> Role:
    """A role that asks these levels, held by these people."""
    role: Role = RoleFactory()
    for capability, level in levels.values():
        RequirementFactory(role=role, capability=capability, level=level)
    for person in people:
        RoleHoldingFactory(person=person, role=role)
    return role


def compute(as_of: dt.date = TODAY) -> Snapshot:
    """Levels and gaps of everybody, the way a worker computes them."""
    run = perform(operations.request_snapshot(as_of=as_of, actor=None, at=NOON).uuid)
    return Snapshot.objects.select_related("run").get(run=run)


def standing(person: Person, capability: Capability) -> Standing:
    """Where a person stands now."""
    return Standing.objects.get(person=person, capability=capability, is_current=True)


def level(person: Person, capability: Capability) -> float:
    """The level a person has now."""
    found = standing(person, capability).level
    assert found is not None
    return found
