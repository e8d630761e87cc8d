"""What is written during a 1:1; each is one short form and comes back to its place on the page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.choices import NeedKind, NeedOrigin, NeedState
from upwell.domain.gaps.operations import confirm_need, raise_need
from upwell.domain.sources.checkins import operations, queries
from upwell.domain.sources.checkins.models import AgendaItem, Agreement, Blocker, CheckIn
from upwell.foundation.people.models import Person
from upwell.interfaces.web.checkins import agenda, forms
from upwell.interfaces.web.checkins.views import capabilities_of, page, parties_of, talks
from upwell.interfaces.web.doors import Request, door

POST = ("POST",)


@door(Permission.CHECKIN_WRITE, methods=POST)
def refresh(request: Request, uuid: UUID) -> HttpResponse:
    """Put on the agenda what has opened since it was built."""
    found = _talk(request, uuid)
    known = {item.origin_uuid for item in queries.agenda(found)}
    fresh = [item for item in agenda.offered(found.person, on=request.actor.on) if item.origin_uuid not in known]
    for item in fresh:
        operations.add_item(
            checkin=found,
            text=item.text[:500],
            kind=item.kind,
            origin_uuid=item.origin_uuid,
            actor=request.actor.account,
            at=request.now,
        )
    messages.success(request, _("%d added to the agenda.") % len(fresh))
    return _back(found, "agenda")


@door(Permission.CHECKIN_WRITE, methods=POST)
def topic(request: Request, uuid: UUID) -> HttpResponse:
    """Put something on the agenda."""
    found = _talk(request, uuid)
    form = forms.TopicForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, topic_form=form)
    operations.add_item(checkin=found, text=form.cleaned_data["text"], actor=request.actor.account, at=request.now)
    return _back(found, "agenda")


@door(Permission.CHECKIN_WRITE, methods=POST, rate="240/m")
def tick(request: Request, uuid: UUID) -> HttpResponse:
    """Mark something as talked about, or take the mark away."""
    found = gate.known(
        request.actor, Permission.CHECKIN_WRITE, AgendaItem.objects.filter(uuid=uuid).select_related("checkin")
    )
    operations.tick_item(item=found, done=not found.done, actor=request.actor.account, at=request.now)
    return _back(found.checkin, "agenda")


@door(Permission.CHECKIN_WRITE, methods=POST)
def notes(request: Request, uuid: UUID) -> HttpResponse:
    """The talk took place; keep what both want to remember."""
    found = _talk(request, uuid)
    form = forms.NotesForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, notes_form=form)
    operations.hold(checkin=found, notes=form.cleaned_data["notes"], actor=request.actor.account, at=request.now)
    messages.success(request, _("The 1:1 is held and the notes are kept."))
    return _back(found, "notes")


@door(Permission.CHECKIN_WRITE, methods=POST)
def private(request: Request, uuid: UUID) -> HttpResponse:
    """Keep something for oneself."""
    found = _talk(request, uuid)
    form = forms.PrivateForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, private_form=form)
    operations.write_private_note(
        checkin=found,
        owner=_me(request),
        text=form.cleaned_data["text"],
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("Your private note is kept; nobody else reads it."))
    return _back(found, "private")


@door(Permission.CHECKIN_WRITE, methods=POST)
def agree(request: Request, uuid: UUID) -> HttpResponse:
    """Agree who does what; it carries over until it is done."""
    found = _talk(request, uuid)
    form = forms.AgreementForm(request.POST, parties=parties_of(found))
    if not form.is_valid():
        return page(request, found, status=422, agreement_form=form)
    owner = found.manager if form.cleaned_data["owner"] == str(found.manager.uuid) else found.person
    operations.agree(
        checkin=found,
        owner=owner,
        text=form.cleaned_data["text"],
        due_on=form.cleaned_data["due_on"],
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("Agreed. It stands on every agenda until it is done."))
    return _back(found, "agreements")


@door(Permission.CHECKIN_WRITE, methods=POST)
def complete(request: Request, uuid: UUID) -> HttpResponse:
    """An agreement is done."""
    found = gate.known(
        request.actor, Permission.CHECKIN_WRITE, Agreement.objects.filter(uuid=uuid).select_related("checkin")
    )
    operations.complete_agreement(
        agreement=found, done_on=request.actor.on, actor=request.actor.account, at=request.now
    )
    messages.success(request, _("Done: %s") % found.text)
    back = CheckIn.objects.filter(uuid=_uuid(request.POST.get("from", "")) or found.checkin.uuid).first()
    return _back(back or found.checkin, "agreements")


@door(Permission.CHECKIN_WRITE, methods=POST)
def block(request: Request, uuid: UUID) -> HttpResponse:
    """Name what stands in the person's way."""
    found = _talk(request, uuid)
    form = forms.BlockerForm(request.POST, capabilities=capabilities_of(request, found))
    if not form.is_valid():
        return page(request, found, status=422, blocker_form=form)
    operations.raise_blocker(
        checkin=found,
        kind=form.cleaned_data["kind"],
        text=form.cleaned_data["text"],
        capability=_capability(form.cleaned_data["capability"]),
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("Noted. It counts when the cause of a gap is looked for."))
    return _back(found, "blockers")


@door(Permission.CHECKIN_WRITE, methods=POST)
def resolve(request: Request, uuid: UUID) -> HttpResponse:
    """Something stands in the way no longer."""
    found = gate.known(
        request.actor, Permission.CHECKIN_WRITE, Blocker.objects.filter(uuid=uuid).select_related("checkin")
    )
    operations.resolve_blocker(blocker=found, actor=request.actor.account, at=request.now)
    messages.success(request, _("Out of the way: %s") % found.text)
    return _back(found.checkin, "blockers")


@door(Permission.NEED_RAISE, methods=POST)
def need(request: Request, uuid: UUID) -> HttpResponse:
    """Raise a need and say whether the evidence is a pattern already."""
    found = _talk(request, uuid)
    gate.must(request.actor, Permission.NEED_RAISE, found.person)
    form = forms.NeedForm(request.POST, capabilities=capabilities_of(request, found))
    if not form.is_valid():
        return page(request, found, status=422, need_form=form)
    raised = raise_need(
        person=found.person,
        capability=Capability.objects.get(uuid=form.cleaned_data["capability"]),
        kind=NeedKind(form.cleaned_data["kind"]),
        origin=NeedOrigin.CHECKIN,
        origin_uuid=found.uuid,
        note=form.cleaned_data["note"],
        raised_by=_me(request),
        actor=request.actor.account,
        at=request.now,
    )
    checked = confirm_need(need=raised, actor=request.actor.account, at=request.now)
    if checked.state == NeedState.RAISED:
        messages.info(request, _("Raised, not confirmed yet. %s") % checked.confirmation)
    else:
        messages.success(request, _("Raised and confirmed. %s") % checked.confirmation)
    return _back(found, "needs")


def _talk(request: Request, uuid: UUID) -> CheckIn:
    return gate.known(request.actor, Permission.CHECKIN_WRITE, talks().filter(uuid=uuid))


def _me(request: Request) -> Person:
    assert request.actor.person is not None
    return request.actor.person


def _capability(text: str) -> Capability | None:
    return Capability.objects.filter(uuid=text).first() if text else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(found: CheckIn, place: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('checkin', args=[found.uuid])}#{place}")
