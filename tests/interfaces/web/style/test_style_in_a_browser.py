"""The style page in a browser: axe finds nothing, nothing scrolls sideways, the keyboard opens the palette."""

import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium at /usr/bin/chromium"),
]


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(settings: LazySettings) -> Iterator[str]:
    settings.STYLE_PAGE = True
    server = make_server("127.0.0.1", 0, StaticFilesHandler(WSGIHandler()), handler_class=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


def _open(browser: Browser, address: str, *, width: int = 1280, theme: str = "light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    page.goto(address)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/style/", "/style/sign-in/"])
def test_axe_finds_nothing_in_either_theme(browser: Browser, address: str, path: str, theme: str) -> None:
    page = _open(browser, address + path, theme=theme)
    found = Axe().run(page, options={"runOnly": LEVELS}).response["violations"]
    page.close()
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("width", [360, 768, 1280, 1600])
def test_the_page_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    page = _open(browser, f"{address}/style/", width=width)
    reached = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert reached <= width


def test_the_browser_blocks_nothing_on_the_page(browser: Browser, address: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/style/", wait_until="networkidle")
    page.close()
    assert complaints == []


def test_a_slash_opens_the_palette_and_escape_closes_it(browser: Browser, address: str) -> None:
    page = _open(browser, f"{address}/style/")
    page.keyboard.press("/")
    opened = page.locator("#palette").is_visible()
    page.keyboard.press("Escape")
    closed = page.locator("#palette").is_hidden()
    page.close()
    assert (opened, closed) == (True, True)


def test_the_theme_changes_at_once_and_stays(browser: Browser, address: str) -> None:
    page = _open(browser, f"{address}/style/")
    page.get_by_role("button", name="Dark", exact=True).click()
    at_once = page.evaluate("document.documentElement.dataset.theme")
    page.reload()
    kept = page.evaluate("document.documentElement.dataset.theme")
    page.context.clear_cookies()
    page.close()
    assert (at_once, kept) == ("dark", "dark")


def test_the_drawer_opens_on_a_phone(browser: Browser, address: str) -> None:
    page = _open(browser, f"{address}/style/", width=390)
    before = page.locator("#sidebar").is_visible()
    page.get_by_role("button", name="More").click()
    after = page.locator("#sidebar").is_visible()
    page.close()
    assert (before, after) == (False, True)
