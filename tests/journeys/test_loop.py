"""One story all the way round, as the cast live it in their browsers: from what Boris saw to what Emil may conclude."""

import re

import pytest
from django.utils import timezone
from tests.journeys.conftest import Enter
from tests.journeys.visitors import Visitor

from upwell.domain.plans.choices import ActionState
from upwell.domain.plans.models import Action
from upwell.domain.records.operations import issue_token

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

FOR_WANT_OF_SKILL = {
    "everything depended on it": "No",
    "get in the way": "No",
    "disadvantage": "No",
    "practised it": "No",
}
SUBJECT = "Development process optimisation"
COURSE = "Make"
OTHER_NEED = "Systems integration"
SEEN = "Put the release together by hand and forgot one step of nine."
RATED = "The last two releases were put together by hand; each needed a repair."
WANTED = "Releases are built by one command that anybody in the team can run."
WHEN = "I do a step of a release by hand for the second time"
WILL = "write it into the makefile and show it to the team"
USED = "Packing and upload are one command now; Jack used it without asking."
AGAIN = "The last three releases were one command each, by three people."


@pytest.mark.requirement("R15", "R22", "R30", "R35", "R39", "R50", "R51", "R53", "G4", "G5")
def test_what_boris_saw_goes_all_the_way_round_to_an_effect(enter: Enter, address: str) -> None:
    boris, ada, emil = enter("boris"), enter("ada", width=390), enter("emil")
    boris_observes_ada(boris)
    the_gap_becomes_a_need_in_the_review(boris, ada)
    the_review_cannot_be_closed_without_an_action(boris)
    the_cause_is_looked_for_before_anything_is_chosen(boris)
    plan = both_agree_on_a_plan(boris, ada)
    a_statement_says_that_ada_has_finished(ada, plan, address)
    ada_commits_and_logs_her_use(ada)
    boris_looks_again(boris, plan)
    boris_closes_the_review(boris)
    emil_sees_what_the_programmes_do(emil)


def boris_observes_ada(boris: Visitor) -> None:
    """An anchored observation in three steps; the level moves, and the page behind "Why?" tells of it."""
    boris.at("/observations/").follow("Ada Okonkwo").follow(SUBJECT)
    boris.choose_level("2").fill("What did you see?", SEEN).press("Save the observation")
    lead = boris.sees(re.compile(r"The level of Ada Okonkwo went from")).inner_text()
    before, after = [float(number) for number in re.findall(r"\d+\.\d+", lead)[:2]]
    assert before != after, f"The level should have moved: {lead}"
    boris.looks().follow("Why?").sees(SEEN)


def the_gap_becomes_a_need_in_the_review(boris: Visitor, ada: Visitor) -> None:
    """The review form shows the evidence; the need is raised inside it; handed in, the answer is evidence too."""
    boris.at("/reviews/").follow("Ada Okonkwo").follow(SUBJECT)
    boris.sees(SEEN)
    boris.choose_level("1").fill("What did you see?", RATED).press("Keep and go on")
    boris.follow(SUBJECT).open("Raise a need")
    boris.fill("What would be different if it were met?", WANTED).press("Raise the need")
    boris.sees(re.compile("Raised and confirmed"))
    boris.follow("Achievements, strengths, readiness")
    boris.fill("What was achieved", "Two releases, both late.").press("Hand in")
    boris.sees(re.compile("Handed in"))
    ada.at("/capabilities/").follow(SUBJECT).sees(RATED)
    boris.follow(OTHER_NEED).fill("Reason", "The service she would integrate is being retired.")
    boris.press("Dismiss the need")


def the_review_cannot_be_closed_without_an_action(boris: Visitor) -> None:
    """G5: signing off is refused while a confirmed need has no action."""
    boris.at("/reviews/").follow("Ada Okonkwo").press("Sign off")
    boris.sees("A review without consequence is not closed")


def the_cause_is_looked_for_before_anything_is_chosen(boris: Visitor) -> None:
    """The data first, then questions; the cause decided on is a lack of skill, and only then is training open."""
    boris.page.locator("li", has_text=SUBJECT).get_by_role("link", name="Diagnose").click()
    boris.press("Start from the data").sees("What the data says")
    boris.answer(FOR_WANT_OF_SKILL, otherwise="Yes")
    boris.sees(re.compile("Likeliest so far: knowledge or skill", re.IGNORECASE))
    boris.tick("Knowledge or skill").press("Decide on this cause")
    boris.sees(re.compile("Training is open"))


def both_agree_on_a_plan(boris: Visitor, ada: Visitor) -> str:
    """What fits the cause is proposed; Boris swaps it with a reason, Ada swaps back with hers, and both agree."""
    boris.follow("Propose a plan").tick(SUBJECT).press("Propose a plan")
    boris.sees("Waits for you.")
    plan = boris.page.url
    boris.follow(COURSE).choose_option("Work a week beside somebody strong")
    boris.fill_in("#options", "Reason", "Leila has time this month.").press("Swap")
    boris.at(plan).press("Agree").sees(re.compile("Waits for Ada"))
    ada.at("/plan/").follow("Accept, swap or decline each step").sees(re.compile("Leila has time this month"))
    ada.follow("Work a week beside somebody strong").choose_option(COURSE)
    ada.fill_in("#options", "Reason", "Leila and I are in different places until January.").press("Swap")
    ada.at(plan).press("Agree").sees(re.compile("Agreed by both"))
    return plan


def a_statement_says_that_ada_has_finished(ada: Visitor, plan: str, address: str) -> None:
    """The learning system sends a statement; the step is done, and open all the same (G4)."""
    step = Action.objects.select_related("intervention__item").get(
        plan__uuid=plan.rstrip("/").rpartition("/")[2], state=ActionState.ACCEPTED, intervention__item__isnull=False
    )
    assert step.intervention.item is not None
    now = timezone.now()
    token = issue_token(name="Course platform", actor=None, at=now)
    answer = ada.page.request.post(
        f"{address}/xapi/statements",
        headers={"Authorization": f"Bearer {token}"},
        data={
            "actor": {"mbox": f"mailto:{ada.email}"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": step.intervention.item.url or step.intervention.item.key},
            "result": {"completion": True},
            "timestamp": now.isoformat(),
        },
    )
    assert answer.ok, answer.text()
    ada.at("/plan/").sees("Say when you will use it")
    ada.at(f"/plans/actions/{step.uuid}/").press("Close the step")
    ada.sees("Done, not yet used.")


def ada_commits_and_logs_her_use(ada: Visitor) -> None:
    """When X, I will Y; a few days later: what she did."""
    ada.at("/plan/").follow("Say when you will use it").looks()
    ada.fill("When …", WHEN).fill("… I will", WILL).press("Commit")
    ada.sees(re.compile(WILL))
    ada.follow("Log a use").looks().tick("Yes, I used it").fill("What happened?", USED).press("Log it")
    ada.sees("Logged. Thank you.")
    ada.sees(re.compile("used 1 of"))


def boris_looks_again(boris: Visitor, plan: str) -> None:
    """The re-assessment is tied to the need: the level before is kept, and the level after stands beside it."""
    boris.at("/plans/decisions/").sees(USED)
    boris.press("I saw it")
    boris.at(plan).follow("Plan to look again").looks().press("Plan it")
    boris.at(plan).follow("Re-assess now").choose_level("4").fill("What did you see?", AGAIN)
    boris.press("Keep as evidence")
    lead = boris.sees(re.compile(r"the level of Ada Okonkwo before and after")).inner_text()
    before, after = [float(number) for number in re.findall(r"\d+\.\d+", lead)[:2]]
    assert after > before, f"A better rating should raise the level: {lead}"


def boris_closes_the_review(boris: Visitor) -> None:
    """Every confirmed need has its action now, so the review may be signed off."""
    boris.at("/reviews/").follow("Ada Okonkwo").press("Sign off").sees(re.compile("Signed off"))


def emil_sees_what_the_programmes_do(emil: Visitor) -> None:
    """Effects against a comparison, with a verdict in words, an interval and the assumptions."""
    emil.at("/programmes/").follow("See the effect of Practice labs")
    emil.sees(re.compile(r"Raised the outcome .* by \d+\.\d+ to \d+\.\d+"))
    emil.at("/programmes/").follow("See the effect of Recovery clinic")
    emil.sees(re.compile("Not enough evidence"))
