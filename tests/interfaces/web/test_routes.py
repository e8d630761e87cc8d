"""Every route says who may enter, and every door keeps what it says for each of the cast."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.interfaces.web.access_table import NAMES, rows
from tests.interfaces.web.routes import Route, all_routes

from upwell.access.permissions import Permission

ROUTES = all_routes()
DOORS = {route.name: route for route in ROUTES if route.permission}
ROWS = rows()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_each_route_declares_a_permission_or_a_reason(route: Route) -> None:
    assert route.permission or route.reason, (
        f"{route.pattern} ({route.module}) declares neither. Put @door(Permission.…) above the view, "
        "or @public('why anybody may enter')."
    )
    assert not (route.permission and route.reason), f"{route.pattern} declares both a permission and a reason."


@pytest.mark.parametrize("name", sorted(DOORS))
def test_each_door_stands_in_the_access_table(name: str) -> None:
    assert name in ROWS, f"{name} has no row. Add `{name!r}: Row(...)` to tests/interfaces/web/access_rows/<noun>.py."


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_row_is_about_a_door_that_exists(name: str) -> None:
    assert name in DOORS, f"{name} is no route behind a door any more; take its row out of the access table."


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(ROWS) & set(DOORS)))
def test_each_of_the_cast_gets_the_answer_of_the_table(name: str, cast: Cast) -> None:
    row = ROWS[name]
    url = reverse(name, kwargs=row.kwargs(cast))
    data = row.data(cast)
    got = {player: _status(getattr(cast, player).client(), row.method, url, data) for player in NAMES}
    assert got == row.statuses


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(ROWS) & set(DOORS)))
def test_a_visitor_who_is_not_signed_in_is_sent_to_sign_in(name: str, cast: Cast) -> None:
    row = ROWS[name]
    answer = Client().generic(row.method, reverse(name, kwargs=row.kwargs(cast)))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


def test_permissions_of_doors_come_from_the_enumeration() -> None:
    assert {route.permission for route in DOORS.values()} <= set(Permission)


def _status(client: Client, method: str, url: str, data: dict[str, object]) -> int:
    answer = client.post(url, data) if method == "POST" else client.get(url, data)
    return answer.status_code
