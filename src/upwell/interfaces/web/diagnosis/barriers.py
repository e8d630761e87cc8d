"""Barriers: given an owner and a date, resolved with words."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.diagnosis import operations
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.models import Barrier
from upwell.foundation.people.models import Person
from upwell.interfaces.web.diagnosis.forms import BarrierForm, ReasonForm
from upwell.interfaces.web.diagnosis.needs import known
from upwell.interfaces.web.diagnosis.views import begun, owners_of, page
from upwell.interfaces.web.doors import Request, door


@door(Permission.DIAGNOSIS_DECIDE, methods=("POST",))
def add(request: Request, uuid: UUID) -> HttpResponse:
    """Give something in the way an owner and a date."""
    found = known(request, uuid, Permission.DIAGNOSIS_DECIDE)
    form = BarrierForm(request.POST, owners=owners_of(found))
    if not form.is_valid():
        return page(request, found, barrier_form=form, status=422)
    diagnosis = begun(request, found)
    operations.raise_barrier(
        diagnosis=diagnosis,
        cause=Cause(diagnosis.cause or diagnosis.ranking[0]["cause"]),
        text=form.cleaned_data["text"],
        owner=Person.objects.get(uuid=form.cleaned_data["owner"]),
        due_on=form.cleaned_data["due_on"],
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("The barrier has an owner and a date."))
    return redirect("diagnose", uuid=uuid)


@door(Permission.DIAGNOSIS_DECIDE, methods=("POST",))
def resolve(request: Request, uuid: UUID) -> HttpResponse:
    """Say how a barrier was removed."""
    queryset = Barrier.objects.filter(uuid=uuid).select_related(
        "diagnosis__need__person", "diagnosis__need__capability"
    )
    barrier = queryset.first()
    if barrier is None:
        raise gate.Unknown(Permission.DIAGNOSIS_DECIDE)
    found = known(request, barrier.diagnosis.need.uuid, Permission.DIAGNOSIS_DECIDE)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in a sentence how it was removed."))
        return redirect("diagnose", uuid=found.uuid)
    operations.resolve_barrier(
        barrier=barrier, resolution=form.cleaned_data["reason"], actor=request.actor.account, at=request.now
    )
    messages.success(request, _("The barrier is out of the way."))
    return redirect("diagnose", uuid=found.uuid)
