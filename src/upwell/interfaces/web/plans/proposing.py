"""Proposing a plan from a person's needs, and adding a step by hand."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import NeedIsOver, NotConfirmed
from upwell.domain.gaps.queries import open_needs_of_people
from upwell.domain.plans import operations, queries
from upwell.domain.plans.choices import PlanState
from upwell.domain.plans.models import Intervention, Plan
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.plans.forms import ActionForm, NeedsForm
from upwell.interfaces.web.plans.views import deciding, known

READY = {NeedState.DIAGNOSED, NeedState.PLANNED}
A_MONTH_AND_A_HALF = dt.timedelta(days=45)


@door(Permission.PLAN_PROPOSE, methods=("GET", "POST"))
def propose(request: Request, uuid: UUID) -> HttpResponse:
    """Pick the needs; the system proposes for each what fits its cause, and says why."""
    person = gate.known(request.actor, Permission.PLAN_PROPOSE, Person.objects.filter(uuid=uuid))
    rows = open_needs_of_people([person.pk])
    ready = {str(row.uuid): row.capability for row in rows if row.state in READY}
    asked = request.GET.get("need", "")
    form = NeedsForm(request.POST or None, needs=ready, initial={"needs": [asked] if asked in ready else list(ready)})
    status = 200
    if request.method == "POST":
        proposed = _proposed(request, person, form) if form.is_valid() else None
        if proposed is not None:
            messages.success(request, _("Proposed. Look at each step, then agree."))
            return redirect("plan", uuid=proposed.uuid)
        status = 422
    context = {
        "person": person,
        "form": form,
        "ready": ready,
        "undiagnosed": [row for row in rows if row.state == NeedState.CONFIRMED],
        "unconfirmed": [row for row in rows if row.state == NeedState.RAISED],
        "crumbs": [Crumb(person.name, reverse("person", args=[person.uuid])), Crumb(_("Propose a plan"))],
    }
    return render(request, "plans/propose.html", context, status=status)


@door(Permission.PLAN_DECIDE, methods=("GET", "POST"))
def add(request: Request, uuid: UUID) -> HttpResponse:
    """Add a step by hand: for a need, or with the reason why without one (G1)."""
    found = known(request, uuid, Permission.PLAN_DECIDE)
    needs = open_needs_of_people([found.person_id])
    chosen = _need(request, found)
    text = request.GET.get("q", "")
    options = list(queries.matching_interventions(text, need=chosen))
    form = ActionForm(request.POST or None, options=options, initial={"due_on": request.actor.on + A_MONTH_AND_A_HALF})
    status = 200
    if request.method == "POST":
        if form.is_valid() and _added(request, found, chosen, form):
            messages.success(request, _("The step is in the plan."))
            return redirect("plan", uuid=uuid)
        status = 422
    context = {
        "row": found,
        "needs": needs,
        "chosen": chosen,
        "q": text,
        "options": options,
        "is_open": found.state in {PlanState.PROPOSED, PlanState.AGREED},
        "form": form,
        "crumbs": [Crumb(found.name, reverse("plan", args=[found.uuid])), Crumb(_("Add a step"))],
    }
    return render(request, "plans/add.html", context, status=status)


def _proposed(request: Request, person: Person, form: NeedsForm) -> Plan | None:
    needs = list(
        Need.objects.filter(person=person, uuid__in=form.cleaned_data["needs"]).select_related("person", "capability")
    )
    try:
        return operations.propose(
            person=person,
            manager=deciding(request),
            proposed_by=request.actor.person,
            needs=needs,
            actor=request.actor.account,
            at=request.now,
        )
    except (operations.NothingToAddress, operations.TrainingNotOpened, NeedIsOver, NotConfirmed) as error:
        form.add_error("needs", str(error))
    return None


def _added(request: Request, found: Plan, need: Need | None, form: ActionForm) -> bool:
    if found.state not in {PlanState.PROPOSED, PlanState.AGREED}:
        form.add_error(None, _("The plan is over; propose a new one."))
        return False
    data = form.cleaned_data
    try:
        operations.add_action(
            plan=found,
            need=need,
            intervention=Intervention.objects.get(uuid=data["option"]),
            reason=data["reason"],
            success_signal=data["success_signal"],
            due_on=data["due_on"],
            override_reason=data["override_reason"],
            actor=request.actor.account,
            at=request.now,
        )
    except (operations.NothingToAddress, operations.TrainingNotOpened) as error:
        form.add_error("override_reason", str(error))
    except (NeedIsOver, NotConfirmed) as error:
        form.add_error(None, str(error))
    else:
        return True
    return False


def _need(request: Request, found: Plan) -> Need | None:
    """The need named in the address; none where there is none, or where it is somebody else's."""
    try:
        uuid = UUID(request.GET.get("need", ""))
    except ValueError:
        return None
    needs = Need.objects.filter(uuid=uuid, person=found.person_id)
    return needs.select_related("person", "capability").first()
