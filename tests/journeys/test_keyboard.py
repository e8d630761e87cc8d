"""Without a mouse, on a phone's width: sign in and give feedback with the keyboard alone."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.demo import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

MOST_STOPS = 60
PRAISE = "You asked the quiet ones first, and the plan got better for it."
FOCUSED = """() => { const e = document.activeElement, l = e.labels && e.labels[0];
  return [e.name || '', e.type || '', (e.ariaLabel || (l || e).innerText || '').trim()].join('|') }"""


@pytest.mark.requirement("R17")
def test_feedback_is_given_with_the_keyboard_alone_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/account/login/?next=/feedback/give/")
    _write(page, "login|", "ada@upwell.example")
    _write(page, "password|", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/feedback/give/")
    _to(page, "receiver|")
    page.keyboard.type("Boris")
    _write(page, "text|", PRAISE)
    _to(page, "submit|Give feedback")
    page.keyboard.press("Enter")
    expect(page.get_by_text(PRAISE).first).to_be_visible()
    context.close()


def _to(page: Page, words: str) -> None:
    """Press Tab until the focused element is the one meant; where it is, it has to be seen."""
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = str(page.evaluate(FOCUSED))
        passed.append(focused)
        if words in focused:
            assert page.evaluate("document.activeElement.getClientRects().length") > 0
            return
    raise AssertionError(f"Tab never reached {words!r}; it came past {passed}.")


def _write(page: Page, words: str, text: str) -> None:
    _to(page, words)
    page.keyboard.type(text)
