"""What a page has to be for everybody who reads it: checked in the open browser, problem by problem."""

from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE, DESK = 360, 1280
VIEWS = ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"))
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

WIDEST = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getClientRects().length)
  .slice(0, 3).map(e => e.outerHTML.slice(0, 120))"""

TWICE = """() => { const seen = {}; document.querySelectorAll('[id]').forEach(e => seen[e.id] = (seen[e.id] || 0) + 1);
  return Object.keys(seen).filter(id => seen[id] > 1) }"""


def problems_of(page: Page) -> list[str]:
    """Look at the open page in both themes at a desk and on a phone; say what is wrong and how to mend it."""
    before = page.viewport_size
    problems = [
        f"the id {twice!r} stands on the page more than once, so labels name the wrong field; give the form an auto_id"
        for twice in page.evaluate(TWICE)
    ]
    for width, theme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        problems += [f"axe, {theme}, {width} px: {words}" for words in _axe(page)]
        if width == PHONE and theme == "light":
            problems += _sideways(page)
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)
    return problems


def _axe(page: Page) -> Iterator[str]:
    found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]}).response["violations"]
    for one in found:
        nodes = "; ".join(f"{node['html'][:160]} ({node['failureSummary'][:200]})" for node in one["nodes"][:3])
        yield f"{one['help']} [{one['id']}, {len(one['nodes'])} times]: {nodes}".replace("\n", " ")


def _sideways(page: Page) -> Iterator[str]:
    reached = page.evaluate("document.documentElement.scrollWidth")
    if reached > PHONE:
        yield (
            f"the page is {reached} px wide on a phone of {PHONE} px. Let the widest parts wrap, or scroll inside "
            f"their card: {page.evaluate(WIDEST)}"
        )
