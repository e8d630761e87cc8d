"""Sign-in and the second factor wear the product's look, with real forms behind them."""

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from tests.cast import Cast

PAGES_OF_A_PERSON = [
    "/account/mfa/",
    "/account/mfa/webauthn/",
    "/account/mfa/webauthn/add/",
    "/account/mfa/totp/activate/",
    "/account/password/change/",
    "/account/logout/",
]


@pytest.mark.parametrize("address", ["/account/login/", "/account/password/reset/", "/account/password/reset/done/"])
def test_a_visitor_sees_the_page_in_the_products_look(client: Client, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert 'class="brand"' in page.content.decode()


@pytest.mark.django_db
def test_a_wrong_password_is_said_once_and_in_words(cast: Cast) -> None:
    page = Client().post("/account/login/", {"login": "nobody@example.org", "password": "wrong"}).content.decode()
    assert page.count('role="alert"') == 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES_OF_A_PERSON)
def test_a_person_sees_the_pages_of_the_second_factor(cast: Cast, address: str) -> None:
    page = cast.ada.client().get(address, follow=True)
    assert page.status_code == 200
    assert 'class="brand"' in page.content.decode()


@pytest.mark.django_db
def test_after_signing_in_a_person_switches_on_the_app_and_sees_recovery_codes(cast: Cast) -> None:
    cast.ada.account.set_password("four calm words here")
    cast.ada.account.save()
    browser = Client()
    browser.post("/account/login/", {"login": cast.ada.account.email, "password": "four calm words here"})
    asked = browser.get("/account/mfa/totp/activate/")
    page = browser.post(asked["Location"], {"password": "four calm words here"}, follow=True)
    assert page.redirect_chain[-1][0] == "/account/mfa/totp/activate/"
    secret = page.context["form"].secret
    assert f'<code class="secret">{secret}</code>' in page.content.decode()
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    codes = browser.post("/account/mfa/totp/activate/", {"code": code}, follow=True).content.decode()
    assert codes.count("<code>") == 10
    again = Client()
    second = again.post(
        "/account/login/",
        {"login": cast.ada.account.email, "password": "four calm words here"},
        follow=True,
    ).content.decode()
    assert "Enter your code" in second
