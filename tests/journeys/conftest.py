"""The demonstration organisation in a browser: loaded once, copied for each module, served in this process."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.plugin import DjangoDbBlocker
from tests import database
from tests.journeys import demo
from tests.journeys.server import served
from tests.journeys.visitors import Visitor

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
WAIT = 15_000

Enter = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Where the browser is; without one the journeys are skipped."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it, or say in CHROMIUM where it is")
    return CHROMIUM


@pytest.fixture(scope="module")
def organisation(
    request: pytest.FixtureRequest, chromium: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A fresh copy of the demonstration organisation for one module of tests, free for all reads and writes."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    before = settings.DATABASES["default"]["NAME"]
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread, and Django refuses to ask a database where a loop runs.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        name = demo.create(worker)
        cache.clear()
        yield
        database.drop(name)
        database.use(before)


@pytest.fixture(scope="module")
def address(organisation: None) -> Iterator[str]:
    """Where the organisation is served."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for a module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def enter(browser: Browser, address: str) -> Iterator[Enter]:
    """``enter("boris", width=390)``: one of the cast at their own browser window, signed in by the sign-in page."""
    with ExitStack() as stack:

        def opened(name: str, *, width: int = 1280, theme: str = "light") -> Visitor:
            context = stack.enter_context(_window(browser, address, width, theme))
            return Visitor(name, _page(context)).sign_in()

        yield opened


def _window(browser: Browser, address: str, width: int, theme: str) -> BrowserContext:
    return browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )


def _page(context: BrowserContext) -> Page:
    context.set_default_timeout(WAIT)
    return context.new_page()
