"""One of the cast in front of a browser: what they say when they do something, and what they complain about."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from tests.journeys.demo import PASSWORD
from tests.journeys.looks import problems_of

MOST_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person of the demonstration organisation and their page."""

    name: str
    page: Page

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return f"{self.name}@upwell.example"

    def sign_in(self) -> "Visitor":
        """Come in by the front door."""
        self.page.goto("/account/login/")
        self.page.get_by_label("E-mail").or_(self.page.get_by_label("Email")).first.fill(self.email)
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.page.locator("main button[type=submit]").first.click()
        expect(self.page.locator("#sidebar")).to_be_attached()
        return self

    def at(self, path: str) -> "Visitor":
        """Go to an address of the product."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, f"{self.name} asked for {path} and got {answer.status}."
        return self

    def follow(self, words: str) -> "Visitor":
        """Click the first link with these words in the page itself."""
        self.page.locator("main").get_by_role("link", name=words).first.click()
        return self

    def press(self, words: str, *, exact: bool = False) -> "Visitor":
        """Press the first button with these words."""
        self.page.locator("main").get_by_role("button", name=words, exact=exact).first.click()
        return self

    def fill(self, label: str, words: str) -> "Visitor":
        """Write into the field with this label."""
        self.page.locator("main").get_by_label(label).first.fill(words)
        return self

    def fill_in(self, part: str, label: str, words: str) -> "Visitor":
        """Write into the field with this label inside one part of the page."""
        self.page.locator(part).get_by_label(label).first.fill(words)
        return self

    def tick(self, label: str) -> "Visitor":
        """Choose the box or the radio button with this label."""
        self.page.locator("main").get_by_label(label).first.check()
        return self

    def choose_level(self, value: str) -> "Visitor":
        """Choose a level of an anchored rating by its value."""
        self.page.locator(f".rating input[value='{value}']").first.check()
        return self

    def choose_option(self, words: str) -> "Visitor":
        """Choose the first option of a list of options that holds these words."""
        self.page.locator(".rating label", has_text=words).first.locator("input").check()
        return self

    def untick(self, label: str) -> "Visitor":
        """Take the mark out of the box with this label."""
        self.page.locator("main").get_by_label(label).first.uncheck()
        return self

    def choose(self, label: str, words: str) -> "Visitor":
        """Choose from the list with this label the entry that begins with these words."""
        field = self.page.locator("main").get_by_label(label).first
        entry = field.locator("option", has_text=re.compile(f"^{re.escape(words)}", re.IGNORECASE)).first
        field.select_option(value=entry.get_attribute("value"))
        return self

    def answer(self, answers: Mapping[str, str], *, otherwise: str) -> "Visitor":
        """Answer the questions of a diagnosis one by one, by words they hold, until none is asked any more."""
        asked = self.page.locator("#question h2")
        for _ in range(MOST_QUESTIONS):
            if not asked.count():
                break
            question = asked.inner_text()
            said = next((answer for words, answer in answers.items() if words in question), otherwise)
            self.press(said, exact=True)
            expect(self.page.get_by_role("heading", name=question, exact=True)).to_have_count(0)
        return self

    def open(self, words: str) -> "Visitor":
        """Open what is folded away under these words."""
        self.page.locator("summary", has_text=words).first.click()
        return self

    def sees(self, words: str | re.Pattern[str]) -> Locator:
        """Expect words on the page."""
        found = self.page.get_by_text(words).first
        expect(found).to_be_visible()
        return found

    def looks(self) -> "Visitor":
        """Look at the open page as everybody has to be able to read it."""
        problems = problems_of(self.page)
        assert not problems, f"{self.page.url}\n" + "\n".join(f"- {problem}" for problem in problems)
        return self
