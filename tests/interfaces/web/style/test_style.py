"""The style page shows every component, keeps the policy and stays small; the theme choice is kept."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from upwell.interfaces import web

COMPONENTS = Path(web.__file__).parent / "templates/components"
CSS = Path(web.__file__).parent / "static/css"


@pytest.fixture
def page(client: Client, settings: LazySettings) -> str:
    settings.STYLE_PAGE = True
    answer = client.get("/style/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_is_there_only_where_it_is_switched_on(client: Client, settings: LazySettings) -> None:
    settings.STYLE_PAGE = False
    assert client.get("/style/").status_code == 404


def test_the_page_obeys_the_strict_policy(page: str) -> None:
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert not re.search(r"<[^>]+\son[a-z]+=", page)
    assert not re.search(r"<script(?![^>]+src=)|<style", page)


def test_the_page_is_under_150_kilobytes(page: str) -> None:
    assert len(page.encode()) < 150_000


def test_identifiers_on_the_page_are_unique(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


def test_icons_on_the_page_are_in_the_sprite(page: str) -> None:
    sprite = (CSS.parent / "vendor/lucide/sprite.svg").read_text()
    used = set(re.findall(r'sprite\.svg#([a-z0-9-]+)"', page))
    assert used <= set(re.findall(r'id="([a-z0-9-]+)"', sprite))


def _colours() -> Iterator[tuple[str, str]]:
    for sheet in CSS.glob("*.css"):
        if sheet.name != "tokens.css":
            yield from (
                (sheet.name, found)
                for found in re.findall(r"#[0-9a-f]{3,6}\b|(?:oklch|rgb)\([^)]*\)", sheet.read_text())
            )


def test_raw_colours_live_in_the_tokens_only() -> None:
    assert list(_colours()) == []


def test_every_component_says_what_it_takes() -> None:
    silent = [path.name for path in COMPONENTS.glob("*.html") if not path.read_text().startswith("{#")]
    assert silent == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_kept_and_written_on_the_next_page(
    client: Client, settings: LazySettings, theme: str
) -> None:
    settings.STYLE_PAGE = True
    answer = client.post("/theme/", {"theme": theme, "next": "/style/"})
    assert (answer.status_code, answer["Location"]) == (302, "/style/")
    assert f'data-theme="{theme}"' in client.get("/style/").content.decode()


def test_choosing_a_theme_never_leads_to_another_site(client: Client) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})["Location"] == "/"


def test_the_sign_in_page_lists_the_demonstration_people(client: Client, settings: LazySettings) -> None:
    settings.STYLE_PAGE = True
    assert "Ada Lindgren" in client.get("/style/sign-in/").content.decode()
