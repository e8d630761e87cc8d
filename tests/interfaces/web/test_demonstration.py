"""A made-up organisation says so on every page; a real one says nothing of the kind."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast

NOTE = "Everything here is made up."


@pytest.fixture
def demonstration(tmp_path: Path, settings: Any) -> None:
    settings.DEMONSTRATION_FILE = tmp_path / "demonstration.json"
    sign_in = {"email": "ada@upwell.example", "password": "x", "name": "Ada", "role": "Employee"}
    settings.DEMONSTRATION_FILE.write_text(json.dumps({"note": NOTE, "sign_ins": [sign_in]}))


@pytest.mark.django_db
@pytest.mark.usefixtures("demonstration")
def test_every_page_of_a_demonstration_says_that_it_is_one(cast: Cast) -> None:
    assert NOTE in cast.ada.client().get("/inbox/").content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("demonstration")
def test_the_door_of_a_demonstration_offers_its_sign_ins() -> None:
    assert "ada@upwell.example" in Client().get("/account/login/").content.decode()


@pytest.mark.django_db
def test_a_real_organisation_offers_no_sign_ins(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.DEMONSTRATION_FILE = tmp_path / "absent.json"
    assert "upwell.example" not in Client().get("/account/login/").content.decode()
    assert NOTE not in cast.ada.client().get("/inbox/").content.decode()
