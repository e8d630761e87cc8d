"""The next steps of a person: one of each kind at most, the nearest first, each with its reason and minutes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.domain.plans import queries as plans
from upwell.domain.plans.queries import WaitingStep
from upwell.domain.sources.checkins import queries as checkins
from upwell.domain.sources.feedback import queries as feedback
from upwell.domain.sources.reviews.queries import Waiting
from upwell.domain.transfer import queries as transfer
from upwell.foundation.people.models import Person

AHEAD = dt.timedelta(days=14)
ANSWER_WITHIN = dt.timedelta(days=3)
DECIDE_WITHIN = dt.timedelta(days=7)
MOST = 3


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: what, why, how long it takes, by when, where."""

    title: str
    reason: str
    minutes: int
    by: dt.date
    icon: str
    url: str
    more: int = 0

    @property
    def effort(self) -> str:
        """The minutes in words; hours from two on."""
        if self.minutes >= 120:
            return _("%(n)g h") % {"n": round(self.minutes / 60, 1)}
        return _("%(n)d min") % {"n": self.minutes}

    @property
    def more_words(self) -> str:
        """How many of the same kind wait behind it."""
        return ngettext("%(n)d more like it", "%(n)d more like it", self.more) % {"n": self.more} if self.more else ""


def next_steps(person: Person, *, forms: Waiting, on: dt.date) -> tuple[NextStep, ...]:
    """At most three, most urgent first; `forms` are the reviews that wait for them. Five statements."""
    found = [*_checks(person, on), *_reassessments(person, on), *_reviews(forms), *_requests(person)]
    found += [*_plan(person, on), *_talks(person, on)]
    return tuple(sorted(found, key=lambda step: (step.by, step.minutes, step.title))[:MOST])


def team_steps(manager: Person, *, forms: Waiting) -> tuple[NextStep, ...]:
    """What a team waits for from its manager: plans to decide, reviews to sign; one statement."""
    return tuple(sorted([*_plans_to_decide(manager), *_reviews_to_sign(forms)], key=lambda step: step.by))


def _checks(person: Person, on: dt.date) -> Iterator[NextStep]:
    rows = transfer.checks_asked(person, on=on)
    for row in rows[:1]:
        yield NextStep(
            _("Say whether you used it: %(action)s") % {"action": row.action},
            _("You said: when %(when)s, I will %(will)s.") % {"when": row.when, "will": row.will},
            2,
            row.check_on,
            "handshake",
            reverse("application-log", args=[row.uuid]),
            len(rows) - 1,
        )


def _reassessments(person: Person, on: dt.date) -> Iterator[NextStep]:
    rows = [row for row in transfer.reassessments_for(person) if row.due_on <= on + AHEAD]
    for row in rows[:1]:
        yield NextStep(
            _("Re-assess %(capability)s of %(name)s") % {"capability": row.capability, "name": row.person},
            _("Development is done; only a new rating shows whether it moved the level."),
            1,
            row.due_on,
            "refresh-cw",
            reverse("reassess", args=[row.uuid]),
            len(rows) - 1,
        )


def _reviews(forms: Waiting) -> Iterator[NextStep]:
    rows = forms.to_write
    for row in rows[:1]:
        of_self = row.subject_uuid == row.reviewer_uuid
        title = _("Write your self review") if of_self else _("Write the review of %(name)s") % {"name": row.subject}
        yield NextStep(
            title,
            _("%(cycle)s; the evidence stands beside the form.") % {"cycle": row.cycle},
            20,
            row.due_on,
            "clipboard-list",
            reverse("review", args=[row.uuid]),
            len(rows) - 1,
        )


def _requests(person: Person) -> Iterator[NextStep]:
    rows = feedback.requests_to(person)
    for row in rows[:1]:
        yield NextStep(
            _("Answer %(name)s") % {"name": row.asker},
            row.message or _("Asked for your feedback on %(what)s.") % {"what": row.capability or _("their work")},
            2,
            row.asked_at.date() + ANSWER_WITHIN,
            "message-square-heart",
            reverse("feedback-answer", args=[row.uuid]),
            len(rows) - 1,
        )


def _plan(person: Person, on: dt.date) -> Iterator[NextStep]:
    rows = plans.steps_waiting(person)
    proposed = [row for row in rows if not row.agreed]
    due = [row for row in rows if row.agreed and row.due_on <= on + AHEAD]
    if proposed:
        first = proposed[0]
        n = sum(row.plan_uuid == first.plan_uuid for row in proposed)
        words = ngettext("%(n)d step is proposed", "%(n)d steps are proposed", n) % {"n": n}
        yield NextStep(
            _("Decide on your plan: %(plan)s") % {"plan": first.plan},
            _("%(steps)s. Accept, swap or decline each; nothing starts without you.") % {"steps": words},
            5,
            first.plan_created_at.date() + DECIDE_WITHIN,
            "list-checks",
            reverse("plan", args=[first.plan_uuid]),
        )
    for row in due[:1]:
        yield NextStep(row.title, _reason(row), round(row.hours * 60), row.due_on, "graduation-cap",
                       reverse("plan", args=[row.plan_uuid]), len(due) - 1)  # fmt: skip


def _talks(person: Person, on: dt.date) -> Iterator[NextStep]:
    for row in checkins.upcoming(person, limit=1):
        if row.planned_on > on + AHEAD:
            continue
        other = row.manager if row.person_uuid == person.uuid else row.person
        yield NextStep(
            _("Prepare the 1:1 with %(name)s") % {"name": other},
            _("The agenda holds your plan, goals and last agreements; add what is on your mind."),
            5,
            row.planned_on,
            "calendar",
            reverse("checkin", args=[row.uuid]),
        )


def _plans_to_decide(manager: Person) -> Iterator[NextStep]:
    for row in plans.waiting_for(manager):
        yield NextStep(
            _("Decide on the plan of %(name)s") % {"name": row.person},
            _("%(plan)s waits for you") % {"plan": row.name},
            5,
            row.created_at.date() + DECIDE_WITHIN,
            "list-checks",
            reverse("plan", args=[row.uuid]),
        )


def _reviews_to_sign(forms: Waiting) -> Iterator[NextStep]:
    for row in forms.to_close[:20]:
        yield NextStep(
            _("Close the review of %(name)s") % {"name": row.subject},
            _("Handed in; every confirmed need has to have an action before it can close"),
            5,
            row.due_on,
            "clipboard-check",
            reverse("review", args=[row.uuid]),
        )


def _reason(row: WaitingStep) -> str:
    return row.reason or (_("It closes your gap in %(what)s.") % {"what": row.capability} if row.capability else "")
