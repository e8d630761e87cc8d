"""What follows from a review: needs raised inside it, and signing off once each has an action."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.choices import NeedKind, NeedOrigin, NeedState
from upwell.domain.gaps.operations import confirm_need, raise_need
from upwell.domain.plans.operations import close_review
from upwell.domain.sources.reviews.choices import ReviewState
from upwell.domain.sources.reviews.operations import ReviewNotSubmitted, ReviewWithoutConsequence
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.reviews.forms import NeedForm
from upwell.interfaces.web.reviews.views import known, question_page, record


@door(Permission.NEED_RAISE, methods=("POST",), rate="60/m")
def need(request: Request, uuid: UUID, capability: UUID) -> HttpResponse:
    """Raise a need where it was seen; it is confirmed at once if the evidence is a pattern."""
    found = known(request, uuid, Permission.REVIEW_WRITE)
    gate.must(request.actor, Permission.NEED_RAISE, found.subject)
    wanted = Capability.objects.filter(uuid=capability).first()
    if wanted is None or found.state == ReviewState.CLOSED:
        raise gate.Unknown(Permission.NEED_RAISE)
    form = NeedForm(request.POST)
    if not form.is_valid():
        return question_page(request, found, capability=capability, need_form=form, status=422)
    raised = raise_need(
        person=found.subject,
        capability=wanted,
        kind=NeedKind(form.cleaned_data["kind"]),
        origin=NeedOrigin.REVIEW,
        origin_uuid=found.uuid,
        note=form.cleaned_data["note"],
        raised_by=request.actor.person,
        actor=request.actor.account,
        at=request.now,
    )
    raised = confirm_need(need=raised, actor=request.actor.account, at=request.now)
    if raised.state == NeedState.RAISED:
        messages.info(request, _("Raised, not confirmed yet: %(why)s") % {"why": raised.confirmation})
    else:
        messages.success(request, _("Raised and confirmed: %(why)s") % {"why": raised.confirmation})
    return redirect(f"{reverse('review', args=[uuid])}?capability={capability}#need")


@door(Permission.REVIEW_SIGN, methods=("POST",))
def close(request: Request, uuid: UUID) -> HttpResponse:
    """Sign the review off; a confirmed need without an action keeps it open (G5)."""
    found = known(request, uuid, Permission.REVIEW_SIGN)
    try:
        close_review(review=found, actor=request.actor.account, at=request.now)
    except ReviewWithoutConsequence:
        return record(request, found, status=422)
    except ReviewNotSubmitted as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Signed off."))
    return redirect("review", uuid=uuid)
