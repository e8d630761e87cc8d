"""Keeping a draft, capability by capability, and handing it in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities import queries as capabilities
from upwell.domain.capabilities.models import Capability
from upwell.domain.sources.reviews import operations
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.ratings import move_levels
from upwell.interfaces.web.reviews.forms import AnswerForm, WordsForm
from upwell.interfaces.web.reviews.views import known, question_page, words_page


@door(Permission.REVIEW_WRITE, methods=("POST",), rate="120/m")
def answer(request: Request, uuid: UUID, capability: UUID) -> HttpResponse:
    """Keep the rating of one capability and open the next."""
    found = known(request, uuid, Permission.REVIEW_WRITE)
    rated = Capability.objects.filter(uuid=capability).first()
    if rated is None:
        raise gate.Unknown(Permission.REVIEW_WRITE)
    form = AnswerForm(request.POST, levels=capabilities.anchors([rated.pk]).get(rated.pk, ()))
    if not form.is_valid():
        return question_page(request, found, capability=capability, form=form, status=422)
    try:
        operations.save_answer(
            review=found,
            capability=rated,
            category=form.rating,
            comment=form.cleaned_data["comment"],
            actor=request.actor.account,
            at=request.now,
        )
    except operations.ReviewLocked as error:
        messages.error(request, str(error))
        return redirect("review", uuid=uuid)
    messages.success(request, _("Kept: %(name)s.") % {"name": rated.name})
    here = reverse("review", args=[uuid])
    after = request.POST.get("after", "")
    return redirect(f"{here}?part=words" if after == "words" else f"{here}?capability={_uuid(after) or capability}")


@door(Permission.REVIEW_WRITE, methods=("POST",), rate="120/m")
def words(request: Request, uuid: UUID) -> HttpResponse:
    """Keep what was achieved, the strengths and the readiness."""
    found = known(request, uuid, Permission.REVIEW_WRITE)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return words_page(request, found, form, status=422)
    try:
        operations.save_words(review=found, **form.cleaned_data, actor=request.actor.account, at=request.now)
    except operations.ReviewLocked as error:
        messages.error(request, str(error))
        return redirect("review", uuid=uuid)
    if "submit" in request.POST:
        return _submit(request, uuid)
    messages.success(request, _("Your draft is kept."))
    return redirect(f"{reverse('review', args=[uuid])}?part=words")


@door(Permission.REVIEW_WRITE, methods=("POST",))
def submit(request: Request, uuid: UUID) -> HttpResponse:
    """Hand the review in: its ratings become evidence and the levels move."""
    return _submit(request, uuid)


def _submit(request: Request, uuid: UUID) -> HttpResponse:
    found = known(request, uuid, Permission.REVIEW_WRITE)
    try:
        operations.submit(review=found, actor=request.actor.account, at=request.now)
    except (operations.ReviewEmpty, operations.ReviewLocked) as error:
        messages.error(request, str(error))
        return redirect("review", uuid=uuid)
    if move_levels(found.subject, request):
        messages.success(request, _("Handed in. The ratings are evidence now and the levels have moved."))
    else:
        messages.success(request, _("Handed in. The ratings are evidence now; levels follow with the first run."))
    return redirect("review", uuid=uuid)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
