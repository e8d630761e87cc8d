"""Doors: sign-in, methods, how often and how much."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory
from tests.cast import Cast

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.foundation.accounts.models import Account
from upwell.interfaces.web.doors import Request, door

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@door(Permission.PEOPLE_VIEW, methods=("GET", "POST"), rate="2/h", max_body=100)
def view(request: Request) -> HttpResponse:
    return HttpResponse(request.actor.account.name)


@door(Permission.PEOPLE_VIEW)
def hidden(request: Request) -> HttpResponse:
    raise gate.Unknown(Permission.PEOPLE_VIEW)


@door(Permission.PEOPLE_VIEW)
def shut(request: Request) -> HttpResponse:
    raise gate.Refused(Permission.PEOPLE_VIEW)


def ask(who: Account | AnonymousUser, method: str = "GET", body: bytes = b"", **headers: str) -> HttpResponse:
    request = RequestFactory().generic(method, "/somewhere/", body, headers=headers)
    request.user = who
    return view(request)


def test_the_actor_is_attached(cast: Cast) -> None:
    assert ask(cast.ada.account).content == b"Ada Ek"


def test_a_visitor_is_sent_to_sign_in_and_back() -> None:
    answer = ask(AnonymousUser())
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/somewhere/")


def test_a_fragment_asked_for_after_the_session_ended_sends_the_whole_page() -> None:
    answer = ask(AnonymousUser(), **{"HX-Request": "true", "HX-Current-URL": "/people/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/account/login/?next=/people/")


def test_a_method_that_is_not_named_is_not_allowed(cast: Cast) -> None:
    assert ask(cast.ada.account, "DELETE").status_code == 405
    assert ask(cast.ada.account, "HEAD").status_code == 200


def test_posts_are_counted_for_each_account(cast: Cast) -> None:
    assert [ask(cast.ada.account, "POST").status_code for _ in range(3)] == [200, 200, 429]
    assert ask(cast.boris.account, "POST").status_code == 200
    assert ask(cast.ada.account).status_code == 200


def test_a_body_that_is_too_large_is_not_read(cast: Cast) -> None:
    assert ask(cast.ada.account, "POST", b"x" * 101).status_code == 413


def test_the_gates_errors_become_not_found_and_forbidden(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.user = cast.ada.account
    assert (hidden(request).status_code, shut(request).status_code) == (404, 403)
