"""What roles ask and who holds them, from which day to which, and how both read on an earlier day."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOON
from tests.factories import (
    CapabilityFactory,
    PersonFactory,
    RequirementFactory,
    RoleFactory,
    RoleFamilyFactory,
    RoleHoldingFactory,
)
from tests.factories.moments import LONG_AGO, TODAY

from upwell.domain.capabilities.models import Capability
from upwell.domain.roles import operations, queries
from upwell.domain.roles.models import Requirement, Role, RoleHolding

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - dt.timedelta(days=1)
NEXT_YEAR = TODAY.replace(year=TODAY.year + 1)


def ask(role: Role, capability: Capability, level: float, since: dt.date, **given: float) -> Requirement:
    """The role asks a level from a day on."""
    return operations.set_requirement(
        role=role, capability=capability, level=level, valid_from=since, actor=None, at=NOON, **given
    )


def asked(role: Role, on: dt.date) -> list[float]:
    """Levels a role asks on a day."""
    return [row.level for row in queries.requirements_of_role(role, as_of=on)]


@pytest.mark.requirement("R11", "R14")
def test_a_new_requirement_ends_the_old_one_and_an_earlier_day_still_reads_the_old_one() -> None:
    role, capability = RoleFactory(), CapabilityFactory()
    ask(role, capability, 2.0, LONG_AGO)
    ask(role, capability, 4.0, TODAY)
    assert [asked(role, day) for day in (LONG_AGO, YESTERDAY, TODAY, NEXT_YEAR)] == [[2.0], [2.0], [4.0], [4.0]]
    periods = Requirement.objects.order_by("valid_from").values_list("valid_from", "valid_to")
    assert list(periods) == [(LONG_AGO, TODAY), (TODAY, None)]


def test_a_change_before_a_planned_one_holds_until_then() -> None:
    role, capability = RoleFactory(), CapabilityFactory()
    ask(role, capability, 2.0, LONG_AGO)
    ask(role, capability, 5.0, NEXT_YEAR)
    ask(role, capability, 3.0, TODAY)
    assert [asked(role, day) for day in (YESTERDAY, TODAY, NEXT_YEAR)] == [[2.0], [3.0], [5.0]]


def test_a_second_change_on_the_same_day_corrects_the_first() -> None:
    role, capability = RoleFactory(), CapabilityFactory()
    ask(role, capability, 2.0, TODAY)
    ask(role, capability, 3.0, TODAY, weight=2.0)
    assert Requirement.objects.values_list("level", "weight").get() == (3.0, 2.0)


def test_a_requirement_that_ended_is_asked_no_more_from_that_day_on() -> None:
    requirement = RequirementFactory()
    operations.end_requirement(requirement=requirement, valid_to=TODAY, actor=None, at=NOON)
    assert [asked(requirement.role, day) for day in (YESTERDAY, TODAY)] == [[3.0], []]


def test_the_database_refuses_two_requirements_of_one_capability_on_the_same_day() -> None:
    first = RequirementFactory(valid_to=TODAY)
    with pytest.raises(IntegrityError, match="roles_one_requirement"), transaction.atomic():
        RequirementFactory(role=first.role, capability=first.capability, valid_from=YESTERDAY)
    RequirementFactory(role=first.role, capability=first.capability, valid_from=TODAY)


def test_the_database_refuses_two_roles_of_one_person_on_the_same_day() -> None:
    first = RoleHoldingFactory(valid_to=TODAY)
    with pytest.raises(IntegrityError, match="roles_one_role_a_person"), transaction.atomic():
        RoleHoldingFactory(person=first.person, valid_from=YESTERDAY)
    RoleHoldingFactory(person=first.person, valid_from=TODAY)


@pytest.mark.parametrize("period", [(TODAY, TODAY), (TODAY, YESTERDAY)])
def test_the_database_refuses_a_period_without_a_day(period: tuple[dt.date, dt.date]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RequirementFactory(valid_from=period[0], valid_to=period[1])


@pytest.mark.parametrize("given", [{"level": 5.1}, {"level": -0.1}, {"weight": 0.0}])
def test_the_database_refuses_a_level_off_the_scale_and_a_requirement_without_weight(given: dict[str, float]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RequirementFactory(**given)


def test_taking_another_role_ends_the_one_held_until_then() -> None:
    person, junior, senior = PersonFactory(), RoleFactory(), RoleFactory()
    for role, day in ((junior, LONG_AGO), (senior, TODAY)):
        operations.assign_role(person=person, role=role, valid_from=day, actor=None, at=NOON)
    held = [queries.role_of(person, as_of=day) for day in (YESTERDAY, TODAY)]
    assert [row.name for row in held if row] == [junior.name, senior.name]
    assert RoleHolding.objects.filter(valid_to=None).count() == 1


def test_a_person_is_asked_what_their_role_asks_and_an_aim_adds_nothing_to_it() -> None:
    holding, aim = RoleHoldingFactory(), RequirementFactory()
    own = RequirementFactory(role=holding.role)
    operations.choose_target_role(person=holding.person, role=aim.role, actor=None, at=NOON)
    found = queries.requirements_of(holding.person, as_of=TODAY)
    assert [row.capability for row in found] == [own.capability.name]
    target = queries.target_of(holding.person)
    assert target is not None
    assert target.name == aim.role.name
    operations.drop_target_role(person=holding.person, actor=None, at=NOON)
    assert queries.target_of(holding.person) is None


@pytest.mark.requirement("R11")
def test_a_profile_lists_level_and_weight_of_each_capability_and_counts_who_holds_it() -> None:
    holding = RoleHoldingFactory()
    RoleHoldingFactory(role=holding.role, valid_to=YESTERDAY)
    RequirementFactory(role=holding.role, level=4.0, weight=2.0, level_name="expert")
    found = queries.profile(holding.role.uuid, as_of=TODAY)
    assert found is not None
    assert [(row.level, row.weight, row.level_name) for row in found.requirements] == [(4.0, 2.0, "expert")]
    assert found.n_holders == 1
    assert queries.holders_of(holding.role, as_of=TODAY) == ((holding.person.uuid, holding.person.name),)


def test_each_rung_of_a_ladder_shows_what_it_adds_to_the_rung_below() -> None:
    family = RoleFamilyFactory()
    junior, senior = (RoleFactory(family=family, rank=rank) for rank in (1, 2))
    same, more, new = (CapabilityFactory(name=name) for name in ("Same", "More", "New"))
    for role, capability, level in (
        (junior, same, 3.0),
        (junior, more, 2.0),
        (senior, same, 3.0),
        (senior, more, 4.0),
        (senior, new, 1.0),
    ):
        ask(role, capability, level, LONG_AGO)
    found = queries.ladder(family.uuid, as_of=TODAY)
    assert found is not None
    assert [[row.capability for row in rung.added] for rung in found.rungs] == [["More", "Same"], ["More", "New"]]


def test_a_retired_role_leaves_the_search_and_keeps_what_it_asked() -> None:
    requirement = RequirementFactory()
    operations.retire_role(role=requirement.role, retired_on=TODAY, actor=None, at=NOON)
    assert queries.search(requirement.role.name) == ()
    assert asked(requirement.role, TODAY) == [3.0]
