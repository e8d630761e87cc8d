"""Committing to a use, logging it, and saying that one saw it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.plans.models import Action
from upwell.domain.transfer import operations, queries
from upwell.domain.transfer.models import Application, Commitment
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.transfer.forms import CommitmentForm, LogForm


@door(Permission.PLAN_LOG, methods=("GET", "POST"), rate="30/m")
def commit(request: Request, uuid: UUID) -> HttpResponse:
    """Say when it will be used: "when X, I will Y"."""
    joined = Action.objects.filter(uuid=uuid).select_related("plan__person", "intervention")
    action = gate.known(request.actor, Permission.PLAN_LOG, joined)
    known = queries.commitment_of(action)
    form = CommitmentForm(request.POST or None, initial={"when": known.when, "will": known.will} if known else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                operations.commit(action=action, **form.cleaned_data, actor=request.actor.account, at=request.now)
            except operations.NotYetDone as error:
                messages.error(request, str(error))
                return redirect("action", uuid=uuid)
            messages.success(request, _("Committed. You will be asked in two weeks."))
            return redirect("my-plan")
        status = 422
    context = {"action": action, "form": form, "crumbs": _crumbs(_("Commit"))}
    return render(request, "transfer/commit.html", context, status=status)


@door(Permission.PLAN_LOG, methods=("GET", "POST"), rate="30/m")
def log(request: Request, uuid: UUID) -> HttpResponse:
    """Did you use it?"""
    joined = Commitment.objects.filter(uuid=uuid).select_related("action__plan__person", "action__intervention")
    commitment = gate.known(request.actor, Permission.PLAN_LOG, joined)
    form = LogForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                operations.log_application(
                    commitment=commitment,
                    used=form.cleaned_data["used"] == "yes",
                    what=form.cleaned_data["what"],
                    obstacle=form.obstacle_words,
                    actor=request.actor.account,
                    at=request.now,
                )
            except operations.StepIsOver as error:
                messages.error(request, str(error))
                return redirect("my-plan")
            messages.success(request, _("Logged. Thank you."))
            return redirect("my-plan")
        status = 422
    context = {"commitment": commitment, "form": form, "crumbs": _crumbs(_("Log a use"))}
    return render(request, "transfer/log.html", context, status=status)


@door(Permission.PLAN_DECIDE, methods=("POST",), rate="60/m")
def see(request: Request, uuid: UUID) -> HttpResponse:
    """A second person says that they saw the use."""
    joined = Application.objects.filter(uuid=uuid).select_related("commitment__action__plan")
    application = gate.known(request.actor, Permission.PLAN_DECIDE, joined)
    person = request.actor.person
    if person is None:
        raise gate.Refused(Permission.PLAN_DECIDE)
    try:
        operations.see_application(application=application, seen_by=person, actor=request.actor.account, at=request.now)
    except operations.SeenByOneself:
        raise gate.Refused(Permission.PLAN_DECIDE) from None
    messages.success(request, _("Confirmed: you saw it used."))
    return redirect("decisions" if gate.may(request.actor, Permission.PLAN_PROPOSE) else "my-plan")


def _crumbs(last: str) -> list[Crumb]:
    return [Crumb(_("My plan"), reverse("my-plan")), Crumb(last)]
