"""One step of a plan: accept, swap or decline it, do it, and close it with use or a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.plans import operations, queries
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.plans.models import Action, Intervention
from upwell.domain.transfer import queries as transfer
from upwell.domain.transfer.operations import NoUseShown, close_action
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.plans import figures
from upwell.interfaces.web.plans.forms import DoneForm, ReasonForm, SwapForm
from upwell.interfaces.web.plans.views import deciding


def known(request: Request, uuid: UUID, permission: Permission) -> Action:
    """The step with its plan and need, if the actor may."""
    joined = ("plan__person", "plan__manager", "intervention__item", "need__capability", "need__person")
    return gate.known(request.actor, permission, Action.objects.filter(uuid=uuid).select_related(*joined))


@door(Permission.PLAN_VIEW)
def action(request: Request, uuid: UUID) -> HttpResponse:
    """The step, what could take its place, and its use."""
    return page(request, known(request, uuid, Permission.PLAN_VIEW))


@door(Permission.PLAN_DECIDE, methods=("POST",))
def accept(request: Request, uuid: UUID) -> HttpResponse:
    """Accept a proposed step."""
    found = known(request, uuid, Permission.PLAN_DECIDE)
    try:
        operations.accept(action=found, by=deciding(request), actor=request.actor.account, at=request.now)
    except (operations.NotDecidable, operations.TrainingNotOpened) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Accepted: %(title)s.") % {"title": found.intervention.title})
    return redirect("plan", uuid=found.plan.uuid)


@door(Permission.PLAN_DECIDE, methods=("POST",))
def swap(request: Request, uuid: UUID) -> HttpResponse:
    """Put another option in its place, with a reason; training only where it is open (R35)."""
    found = known(request, uuid, Permission.PLAN_DECIDE)
    form = SwapForm(request.POST)
    if not form.is_valid():
        return page(request, found, swap_form=form, status=422)
    offered = {row.uuid for row in queries.options_for_need(found.need)} if found.need else set()
    chosen = Intervention.objects.filter(uuid=form.cleaned_data["option"]).first()
    if chosen is None or chosen.uuid not in offered:
        form.add_error("option", _("Choose from the list."))
        return page(request, found, swap_form=form, status=422)
    try:
        operations.swap(
            action=found,
            intervention=chosen,
            by=deciding(request),
            reason=form.cleaned_data["reason"],
            actor=request.actor.account,
            at=request.now,
        )
    except (operations.NotDecidable, operations.TrainingNotOpened) as error:
        form.add_error("option", str(error))
        return page(request, found, swap_form=form, status=422)
    messages.success(request, _("Swapped for: %(title)s.") % {"title": chosen.title})
    return redirect("plan", uuid=found.plan.uuid)


@door(Permission.PLAN_DECIDE, methods=("POST",))
def decline(request: Request, uuid: UUID) -> HttpResponse:
    """Decline a step, with a reason."""
    found = known(request, uuid, Permission.PLAN_DECIDE)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, found, decline_form=form, status=422)
    try:
        operations.decline(
            action=found,
            by=deciding(request),
            reason=form.cleaned_data["reason"],
            actor=request.actor.account,
            at=request.now,
        )
    except operations.NotDecidable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Declined; the reason stands beside it."))
    return redirect("plan", uuid=found.plan.uuid)


@door(Permission.PLAN_LOG, methods=("POST",))
def done(request: Request, uuid: UUID) -> HttpResponse:
    """Note that the step was done; its use is asked for next."""
    found = known(request, uuid, Permission.PLAN_LOG)
    form = DoneForm(request.POST)
    if not form.is_valid() or form.cleaned_data["on"] > request.actor.on:
        messages.error(request, _("Give the day it was done, today at the latest."))
        return redirect("action", uuid=uuid)
    try:
        operations.finish(action=found, on=form.cleaned_data["on"], actor=request.actor.account, at=request.now)
    except operations.NotDecidable as error:
        messages.error(request, str(error))
        return redirect("action", uuid=uuid)
    messages.success(request, _("Done. It stays open until you have used it: say when you will."))
    return redirect("commitment-make", uuid=uuid)


@door(Permission.PLAN_LOG, methods=("POST",))
def close(request: Request, uuid: UUID) -> HttpResponse:
    """Close the step: used on the job, or with a reason (G4)."""
    found = known(request, uuid, Permission.PLAN_LOG)
    if found.state not in {ActionState.ACCEPTED, ActionState.DONE}:
        messages.error(request, _("The step is closed already, or was never accepted."))
        return redirect("action", uuid=uuid)
    try:
        closed = close_action(
            action=found, reason=request.POST.get("reason", ""), actor=request.actor.account, at=request.now
        )
    except NoUseShown as error:
        form = ReasonForm(request.POST)
        form.is_valid()
        form.add_error(None, str(error))
        return page(request, found, close_form=form, status=422)
    used = closed.state == ActionState.APPLIED
    messages.success(request, _("Closed: used on the job.") if used else _("Closed; the reason stands beside it."))
    return redirect("my-plan")


def page(
    request: Request,
    found: Action,
    *,
    swap_form: SwapForm | None = None,
    decline_form: ReasonForm | None = None,
    close_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a step."""
    person = request.actor.person
    is_mine = person is not None and person.pk == found.plan.person_id
    undecided = found.state in {ActionState.PROPOSED, ActionState.ACCEPTED}
    may_decide = undecided and found.plan.state in {PlanState.PROPOSED, PlanState.AGREED}
    options = queries.options_for_need(found.need) if found.need and may_decide else ()
    commitment = transfer.commitment_of(found)
    context = {
        "row": found,
        "icon": figures.ICONS.get(found.intervention.kind, "target"),
        "options": [row for row in options if row.uuid != found.intervention.uuid],
        "may_decide": may_decide,
        "commitment": commitment,
        "pledge": figures.pledge_of(commitment, may_log=is_mine) if commitment else None,
        "reassessment": transfer.reassessment_of_need(found.need) if found.need else None,
        "is_mine": is_mine,
        "is_manager": person is not None and person.pk == found.plan.manager_id,
        "today": request.actor.on,
        "swap_form": swap_form or SwapForm(),
        "decline_form": decline_form or ReasonForm(auto_id="decline_%s"),
        "close_form": close_form or ReasonForm(auto_id="close_%s"),
        "done_form": DoneForm(initial={"on": request.actor.on}),
        "crumbs": [Crumb(found.plan.name, reverse("plan", args=[found.plan.uuid])), Crumb(found.intervention.title)],
    }
    return render(request, "plans/action.html", context, status=status)
