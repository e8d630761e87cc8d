"""One plan: what is in it, how healthy it is, and whether both agree."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.plans import operations, queries
from upwell.domain.plans.choices import PlanState
from upwell.domain.plans.models import Plan
from upwell.domain.transfer import queries as transfer
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.plans import figures
from upwell.interfaces.web.plans.forms import ReasonForm


def known(request: Request, uuid: UUID, permission: Permission) -> Plan:
    """The plan with both sides, if the actor may."""
    return gate.known(
        request.actor, permission, Plan.objects.filter(uuid=uuid).select_related("person", "manager", "proposed_by")
    )


def deciding(request: Request) -> Person:
    """The person who decides; an account without a person decides on nothing."""
    if request.actor.person is None:
        raise gate.Refused(Permission.PLAN_DECIDE)
    return request.actor.person


@door(Permission.PLAN_VIEW)
def plan(request: Request, uuid: UUID) -> HttpResponse:
    """The plan with its steps."""
    return page(request, known(request, uuid, Permission.PLAN_VIEW), ReasonForm())


@door(Permission.PLAN_DECIDE, methods=("POST",))
def agree(request: Request, uuid: UUID) -> HttpResponse:
    """One side agrees; when both have, the plan holds."""
    found = known(request, uuid, Permission.PLAN_DECIDE)
    if found.state != PlanState.PROPOSED or not _is_side(found, request):
        messages.error(request, _("Only the person and the manager of a proposed plan agree to it."))
        return redirect("plan", uuid=uuid)
    try:
        held = operations.agree(plan=found, by=deciding(request), actor=request.actor.account, at=request.now)
    except (operations.NotDecidable, operations.TrainingNotOpened) as error:
        messages.error(request, str(error))
        return redirect("plan", uuid=uuid)
    messages.success(
        request, _("Both agree: the plan holds.") if held.state == PlanState.AGREED else _("You agree to the plan.")
    )
    return redirect("plan", uuid=uuid)


@door(Permission.PLAN_DECIDE, methods=("POST",))
def decline(request: Request, uuid: UUID) -> HttpResponse:
    """Decline the whole plan, with a reason."""
    found = known(request, uuid, Permission.PLAN_DECIDE)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, found, form, status=422)
    if found.state != PlanState.PROPOSED:
        messages.error(request, _("The plan is decided already."))
        return redirect("plan", uuid=uuid)
    operations.decline_plan(plan=found, reason=form.cleaned_data["reason"], actor=request.actor.account, at=request.now)
    messages.success(request, _("The plan is declined; the reason stands on it."))
    return redirect("plan", uuid=uuid)


def page(request: Request, found: Plan, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    """The page of a plan."""
    on = request.actor.on
    row = queries.plan_row(found, on=on)
    commitments = transfer.commitments_of(found.person)
    reassessments = transfer.reassessments_of(found.person)
    is_mine = request.actor.person == found.person
    is_manager = request.actor.person is not None and request.actor.person == found.manager
    context = {
        "row": row,
        "steps": figures.steps(row, commitments, reassessments, on=on, may_log=is_mine),
        "checkpoints": figures.checkpoints(row, commitments, reassessments),
        "totals": figures.totals(row),
        "is_mine": is_mine,
        "is_manager": is_manager,
        "may_agree": row.state == PlanState.PROPOSED and _wants(row, is_mine=is_mine, is_manager=is_manager),
        "may_decline": row.state == PlanState.PROPOSED and (is_mine or is_manager),
        "is_open": row.state in {PlanState.PROPOSED, PlanState.AGREED},
        "closing_reason": found.closing_reason,
        "form": form,
        "crumbs": [Crumb(_("My plan"), reverse("my-plan")) if is_mine else _person(found), Crumb(row.name)],
    }
    return render(request, "plans/plan.html", context, status=status)


def _person(found: Plan) -> Crumb:
    return Crumb(found.person.name, reverse("person", args=[found.person.uuid]))


def _is_side(found: Plan, request: Request) -> bool:
    person = request.actor.person
    return person == found.person or gate.may(request.actor, Permission.PLAN_PROPOSE, found.person)


def _wants(row: queries.PlanRow, *, is_mine: bool, is_manager: bool) -> bool:
    return (is_mine and not row.person_agreed) or (is_manager and not row.manager_agreed)
