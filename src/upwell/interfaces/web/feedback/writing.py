"""Giving, asking, answering and declining."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.models import Capability
from upwell.domain.roles.queries import requirements_of
from upwell.domain.sources.feedback import operations
from upwell.domain.sources.feedback.choices import RequestState
from upwell.domain.sources.feedback.models import Feedback, FeedbackRequest
from upwell.foundation.notify.operations import tell
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.feedback.forms import AnswerForm, AskForm, GiveForm
from upwell.interfaces.web.parts import Anchor, Crumb
from upwell.interfaces.web.picking import choices, person_asked_for
from upwell.interfaces.web.ratings import anchors_of, move_levels


@door(Permission.FEEDBACK_GIVE, methods=("GET", "POST"), rate="30/m")
def give(request: Request) -> HttpResponse:
    """Tell somebody something. The buttons that search a person or show levels keep what was typed."""
    sent = request.POST if request.method == "POST" else request.GET
    receiver = person_asked_for(request, Permission.FEEDBACK_GIVE, sent.get("receiver", ""))
    capability = _capability(sent.get("capability", ""))
    anchors = anchors_of(capability) if capability else []
    offers: dict[str, Any] = {
        "people": choices(request, Permission.FEEDBACK_GIVE, sent.get("q", ""), receiver),
        "capabilities": _capabilities(request, receiver, capability),
        "anchors": anchors,
    }
    if request.method != "POST" or "look" in request.POST:
        form = GiveForm(initial={**_typed(sent), "audience": sent.get("audience") or "shared"}, **offers)
        return _give_page(request, form, anchors, sent.get("category", ""))
    form = GiveForm(request.POST, **offers)
    if not form.is_valid():
        return _give_page(request, form, anchors, sent.get("category", ""), status=422)
    assert receiver is not None
    assert request.actor.person is not None
    given = operations.give(
        giver=request.actor.person,
        receiver=receiver,
        text=form.cleaned_data["text"],
        capability=capability,
        category=form.cleaned_data["category"],
        audience=form.cleaned_data["audience"],
        actor=request.actor.account,
        at=request.now,
    )
    _follow(request, given, _("%(name)s gave you feedback"))
    return redirect("feedback")


@door(Permission.FEEDBACK_ASK, methods=("GET", "POST"), rate="30/m")
def ask(request: Request) -> HttpResponse:
    """Ask somebody for feedback."""
    sent = request.POST if request.method == "POST" else request.GET
    asked = person_asked_for(request, Permission.FEEDBACK_ASK, sent.get("asked", ""))
    capability = _capability(sent.get("capability", ""))
    offers = {
        "people": choices(request, Permission.FEEDBACK_ASK, sent.get("q", ""), asked),
        "capabilities": _capabilities(request, request.actor.person, capability),
    }
    crumbs = [Crumb(_("Feedback"), reverse("feedback")), Crumb(_("Ask"))]
    looking = request.method != "POST" or "look" in request.POST
    form = AskForm(initial=_typed(sent), **offers) if looking else AskForm(request.POST, **offers)
    if looking or not form.is_valid():
        context = {"form": form, "q": sent.get("q", ""), "crumbs": crumbs}
        return render(request, "feedback/ask.html", context, status=200 if looking else 422)
    assert asked is not None
    assert request.actor.person is not None
    made = operations.ask(
        asker=request.actor.person,
        asked=asked,
        capability=capability,
        message=form.cleaned_data["message"],
        actor=request.actor.account,
        at=request.now,
    )
    tell(
        person=asked,
        title=_("%(name)s asks you for feedback") % {"name": request.actor.person.name},
        reason=form.cleaned_data["message"] or (capability.name if capability else ""),
        url=reverse("feedback-answer", args=[made.uuid]),
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("%(name)s has been asked.") % {"name": asked.name})
    return redirect("feedback")


@door(Permission.FEEDBACK_GIVE, methods=("GET", "POST"), rate="30/m")
def answer(request: Request, uuid: UUID) -> HttpResponse:
    """Answer a request."""
    found = _asked_of_me(request, uuid)
    anchors = anchors_of(found.capability) if found.capability else []
    form = AnswerForm(request.POST or None, anchors=anchors, initial={"audience": "shared"})
    is_open = found.state == RequestState.OPEN
    if request.method != "POST" or not is_open or not form.is_valid():
        context = {
            "form": form,
            "found": found,
            "is_open": is_open,
            "anchors": anchors,
            "chosen": request.POST.get("category", ""),
            "crumbs": [Crumb(_("Feedback"), reverse("feedback")), Crumb(found.asker.name)],
        }
        status = 200 if request.method != "POST" else 422
        return render(request, "feedback/answer.html", context, status=status)
    given = operations.answer(
        request=found,
        text=form.cleaned_data["text"],
        category=form.cleaned_data["category"],
        audience=form.cleaned_data["audience"],
        actor=request.actor.account,
        at=request.now,
    )
    _follow(request, given, _("%(name)s answered your request for feedback"))
    return redirect("feedback")


@door(Permission.FEEDBACK_GIVE, methods=("POST",))
def decline(request: Request, uuid: UUID) -> HttpResponse:
    """Say no to a request."""
    found = _asked_of_me(request, uuid)
    try:
        operations.decline(request=found, actor=request.actor.account, at=request.now)
    except operations.RequestNotOpen:
        messages.info(request, _("This request was settled before."))
    else:
        messages.success(request, _("Declined. %(name)s sees that you will not answer.") % {"name": found.asker.name})
    return redirect("feedback")


def _asked_of_me(request: Request, uuid: UUID) -> FeedbackRequest:
    rows = FeedbackRequest.objects.filter(uuid=uuid, asked=request.actor.person).select_related("asker", "capability")
    return gate.known(request.actor, Permission.FEEDBACK_VIEW, rows)


def _follow(request: Request, given: Feedback, title: str) -> None:
    """Let the levels follow a rating, tell the receiver, thank the giver."""
    moved = given.category is not None and move_levels(given.receiver, request)
    tell(
        person=given.receiver,
        title=title % {"name": given.giver.name},
        reason=given.text[:200],
        url=reverse("feedback"),
        actor=request.actor.account,
        at=request.now,
    )
    words = _("%(name)s can read it now.") if not moved else _("%(name)s can read it now; the level has been updated.")
    messages.success(request, words % {"name": given.receiver.name})


def _give_page(
    request: Request, form: GiveForm, anchors: list[Anchor], chosen: str, *, status: int = 200
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    context = {
        "form": form,
        "anchors": anchors,
        "chosen": chosen,
        "q": sent.get("q", ""),
        "crumbs": [Crumb(_("Feedback"), reverse("feedback")), Crumb(_("Give"))],
    }
    return render(request, "feedback/give.html", context, status=status)


def _typed(sent: Any) -> dict[str, str]:
    names = ("receiver", "asked", "text", "message", "capability", "category")
    return {name: sent[name] for name in names if name in sent}


def _capability(text: str) -> Capability | None:
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return Capability.objects.filter(uuid=uuid, retired_on=None).select_related("scale").first()


def _capabilities(request: Request, person: Person | None, chosen: Capability | None) -> list[tuple[str, str]]:
    """What the role of a person asks, by name, and what is chosen already."""
    rows = requirements_of(person, as_of=request.actor.on) if person else ()
    found = {str(row.capability_uuid): row.capability for row in rows}
    if chosen is not None:
        found[str(chosen.uuid)] = chosen.name
    return sorted(found.items(), key=lambda pair: pair[1].casefold())
