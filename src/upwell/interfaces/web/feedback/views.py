"""What I was told, what I told, what waits for my answer; and what a manager may read of a report."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.sources.feedback import queries
from upwell.domain.sources.feedback.choices import RequestState
from upwell.domain.sources.feedback.queries import FeedbackRow
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Entry

STATES = {RequestState.OPEN: "now", RequestState.ANSWERED: "done", RequestState.DECLINED: ""}


@door(Permission.FEEDBACK_VIEW)
def feedback(request: Request) -> HttpResponse:
    """The feedback of the person signed in."""
    person = request.actor.person
    assert person is not None
    received = queries.received(person, reader=person)
    context = {
        "received": [_received(row) for row in received],
        "given": [_given(row) for row in queries.given(person)],
        "waiting": queries.requests_to(person),
        "asked": [
            Entry(
                _("%(name)s, about %(what)s") % {"name": row.asked, "what": row.capability or _("your work")},
                row.asked_at.date(),
                str(RequestState(row.state).label),
                icon="mail",
                state=STATES[RequestState(row.state)],
                quote=row.message,
            )
            for row in reversed(queries.requests_of(person))
        ],
        "crumbs": [Crumb(_("Feedback"))],
    }
    return render(request, "feedback/list.html", context)


@door(Permission.FEEDBACK_VIEW)
def of_person(request: Request, uuid: UUID) -> HttpResponse:
    """Feedback on somebody else that the reader may know of: shared, or given by the reader."""
    subject = gate.known(request.actor, Permission.FEEDBACK_VIEW, Person.objects.filter(uuid=uuid))
    assert request.actor.person is not None
    context = {
        "subject": subject,
        "received": [_received(row) for row in queries.received(subject, reader=request.actor.person)],
        "crumbs": [
            Crumb(_("People"), reverse("people")),
            Crumb(subject.name, reverse("person", args=[subject.uuid])),
            Crumb(_("Feedback")),
        ],
    }
    return render(request, "feedback/of_person.html", context)


def _received(row: FeedbackRow) -> Entry:
    return _entry(row, row.giver)


def _given(row: FeedbackRow) -> Entry:
    return _entry(row, _("to %(name)s") % {"name": row.receiver})


def _entry(row: FeedbackRow, who: str) -> Entry:
    tags = [row.capability] if row.capability else []
    if row.asked_for:
        tags.append(_("asked for"))
    icon = "lock" if row.audience == "private" else "message-square-heart"
    note = _("read by %(who)s") % {"who": row.audience_words}
    return Entry(who, row.given_at.date(), note, icon=icon, quote=row.text, tags=tags)
