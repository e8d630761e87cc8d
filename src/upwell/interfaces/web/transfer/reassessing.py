"""Planning to look again at a capability after development, and looking again."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities import queries as capabilities
from upwell.domain.evidence import queries as evidence
from upwell.domain.evidence.choices import Source
from upwell.domain.gaps.operations import NeedIsOver, NoSnapshotYet
from upwell.domain.plans.models import Action
from upwell.domain.transfer import operations, queries
from upwell.domain.transfer.models import Reassessment
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.observed import entries
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.plans import figures
from upwell.interfaces.web.reviews.forms import AnswerForm
from upwell.interfaces.web.transfer.forms import PlanForm

SIX_WEEKS = dt.timedelta(days=42)


@door(Permission.PLAN_PROPOSE, methods=("GET", "POST"))
def plan(request: Request, uuid: UUID) -> HttpResponse:
    """Plan a re-rating for the need that an action answers; the level of today is kept beside it."""
    joined = Action.objects.filter(uuid=uuid).select_related(
        "plan__person", "intervention", "need__person", "need__capability"
    )
    action = gate.known(request.actor, Permission.PLAN_PROPOSE, joined)
    person = request.actor.person
    if person is None or action.need is None:
        raise gate.Refused(Permission.PLAN_PROPOSE)
    form = PlanForm(request.POST or None, initial={"due_on": request.actor.on + SIX_WEEKS})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            operations.plan_reassessment(
                need=action.need,
                action=action,
                assessor=person,
                due_on=form.cleaned_data["due_on"],
                actor=request.actor.account,
                at=request.now,
            )
            messages.success(request, _("You will look again; it stands under your decisions."))
            return redirect("plan", uuid=action.plan.uuid)
        status = 422
    crumbs = [Crumb(action.plan.name, reverse("plan", args=[action.plan.uuid])), Crumb(_("Look again"))]
    return render(request, "transfer/plan.html", {"action": action, "form": form, "crumbs": crumbs}, status=status)


@door(Permission.OBSERVATION_ADD, methods=("GET", "POST"))
def reassess(request: Request, uuid: UUID) -> HttpResponse:
    """Rate the capability again; the rating is evidence and moves the level."""
    joined = Reassessment.objects.filter(uuid=uuid).select_related(
        "need__person", "need__capability", "assessor", "action"
    )
    found = gate.known(request.actor, Permission.OBSERVATION_ADD, joined)
    if request.actor.person != found.assessor:
        raise gate.Refused(Permission.OBSERVATION_ADD)
    levels = capabilities.anchors([found.need.capability_id]).get(found.need.capability_id, ())
    form = AnswerForm(request.POST or None, levels=levels)
    status = 200
    if request.method == "POST" and found.done_on is None:
        if form.is_valid() and form.rating is None:
            form.add_error("category", _("Look again when you have seen enough; leave it open until then."))
        if form.is_valid() and _rated(request, found, form):
            return redirect("reassess", uuid=uuid)
        status = 422
    return render(request, "transfer/reassess.html", _context(request, found, form), status=status)


def _rated(request: Request, found: Reassessment, form: AnswerForm) -> bool:
    rating = form.rating
    if rating is None:
        return False
    try:
        operations.reassess(
            reassessment=found,
            source=Source(evidence.seat(found.assessor, found.need.person)),
            category=rating,
            note=form.cleaned_data["comment"],
            actor=request.actor.account,
            at=request.now,
        )
    except (NoSnapshotYet, NeedIsOver) as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("Re-assessed. The rating is evidence now and the level has moved."))
    return True


def _context(request: Request, found: Reassessment, form: AnswerForm) -> dict[str, object]:
    rows = queries.reassessments_of(found.need.person)
    row = next(one for one in rows if one.uuid == found.uuid)
    seen = evidence.observations_of(
        found.need.person, capability_ids=[found.need.capability_id], with_retracted=False, limit=8
    )
    return {
        "row": row,
        "need": found.need,
        "form": form,
        "bars": figures.before_after(row),
        "observations": entries(seen, subject=found.need.person, reader=request.actor.person),
        "crumbs": [
            Crumb(row.person, reverse("person", args=[row.person_uuid])),
            Crumb(row.capability, reverse("need", args=[found.need.uuid])),
            Crumb(_("Look again")),
        ],
    }
