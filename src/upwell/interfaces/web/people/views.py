"""The list of people, a person, a unit."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.roles import queries as roles
from upwell.foundation.people import queries
from upwell.foundation.people.models import Person, Unit
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Entry, Heading, Pager, page_asked
from upwell.interfaces.web.people import invitations
from upwell.interfaces.web.people.forms import PeopleFilter

PER_PAGE = 50
HEADINGS = [Heading("Name"), Heading("Position"), Heading("Unit"), Heading("Since"), Heading("Key")]


@door(Permission.PEOPLE_VIEW)
def people(request: Request) -> HttpResponse:
    """Everybody the actor may know of who held a position on a day, by name."""
    chosen = _unit_asked_for(request)
    form = PeopleFilter(request.GET, chosen=chosen)
    form.is_valid()
    on = form.cleaned_data.get("on") or request.actor.on
    visible = gate.visible(request.actor, Permission.PEOPLE_VIEW, Person.objects.all())
    persons = queries.matching(visible, form.cleaned_data.get("q") or "")
    held = queries.seated(persons, on=on, unit=chosen)
    pager = _pager(request, held.count(), _("people"))
    rows = queries.rows(held, start=(pager.page - 1) * PER_PAGE, limit=PER_PAGE)
    context = {
        "form": form,
        "on": on,
        "unit": chosen,
        "past": on != request.actor.on,
        "filtered": any(request.GET.get(name) for name in ("q", "unit", "on")),
        "rows": [(_chip(row, note=False), row) for row in rows],
        "headings": HEADINGS,
        "pager": pager,
        "roots": queries.units_below(None, limit=30) if not chosen else [],
        "as_of": on,
        "crumbs": [Crumb(_("People"))],
    }
    return render(request, "people/list.html", context)


@door(Permission.PEOPLE_VIEW)
def person(request: Request, uuid: UUID) -> HttpResponse:
    """One person: seat, role, history, who reports to them."""
    row = gate.known(request.actor, Permission.PEOPLE_VIEW, Person.objects.filter(uuid=uuid))
    seat = queries.seat_of(row)
    crumbs = [Crumb(_("People"), reverse("people"))]
    if seat:
        crumbs.append(Crumb(seat.unit, reverse("unit", args=[seat.unit_uuid])))
    context = {
        "row": row,
        "chip": Chip(row.name, seat.position if seat else "", key=str(row.uuid)),
        "seat": seat,
        "role": roles.role_of(row, as_of=request.actor.on),
        "history": [_held(entry) for entry in queries.history(row)],
        "reports": [_chip(report) for report in queries.reports(row)],
        "mandates": _mandates(request, row),
        "may_invite": gate.may(request.actor, Permission.PEOPLE_EDIT) and row.account_id is None and bool(row.email),
        "crumbs": [*crumbs, Crumb(row.name)],
        "as_of": request.actor.on,
    }
    return render(request, "people/person.html", context)


@door(Permission.PEOPLE_EDIT, methods=("POST",), rate="120/h")
def invite(request: Request, uuid: UUID) -> HttpResponse:
    """Give a person an account and send them the link to set a password."""
    row = gate.known(request.actor, Permission.PEOPLE_EDIT, Person.objects.filter(uuid=uuid))
    try:
        invitations.send(person=row, actor=request.actor.account, at=request.now)
    except (invitations.AlreadyInvitedError, invitations.NoAddressError):
        messages.error(request, _("%(name)s signs in already or has no e-mail address.") % {"name": row.name})
    else:
        messages.success(request, _("The invitation for %(name)s is in the outbox.") % {"name": row.name})
    return redirect("person", uuid=uuid)


@door(Permission.UNIT_VIEW)
def unit(request: Request, uuid: UUID) -> HttpResponse:
    """One unit: where it stands, what lies below, who sits in it."""
    row = gate.known(request.actor, Permission.UNIT_VIEW, Unit.objects.filter(uuid=uuid))
    visible = gate.visible(request.actor, Permission.PEOPLE_VIEW, Person.objects.all())
    held = queries.seated(visible, on=request.actor.on, unit=row)
    pager = _pager(request, held.count(), _("people in it and below"))
    rows = queries.rows(held, start=(pager.page - 1) * PER_PAGE, limit=PER_PAGE)
    path = [Crumb(step.name, reverse("unit", args=[step.uuid])) for step in queries.path_of(row)[:-1]]
    context = {
        "row": row,
        "below": queries.units_below(row),
        "rows": [(_chip(entry, note=False), entry) for entry in rows],
        "headings": HEADINGS,
        "pager": pager,
        "crumbs": [Crumb(_("People"), reverse("people")), *path, Crumb(row.name)],
        "as_of": request.actor.on,
    }
    return render(request, "people/unit.html", context)


def _unit_asked_for(request: Request) -> Unit | None:
    """The unit named in the address; one that does not exist is no filter."""
    try:
        uuid = UUID(request.GET.get("unit", ""))
    except ValueError:
        return None
    return Unit.objects.filter(uuid=uuid).first()


def _pager(request: Request, total: int, noun: str) -> Pager:
    pages = max(1, -(-total // PER_PAGE))
    return Pager(min(page_asked(request.GET.get("page", "1")), pages), pages, total, noun)


def _chip(row: queries.PersonRow, *, note: bool = True) -> Chip:
    return Chip(row.name, row.position if note else "", reverse("person", args=[row.uuid]), str(row.uuid))


def _held(held: queries.Held) -> Entry:
    until = f"{_('until')} {held.until:%d %b %Y}" if held.until else ""
    note = " · ".join(part for part in (held.unit, until) if part)
    return Entry(held.position, held.since, note, icon="briefcase", state="" if held.until else "now")


def _mandates(request: Request, row: Person) -> list[queries.MandateRow]:
    if not gate.may(request.actor, Permission.ACCESS_VIEW):
        return []
    return queries.mandates(row, on=request.actor.on)
