"""One box for people, capabilities, roles, learning and pages."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast
from tests.factories import CapabilityFactory, LearningItemFactory, PersonFactory, RoleFactory

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def found(cast: Cast, text: str) -> list[tuple[str, str]]:
    groups = cast.ada.client().get(reverse("search"), {"q": text}).context["groups"]
    return [(title, one.label) for title, answers in groups for one in answers]


def test_everything_with_a_name_is_found(cast: Cast, sql_count: SqlCount) -> None:
    CapabilityFactory(name="Threat modelling")
    RoleFactory(name="Threat analyst")
    LearningItemFactory(title="Draw a threat tree")
    PersonFactory(name="Thea Threatt")
    client = cast.ada.client()
    with sql_count("search"):
        client.get(reverse("search"), {"q": "threat"})
    assert found(cast, "threat") == [
        ("Capabilities", "Threat modelling"),
        ("Roles", "Threat analyst"),
        ("Learning", "Draw a threat tree"),
    ]


def test_people_are_found_by_the_beginning_of_a_name(cast: Cast) -> None:
    assert ("People", "Boris Bauer") in found(cast, "bau")


def test_only_pages_of_ones_own_are_offered(cast: Cast) -> None:
    assert ("Pages", "Learning") in found(cast, "learn")
    assert found(cast, "audit trail") == []


def test_the_palette_gets_a_list_and_no_page(cast: Cast) -> None:
    answer = cast.ada.client().get(reverse("search"), {"q": "boris"}, headers={"HX-Request": "true"})
    words = answer.content.decode()
    assert "<html" not in words
    assert reverse("person", args=[cast.boris.person.uuid]) in words


@pytest.mark.parametrize("text", ["", "zzz", "%", "<script>", "x" * 300])
def test_nothing_found_is_said_and_harms_nothing(cast: Cast, text: str) -> None:
    answer = cast.ada.client().get(reverse("search"), {"q": text})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace("<script src", "")


def test_the_box_stands_on_every_page(cast: Cast) -> None:
    assert f'action="{reverse("search")}"' in cast.ada.client().get(reverse("people")).content.decode()
