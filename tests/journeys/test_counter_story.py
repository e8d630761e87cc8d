"""The counter-story: a gap whose cause is a missing tool is not answered with a course."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import Enter
from tests.journeys.visitors import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PERSON = "Ada Okonkwo"
SUBJECT = "Development process optimisation"
WANTED = "A release takes an hour and not a day."
MISSING = "No account for the interface of the partner, so nothing can be joined up"
HELD_UP_BY_A_TOOL = {
    "everything depended on it": "Yes",
    "tools, information and access": "No",
    "get in the way": "No",
    "disadvantage": "No",
}


@pytest.mark.requirement("R30", "R35", "R36", "G1", "G7")
def test_a_gap_for_want_of_a_tool_is_routed_away_from_training(enter: Enter) -> None:
    boris = enter("boris")
    the_blocker_is_named_in_the_one_to_one(boris)
    the_gap_becomes_a_need_in_the_one_to_one(boris)
    the_diagnosis_finds_the_tool(boris)
    training_is_closed_unless_a_reason_is_given(boris)
    the_barrier_has_an_owner_and_a_date(boris)
    the_plan_holds_no_course(boris)


def the_blocker_is_named_in_the_one_to_one(boris: Visitor) -> None:
    """What is in the way is written down where it is said."""
    boris.at("/checkins/").follow(PERSON).open("Name a blocker")
    boris.fill("What stands in the way", MISSING).choose("What it is", "tools and resources")
    boris.choose("Capability it holds back", SUBJECT).press("Name it")
    boris.sees(re.compile(MISSING))


def the_gap_becomes_a_need_in_the_one_to_one(boris: Visitor) -> None:
    """The need is raised where it is spoken of, and confirmed because two people have seen it."""
    boris.open("Raise a need").fill_in("#needs", "What shows it", WANTED)
    boris.page.locator("#needs").get_by_label("Capability").select_option(label=SUBJECT)
    boris.press("Raise it").follow("Find the cause")


def the_diagnosis_finds_the_tool(boris: Visitor) -> None:
    """The blocker is a fact the diagnosis starts from; the answers agree with it."""
    boris.press("Start from the data").sees(re.compile("tools", re.IGNORECASE))
    boris.answer(HELD_UP_BY_A_TOOL, otherwise="Yes")
    boris.sees(re.compile("Likeliest so far: tools and resources", re.IGNORECASE))


def training_is_closed_unless_a_reason_is_given(boris: Visitor) -> None:
    """Deciding on the tool closes training; opening it all the same is refused without a reason."""
    boris.tick("Tools and resources").tick("Open training although the cause is another")
    boris.press("Decide on this cause").sees("Say why training should be opened although the cause is another.")
    boris.untick("Open training although the cause is another").press("Decide on this cause")
    boris.sees("Training is closed")


def the_barrier_has_an_owner_and_a_date(boris: Visitor) -> None:
    """Somebody removes it by a day."""
    due = dt.date.today() + dt.timedelta(days=14)
    boris.fill("What is in the way?", MISSING).choose("Who removes it?", "Boris Lindqvist")
    boris.fill("By when?", due.isoformat()).press("Add a barrier")
    barrier = boris.page.locator("li", has_text=MISSING).filter(has_text="Boris Lindqvist")
    expect(barrier.filter(has_text=str(due.day)).first).to_be_visible()


def the_plan_holds_no_course(boris: Visitor) -> None:
    """What is proposed answers the tool."""
    boris.follow("Propose a plan").tick(SUBJECT).press("Propose a plan")
    steps = boris.page.locator("main ul.rows").first
    expect(steps).to_contain_text("Get the missing tool, access or data")
    expect(steps).not_to_contain_text("learning")
