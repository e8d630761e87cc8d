"""Every page of the demonstration: linked, small, quick to ask for, and clean for everybody who reads it.

A failure lists all that is wrong with one page, each with the way to mend it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Response
from tests.interfaces.web.routes import all_routes
from tests.journeys.looks import problems_of
from tests.journeys.walk import Visit, Walk, walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

LARGEST_PAGE = 150_000
MOST_STATEMENTS = 15
ROUTES = sorted(
    route.name for route in all_routes() if route.permission and "GET" in getattr(route.view, "methods", ())
)
IN_THE_STORY = "the story of the loop comes by and looks at it"
NOT_LINKED = {
    "application-log": IN_THE_STORY,
    "commitment-make": IN_THE_STORY,
    "import": "nothing was imported by hand in a fresh demonstration",
    "inbox-notice": "nobody has a notice when the demonstration is fresh; it only leads on to what it tells of",
    "observation": IN_THE_STORY,
    "reassessment-plan": IN_THE_STORY,
}
"""Pages that no link leads to in the demonstration as it is loaded, with the reason."""
FOR_VISITORS = ("/account/login/", "/account/password/reset/", "/account/password/reset/done/", "/nowhere/")
OF_AN_ACCOUNT = ("/account/mfa/", "/account/password/change/", "/account/logout/", "/nowhere/")


@dataclass
class Windows:
    """One browser window for each of the cast, signed in as they were on the walk."""

    browser: Browser
    address: str
    cookies: dict[str, str]
    complaints: list[str] = field(default_factory=list)
    open: dict[str, Page] = field(default_factory=dict)

    def of(self, name: str) -> Page:
        """The window of one of the cast; "" is a visitor who is not signed in."""
        if name not in self.open:
            context = self.browser.new_context(base_url=self.address, reduced_motion="reduce")
            if name:
                session = {"name": settings.SESSION_COOKIE_NAME, "value": self.cookies[name], "url": self.address}
                context.add_cookies([session])  # type: ignore[list-item]  # a plain dict is what the call takes
            page = self.open[name] = context.new_page()
            page.on("console", self._console)
            page.on("pageerror", lambda error: self.complaints.append(f"a script failed: {error}"))
            page.on("response", self._response)
        return self.open[name]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 404" not in message.text:
            self.complaints.append(f"the console says: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.url} answered {response.status}")


@pytest.fixture(scope="module")
def walked(organisation: None) -> Walk:
    """All links followed by everybody."""
    return walk()


@pytest.fixture(scope="module")
def windows(walked: Walk, browser: Browser, address: str) -> Iterator[Windows]:
    """Windows of the cast, kept for all pages."""
    cookies = {name: client.cookies[settings.SESSION_COOKIE_NAME].value for name, client in walked.clients.items()}
    made = Windows(browser, address, cookies)
    yield made
    for page in made.open.values():
        page.context.close()


def test_each_link_that_is_offered_leads_to_a_page(walked: Walk) -> None:
    broken = [f"{visit.status}: {visit}" for visit in walked.visits if visit.status not in {200, 301, 302}]
    assert not broken, "Offer a link only to those who may follow it, and only to what exists:\n" + "\n".join(broken)


@pytest.mark.parametrize("route", ROUTES)
def test_each_page_is_reached_by_a_link(route: str, walked: Walk) -> None:
    reached = any(visit.route == route for visit in walked.visits)
    assert reached != (route in NOT_LINKED), (
        f"No link of the demonstration leads to {route}: link it from the page before it, let the demonstration hold "
        f"what it is about, or write the reason into NOT_LINKED. (A route that is linked has to leave that list.)"
    )


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in NOT_LINKED])
def test_each_page_is_small_quick_and_clean(route: str, walked: Walk, windows: Windows) -> None:
    heaviest = walked.most_asked(route)
    fullest = walked.fullest(route)
    if heaviest is None:
        pytest.fail(f"{route} was never reached; the test before says how to mend that.")
    problems = [*_statements(heaviest)]
    if fullest is not None:
        problems += [*_size(fullest), *_look(windows, fullest.name, fullest.path)]
    shown = fullest or heaviest
    assert not problems, f"{route}: {shown}\n" + "\n".join(f"- {problem}" for problem in problems)


@pytest.mark.parametrize(
    ("name", "path"), [*(("", path) for path in FOR_VISITORS), *(("ada", path) for path in OF_AN_ACCOUNT)]
)
def test_each_page_around_the_pages_is_clean(name: str, path: str, windows: Windows) -> None:
    problems = _look(windows, name, path)
    assert not problems, f"{path}\n" + "\n".join(f"- {problem}" for problem in problems)


def _statements(visit: Visit) -> Iterator[str]:
    count = len(visit.statements)
    if count > MOST_STATEMENTS:
        listing = "\n    ".join(statement[:160] for statement in visit.statements)
        yield (
            f"{count} SQL statements for {visit}; {MOST_STATEMENTS} is the limit. "
            f"Join in the query of the page, or ask once for all rows:\n    {listing}"
        )


def _size(visit: Visit) -> Iterator[str]:
    if visit.size > LARGEST_PAGE:
        yield f"{visit.size:,} bytes of HTML; {LARGEST_PAGE:,} is the limit. Page the rows, or shorten what repeats."


def _look(windows: Windows, name: str, path: str) -> list[str]:
    page = windows.of(name)
    windows.complaints.clear()
    page.goto(path, wait_until="load")
    return problems_of(page) + windows.complaints
