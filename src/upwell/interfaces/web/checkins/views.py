"""My 1:1s, planning one, and the page of one."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.gaps.queries import needs_of
from upwell.domain.roles.queries import requirements_of
from upwell.domain.sources.checkins import operations, queries
from upwell.domain.sources.checkins.models import CheckIn
from upwell.domain.sources.checkins.queries import CheckInRow
from upwell.foundation.people.models import Person
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.checkins import agenda, forms
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb


@door(Permission.CHECKIN_VIEW)
def checkins(request: Request) -> HttpResponse:
    """What is planned and what was held, in both roles."""
    me = request.actor.person
    assert me is not None
    upcoming = queries.upcoming(me)
    held = [row for row in queries.history(me) if row.held_at is not None]
    context = {
        "upcoming": [(_other(row, me), row) for row in upcoming],
        "held": [(_other(row, me), row) for row in held],
        "agreements": queries.open_agreements(me),
        "today": request.actor.on,
        "may_plan": gate.may(request.actor, Permission.CHECKIN_PLAN),
        "crumbs": [Crumb(_("1:1s"))],
    }
    return render(request, "checkins/list.html", context)


@door(Permission.CHECKIN_PLAN, methods=("GET", "POST"))
def plan(request: Request) -> HttpResponse:
    """Plan a 1:1 with one of one's reports; the agenda is built from what is open."""
    me = request.actor.person
    assert me is not None
    reports = gate.visible(request.actor, Permission.CHECKIN_PLAN, Person.objects.exclude(pk=me.pk))
    people = [(str(row.uuid), row.name) for row in reports.order_by("sort_name", "pk")]
    if request.method != "POST":
        form = forms.PlanForm(initial={"person": request.GET.get("person", "")}, people=people, today=request.actor.on)
        return _planning(request, form)
    form = forms.PlanForm(request.POST, people=people, today=request.actor.on)
    if not form.is_valid():
        return _planning(request, form, status=422)
    person = gate.known(request.actor, Permission.CHECKIN_PLAN, Person.objects.filter(uuid=form.cleaned_data["person"]))
    day = form.cleaned_data["planned_on"]
    made = operations.plan(
        manager=me,
        person=person,
        planned_on=day,
        items=agenda.offered(person, on=day),
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("The 1:1 with %(name)s is planned; the agenda is ready.") % {"name": person.name})
    return redirect("checkin", uuid=made.uuid)


@door(Permission.CHECKIN_VIEW)
def checkin(request: Request, uuid: UUID) -> HttpResponse:
    """One 1:1: agenda, notes, agreements, what is in the way, needs."""
    found = gate.known(request.actor, Permission.CHECKIN_VIEW, talks().filter(uuid=uuid))
    return page(request, found)


def talks() -> QuerySet[CheckIn]:
    """1:1s with the two who talk."""
    return CheckIn.objects.select_related("person", "manager")


def page(request: Request, found: CheckIn, *, status: int = 200, **bound: Form) -> HttpResponse:
    """The page of a 1:1; a form that could not be read comes back `bound`, as it was typed."""
    me = request.actor.person
    assert me is not None
    talk = queries.detail(found, reader=me)
    capabilities = capabilities_of(request, found)
    made: dict[str, Form] = {
        "topic_form": forms.TopicForm(),
        "notes_form": forms.NotesForm(initial={"notes": found.notes}),
        "private_form": forms.PrivateForm(initial={"text": talk.private_note}),
        "agreement_form": forms.AgreementForm(parties=parties_of(found), initial={"owner": str(found.person.uuid)}),
        "blocker_form": forms.BlockerForm(capabilities=capabilities),
        "need_form": forms.NeedForm(capabilities=capabilities),
    }
    other = found.person if me.pk == found.manager_id else found.manager
    context = {
        "talk": talk,
        "row": found,
        "other": Chip(other.name, key=str(other.uuid)),
        "open_items": sum(not item.done for item in talk.items),
        "needs": needs_of(found.person, origin_uuid=found.uuid),
        "opened": next(iter(bound), ""),
        "is_manager": me.pk == found.manager_id,
        "today": request.actor.on,
        "crumbs": [Crumb(_("1:1s"), reverse("checkins")), Crumb(other.name)],
        **made,
        **bound,
    }
    return render(request, "checkins/checkin.html", context, status=status)


def capabilities_of(request: Request, found: CheckIn) -> list[tuple[str, str]]:
    """The capabilities the person's role asks, to choose from."""
    rows = requirements_of(found.person, as_of=request.actor.on)
    return [(str(row.capability_uuid), row.capability) for row in rows]


def parties_of(found: CheckIn) -> list[tuple[str, str]]:
    """The two who talk, to choose from."""
    return [(str(each.uuid), each.name) for each in (found.person, found.manager)]


def _other(row: CheckInRow, me: Person) -> Chip:
    url = reverse("checkin", args=[row.uuid])
    if row.manager_uuid == me.uuid:
        return Chip(row.person, _("I lead"), url, str(row.person_uuid))
    return Chip(row.manager, _("leads me"), url, str(row.manager_uuid))


def _planning(request: Request, form: forms.PlanForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "crumbs": [Crumb(_("1:1s"), reverse("checkins")), Crumb(_("Plan a 1:1"))]}
    return render(request, "checkins/plan.html", context, status=status)
