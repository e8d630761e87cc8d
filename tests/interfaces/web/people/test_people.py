"""The list of people, a person, a unit, an invitation."""

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.factories import OccupancyFactory, PersonFactory, PositionFactory, PositionPlacementFactory

from upwell.foundation.audit.models import AuditLine
from upwell.foundation.notify.jobs import empty_outbox
from upwell.foundation.people.models import Person
from upwell.foundation.people.operations import leave

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def names(client: Client, **query: object) -> list[str]:
    rows = client.get(reverse("people"), query).context["rows"]
    return [row.name for _, row in rows]


def test_the_list_is_alphabetical_by_family_name(cast: Cast) -> None:
    assert names(cast.ada.client())[:4] == ["Boris Bauer", "Dora Diaz", "Emil Eder", "Ada Ek"]


def test_the_list_needs_as_many_statements_as_stored(cast: Cast, sql_count: SqlCount) -> None:
    for number in range(120):
        position = PositionFactory()
        PositionPlacementFactory(position=position, unit=cast.sales)
        OccupancyFactory(person=PersonFactory(key=f"extra{number}"), position=position)
    client = cast.ivo.client()
    with sql_count("people.list"):
        answer = client.get(reverse("people"))
    assert len(answer.context["rows"]) == 50
    assert answer.context["pager"].pages == 3
    assert len(answer.content) < 150_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ba", ["Boris Bauer"]),
        ("ADA", ["Ada Ek"]),
        ("ek ada", ["Ada Ek"]),
        ("far", ["Farid Fay"]),
        ("%", []),
        ("uer", []),
    ],
)
def test_each_word_asked_for_begins_a_word_of_the_name_or_the_key(cast: Cast, text: str, expected: list[str]) -> None:
    assert names(cast.ada.client(), q=text) == expected


def test_a_unit_stands_for_itself_and_all_below_it(cast: Cast) -> None:
    assert names(cast.ada.client(), unit=cast.engineering.uuid) == ["Boris Bauer", "Ada Ek", "Chen Wu"]
    assert len(names(cast.ada.client(), unit=cast.company.uuid)) == 8


def test_the_list_of_a_past_day_shows_who_sat_there_then(cast: Cast) -> None:
    leave(person=cast.farid.person, on=dt.date(2026, 2, 1), actor=None, at=NOON)
    client = cast.ivo.client()
    assert "Farid Fay" not in names(client)
    assert "Farid Fay" in names(client, on="2026-01-31")
    assert names(client, on="2020-01-01") == []


@pytest.mark.parametrize("query", [{"page": "x"}, {"page": "99"}, {"unit": "x"}, {"on": "never"}])
def test_an_address_that_cannot_be_read_shows_the_list_all_the_same(cast: Cast, query: dict[str, str]) -> None:
    assert len(names(cast.ada.client(), **query)) == 8


def test_a_person_page_shows_seat_manager_and_reports(cast: Cast, sql_count: SqlCount) -> None:
    client = cast.farid.client()
    with sql_count("people.person"):
        answer = client.get(reverse("person", args=[cast.boris.person.uuid]))
    words = answer.content.decode()
    assert "Team lead" in words
    assert "Chen Wu" in words
    assert [chip.name for chip in answer.context["reports"]] == ["Ada Ek"]


def test_mandates_are_shown_to_those_who_keep_access_alone(cast: Cast) -> None:
    url = reverse("person", args=[cast.dora.person.uuid])
    assert "HR partner</dt>" in cast.ivo.client().get(url).content.decode()
    assert "HR partner</dt>" not in cast.ada.client().get(url).content.decode()


def test_who_left_is_not_found_by_colleagues(cast: Cast) -> None:
    leave(person=cast.farid.person, on=dt.date(2026, 2, 1), actor=None, at=NOON)
    url = reverse("person", args=[cast.farid.person.uuid])
    assert cast.ada.client().get(url).status_code == 404
    assert cast.ivo.client().get(url).status_code == 200


@pytest.mark.parametrize("name", ["people", "runs", "inbox", "catalogue"])
@pytest.mark.parametrize("page", ["9" * 5000, "0", "-3", "²", "three"])
def test_a_page_number_out_of_all_measure_leads_to_a_page_that_exists(cast: Cast, name: str, page: str) -> None:
    assert cast.ada.client().get(reverse(name), {"page": page}).status_code == 200


def test_a_page_number_out_of_all_measure_leads_to_the_last_page_of_a_unit(cast: Cast) -> None:
    url = reverse("unit", args=[cast.company.uuid])
    assert cast.ada.client().get(url, {"page": "9" * 5000}).status_code == 200


def test_a_unit_page_shows_the_way_up_and_what_lies_below(cast: Cast, sql_count: SqlCount) -> None:
    client = cast.ada.client()
    with sql_count("people.unit"):
        answer = client.get(reverse("unit", args=[cast.company.uuid]))
    assert [(row.name, row.people) for row in answer.context["below"]] == [("Engineering", 3), ("Sales", 1)]
    inner = client.get(reverse("unit", args=[cast.sales.uuid]))
    assert [crumb.label for crumb in inner.context["crumbs"]] == ["People", "Company", "Sales"]


def test_an_invitation_carries_a_link_that_sets_a_password_and_the_trail_does_not_know_it(cast: Cast) -> None:
    person: Person = PersonFactory(name="Jo Jung", email="jo@example.org")
    cast.ivo.client().post(reverse("person-invite", args=[person.uuid]))
    assert empty_outbox(at=NOON) == 1
    found = re.search(r"http://\S+?(/\S+)", mail.outbox[0].body)
    assert found is not None
    visitor = Client()
    page = visitor.get(found[1], follow=True)
    assert page.status_code == 200
    chosen = "three plain words"
    visitor.post(page.request["PATH_INFO"], {"password1": chosen, "password2": chosen})
    account = Person.objects.get(pk=person.pk).account
    assert account is not None
    assert account.check_password(chosen)
    assert not AuditLine.objects.filter(details__icontains="password").exists()
    assert found[1] not in str(list(AuditLine.objects.values_list("details", flat=True)))
