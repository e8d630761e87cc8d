"""Roles as scorecards, and the role one aims at."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import RequirementFactory, RoleFactory, RoleHoldingFactory, StandingFactory

from upwell.domain.roles.models import TargetRole

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def test_a_word_narrows_the_list_of_roles(cast: Cast) -> None:
    RoleFactory(name="Data engineer")
    RoleFactory(name="Welder")
    html = cast.ada.client().get(reverse("roles"), {"q": "data"}).content.decode()
    assert "Data engineer" in html
    assert "Welder" not in html
    assert "No role matches" in cast.ada.client().get(reverse("roles"), {"q": "zebra"}).content.decode()


@pytest.mark.requirement("R61")
def test_the_scorecard_counts_the_levels_that_are_missing(cast: Cast, sql_count: SqlCount) -> None:
    role = RoleFactory(name="Lead engineer")
    reached = RequirementFactory(role=role, level=2.0)
    RequirementFactory(role=role, level=3.0, capability__name="Leading others")
    StandingFactory(person=cast.ada.person, capability=reached.capability, level=2.5, n_ratings=3)
    client = cast.ada.client()
    with sql_count("roles.role"):
        html = client.get(reverse("role", args=[role.uuid])).content.decode()
    lead = html.split('class="page-lead"')[1].split("</div>")[0]
    assert "1 level is missing" in lead
    assert "you reach 1 of 2" in lead
    assert "Leading others" in html


@pytest.mark.requirement("R13")
def test_a_role_becomes_ones_aim_and_is_dropped_again(cast: Cast) -> None:
    role = RoleFactory()
    client = cast.ada.client()
    client.post(reverse("role-aim", args=[role.uuid]))
    assert TargetRole.objects.get(person=cast.ada.person).role == role
    assert role.name in client.get(reverse("my-capabilities")).content.decode()
    client.post(reverse("role-drop", args=[role.uuid]))
    assert not TargetRole.objects.exists()


def test_ones_own_role_is_marked_and_cannot_be_aimed_at(cast: Cast) -> None:
    role = RoleHoldingFactory(person=cast.ada.person).role
    RequirementFactory(role=role)
    html = cast.ada.client().get(reverse("role", args=[role.uuid])).content.decode()
    assert "your role" in html
    assert reverse("role-aim", args=[role.uuid]) not in html
